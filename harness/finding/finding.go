// Package finding tells what the behaviour of a system shows without being
// asked. It is pure over traces.
package finding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// A Finding is something that traces show.
type Finding struct {
	Kind     string // "context-lost", "unused-edge", "retries" or "n+1"
	Edge     string // "consumer->provider"
	Message  string
	Warning  bool // worth knowing, but not wrong by itself
	Evidence []trace.ID
}

// Config says what is known besides the traces.
type Config struct {
	Edges []string // that are declared: one that no call crossed is reported
}

// mostEvidence bounds the traces that a finding names.
const mostEvidence = 10

// All looks for every kind, in a fixed order.
func All(traces []*trace.Trace, cfg Config) []Finding {
	return slices.Concat(contextLost(traces), unusedEdges(traces, cfg.Edges), repeated(traces))
}

// contextLost blames the consumer of an edge inside the system for a call
// that carried no trace context: it began a trace of its own.
func contextLost(traces []*trace.Trace) []Finding {
	lost := map[string]*Finding{}
	counts := map[string]int{}
	for _, t := range traces {
		for _, s := range t.Edges() {
			context := s.Attr(trace.EdgeContext)
			if s.IsEntry() || context.AsBool() || context.Type() == attribute.EMPTY {
				continue
			}
			edge := s.Edge()
			if lost[edge] == nil {
				lost[edge] = &Finding{Kind: "context-lost", Edge: edge}
			}
			counts[edge]++
			lost[edge].add(t.ID)
		}
	}
	var all []Finding
	for edge, f := range lost {
		consumer, _, _ := strings.Cut(edge, "->")
		f.Message = fmt.Sprintf("%d calls carried no trace context, so what they caused is missing from the traces of their callers; %s must send on the traceparent header that it received", counts[edge], consumer)
		all = append(all, *f)
	}
	slices.SortFunc(all, byEdge)
	return all
}

func (f *Finding) add(id trace.ID) {
	if len(f.Evidence) < mostEvidence && !slices.Contains(f.Evidence, id) {
		f.Evidence = append(f.Evidence, id)
	}
}

func byEdge(a, b Finding) int {
	if a.Edge != b.Edge {
		return strings.Compare(a.Edge, b.Edge)
	}
	return strings.Compare(a.Kind, b.Kind)
}

// unusedEdges warns of declared edges that nothing crossed: either the drive
// misses them or the consumer bypasses them.
func unusedEdges(traces []*trace.Trace, declared []string) []Finding {
	used := map[string]bool{}
	for _, t := range traces {
		for _, s := range t.Edges() {
			used[s.Edge()] = true
		}
	}
	var all []Finding
	for _, edge := range declared {
		if !used[edge] {
			all = append(all, Finding{Kind: "unused-edge", Edge: edge, Warning: true,
				Message: "no call crossed this edge: does the drive reach it, and does the consumer take the provider's address from its environment?"})
		}
	}
	return all
}

// nPlusOne is how many equal calls below one span are too many.
const nPlusOne = 5

// repeated finds equal calls below one span: after a failure they are
// retries, many in a row are a query for each item of a list.
func repeated(traces []*trace.Trace) []Finding {
	type key struct{ edge, name string }
	found := map[string]*Finding{}
	note := func(kind, edge, message string, id trace.ID) {
		if found[kind+edge] == nil {
			found[kind+edge] = &Finding{Kind: kind, Edge: edge, Warning: true, Message: message}
		}
		found[kind+edge].add(id)
	}
	for _, t := range traces {
		groups := map[trace.SpanID]map[key][]*trace.Span{}
		for _, s := range t.Edges() {
			above := callerOf(t, s)
			if groups[above] == nil {
				groups[above] = map[key][]*trace.Span{}
			}
			k := key{s.Edge(), s.Name}
			groups[above][k] = append(groups[above][k], s)
		}
		for _, calls := range groups {
			for k, spans := range calls {
				slices.SortFunc(spans, func(a, b *trace.Span) int { return a.Start.Compare(b.Start) })
				switch {
				case len(spans) >= nPlusOne && inSequence(spans):
					note("n+1", k.edge, fmt.Sprintf("%s was called %d times in a row for one request; can one call ask for all?", k.name, len(spans)), t.ID)
				case afterFailure(spans):
					note("retries", k.edge, fmt.Sprintf("%s was called again after it failed", k.name), t.ID)
				}
			}
		}
	}
	all := make([]Finding, 0, len(found))
	for _, f := range found {
		all = append(all, *f)
	}
	slices.SortFunc(all, byEdge)
	return all
}

