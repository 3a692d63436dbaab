// Package metrics counts what crosses the edges, under the names that
// Jaeger's monitor tab (span metrics) and Grafana's service graph read.
//
// Only spans of edges are counted: a provider's own server span would count
// each call a second time.
package metrics

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seamtest/seam/harness/trace"
)

// mostNames bounds the span names of one service; those that come later are
// counted under "other", so that memory is bounded whatever paths are called.
const mostNames = 200

// Metrics of one run. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	requests *prometheus.CounterVec
	failed   *prometheus.CounterVec
	server   *prometheus.HistogramVec
	client   *prometheus.HistogramVec
	verdicts *prometheus.CounterVec

	mu    sync.Mutex
	names map[string]map[string]bool // guarded by mu; by service
}

var (
	milliseconds = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000}
	seconds      = []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30}
)

// New makes the metrics of a run.
func New() *Metrics {
	span := []string{"service_name", "span_name", "span_kind", "status_code", "seam_phase"}
	graph := []string{"client", "server", "connection_type"}
	m := &Metrics{
		registry: prometheus.NewRegistry(), names: map[string]map[string]bool{},
		calls:    counter("traces_span_metrics_calls_total", "Calls that crossed an edge, by provider and route.", span),
		duration: histogram("traces_span_metrics_duration_milliseconds", "How long they took, in milliseconds.", milliseconds, span),
		requests: counter("traces_service_graph_request_total", "Calls between two services.", graph),
		failed:   counter("traces_service_graph_request_failed_total", "Calls between two services that failed.", graph),
		server:   histogram("traces_service_graph_request_server_seconds", "How long they took at the edge, in seconds.", seconds, graph),
		client:   histogram("traces_service_graph_request_client_seconds", "How long they took at the edge, in seconds.", seconds, graph),
		verdicts: counter("seam_contract_exchanges_total", "Exchanges judged by the contracts of their edge.", []string{"client", "server", "verdict"}),
	}
	m.registry.MustRegister(m.calls, m.duration, m.requests, m.failed, m.server, m.client, m.verdicts)
	return m
}

func counter(name, help string, labels []string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels []string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Span counts an edge's span and leaves out any other.
func (m *Metrics) Span(s *trace.Span) {
	if !s.IsEdge() {
		return
	}
	client := s.Consumer()
	if client == "" {
		client = "user" // what Grafana's service graph calls the world outside
	}
	status := [...]string{trace.Unset: "STATUS_CODE_UNSET", trace.OK: "STATUS_CODE_OK", trace.Error: "STATUS_CODE_ERROR"}[min(s.Code, trace.Error)]
	labels := []string{s.Provider(), m.name(s.Provider(), s.Name), "SPAN_KIND_SERVER", status, s.Phase()}
	took := s.Duration()
	exemplar := prometheus.Labels{"trace_id": s.Trace.String()}
	m.calls.WithLabelValues(labels...).Inc()
	observe(m.duration.WithLabelValues(labels...), float64(took.Nanoseconds())/1e6, exemplar)
	graph := []string{client, s.Provider(), ""}
	m.requests.WithLabelValues(graph...).Inc()
	if s.Code == trace.Error {
		m.failed.WithLabelValues(graph...).Inc()
	} else {
		m.failed.WithLabelValues(graph...).Add(0) // a rate over nothing shows no line
	}
	observe(m.server.WithLabelValues(graph...), took.Seconds(), exemplar)
	observe(m.client.WithLabelValues(graph...), took.Seconds(), exemplar)
}

func observe(h prometheus.Observer, value float64, exemplar prometheus.Labels) {
	if with, ok := h.(prometheus.ExemplarObserver); ok {
		with.ObserveWithExemplar(value, exemplar)
		return
	}
	h.Observe(value)
}

// Verdict counts an exchange as judged by its contracts: "conforming",
// "violating", "uncovered" or "unjudged".
func (m *Metrics) Verdict(consumer, provider, verdict string) {
	m.verdicts.WithLabelValues(consumer, provider, verdict).Inc()
}

func (m *Metrics) name(service, name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.names[service]
	if known == nil {
		known = map[string]bool{}
		m.names[service] = known
	}
	if !known[name] && len(known) >= mostNames {
		return "other"
	}
	known[name] = true
	return name
}

// Gauge adds a figure that is read at each scrape.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Handler answers a scrape, with exemplars where the scraper asks for OpenMetrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}
