package expect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// A measure is one word of the vocabulary.
type measure struct {
	bare    bool   // may stand without parentheses
	least   int    // names that it takes at least
	keyLast bool   // its last name is an attribute's key
	example string // for messages
}

var measures = map[string]measure{
	"calls":    {bare: true, example: `calls("payments") or calls("orders->stock", "POST /reserve")`},
	"errors":   {bare: true, example: `errors or errors("orders->stock")`},
	"slowest":  {least: 1, example: `slowest("orders->stock")`},
	"total":    {least: 1, example: `total("stock")`},
	"status":   {bare: true, example: `status or status("payments")`},
	"duration": {bare: true, example: `duration`},
	"services": {bare: true, example: `"payments" in services`},
	"depth":    {bare: true, example: `depth`},
	"order":    {least: 2, example: `order("stock", "payments")`},
	"attr":     {least: 1, keyLast: true, example: `attr("http.route") or attr("payments", "tenant")`},
}

func vocabulary() []string { return slices.Sorted(maps.Keys(measures)) }

// words is the vocabulary as the expression language sees it.
type words struct {
	Calls      func(...string) int           `expr:"calls"`
	Errors     func(...string) int           `expr:"errors"`
	Slowest    func(...string) time.Duration `expr:"slowest"`
	Total      func(...string) time.Duration `expr:"total"`
	Status     func(...string) int           `expr:"status"`
	Duration   func() time.Duration          `expr:"duration"`
	Services   func() []string               `expr:"services"`
	Depth      func() int                    `expr:"depth"`
	Order      func(...string) bool          `expr:"order"`
	Attr       func(...string) any           `expr:"attr"`
	DurationOf func(string) time.Duration    `expr:"duration_of"`
}

// A scope is what an expression is held against: an exchange from outside
// and what came about during it.
type scope struct {
	trace    *trace.Trace
	entry    *trace.Span // nil where none is known
	edges    []*trace.Span
	subjects map[string]subject // grows while it is used by one goroutine
}

// newScope takes the exchanges that lie below the entry, whatever phase they
// began in: work that goes on after the answer may outlive the entry's. Where
// it is the only one of its trace everything belongs to it, even what lost
// its way up because a span is missing.
func newScope(t *trace.Trace, entry *trace.Span) *scope {
	spans := t.Spans
	if entry != nil && len(t.Entries()) > 1 {
		spans = t.Below(entry)
		slices.SortStableFunc(spans, func(a, b *trace.Span) int { return a.Start.Compare(b.Start) })
	}
	s := &scope{trace: t, entry: entry, subjects: map[string]subject{}}
	for _, span := range spans {
		if span.IsEdge() {
			s.edges = append(s.edges, span)
		}
	}
	return s
}

func (s *scope) words() words {
	return words{
		Calls:    func(of ...string) int { return len(s.of(of)) },
		Errors:   func(of ...string) int { return len(failed(s.of(of))) },
		Slowest:  func(of ...string) time.Duration { return took(slowestOf(s.of(of))) },
		Total:    func(of ...string) time.Duration { return totalOf(s.of(of)) },
		Status:   s.status,
		Duration: func() time.Duration { return took(s.entry) },
		Services: s.services,
		Depth:    s.depth,
		Order:    func(of ...string) bool { return s.disorder(of) == nil },
		Attr:     s.attr,
		DurationOf: func(text string) time.Duration {
			d, _ := time.ParseDuration(text) // held by the guard
			return d
		},
	}
}

// of lists the exchanges that are of all subjects, by start; all where none
// is named.
func (s *scope) of(texts []string) []*trace.Span {
	some := s.edges
	for _, text := range texts {
		sub, ok := s.subjects[text]
		if !ok {
			sub = parseSubject(text)
			s.subjects[text] = sub
		}
		var both []*trace.Span
		for _, span := range some {
			if sub.matches(span) {
				both = append(both, span)
			}
		}
		some = both
	}
	return some
}

func failed(spans []*trace.Span) []*trace.Span {
	var all []*trace.Span
	for _, span := range spans {
		if span.Code == trace.Error {
			all = append(all, span)
		}
	}
	return all
}

