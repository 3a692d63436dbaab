package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A streamSender sends over HTTP/2, many requests at once on each connection, and
// over HTTP/1.1 as if its connections had one stream. Each connection has a
// goroutine that reads its answers; in the open model one more keeps the clock.
// Requests never wait for one another to be written.
type streamSender struct {
	r       *runner
	plain   bool // HTTP/1.1
	wires   []*h2Wire
	play    streamPlay
	kept    atomic.Int64 // bytes of bodies that may still be kept
	tls     *tls.Config
	streams int // at most on one connection
	most    int // connections

	born   time.Time    // when the sender was made
	ahead  atomic.Int64 // how long before the run that was
	began  atomic.Bool  // the clock of the run has
	phase  atomic.Int32 // what may still begin: see admit
	count  atomic.Int64 // requests of the closed model
	fewest atomic.Int64 // streams that a server allowed on a connection
	flying atomic.Int64 // requests that were taken on and have no outcome
	idle   chan struct{}
	freed  chan struct{}
	ready  chan struct{}
	all    sync.WaitGroup
	stop   context.CancelFunc

	mu      sync.Mutex
	conns   []*streamConn // guarded by mu; that are not gone
	chosen  []*streamConn // guarded by mu; that have room
	made    int           // guarded by mu
	orphans []sending     // guarded by mu; taken on by a connection that is gone, and not begun
	waiting atomic.Int64
	homing  atomic.Bool   // one of these has no connection yet
	given   chan struct{} // a word that one was given back, or that there is room
	barren  atomic.Bool   // no answer came since
	dialing atomic.Int64  // connections of the open model that are being made
	rested  atomic.Int64  // since born: no connection of the open model is begun before
}

const (
	defaultStreams = 100
	lookAfter      = 5 * time.Millisecond // how often timeouts are looked for at most
	mostLook       = 50 * time.Millisecond
	warmUpWait     = time.Second // at most, for the first connections
)

func newStreamSender(r *runner, plain bool) (*streamSender, error) {
	u, _ := r.job.origin()
	s := &streamSender{
		r: r, plain: plain, born: time.Now(), streams: r.job.Streams, ready: make(chan struct{}, r.job.connections()),
		idle: make(chan struct{}, 1), freed: make(chan struct{}, 1), given: make(chan struct{}, 1),
	}
	s.kept.Store(mostSeenAll)
	for i := range r.job.Requests {
		w, err := s.newWire(&r.job.Requests[i])
		if err != nil {
			return nil, err
		}
		s.wires = append(s.wires, w)
	}
	s.newPlay()
	switch {
	case plain:
		s.streams, s.most = 1, r.job.connections()
	case r.closedModel():
		s.streams, s.most = orDefault(s.streams, 1), r.job.Connections
	default:
		s.streams, s.most = min(orDefault(s.streams, defaultStreams), r.job.MaxInFlight), r.job.MaxInFlight
	}
	s.fewest.Store(int64(s.streams))
	if u.Scheme == "https" {
		s.tls = r.secure(u.Hostname(), map[bool]string{true: "http/1.1", false: "h2"}[plain])
	}
	return s, nil
}

// newWire writes a request out as it is sent.
func (s *streamSender) newWire(r *Request) (*h2Wire, error) {
	if !s.plain {
		w, err := newH2Wire(r, s.r.job.Timeout)
		if err == nil {
			s.watched(w)
		}
		return w, err
	}
	plain, err := newWire(r)
	if err != nil {
		return nil, err
	}
	w := &h2Wire{plain: plain, want: plain.want, head: plain.head, label: plain.label}
	s.watched(w)
	return w, nil
}

// watched notes what Judge wants to see of the answers.
func (s *streamSender) watched(w *h2Wire) {
	if s.r.job.Judge != nil {
		w.looked, w.needs = true, needs{true, true}
	}
}

// wireOf is the request that is to be sent, or the step.
func (s *streamSender) wireOf(x *sending) *h2Wire {
	if x.in != nil {
		return s.play.steps[x.mark.step-1]
	}
	return s.wires[x.mark.n%len(s.wires)]
}

// streamWorkers is how many tapes the connections share.
func (j *Job) streamWorkers() int {
	if j.Connections > 0 {
		return min(runtime.GOMAXPROCS(0), j.Connections)
	}
	return 1
}

// now is the time since the run began, negative before.
func (s *streamSender) now() time.Duration { return time.Since(s.born) - time.Duration(s.ahead.Load()) }

func (s *streamSender) trace() traceID { return traceID{s.r.high, rand.Uint64() | 1} }

