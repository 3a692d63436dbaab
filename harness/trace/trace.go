package trace

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A Trace is what had come of one trace when it was asked for. It is
// read-only, and safe for use at once.
type Trace struct {
	ID      ID
	Spans   []*Span  // by start
	Open    []Opened // exchanges that had begun and whose span had not come
	Partial bool     // spans of it left the store, or were refused

	once sync.Once
	tree *tree // of Spans, built when it is first asked for
}

// New returns a trace of the spans, which it sorts by start; where two start
// at once an edge's comes first.
func New(id ID, spans ...*Span) *Trace {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, byStart)
	return &Trace{ID: id, Spans: sorted}
}

func byStart(a, b *Span) int {
	if c := a.Start.Compare(b.Start); c != 0 {
		return c
	}
	if a.IsEdge() != b.IsEdge() {
		if a.IsEdge() {
			return -1
		}
		return 1
	}
	return cmp.Or(b.End.Compare(a.End), slices.Compare(a.ID[:], b.ID[:]))
}

// Root is where the trace begins: the first of an edge's spans that has no
// parent here, else the first such span at all. It is nil in an empty trace.
func (t *Trace) Root() *Span {
	var first *Span
	for _, i := range t.index().roots {
		if t.Spans[i].IsEdge() {
			return t.Spans[i]
		}
		if first == nil {
			first = t.Spans[i]
		}
	}
	return first
}

// Roots lists the spans without a parent here, by start. A whole trace has one.
func (t *Trace) Roots() []*Span { return t.pick(t.index().roots) }

// Children lists the spans directly below, by start.
func (t *Trace) Children(s *Span) []*Span {
	x := t.index()
	at, ok := x.at[s]
	if !ok {
		return nil
	}
	return t.pick(x.children[at])
}

// Parent is the span directly above; nil for a root or a span of another trace.
func (t *Trace) Parent(s *Span) *Span {
	x := t.index()
	at, ok := x.at[s]
	if !ok || x.parent[at] < 0 {
		return nil
	}
	return t.Spans[x.parent[at]]
}

// Caller is the exchange during which the span came about: the nearest edge's
// span above it; nil where there is none.
func (t *Trace) Caller(s *Span) *Span {
	x := t.index()
	at, ok := x.at[s]
	if !ok || x.caller[at] < 0 {
		return nil
	}
	return t.Spans[x.caller[at]]
}

// Below lists the span and all below it, each after its parent and siblings
// by start.
func (t *Trace) Below(s *Span) []*Span {
	x := t.index()
	at, ok := x.at[s]
	if !ok {
		return nil
	}
	var all []*Span
	for stack := []int32{at}; len(stack) > 0; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		all = append(all, t.Spans[at])
		for _, child := range slices.Backward(x.children[at]) {
			stack = append(stack, child)
		}
	}
	return all
}

// Edges lists the spans that edges made, by start.
func (t *Trace) Edges() []*Span { return t.filter((*Span).IsEdge) }

// Entries lists the exchanges that came from outside the system, by start.
func (t *Trace) Entries() []*Span { return t.filter((*Span).IsEntry) }

// Errors lists the spans whose status is Error, by start.
func (t *Trace) Errors() []*Span {
	return t.filter(func(s *Span) bool { return s.Code == Error })
}

// Services lists who took part, sorted: who sent spans and whom edges called.
func (t *Trace) Services() []string {
	names := map[string]bool{}
	for _, s := range t.Spans {
		names[s.Service()] = true
		if s.IsEdge() {
			names[s.Provider()] = true
		}
	}
	delete(names, "")
	return sortedKeys(names)
}

// Bounds is when the trace began and ended. Where edges made spans only their
// clock is believed, else every service's; spans without a time do not count.
func (t *Trace) Bounds() (start, end time.Time) {
	spans := t.Edges()
	if len(spans) == 0 {
		spans = t.Spans
	}
	first := true
	for _, s := range spans {
		if s.Timeless() {
			continue
		}
		if first || s.Start.Before(start) {
			start = s.Start
		}
		if first || s.End.After(end) {
			end = s.End
		}
		first = false
	}
	return start, end
}

// Duration is the time between the trace's bounds; never negative.
func (t *Trace) Duration() time.Duration {
	start, end := t.Bounds()
	return max(end.Sub(start), 0)
}

func (t *Trace) filter(wanted func(*Span) bool) []*Span {
	var some []*Span
	for _, s := range t.Spans {
		if wanted(s) {
			some = append(some, s)
		}
	}
	return some
}

func (t *Trace) pick(positions []int32) []*Span {
	if len(positions) == 0 {
		return nil
	}
	spans := make([]*Span, len(positions))
	for i, at := range positions {
		spans[i] = t.Spans[at]
	}
	return spans
}

func (t *Trace) index() *tree {
	t.once.Do(func() { t.tree = grow(t.Spans) })
	return t.tree
}
