package finding

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seamtest/seam/harness/trace"
)

// What a meter holds at most.
const (
	mostOpen    = 8192 // requests whose calls are remembered
	mostCalls   = 256  // calls of one request that are told apart
	mostMetered = 64   // edges that are told apart; the others are one
	mostSlices  = 512  // stretches of time; twice as long each where they do not suffice

	firstSlice = 200 * time.Millisecond
	otherEdges = "others"
)

// A Meter takes every exchange of a load run and keeps figures of them: what
// crossed each edge, how long each took by itself, and where the requests
// spent their time. Its memory is bounded whatever the length and the rate of
// the run, and does not rest on traces being kept. Its methods are safe for
// concurrent use.
//
// The calls of a request may be told of in any order: an answer can reach the
// consumer, and the request end, before the call's own edge tells of it. So a
// request is told apart when the figures are asked for, or when its place is
// needed; calls that come even later are in the figures of their edge alone.
type Meter struct {
	mu       sync.Mutex
	began    time.Time             // guarded by mu
	first    time.Time             // guarded by mu; when the first request began that was told apart
	numbers  map[string]int        // guarded by mu; of the edges
	edges    []*metered            // guarded by mu
	open     map[trace.ID]*pending // guarded by mu
	queue    []trace.ID            // guarded by mu; of open, in order of arrival; a ring
	next     int                   // guarded by mu
	bands    map[int]*band         // guarded by mu
	slices   []slice               // guarded by mu
	width    time.Duration         // guarded by mu; of each slice
	agreed   map[agreed]int        // guarded by mu; the numbers of interactions
	requests int                   // guarded by mu; told apart
	lost     int                   // guarded by mu; calls of requests that never ended
}

// A metered edge.
type metered struct {
	name          string
	took          *hdrhistogram.Histogram // microseconds
	max           time.Duration
	calls, errors int
}

// A pending request has calls that ended. It may have ended itself.
type pending struct {
	request *Call // on the entry; nil before it ended
	calls   []Call
}

// A band sums up the requests of about the same duration.
type band struct {
	requests int
	took     time.Duration
	own      [mostMetered]time.Duration // by edge, on the critical path
}

// NewMeter begins its slices of time at began.
func NewMeter(began time.Time) *Meter {
	return &Meter{
		began: began, numbers: map[string]int{}, open: map[trace.ID]*pending{}, queue: make([]trace.ID, mostOpen),
		bands: map[int]*band{}, agreed: map[agreed]int{}, width: firstSlice,
	}
}

// Add takes an exchange that ended.
func (m *Meter) Add(c Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.edges[m.number(c.Edge)]
	e.calls++
	if c.Failed {
		e.errors++
	}
	e.max = max(e.max, c.Took)
	_ = e.took.RecordValue(min(max(c.Took.Microseconds(), 1), longest)) // within its bounds, so it cannot fail
	p := m.pending(c.Trace)
	if c.isEntry() && p.request != nil { // a trace of several requests
		m.settle(c.Trace)
		p = m.pending(c.Trace)
	}
	switch {
	case c.isEntry():
		p.request = &c
	case len(p.calls) < mostCalls:
		p.calls = append(p.calls, c)
	default:
		m.lost++
	}
}

// longest is what a histogram holds at most, in microseconds: an hour.
const longest = 3_600_000_000

func (m *Meter) number(edge string) int {
	if n, known := m.numbers[edge]; known {
		return n
	}
	if len(m.edges) == mostMetered-1 {
		edge = otherEdges
	}
	if len(m.edges) == mostMetered {
		return mostMetered - 1
	}
	m.numbers[edge] = len(m.edges)
	m.edges = append(m.edges, &metered{name: edge, took: hdrhistogram.New(1, longest, 2)})
	return len(m.edges) - 1
}

// pending is the request of the trace; it takes the place of the oldest.
func (m *Meter) pending(t trace.ID) *pending {
	p := m.open[t]
	if p == nil {
		m.settle(m.queue[m.next])
		p = &pending{}
		m.open[t], m.queue[m.next] = p, t
		m.next = (m.next + 1) % mostOpen
	}
	return p
}

// settle takes what is known of the request of the trace, if it is pending.
func (m *Meter) settle(t trace.ID) {
	p := m.open[t]
	if p == nil {
		return
	}
	delete(m.open, t)
	if p.request == nil {
		m.lost += len(p.calls)
		return
	}
	calls := []node{{Call: p.request, edge: m.number(p.request.Edge)}}
	for i := range p.calls {
		calls = append(calls, node{Call: &p.calls[i], edge: m.number(p.calls[i].Edge)})
	}
	m.take(calls)
}

// settleAll takes every request that ended.
func (m *Meter) settleAll() {
	for i := range mostOpen {
		t := m.queue[(m.next+i)%mostOpen]
		if p := m.open[t]; p != nil && p.request != nil {
			m.settle(t)
		}
	}
}

// take sums up a request that ended.
func (m *Meter) take(calls []node) {
	request := arrange(calls)
	m.requests++
	if m.first.IsZero() || request.Start.Before(m.first) {
		m.first = request.Start
	}
	key := bandOf(request.Took)
	b := m.bands[key]
	if b == nil {
		b = &band{}
		m.bands[key] = b
	}
	b.requests++
	b.took += max(request.Took, 0)
	for _, l := range request.path() {
		b.own[l.of.edge] += l.to.Sub(l.from)
	}
	s := m.slice(request.Start)
	s.requests++
	for i := range calls {
		s.take(&calls[i])
	}
}

// MeterStats says what the figures rest on.
type MeterStats struct {
	Requests int // whose time is told apart by edge
	Lost     int // calls whose request never ended, or that were too many for one
}

// Stats may be called at any time.
func (m *Meter) Stats() MeterStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settleAll()
	s := MeterStats{Requests: m.requests, Lost: m.lost}
	for _, p := range m.open {
		s.Lost += len(p.calls)
	}
	return s
}

// Edges sums up what crossed each edge, the entry first, then by name; the
// shares are those of EdgeShare, to 3% of a request's duration.
func (m *Meter) Edges() []EdgeShare {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settleAll()
	middle, tail := m.shares()
	var all []EdgeShare
	for i, e := range m.edges {
		at := func(q float64) time.Duration {
			return min(time.Duration(e.took.ValueAtQuantile(q))*time.Microsecond, e.max)
		}
		all = append(all, EdgeShare{
			Edge: e.name, Requests: e.calls, Errors: e.errors, P50: at(50), P90: at(90), P99: at(99), Max: e.max,
			ShareP50: middle[i], ShareP99: tail[i],
		})
	}
	sortEdges(all)
	return all
}

// edgeParts are consumer and provider.
func edgeParts(edge string) (consumer, provider string) {
	consumer, provider, _ = strings.Cut(edge, "->")
	return consumer, cmp.Or(provider, edge)
}
