package trace_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// In whatever order the spans of a trace come, it is complete exactly when a
// plain reading of the rules says so.
func TestCompletenessIsWhatTheEvidenceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := wellFormed(t)
		parties := map[string]bool{"a": true, "b": true}
		s := trace.NewStore(trace.StoreConfig{Instrumented: []string{"a", "b"}})
		var came []*trace.Span
		for _, i := range rapid.Permutation(positions(len(spans))).Draw(t, "order") {
			s.Add(spans[i])
			came = append(came, spans[i])
			got := now(s, spans[0].Trace)
			if want := whole(came, parties); got.Complete != want {
				t.Fatalf("after %d of %d spans complete is %v, wanted %v: %s", len(came), len(spans), got.Complete, want, got.Why)
			}
			if !got.Complete && (len(got.Missing) == 0 || got.Why == "") {
				t.Fatalf("incomplete, and it does not say what is missing: %+v", got)
			}
		}
		if got := now(s, spans[0].Trace); !got.Complete {
			t.Fatalf("all came, and it is not complete: %s", got.Why)
		}
	})
}

// Once complete, a trace stays so while spans come whose parents are here and
// from which nothing more follows.
func TestCompletenessIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := wellFormed(t)
		s := trace.NewStore(trace.StoreConfig{})
		s.Add(spans...)
		if !now(s, spans[0].Trace).Complete {
			t.Fatal("not complete to begin with")
		}
		for i := range rapid.IntRange(1, 10).Draw(t, "more") {
			more := spans[rapid.IntRange(0, len(spans)-1).Draw(t, "below")]
			if more.IsEdge() && more.Provider() == "c" {
				continue // it would show that c sends spans, and more would follow
			}
			s.Add(&trace.Span{
				Trace: more.Trace, ID: tracetest.SpanID(5000 + i), Parent: more.ID, Kind: trace.Internal,
				Resource: &trace.Resource{Service: more.Service()}, Scope: &trace.Scope{},
			})
			if got := now(s, spans[0].Trace); !got.Complete {
				t.Fatalf("no longer complete: %s", got.Why)
			}
		}
	})
}

// whole reads the rules of Wait plainly.
func whole(came []*trace.Span, parties map[string]bool) bool {
	for _, s := range came {
		has := func(is func(*trace.Span) bool) bool { return slices.ContainsFunc(came, is) }
		if !s.Parent.IsZero() && !s.IsEntry() && !has(func(o *trace.Span) bool { return o.ID == s.Parent }) {
			return false
		}
		if s.IsEdge() && parties[s.Provider()] && !has(func(o *trace.Span) bool { return !o.IsEdge() && o.Parent == s.ID }) {
			return false
		}
	}
	return true
}

// wellFormed makes a tree of exchanges between a, b and c, of which a and b
// send spans.
func wellFormed(t *rapid.T) []*trace.Span {
	next := 0
	var spans []*trace.Span
	add := func(parent trace.SpanID, service string, attrs ...string) *trace.Span {
		next++
		s := &trace.Span{
			Trace: tracetest.ID(1), ID: tracetest.SpanID(next), Parent: parent, Name: "x", Kind: trace.Server, Flags: 1,
			Resource: &trace.Resource{Service: service}, Scope: &trace.Scope{},
		}
		if len(attrs) > 0 {
			hop := tracetest.One(t, attrs[0]+"->"+service+" GET / 0-1 200").Spans[0]
			s.Attrs, s.Scope = hop.Attrs, hop.Scope
		}
		spans = append(spans, s)
		return s
	}
	var call func(consumer string, parent trace.SpanID, depth int)
	call = func(consumer string, parent trace.SpanID, depth int) {
		provider := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "provider")
		below := add(parent, provider, consumer).ID
		if provider != "c" {
			below = add(below, provider).ID
		}
		for range rapid.IntRange(0, 3-depth).Draw(t, "calls") {
			call(provider, below, depth+1)
		}
	}
	call("entry", trace.SpanID{}, 0)
	return spans
}

func positions(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
