package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

func edgeSpan(name string, code trace.Code) *trace.Span {
	start := time.Unix(1, 0)
	return &trace.Span{
		Name: name, Code: code, Start: start, End: start.Add(7 * time.Millisecond),
		Scope: &trace.Scope{Name: trace.EdgeScope}, Resource: &trace.Resource{Service: "orders"},
		Attrs: []attribute.KeyValue{trace.EdgeConsumer.String("web"), trace.EdgeProvider.String("orders"), trace.EdgePhase.String("live")},
	}
}

func scrape(m *Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestOnlyEdgesAreCountedUnderTheNamesOthersRead(t *testing.T) {
	m := New()
	m.Span(edgeSpan("GET /orders/{id}", trace.Unset))
	m.Span(edgeSpan("GET /orders/{id}", trace.Error))
	m.Span(&trace.Span{Name: "GET /orders/{id}", Kind: trace.Server, Resource: &trace.Resource{Service: "orders"}}) // the provider's own
	m.Verdict("web", "orders", "violating")
	got := scrape(m)
	for _, want := range []string{
		`traces_span_metrics_calls_total{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_UNSET"} 1`,
		`traces_span_metrics_calls_total{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_ERROR"} 1`,
		`traces_span_metrics_duration_milliseconds_bucket{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_UNSET",le="10"} 1`,
		`traces_service_graph_request_total{client="web",connection_type="",server="orders"} 2`,
		`traces_service_graph_request_failed_total{client="web",connection_type="",server="orders"} 1`,
		`traces_service_graph_request_server_seconds_count{client="web",connection_type="",server="orders"} 2`,
		`seam_contract_exchanges_total{client="web",server="orders",verdict="violating"} 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the scrape lacks %s\n%s", want, got)
		}
	}
}

func TestSpanNamesAreBounded(t *testing.T) {
	m := New()
	for i := range mostNames + 50 {
		m.Span(edgeSpan(fmt.Sprintf("GET /%d", i), trace.Unset))
	}
	if got := scrape(m); strings.Count(got, "traces_span_metrics_calls_total{") != mostNames+1 || !strings.Contains(got, `span_name="other"`) {
		t.Errorf("%d series", strings.Count(got, "traces_span_metrics_calls_total{"))
	}
}
