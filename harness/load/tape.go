package load

import (
	"slices"
	"sync"
	"time"
)

// A mark is a shot as its worker writes it down: without a string to allocate.
type mark struct {
	n               int
	due, sent, done time.Duration
	status          int
	class           string
	trace           traceID
	bytes           int64
	waited          bool   // for a connection
	later           bool   // it is not the first of its iteration
	moved           uint8  // how often its connection gave it back
	step            int    // of a flow, counted from 1; 0: of none
	which           int    // of the step's checks and values was at fault, counted from 1
	messages        int64  // of gRPC, in the answer
	note            string // what the server said to its error
}

// A tape is what one worker writes down. Its memory does not grow with the
// run. The lock is there for whoever looks on while the run goes; a worker
// meets nobody at it.
type tape struct {
	warmUp time.Duration
	until  time.Duration // what was sent later came after the end of the schedule
	keep   int
	closed bool

	mu       sync.Mutex
	recent   *figures         // guarded by mu; since they were last taken
	arrived  arrivals         // guarded by mu
	requests int64            // guarded by mu
	inTime   int64            // guarded by mu; started before until
	waited   int64            // guarded by mu
	bytes    int64            // guarded by mu
	messages int64            // guarded by mu; of gRPC, in answers
	errors   int64            // guarded by mu
	classes  map[string]int64 // guarded by mu
	statuses [1000]int64      // guarded by mu
	slowest  []mark           // guarded by mu; slowest first
	failed   []mark           // guarded by mu; the first ones
	begun    int64            // guarded by mu; requests but for the later ones of iterations
	steps    []stepTape       // guarded by mu
	flows    []FlowSummary    // guarded by mu
}

func newTape(job *Job) *tape {
	return &tape{
		warmUp: job.WarmUp, until: job.WarmUp + job.For, keep: job.Slowest, closed: job.Connections > 0,
		recent: newFigures(), arrived: newArrivals(job), classes: map[string]int64{},
		slowest: make([]mark, 0, job.Slowest+1), failed: make([]mark, 0, job.Slowest),
	}
}

// record takes the outcome of one request. The warm-up is in no figure.
func (t *tape) record(m *mark) {
	if m.due < t.warmUp {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	t.bytes += m.bytes
	t.messages += m.messages
	if !m.later {
		t.begun++
		if m.sent <= t.until {
			t.inTime++
		}
	}
	if m.step > 0 {
		t.steps[m.step-1].record(m, t.closed)
	}
	if m.waited {
		t.waited++
	}
	if m.class != "" {
		t.errors++
		t.classes[m.class]++
		if len(t.failed) < t.keep {
			t.failed = append(t.failed, *m)
		}
	}
	t.statuses[m.status]++
	took := m.done - m.due
	t.recent.latency.put(took)
	if !t.closed { // there a request is due when it is sent
		t.recent.service.put(m.done - m.sent)
		t.recent.late.put(m.sent - m.due)
	}
	if len(t.slowest) < t.keep || took > t.slowest[t.keep-1].done-t.slowest[t.keep-1].due {
		t.rank(m)
	}
}

// start notes that a request was sent now that was due then.
func (t *tape) start(due, sent time.Duration) {
	if t.closed || due < t.warmUp {
		return
	}
	t.mu.Lock()
	t.arrived.add(due, sent)
	t.mu.Unlock()
}

// worst adds the traces of the slowest and of the first failed so far.
func (t *tape) worst(traces []string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, marks := range [][]mark{t.slowest, t.failed} {
		for i := range marks {
			traces = append(traces, marks[i].trace.String())
		}
	}
	return traces
}

// rank keeps the shot among the slowest.
func (t *tape) rank(m *mark) {
	if t.keep == 0 {
		return
	}
	took := m.done - m.due
	at := len(t.slowest)
	for at > 0 && t.slowest[at-1].done-t.slowest[at-1].due < took {
		at--
	}
	t.slowest = slices.Insert(t.slowest, at, *m)
	if len(t.slowest) > t.keep {
		t.slowest = t.slowest[:t.keep]
	}
}

// take swaps the figures for empty ones. What came so far is whole in those
// that were taken.
func (t *tape) take(empty *figures) *figures {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.recent
	t.recent = empty
	return taken
}

// counts adds what may be read of a tape while it runs.
func (t *tape) counts(p *Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.Requests += t.requests
	p.Errors += t.errors
	p.Waited += t.waited
	for class, n := range t.classes {
		p.Classes[class] += n
	}
}

// merge adds what another worker wrote, but for the figures that the lookout takes.
func (t *tape) merge(other *tape) {
	other.mu.Lock()
	defer other.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrived.merge(&other.arrived)
	t.requests += other.requests
	t.inTime += other.inTime
	t.begun += other.begun
	t.mergeFlows(other)
	t.waited += other.waited
	t.bytes += other.bytes
	t.messages += other.messages
	t.errors += other.errors
	for class, n := range other.classes {
		t.classes[class] += n
	}
	for status, n := range other.statuses {
		t.statuses[status] += n
	}
	for i := range other.slowest {
		t.rank(&other.slowest[i])
	}
	t.failed = append(t.failed, other.failed...)
	slices.SortFunc(t.failed, func(a, b mark) int { return a.n - b.n })
	t.failed = t.failed[:min(len(t.failed), t.keep)]
}

// isStatus reports whether a status is one that is counted (RFC 9110, section
// 15): over HTTP/2, net/http lets any number through.
func isStatus(status int) bool { return status >= 100 && status <= 999 }

func (m *mark) shot() Shot {
	return Shot{
		N: m.n, Due: m.due, Sent: m.sent, Done: m.done, Status: m.status, Class: m.class, Trace: m.trace.String(), Bytes: m.bytes,
		Note: plainMessage(m.note),
	}
}

func shots(marks []mark) []Shot {
	var all []Shot
	for i := range marks {
		all = append(all, marks[i].shot())
	}
	return all
}