// prepare makes the first connections, before the clock starts, and returns
// what sends everything.
func (s *streamSender) prepare(ctx context.Context) func() {
	ctx, s.stop = context.WithCancel(ctx)
	n := 1
	if s.r.closedModel() {
		n = s.most
		for i := range n {
			c := newStreamConn(s, i)
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			s.all.Go(func() { s.keepAlive(ctx, c) })
		}
	} else {
		if s.plain {
			n = min(s.most, max(warmConns, int(s.r.job.intended()*warmFor.Seconds())))
		}
		for range n {
			s.connect(ctx)
		}
	}
	limit := time.NewTimer(min(warmUpWait, s.r.job.Timeout))
	defer limit.Stop()
	for range n {
		select {
		case <-s.ready:
		case <-limit.C:
			return func() { s.run(ctx) }
		case <-ctx.Done():
			return func() { s.run(ctx) }
		}
	}
	return func() { s.run(ctx) }
}

// run sends everything and returns when every request has its outcome.
func (s *streamSender) run(ctx context.Context) {
	s.ahead.Store(int64(s.r.start.Sub(s.born)))
	s.began.Store(true)
	s.all.Go(func() { s.watch(ctx) })
	if s.play.cast != nil {
		s.all.Go(func() { s.prompt(ctx) })
	}
	if s.r.closedModel() {
		for _, c := range s.alive() {
			c.mu.Lock()
			c.busy(s.now())
			c.flush()
			c.mu.Unlock()
		}
	} else {
		s.all.Go(func() { s.rehome(ctx) })
		s.open(ctx)
	}
	s.finish(ctx)
	s.all.Wait()
	s.bury(classUnfinished, func(*mark) bool { return true })
	s.curtain()
	if few := s.fewest.Load(); s.r.closedModel() && few < int64(s.streams) {
		s.r.notes = append(s.r.notes, fmt.Sprintf("the server allows %d streams on a connection, not %d: use more connections to have as many requests at once", few, s.streams))
	}
}

// finish waits for the end of the schedule and then for what is in flight, at
// most until the cut-off.
func (s *streamSender) finish(ctx context.Context) {
	for s.r.closedModel() && !s.over() && s.now() < s.r.horizon() {
		s.pause(ctx, s.r.horizon())
	}
	s.phase.Store(phaseNoneNew)
	for !s.over() && (s.flying.Load() > 0 || s.playing()) {
		s.pause(ctx, s.r.cutOff())
	}
	s.phase.Store(phaseOver)
	s.stop()
	for _, c := range s.alive() {
		c.expire(s.now())
		c.mu.Lock()
		c.failAll(classUnfinished)
		c.account()
		if c.pipe != nil {
			_ = c.pipe.hangUp()
		}
		c.mu.Unlock()
	}
}

// pause returns at the time given, or when something may have changed.
func (s *streamSender) pause(ctx context.Context, until time.Duration) {
	timer := time.NewTimer(until - s.now())
	defer timer.Stop()
	select {
	case <-s.idle:
	case <-s.freed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// The phases of a run.
const (
	phaseSending int32 = iota
	phaseNoneNew       // requests that a connection gave back still go to others
	phaseOver          // nothing begins any more
)

// admit counts one more request of the closed model as in flight, unless none
// may begin. It counts before it looks at the phase, and finish sets the phase
// before it looks at the count: one of the two sees the other, so that no
// request begins after the last was awaited, however old its clock.
func (s *streamSender) admit() bool {
	s.flying.Add(1)
	if s.phase.Load() == phaseSending {
		return true
	}
	s.landed(1)
	return false
}

func (s *streamSender) over() bool { return s.r.cancelled.Load() || s.now() >= s.r.cutOff() }

// landed counts outcomes.
func (s *streamSender) landed(n int) {
	left := s.flying.Add(-int64(n))
	if left == 0 {
		notify(s.idle)
	}
	if left+int64(n) >= int64(s.r.job.MaxInFlight) {
		s.vacant() // the clock waits where there were as many as may be
	}
}

// notify leaves a word for whoever waits; one is enough.
func notify(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

func (s *streamSender) alive() []*streamConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.conns)
}

// watch looks for requests that take too long until the run is over.
func (s *streamSender) watch(ctx context.Context) {
	ticker := time.NewTicker(min(max(s.r.job.Timeout/100, lookAfter), mostLook))
	defer ticker.Stop()
	var conns []*streamConn
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		conns = append(conns[:0], s.conns...)
		s.mu.Unlock()
		for _, c := range conns {
			c.expire(s.now())
		}
		s.bereave(s.now())
	}
}

// keepAlive makes a connection of the closed model again and again.
func (s *streamSender) keepAlive(ctx context.Context, c *streamConn) {
	for ctx.Err() == nil && !s.over() {
		left := c.live(ctx)
		notify(s.ready)
		if !left { // a server that refuses is not asked a million times a second
			rest := time.NewTimer(restFor)
			select {
			case <-rest.C:
			case <-ctx.Done():
			}
			rest.Stop()
		}
		c.renew(s.now())
	}
}
