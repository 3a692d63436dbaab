package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

func edgeSpan(name string, code trace.Code) *trace.Span {
	start := time.Unix(1, 0)
	return &trace.Span{
		Trace: trace.ID{0xab}, Name: name, Code: code, Start: start, End: start.Add(7 * time.Millisecond),
		Scope: &trace.Scope{Name: trace.EdgeScope}, Resource: &trace.Resource{Service: "orders"},
		Attrs: []attribute.KeyValue{trace.EdgeConsumer.String("web"), trace.EdgeProvider.String("orders"), trace.EdgePhase.String("live")},
	}
}

// full has a series of every family.
func full() *Metrics {
	m := New()
	m.Span(edgeSpan("GET /orders/{id}", trace.Unset))
	m.Span(edgeSpan("GET /orders/{id}", trace.Error))
	m.Span(&trace.Span{Name: "GET /orders/{id}", Kind: trace.Server, Resource: &trace.Resource{Service: "orders"}}) // the provider's own
	m.Verdict("web", "orders", "violating")
	m.Verdict("", "web", "conforming")
	m.Verified("web", "orders", "passed")
	m.Load(Load{Name: "peak", Running: true, Intended: 200})
	m.Load(Load{
		Name: "customers", Valid: true, Intended: 200, Achieved: 199.5, Requests: 1000, Errors: map[string]int64{"timeout": 2},
		Latency:    Times{Mean: 2 * time.Millisecond, Quantiles: map[float64]time.Duration{.5: time.Millisecond, .99: 9 * time.Millisecond}},
		Objectives: map[string]bool{"p99<200ms": true},
	})
	m.Add(Figure{Name: "seam_store_bytes", Help: "Size.", Read: func(emit func(float64, ...string)) { emit(42) }},
		Figure{Name: "seam_receive_spans_total", Help: "Spans.", Counter: true, Labels: []string{"protocol"}, Read: func(emit func(float64, ...string)) {
			emit(3, "otlp/grpc")
			emit(4, "otlp/grpc")
			emit(1, "zip\xffkin")
		}})
	return m
}

func scrape(m *Metrics, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	return w
}