// callerOf is the nearest edge's span above: one request to the consumer.
func callerOf(t *trace.Trace, s *trace.Span) trace.SpanID {
	for range len(t.Spans) {
		if s = t.Parent(s); s == nil {
			break
		}
		if s.IsEdge() {
			return s.ID
		}
	}
	return trace.SpanID{}
}

func inSequence(spans []*trace.Span) bool {
	for i := 1; i < len(spans); i++ {
		if spans[i].Start.Before(spans[i-1].End) {
			return false
		}
	}
	return true
}

func afterFailure(spans []*trace.Span) bool {
	for i := 1; i < len(spans); i++ {
		if spans[i-1].Code == trace.Error && !spans[i].Start.Before(spans[i-1].End) {
			return true
		}
	}
	return false
}

// An EdgeShare sums up an edge and says what part of the whole its own time
// makes.
type EdgeShare struct {
	Edge               string
	Requests, Errors   int
	P50, P99           time.Duration // of the calls on the edge
	ShareP50, ShareP99 float64       // 0 to 1
}

// Shares lists the edges by name. An edge's own time in a trace is the time of
// its calls without that of the calls below them. Its share of the p50 (p99)
// is its part of all own time in the traces whose duration lies within the
// tenth of the traces nearest to the p50 (at or above the p99, ten at least).
func Shares(traces []*trace.Trace) []EdgeShare {
	byDuration := slices.SortedFunc(slices.Values(traces), func(a, b *trace.Trace) int { return int(a.Duration() - b.Duration()) })
	n := len(byDuration)
	if n == 0 {
		return nil
	}
	middle := byDuration[max(n/2-n/20, 0):min(n/2+n/20+1, n)]
	tail := byDuration[max(min(n*99/100, n-10), 0):]
	took := map[string][]time.Duration{}
	errors := map[string]int{}
	for _, t := range traces {
		for _, s := range t.Edges() {
			took[s.Edge()] = append(took[s.Edge()], s.Duration())
			if s.Code == trace.Error {
				errors[s.Edge()]++
			}
		}
	}
	p50, p99 := ownShares(middle), ownShares(tail)
	var all []EdgeShare
	for edge, durations := range took {
		slices.Sort(durations)
		all = append(all, EdgeShare{
			Edge: edge, Requests: len(durations), Errors: errors[edge], ShareP50: p50[edge], ShareP99: p99[edge],
			P50: durations[len(durations)/2], P99: durations[len(durations)*99/100],
		})
	}
	slices.SortFunc(all, func(a, b EdgeShare) int { return strings.Compare(a.Edge, b.Edge) })
	return all
}

func ownShares(traces []*trace.Trace) map[string]float64 {
	own := map[string]time.Duration{}
	var whole time.Duration
	for _, t := range traces {
		below := map[trace.SpanID]time.Duration{}
		for _, s := range t.Edges() {
			below[callerOf(t, s)] += s.Duration()
		}
		for _, s := range t.Edges() {
			mine := max(s.Duration()-below[s.ID], 0) // calls side by side can sum up to more than their caller
			own[s.Edge()] += mine
			whole += mine
		}
	}
	shares := map[string]float64{}
	for edge, d := range own {
		if whole > 0 {
			shares[edge] = float64(d) / float64(whole)
		}
	}
	return shares
}