func slowestOf(spans []*trace.Span) *trace.Span {
	var slowest *trace.Span
	for _, span := range spans {
		if slowest == nil || span.Duration() > slowest.Duration() {
			slowest = span
		}
	}
	return slowest
}

func took(span *trace.Span) time.Duration {
	if span == nil {
		return 0
	}
	return span.Duration()
}

func totalOf(spans []*trace.Span) (sum time.Duration) {
	for _, span := range spans {
		sum += span.Duration()
	}
	return sum
}

// status is that of the answer to the world outside, or the highest of the
// subject's; 0 where no answer came.
func (s *scope) status(of ...string) int {
	if len(of) == 0 {
		return statusOf(s.entry)
	}
	highest := 0
	for _, span := range s.of(of) {
		highest = max(highest, statusOf(span))
	}
	return highest
}

func statusOf(span *trace.Span) int {
	if span == nil {
		return 0
	}
	return int(span.Attr(statusKey).AsInt64())
}

// services lists, sorted, whom the exchanges reached.
func (s *scope) services() []string {
	names := map[string]bool{}
	for _, span := range s.edges {
		names[span.Provider()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// depth is how many exchanges lie within each other, at most; 1 where the
// service that answers calls nobody.
func (s *scope) depth() int {
	deepest := 0
	at := map[*trace.Span]int{}
	for _, span := range s.edges {
		deepest = max(deepest, s.depthOf(span, at))
	}
	return deepest
}

// depthOf climbs to an exchange whose depth is known, and notes all below it.
func (s *scope) depthOf(span *trace.Span, at map[*trace.Span]int) int {
	var path []*trace.Span
	for ; span != nil && at[span] == 0; span = s.trace.Caller(span) {
		path = append(path, span)
	}
	depth := 0
	if span != nil {
		depth = at[span]
	}
	for _, below := range slices.Backward(path) {
		depth++
		at[below] = depth
	}
	return depth
}

// A disorder is why two subjects did not happen one after the other.
type disorder struct {
	why         string
	first, then *trace.Span // nil where there was no call
	names       [2]string
}

// disorder holds each subject against the next: every exchange of the one
// must have ended when the first of the other begins, and both must have some.
func (s *scope) disorder(of []string) *disorder {
	for i := range len(of) - 1 {
		before, after := s.of(of[i:i+1]), s.of(of[i+1:i+2])
		names := [2]string{of[i], of[i+1]}
		switch {
		case len(before) == 0:
			return &disorder{why: fmt.Sprintf("nothing called %s", of[i]), names: names}
		case len(after) == 0:
			return &disorder{why: fmt.Sprintf("nothing called %s", of[i+1]), names: names}
		}
		last := before[0]
		for _, span := range before {
			if span.End.After(last.End) {
				last = span
			}
		}
		if early := last.End.Sub(after[0].Start); early > 0 {
			return &disorder{why: fmt.Sprintf("%s began %s before %s had ended", of[i+1], short(early), of[i]), first: last, then: after[0], names: names}
		}
	}
	return nil
}

// attr is the value of an attribute: of the exchange from outside, or of the
// first span, of an edge or of the service, that has it. It is nil where none has.
func (s *scope) attr(of ...string) any {
	key := attribute.Key(of[len(of)-1])
	for _, span := range s.bearers(of[:len(of)-1]) {
		switch v := span.Attr(key); v.Type() {
		case attribute.EMPTY:
		case attribute.INT64:
			return int(v.AsInt64())
		case attribute.BOOL, attribute.FLOAT64, attribute.STRING:
			return v.AsInterface()
		default:
			return v.String()
		}
	}
	return nil
}

// bearers are the spans whose attributes a subject has.
func (s *scope) bearers(of []string) []*trace.Span {
	if len(of) == 0 {
		if s.entry == nil {
			return nil
		}
		return []*trace.Span{s.entry}
	}
	spans := slices.Clone(s.of(of))
	if len(of) == 1 && !strings.ContainsAny(of[0], "/>") {
		for _, span := range s.trace.Spans {
			if !span.IsEdge() && span.Service() == of[0] {
				spans = append(spans, span)
			}
		}
	}
	return spans
}