func TestOnlyEdgesAreCountedUnderTheNamesOthersRead(t *testing.T) {
	got := scrape(full(), "").Body.String()
	for _, want := range []string{
		`traces_span_metrics_calls_total{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_UNSET"} 1`,
		`traces_span_metrics_calls_total{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_ERROR"} 1`,
		`traces_span_metrics_duration_milliseconds_bucket{seam_phase="live",service_name="orders",span_kind="SPAN_KIND_SERVER",span_name="GET /orders/{id}",status_code="STATUS_CODE_UNSET",le="10"} 1`,
		`traces_service_graph_request_total{client="web",connection_type="",seam_phase="live",server="orders"} 2`,
		`traces_service_graph_request_failed_total{client="web",connection_type="",seam_phase="live",server="orders"} 1`,
		`traces_service_graph_request_server_seconds_count{client="web",connection_type="",seam_phase="live",server="orders"} 2`,
		`traces_service_graph_request_client_seconds_count{client="web",connection_type="",seam_phase="live",server="orders"} 2`,
		`seam_contract_exchanges_total{client="web",server="orders",verdict="violating"} 1`,
		`seam_contract_exchanges_total{client="user",server="web",verdict="conforming"} 1`,
		`seam_contract_interactions_total{client="web",result="passed",server="orders"} 1`,
		`seam_load_running{load="peak"} 1`,
		`seam_load_running{load="customers"} 0`,
		`seam_load_valid{load="customers"} 1`,
		`seam_load_latency_seconds{load="customers",quantile="0.99"} 0.009`,
		`seam_load_latency_seconds_sum{load="customers"} 2`,
		`seam_load_errors_total{class="timeout",load="customers"} 2`,
		`seam_load_objective_reached{load="customers",objective="p99<200ms"} 1`,
		`seam_store_bytes 42`,
		`seam_receive_spans_total{protocol="otlp/grpc"} 7`,
		`seam_build_info{goversion="go`,
		"go_goroutines ", "process_cpu_seconds_total ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the scrape lacks %s", want)
		}
	}
	for _, not := range []string{`seam_load_valid{load="peak"}`} {
		if strings.Contains(got, not) {
			t.Errorf("the scrape has %s, which nothing says", not)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestNamesKeepPrometheusConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(full().registry)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Metric+": "+p.Text)
	}
	// Jaeger's monitor tab asks for this very name.
	want := []string{`traces_span_metrics_duration_milliseconds: use base unit "seconds" instead of "milliseconds"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestSpanNamesAreBounded(t *testing.T) {
	m := New()
	const more = 50
	for i := range mostNames + more {
		m.Span(edgeSpan(fmt.Sprintf("GET /%d", i), trace.Unset))
	}
	m.Span(edgeSpan("GET /1", trace.Unset)) // a name that was there in time keeps its series
	got := scrape(m, "").Body.String()
	for _, want := range []string{
		fmt.Sprintf(`span_name="other",status_code="STATUS_CODE_UNSET"} %d`, more),
		`span_name="GET /1",status_code="STATUS_CODE_UNSET"} 2`,
		fmt.Sprintf(`seam_metrics_folded_calls_total{service_name="orders"} %d`, more),
		fmt.Sprintf(`traces_service_graph_request_total{client="web",connection_type="",seam_phase="live",server="orders"} %d`, mostNames+more+1),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the scrape lacks %s", want)
		}
	}
	if n := strings.Count(got, "traces_span_metrics_calls_total{"); n != mostNames+1 {
		t.Errorf("%d series, want %d", n, mostNames+1)
	}
	if n := len(m.known); n != mostNames+1 {
		t.Errorf("%d series are remembered, want %d", n, mostNames+1)
	}
}

func TestAPathThatIsNoTextIsCounted(t *testing.T) {
	m := New()
	m.Span(edgeSpan("GET /\xff\"\n", trace.Unset))
	w := scrape(m, "")
	if got := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(got, `span_name="GET /`+"\uFFFD"+`\"\n"`) {
		t.Errorf("%d: %s", w.Code, got)
	}
}

func TestExemplarsNameTheTrace(t *testing.T) {
	w := scrape(full(), "application/openmetrics-text; version=1.0.0")
	want := `# {trace_id="` + trace.ID{0xab}.String() + `"} 7.0`
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "traces_span_metrics_duration_milliseconds_bucket") && strings.Contains(line, want) {
			return
		}
	}
	t.Errorf("no bucket has the exemplar %s\n%s", want, w.Body)
}

func TestHistogramsAreClassicAndNative(t *testing.T) {
	format := expfmt.NewFormat(expfmt.TypeProtoDelim)
	w := scrape(full(), string(format))
	decoder := expfmt.NewDecoder(w.Body, format)
	found := 0
	for {
		var family dto.MetricFamily
		if decoder.Decode(&family) != nil {
			break
		}
		for _, metric := range family.GetMetric() {
			h := metric.GetHistogram()
			if !strings.HasPrefix(family.GetName(), "traces_") || h == nil {
				continue
			}
			found++
			if len(h.GetBucket()) != len(seconds) || len(h.GetPositiveSpan()) == 0 || len(h.GetExemplars()) == 0 {
				t.Errorf("%s: %d classic buckets, %d native spans, %d native exemplars", family.GetName(), len(h.GetBucket()), len(h.GetPositiveSpan()), len(h.GetExemplars()))
			}
		}
	}
	if found != 4 {
		t.Errorf("%d histograms, want 4: two codes of one route, and both sides of one edge", found)
	}
}

func TestCountingAndScrapingAtOnce(t *testing.T) {
	m := full()
	var all sync.WaitGroup
	const each = 500
	for worker := range 4 {
		all.Go(func() {
			for i := range each {
				m.Span(edgeSpan(fmt.Sprintf("GET /%d", (worker+i)%300), trace.Code(i%3)))
			}
		})
	}
	all.Go(func() {
		for range 5 {
			scrape(m, "")
		}
	})
	all.Wait()
	if want := fmt.Sprintf(`request_total{client="web",connection_type="",seam_phase="live",server="orders"} %d`, 4*each+2); !strings.Contains(scrape(m, "").Body.String(), want) {
		t.Errorf("the scrape lacks %s", want)
	}
}

func BenchmarkSpan(b *testing.B) {
	m, span := New(), edgeSpan("GET /orders/{id}", trace.Unset)
	b.ReportAllocs()
	for b.Loop() {
		m.Span(span)
	}
}
