package trace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func TestTraceKnowsWhoIsBelowWhom(t *testing.T) {
	tr := tracetest.One(t, checkout)
	spans := tr.Spans
	if root := tr.Root(); root.ID != tracetest.SpanID(1) {
		t.Errorf("root is %s", root.ID)
	}
	for _, row := range []struct {
		reason    string
		want, got []trace.SpanID
	}{
		{"the entry has the gateway's span below it", lines(2), ids(tr.Children(spans[0]))},
		{"siblings come by start", lines(3, 6), ids(tr.Children(spans[1]))},
		{"a leaf has none", nil, ids(tr.Children(spans[7]))},
		{"all below, parents first", lines(2, 3, 4, 5, 6, 7, 8), ids(tr.Below(spans[1]))},
		{"edges' spans by start", lines(1, 4, 7), ids(tr.Edges())},
		{"from outside", lines(1), ids(tr.Entries())},
		{"both sides of a failed call say so", lines(7, 8), ids(tr.Errors())},
		{"the orders call was made during the entry's", lines(1), ids([]*trace.Span{tr.Caller(spans[3])})},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
	if tr.Caller(spans[0]) != nil || tr.Parent(spans[0]) != nil {
		t.Error("the root has something above it")
	}
	if diff := cmp.Diff([]string{"gateway", "orders", "payments"}, tr.Services()); diff != "" {
		t.Error(diff)
	}
	if tr.Duration() != 100*time.Millisecond {
		t.Errorf("duration %s", tr.Duration())
	}
	if foreign := (&trace.Span{}); tr.Parent(foreign) != nil || tr.Children(foreign) != nil || tr.Below(foreign) != nil {
		t.Error("a span of another trace has relatives here")
	}
}

func TestRoot(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         int
	}{
		{"an edge's clock is believed before a service's", "payments: lost 0-5 orphan\nentry->gateway GET / 1-9 200", 2},
		{"a driver's own span lies above the entry", "driver: test 0-10 client\n  entry->gateway GET / 1-9 200", 1},
		{"without edges the first span", "a: x 5-9\n  b: y 6-7\nc: z 1-2 orphan", 3},
	} {
		if got := tracetest.One(t, row.text).Root(); got.ID != tracetest.SpanID(row.want) {
			t.Errorf("%s: root is %s", row.reason, got.ID)
		}
	}
	if trace.New(tracetest.ID(1)).Root() != nil {
		t.Error("an empty trace has a root")
	}
}

// Zipkin's clients share one span id between the two sides of a call.
func TestSharedSpanIDs(t *testing.T) {
	tr := tracetest.One(t, `
a->b GET / 0-10 200
  b: GET / 1-9
    b: work 2-8 internal
    b->c GET / 3-7 200
`)
	shared, work, hop := tr.Spans[1], tr.Spans[2], tr.Spans[3]
	shared.ID, shared.Parent = tr.Spans[0].ID, tr.Spans[0].Parent
	work.Parent, hop.Parent = shared.ID, shared.ID
	tr = trace.New(tr.ID, tr.Spans...)
	if tr.Parent(shared) != tr.Spans[0] || tr.Parent(tr.Spans[0]) != nil {
		t.Error("the provider's side is not below the edge's span of that id")
	}
	if tr.Parent(work) != shared || tr.Parent(hop) != shared {
		t.Error("what the provider did is not below its own side")
	}
}

func TestTreeReachesEverySpanOnceWhateverSpansClaim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := anySpans(t)
		tr := trace.New(tracetest.ID(1), spans...)
		seen := map[*trace.Span]int{}
		for _, root := range tr.Roots() {
			for _, s := range tr.Below(root) {
				seen[s]++
			}
		}
		for _, s := range spans {
			if seen[s] != 1 {
				t.Fatalf("span %s is reached %d times", s.ID, seen[s])
			}
		}
		if len(spans) > 0 && tr.Root() == nil {
			t.Fatal("no root")
		}
		for _, s := range spans {
			above := tr.Parent(s)
			for above != nil && !above.IsEdge() {
				above = tr.Parent(above)
			}
			if got := tr.Caller(s); got != above {
				t.Fatalf("the caller of %s is %v, want %v", s.ID, got, above)
			}
		}
	})
}

// anySpans makes spans with ids from a small set, so that they collide, form
// circles and name parents that never come.
func anySpans(t *rapid.T) []*trace.Span {
	n := rapid.IntRange(0, 40).Draw(t, "spans")
	spans := make([]*trace.Span, n)
	for i := range spans {
		start := rapid.IntRange(0, 20).Draw(t, "start")
		spans[i] = &trace.Span{
			Trace: tracetest.ID(1), ID: tracetest.SpanID(rapid.IntRange(1, 20).Draw(t, "id")), Parent: tracetest.SpanID(rapid.IntRange(0, 20).Draw(t, "parent")),
			Name: "x", Kind: trace.Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
			Start:    tracetest.Epoch.Add(time.Duration(start)),
			End:      tracetest.Epoch.Add(time.Duration(start + rapid.IntRange(-2, 20).Draw(t, "took"))),
			Resource: &trace.Resource{Service: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "service")}, Scope: &trace.Scope{},
		}
		if rapid.Bool().Draw(t, "edge") {
			spans[i].Scope = &trace.Scope{Name: trace.EdgeScope}
		}
	}
	return spans
}

func TestSkewFollowsTheEdgesClock(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         map[int]time.Duration // by line, in milliseconds
	}{
		{"clocks agree", checkout, nil},
		{"a service an hour late moves into its call, with all below", "entry->a GET / 0-10 200\n  a: GET / 3600000-3600008\n    a: work 3600001-3600002 internal",
			map[int]time.Duration{2: -3599999, 3: -3599999}},
		{"a hop below keeps the edges' time", "entry->a GET / 0-10 200\n  a: GET / 100-108\n    a->b GET / 2-3 200", map[int]time.Duration{2: -99}},
		{"longer than the call: to its start", "entry->a GET / 10-20 200\n  a: GET / 0-30", map[int]time.Duration{2: 10}},
		{"work that goes on after the answer is no skew", "entry->a GET / 0-10 200\n  a: GET / 1-300", nil},
	} {
		got := map[int]time.Duration{}
		tr := tracetest.One(t, row.text)
		for s, shift := range tr.Skew() {
			for n := range len(tr.Spans) + 1 {
				if s.ID == tracetest.SpanID(n) {
					got[n] = shift / time.Millisecond
				}
			}
		}
		if row.want == nil {
			row.want = map[int]time.Duration{}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
}

// TestManySpansOfOneID keeps what comes of a sender that gives one id to all:
// no more of them than a few are looked at for each.
func TestManySpansOfOneID(t *testing.T) {
	const n = 2000
	s := trace.NewStore(trace.StoreConfig{})
	for i := range n {
		span := typical(0, 1, &trace.Resource{Service: fmt.Sprint("service-", i)}, &trace.Scope{})
		span.Kind, span.Parent = trace.Server, tracetest.SpanID(9)
		s.Add(span)
	}
	tr := s.Find(trace.Query{})[0]
	if stats := s.Stats(); stats.Spans != n || len(tr.Roots()) != n {
		t.Errorf("%d roots of %+v", len(tr.Roots()), stats)
	}
}
