package finding_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func TestCriticalPath(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         []string // "span start-end" in milliseconds
	}{
		{"a span alone", "a: root 0-10", []string{"root 0-10"}},
		{"a child in the middle", "a: root 0-10\n  a: x 2-7 internal", []string{"root 0-2", "x 2-7", "root 7-10"}},
		{"back to back: none is skipped", "a: root 0-10\n  a: x 0-4 internal\n  a: y 4-10 internal", []string{"x 0-4", "y 4-10"}},
		{"clocks of a millisecond make them overlap a little", "a: root 0-20\n  a: x 0-10 internal\n  a: y 9-20 internal", []string{"x 0-9", "y 9-20"}},
		{"of two at once the later end counts", "a: root 0-10\n  a: x 1-9 internal\n  a: y 1-6 internal", []string{"root 0-1", "x 1-9", "root 9-10"}},
		{"depth by depth", "a: root 0-10\n  a: x 1-9 internal\n    a: y 2-5 internal", []string{"root 0-1", "x 1-2", "y 2-5", "x 5-9", "root 9-10"}},
		{"work that goes on after the answer is not waited for", "a: root 0-10\n  a: x 8-300 internal", []string{"root 0-10"}},
		{"a child that ends a little late is cut", "a: root 0-10\n  a: x 2-11 internal", []string{"root 0-2", "x 2-10"}},
		{"what took no time is not on it", "a: root 0-10\n  a: x 5-5 internal\n  a: y 10-10 internal", []string{"root 0-10"}},
		{"through the edge", "entry->a GET / 0-10 200\n  a: GET / 1-9\n    a->b GET /b 2-8 200\n      b: GET /b 3-7", []string{"GET / 0-1", "GET / 1-2", "GET /b 2-3", "GET /b 3-7", "GET /b 7-8", "GET / 8-9", "GET / 9-10"}},
		{"a skewed clock is put right", "entry->a GET / 0-10 200\n  a: GET /a 1000-1008", []string{"GET / 0-1", "GET /a 1-9", "GET / 9-10"}},
		{"a root of no time", "a: root 5-5\n  a: x 5-9 internal", nil},
	} {
		var got []string
		for _, s := range finding.CriticalPath(tracetest.One(t, row.text)) {
			got = append(got, fmt.Sprintf("%s %d-%d", s.Span.Name, s.Start.Sub(tracetest.Epoch).Milliseconds(), s.End.Sub(tracetest.Epoch).Milliseconds()))
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
	if finding.CriticalPath(trace.New(tracetest.ID(1))) != nil {
		t.Error("an empty trace has a path")
	}
}

// Whatever the spans claim, the path covers the root without gap or overlap.
func TestCriticalPathAddsUpToTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := anyTrace(t)
		root := tr.Root()
		path := finding.CriticalPath(tr)
		var sum time.Duration
		for i, s := range path {
			if s.Duration() <= 0 || i > 0 && !s.Start.Equal(path[i-1].End) {
				t.Fatalf("segment %d is %s to %s, after %s", i, s.Start, s.End, path[max(i-1, 0)].End)
			}
			sum += s.Duration()
		}
		if sum != root.Duration() {
			t.Fatalf("segments add up to %s, the root took %s", sum, root.Duration())
		}
		if len(path) > 0 && (!path[0].Start.Equal(root.Start) || !path[len(path)-1].End.Equal(root.End)) {
			t.Fatal("the path does not cover the root")
		}
	})
}

// anyTrace makes a tree in which children may begin and end anywhere.
func anyTrace(t *rapid.T) *trace.Trace {
	n := rapid.IntRange(1, 30).Draw(t, "spans")
	spans := make([]*trace.Span, n)
	for i := range spans {
		start := rapid.IntRange(0, 100).Draw(t, "start")
		spans[i] = &trace.Span{
			Trace: tracetest.ID(1), ID: tracetest.SpanID(i + 1), Name: fmt.Sprint(i), Kind: trace.Server,
			Start:    tracetest.Epoch.Add(time.Duration(start)),
			End:      tracetest.Epoch.Add(time.Duration(start + rapid.IntRange(0, 100).Draw(t, "took"))),
			Resource: &trace.Resource{Service: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "service")}, Scope: &trace.Scope{},
		}
		if i > 0 {
			spans[i].Parent = tracetest.SpanID(rapid.IntRange(1, i).Draw(t, "parent"))
		}
		if rapid.Bool().Draw(t, "edge") {
			spans[i].Scope = &trace.Scope{Name: trace.EdgeScope}
			consumer := ""
			if i > 0 {
				consumer = "x"
			}
			spans[i].Attrs = append(spans[i].Attrs, trace.EdgeConsumer.String(consumer), trace.EdgeProvider.String(spans[i].Service()))
		}
	}
	return trace.New(tracetest.ID(1), spans...)
}
