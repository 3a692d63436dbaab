package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// A runner holds what one run needs; its workers share nothing that they write.
type runner struct {
	job       *Job
	script    *script        // of the flows; nil without
	rites     *script        // of set-up and tear-down too
	aborts    []Objective    // that end the run once they are broken
	aborted   string         // what ended it; the lookout's until the run is over
	stop      func()         // ends the run early
	target    netip.AddrPort // of the loops
	start     time.Time
	cancelled atomic.Bool
	notes     []string // of the sender, about the figures; written before run returns
	high      uint64   // half of every trace id of this run
	tapes     []*tape
	looks     []func() int // how many requests each worker has in flight

	took, cpu time.Duration
	machine   processorTime // what all processors did in the run
	whole     *totals       // of the run so far; the lookout's until the run is over
	course    course        // of the run, likewise

	dial  func(ctx context.Context, network, address string) (net.Conn, error) // of a test; nil: the network
	sleep func(time.Duration)                                                  // of a test; nil: the thread's own
}

// How workers wait.
const (
	glance     = 50 * time.Millisecond  // they look at least so often whether the run was cancelled
	mostMargin = 300 * time.Microsecond // for longer than that before a request is due they do not spin
	restFor    = 10 * time.Millisecond  // between two attempts to connect, in the closed model
	warmConns  = 16                     // made before the first request is due, at least
	warmFor    = 5 * time.Millisecond   // what is due in so long finds a connection that is made
)

func newRunner(ctx context.Context, job *Job) (*runner, error) {
	r := &runner{job: job, high: rand.Uint64() | 1<<63, whole: newTotals(), stop: func() {}}
	if err := r.compile(); err != nil {
		return nil, err
	}
	if u, ok := job.origin(); ok {
		target, err := job.resolve(ctx, u)
		if err != nil {
			return nil, err
		}
		r.target = target
	}
	return r, enoughFiles(job)
}

// compile makes what the flows of the job come to.
func (r *runner) compile() error {
	j := r.job
	if len(j.Flows)+len(j.SetUp)+len(j.TearDown)+len(j.Abort) == 0 {
		return nil
	}
	made, faults := j.compile()
	if err := asError(faults); err != nil {
		return err
	}
	r.rites = made
	if len(j.Flows) > 0 {
		r.script = made
	}
	for _, text := range j.Abort {
		o, err := ParseObjective(text)
		if err != nil {
			return err
		}
		r.aborts = append(r.aborts, o)
	}
	return nil
}

// asError is nil where there is no fault.
func asError(faults []Fault) error {
	var all []error
	for i := range faults {
		all = append(all, &faults[i])
	}
	if all == nil {
		return nil
	}
	return fmt.Errorf("load: %w", errors.Join(all...))
}

// run sends everything and returns when every request has its outcome.
func (r *runner) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { r.cancelled.Store(true) })
	defer stop()
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	work, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	lookout := r.newLookout()
	cpu, machine := cpuTime(), readProcessors()
	r.start = time.Now()
	over := make(chan struct{})
	var watching, working sync.WaitGroup
	watching.Go(func() { lookout.run(over) })
	for _, w := range work {
		working.Go(w)
	}
	working.Wait()
	r.took, r.cpu, r.machine = time.Since(r.start), cpuTime()-cpu, readProcessors().since(machine)
	close(over)
	watching.Wait()
	return nil
}

func (r *runner) closedModel() bool { return r.job.Connections > 0 }

// horizon is when the schedule ends, cutOff when what is in flight is given up.
func (r *runner) horizon() time.Duration { return r.job.WarmUp + r.job.For }
func (r *runner) cutOff() time.Duration  { return r.horizon() + r.job.Timeout }

// sampled reports whether request n asks to be traced.
func (r *runner) sampled(n int) bool { return r.job.SampleEvery <= 1 || n%r.job.SampleEvery == 0 }

// share is how many of all belong to the worker.
func (r *runner) share(all, worker int) int {
	n := all / len(r.tapes)
	if worker < all%len(r.tapes) {
		n++
	}
	return max(n, 1)
}

// after is when a session whose step has the outcome of m goes on, and how long
// its user thinks until then; more is false where its iteration has ended, and so.
func (r *runner) after(s *session, m *mark) (due, think time.Duration, ended outcome, more bool) {
	think = s.thinks()
	due = m.done + think
	switch {
	case m.class == classUnfinished:
		return due, think, unfinishedFlow, false
	case m.class != "":
		return due, think, failedFlow, false
	case !s.more():
		return due, think, completedFlow, false
	}
	return due, think, unfinishedFlow, due < r.horizon() && !r.cancelled.Load()
}

func accepted(want, got int) bool {
	switch want {
	case 0:
		return got < 400
	case AnyStatus:
		return true
	}
	return got == want
}
