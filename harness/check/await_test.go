package check

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/trace"
)

// giveSpan gives seam a span of the service web, as the service itself would.
func giveSpan(ctx context.Context, otlp string, s *trace.Span) error {
	body := fmt.Sprintf(`{"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]},
		"scopeSpans": [{"spans": [{"traceId": "%x", "spanId": "%x", "parentSpanId": "%x", "name": "inside", "kind": 1,
		"startTimeUnixNano": "1764270000000000000", "endTimeUnixNano": "1764270000001000000"}]}]}]}`, s.Trace[:], s.ID[:], s.Parent[:])
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, otlp+"/v1/traces", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the receiver answered %s", answer.Status)
	}
	return nil
}

// TestServicesRunOnForTheirLastSpans sends a span late, as a service does that
// sends in batches. Its child came first, so seam knows that it must exist.
func TestServicesRunOnForTheirLastSpans(t *testing.T) {
	spec, _ := specOf(t, "")
	h, err := harness.Start(t.Context(), harness.Config{Spec: spec, Phase: edge.Drive})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Stop(context.WithoutCancel(t.Context()))
	answer, err := http.Get(h.Entry() + "/items/7")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &run{harness: h}
	traces := r.tracesOf(edge.Drive)
	if len(traces) != 1 {
		t.Fatalf("the drive left %d traces, want 1", len(traces))
	}
	id := traces[0].ID
	outer := &trace.Span{Trace: id, ID: trace.SpanID{1}, Parent: traces[0].Spans[0].ID}
	inner := &trace.Span{Trace: id, ID: trace.SpanID{2}, Parent: outer.ID}
	if err := giveSpan(t.Context(), h.OTLP(), inner); err != nil {
		t.Fatal(err)
	}
	late := make(chan error, 1)
	go func() { late <- giveSpan(t.Context(), h.OTLP(), outer) }()
	r.awaitSpans(t.Context(), time.Hour)
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if c := h.Traces().Wait(now, id); !c.Complete {
		t.Errorf("the wait ended although %s", c.Why)
	}
	if err := <-late; err != nil {
		t.Error(err)
	}
}
