package finding

import (
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// call makes an edge's span: at and took in milliseconds.
func call(id, parent byte, consumer, provider string, at, took int) *trace.Span {
	start := time.Unix(100, 0).Add(time.Duration(at) * time.Millisecond)
	s := &trace.Span{
		Trace: trace.ID{1}, ID: trace.SpanID{id}, Name: "GET /" + provider, Kind: trace.Server,
		Start: start, End: start.Add(time.Duration(took) * time.Millisecond),
		Scope: &trace.Scope{Name: trace.EdgeScope}, Resource: &trace.Resource{Service: provider},
		Attrs: []attribute.KeyValue{trace.EdgeConsumer.String(consumer), trace.EdgeProvider.String(provider), trace.EdgePhase.String("drive")},
	}
	if parent != 0 {
		s.Parent = trace.SpanID{parent}
	}
	return s
}

func failed(s *trace.Span) *trace.Span { s.Code = trace.Error; return s }

func lost(s *trace.Span) *trace.Span {
	s.Attrs = append(s.Attrs, trace.EdgeContext.Bool(false))
	return s
}

func TestWhatBehaviourShows(t *testing.T) {
	row := func(n int, apart int) []*trace.Span {
		spans := []*trace.Span{call(1, 0, "", "web", 0, 100)}
		for i := range n {
			spans = append(spans, call(byte(10+i), 1, "web", "stock", i*apart, 5))
		}
		return spans
	}
	for _, test := range []struct {
		reason string
		spans  []*trace.Span
		want   string
	}{
		{"nothing is wrong", []*trace.Span{call(1, 0, "", "web", 0, 9), call(2, 1, "web", "stock", 1, 5)}, ""},
		{"a call inside the system without context", []*trace.Span{lost(call(1, 0, "web", "stock", 0, 9))}, "context-lost web->stock"},
		{"the entry begins every trace", []*trace.Span{lost(call(1, 0, "", "web", 0, 9))}, ""},
		{"five in a row", row(5, 10), "n+1 web->stock"},
		{"four are few", row(4, 10), ""},
		{"five at once are no loop", row(5, 1), ""},
		{"again after a failure", []*trace.Span{call(1, 0, "", "web", 0, 99), failed(call(2, 1, "web", "stock", 1, 5)), call(3, 1, "web", "stock", 10, 5)}, "retries web->stock"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got := ""
			for _, f := range All([]*trace.Trace{trace.New(trace.ID{1}, test.spans...)}, Config{}) {
				got += f.Kind + " " + f.Edge
				if f.Message == "" || len(f.Evidence) == 0 {
					t.Errorf("a finding without message or evidence: %+v", f)
				}
			}
			if got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestADeclaredEdgeThatNothingCrossedIsAWarning(t *testing.T) {
	traces := []*trace.Trace{trace.New(trace.ID{1}, call(1, 0, "", "web", 0, 9))}
	all := All(traces, Config{Edges: []string{"entry->web", "web->stock"}})
	if len(all) != 1 || all[0].Edge != "web->stock" || !all[0].Warning {
		t.Errorf("found %+v", all)
	}
}

func TestSharesAreOfOwnTimeAndSumUpToOne(t *testing.T) {
	traces := []*trace.Trace{trace.New(trace.ID{1}, call(1, 0, "", "web", 0, 100), call(2, 1, "web", "stock", 10, 75))}
	shares := Shares(traces)
	if fmt.Sprintf("%s %.2f %s %.2f", shares[0].Edge, shares[0].ShareP50, shares[1].Edge, shares[1].ShareP99) != "entry->web 0.25 web->stock 0.75" {
		t.Errorf("shares %+v", shares)
	}
	if Shares(nil) != nil {
		t.Error("shares of nothing")
	}
}
