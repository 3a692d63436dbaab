package trace

import (
	"cmp"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// A Query picks traces. Its zero value picks all; each field that is set
// narrows it.
type Query struct {
	// One span must meet all of these.
	Service   string                   // who sent it
	Operation string                   // its name
	Attrs     map[attribute.Key]string // attributes of it or of its resource, as text
	Failed    bool                     // its status is Error
	Edge      string                   // "consumer->provider", "entry->provider": an edge's span

	// The trace must meet these.
	Phase                    string        // an edge made a span of it in that phase
	MinDuration, MaxDuration time.Duration // of the whole trace; 0: no bound
	From, To                 time.Time     // it began at From or later, and before To; zero: no bound

	Limit int // the newest so many; 0: all
}

// A Summary is one line about a trace.
type Summary struct {
	ID       ID
	Name     string // of the root
	Service  string // of the root
	Edge     string // of the root, where an edge made it
	Phase    string // of the first edge's span
	Start    time.Time
	Duration time.Duration
	Spans    int
	Errors   int // spans whose status is Error
	Open     int // exchanges that have not ended
	Services []string
	Partial  bool
}

// Find returns the traces that the query picks, the newest first: by when
// their first span or exchange came. It walks no further than its limit asks.
func (s *Store) Find(q Query) []*Trace {
	var found []*Trace
	s.newest(func(v view) bool {
		if q.spans(v.spans) {
			if t := v.trace(); q.trace(t) {
				found = append(found, t)
			}
		}
		return q.Limit <= 0 || len(found) < q.Limit
	})
	return found
}

// Summaries is Find for a list: one line for each trace.
func (s *Store) Summaries(q Query) []Summary {
	var all []Summary
	s.newest(func(v view) bool {
		if q.spans(v.spans) {
			if t := v.trace(); q.trace(t) {
				all = append(all, t.Summary())
			}
		}
		return q.Limit <= 0 || len(all) < q.Limit
	})
	return all
}

// Services lists, sorted, who took part in what the store holds now.
func (s *Store) Services() []string {
	names := map[string]bool{}
	s.newest(func(v view) bool {
		for _, span := range v.spans {
			if name := span.Service(); !names[name] {
				names[name] = true
			}
		}
		return true
	})
	delete(names, "")
	return sortedKeys(names)
}

// Operations lists, sorted, the names of the service's spans that the store
// holds now.
func (s *Store) Operations(service string) []string {
	names := map[string]bool{}
	s.newest(func(v view) bool {
		for _, span := range v.spans {
			if span.Service() == service && !names[span.Name] {
				names[span.Name] = true
			}
		}
		return true
	})
	return sortedKeys(names)
}

// Summary puts the trace into one line.
func (t *Trace) Summary() Summary {
	start, end := t.Bounds()
	sum := Summary{
		ID: t.ID, Start: start, Duration: max(end.Sub(start), 0),
		Spans: len(t.Spans), Open: len(t.Open), Services: t.Services(), Partial: t.Partial,
	}
	for _, s := range t.Spans {
		if s.Code == Error {
			sum.Errors++
		}
		if sum.Phase == "" {
			sum.Phase = s.Phase()
		}
	}
	if root := t.Root(); root != nil {
		sum.Name, sum.Service, sum.Edge = root.Name, root.Service(), root.Edge()
	}
	return sum
}

// newest visits every trace, the newest first, until visit returns false. It
// holds no lock while it visits; what leaves meanwhile may still be visited.
func (s *Store) newest(visit func(view) bool) {
	var queues [shardCount][]*record
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		queues[i] = append(slices.Clone(sh.aside), sh.queue[sh.head:]...)
		sh.mu.Unlock()
	}
	for {
		from := latest(&queues)
		if from < 0 {
			return
		}
		last := len(queues[from]) - 1
		r := queues[from][last]
		queues[from] = queues[from][:last]
		s.shards[from].mu.Lock()
		v := r.view()
		s.shards[from].mu.Unlock()
		if !visit(v) {
			return
		}
	}
}

// latest returns which queue ends with the newest record; -1 when all are empty.
func latest(queues *[shardCount][]*record) int {
	from, order := -1, uint64(0)
	for i, q := range queues {
		if n := len(q); n > 0 && q[n-1].order > order {
			from, order = i, q[n-1].order
		}
	}
	return from
}

// spans reports whether the spans of a trace meet what is asked of spans.
func (q *Query) spans(spans []*Span) bool {
	one, phase := q.asksNoSpan(), q.Phase == ""
	for _, s := range spans {
		one = one || q.span(s)
		phase = phase || s.Phase() == q.Phase
		if one && phase {
			return true
		}
	}
	return one && phase
}

func (q *Query) asksNoSpan() bool {
	return q.Service == "" && q.Operation == "" && len(q.Attrs) == 0 && !q.Failed && q.Edge == ""
}

func (q *Query) span(s *Span) bool {
	if q.Service != "" && s.Service() != q.Service || q.Operation != "" && s.Name != q.Operation {
		return false
	}
	if q.Failed && s.Code != Error || q.Edge != "" && !s.crossed(q.Edge) {
		return false
	}
	for key, want := range q.Attrs {
		if v := cmp.Or(s.Attr(key), s.resourceAttr(key)); v.Type() == attribute.EMPTY || v.String() != want {
			return false
		}
	}
	return true
}

// crossed is Edge() == edge without making a string.
func (s *Span) crossed(edge string) bool {
	if !s.IsEdge() {
		return false
	}
	consumer, provider := cmp.Or(s.Consumer(), "entry"), s.Provider()
	return len(edge) == len(consumer)+2+len(provider) &&
		edge[:len(consumer)] == consumer && edge[len(consumer):len(consumer)+2] == "->" && edge[len(consumer)+2:] == provider
}

func (s *Span) resourceAttr(key attribute.Key) attribute.Value {
	if s.Resource != nil {
		for i := range s.Resource.Attrs {
			if s.Resource.Attrs[i].Key == key {
				return s.Resource.Attrs[i].Value
			}
		}
	}
	return attribute.Value{}
}

func (q *Query) trace(t *Trace) bool {
	if q.MinDuration > 0 || q.MaxDuration > 0 {
		took := t.Duration()
		if took < q.MinDuration || q.MaxDuration > 0 && took > q.MaxDuration {
			return false
		}
	}
	if q.From.IsZero() && q.To.IsZero() {
		return true
	}
	start, _ := t.Bounds()
	return !start.Before(q.From) && (q.To.IsZero() || start.Before(q.To))
}
