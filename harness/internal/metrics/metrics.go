// Package metrics counts what crosses the edges, under the names that
// Jaeger's monitor tab (span metrics) and Grafana's service graph read.
//
// Only spans of edges are counted: a provider's own server span would count
// each call a second time. Memory is bounded whatever is called: see Fold.
package metrics

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seamtest/seam/harness/trace"
)

// mostNames bounds the span names of one service; calls of those that come
// later are counted under Fold.
const mostNames = 200

// Fold is the span_name of the calls whose own would be one too many; the
// counter seam_metrics_folded_calls_total says how many there were.
const Fold = "other"

// Outside is what Grafana's service graph calls the world outside the system.
const Outside = "user"

// Metrics of one run. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	spans    spanVecs
	graph    graphVecs
	folded   *prometheus.CounterVec
	verdicts *prometheus.CounterVec
	verified *prometheus.CounterVec
	loads    loads

	mu    sync.RWMutex
	known map[key]*series            // guarded by mu
	names map[string]map[string]bool // guarded by mu; by service
}

// A key is what tells the series of one call from those of another.
type key struct {
	client, server, name, phase string
	code                        trace.Code
}

// The series that one call counts in.
type series struct {
	calls, requests, failed, folded prometheus.Counter // folded may be nil
	duration, server, client        prometheus.Observer

	shown [16]atomic.Int64 // Unix nanoseconds of the call that is the exemplar of each bucket
}

// exemplarsEvery spares the making of exemplars that no scrape would see: each
// bucket has a new one at most so often.
const exemplarsEvery = 500 * time.Millisecond

type spanVecs struct {
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

type graphVecs struct {
	requests, failed *prometheus.CounterVec
	server, client   *prometheus.HistogramVec
}

var (
	milliseconds = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000}
	seconds      = []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30}
)

// New makes the metrics of a run.
func New() *Metrics {
	span := []string{"service_name", "span_name", "span_kind", "status_code", "seam_phase"}
	graph := []string{"client", "server", "connection_type", "seam_phase"}
	m := &Metrics{
		registry: prometheus.NewRegistry(), known: map[key]*series{}, names: map[string]map[string]bool{},
		spans: spanVecs{
			counter("traces_span_metrics_calls_total", "Calls that crossed an edge, by provider and route.", span),
			histogram("traces_span_metrics_duration_milliseconds", "How long they took, in milliseconds.", milliseconds, span),
		},
		graph: graphVecs{
			counter("traces_service_graph_request_total", "Calls between two services.", graph),
			counter("traces_service_graph_request_failed_total", "Calls between two services that failed.", graph),
			histogram("traces_service_graph_request_server_seconds", "How long they took at the edge, in seconds.", seconds, graph),
			histogram("traces_service_graph_request_client_seconds", "How long they took at the edge, in seconds: the edge is all that both sides see.", seconds, graph),
		},
		folded:   counter("seam_metrics_folded_calls_total", "Calls whose span_name is \"other\", because their service had too many names.", []string{"service_name"}),
		verdicts: counter("seam_contract_exchanges_total", "Exchanges judged by the contracts of their edge.", []string{"client", "server", "verdict"}),
		verified: counter("seam_contract_interactions_total", "Interactions that were replayed against their provider.", []string{"client", "server", "result"}),
		loads:    newLoads(),
	}
	m.registry.MustRegister(m.spans.calls, m.spans.duration, m.graph.requests, m.graph.failed, m.graph.server, m.graph.client,
		m.folded, m.verdicts, m.verified, m.loads, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func buildInfo() prometheus.Collector {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "seam_build_info", Help: "Always 1; the labels say which seam this is.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}

func counter(name, help string, labels []string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// histogram is a classic one for Jaeger and Grafana's service graph, and a
// native one, exact to 5%, for whoever scrapes over protobuf.
func histogram(name, help string, buckets []float64, labels []string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

// Span counts an edge's span and leaves out any other.
func (m *Metrics) Span(s *trace.Span) {
	if !s.IsEdge() {
		return
	}
	of := m.series(key{s.Consumer(), s.Provider(), s.Name, s.Phase(), min(s.Code, trace.Error)})
	took := s.Duration()
	of.calls.Inc()
	of.requests.Inc()
	if s.Code >= trace.Error {
		of.failed.Inc()
	}
	if of.folded != nil {
		of.folded.Inc()
	}
	var exemplar prometheus.Labels
	if last, now := &of.shown[sort.SearchFloat64s(seconds, took.Seconds())], s.End.UnixNano(); now-last.Load() > int64(exemplarsEvery) {
		last.Store(now)
		exemplar = prometheus.Labels{"trace_id": s.Trace.String()}
	}
	observe(of.duration, float64(took.Nanoseconds())/1e6, exemplar)
	observe(of.server, took.Seconds(), exemplar)
	observe(of.client, took.Seconds(), exemplar)
}

func observe(h prometheus.Observer, value float64, exemplar prometheus.Labels) {
	if with, ok := h.(prometheus.ExemplarObserver); ok && exemplar != nil {
		with.ObserveWithExemplar(value, exemplar)
		return
	}
	h.Observe(value)
}

// series finds what a call counts in, and makes it for the first of its kind.
func (m *Metrics) series(k key) *series {
	m.mu.RLock()
	of := m.known[k]
	m.mu.RUnlock()
	if of != nil {
		return of
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.names[k.server]
	if names == nil {
		names = map[string]bool{}
		m.names[k.server] = names
	}
	if !names[k.name] && len(names) >= mostNames {
		k.name = Fold
	} else {
		names[k.name] = true
	}
	if m.known[k] == nil {
		m.known[k] = m.make(k)
	}
	return m.known[k]
}

func (m *Metrics) make(k key) *series {
	status := [...]string{trace.Unset: "STATUS_CODE_UNSET", trace.OK: "STATUS_CODE_OK", trace.Error: "STATUS_CODE_ERROR"}[k.code]
	span := []string{valid(k.server), valid(k.name), "SPAN_KIND_SERVER", status, valid(k.phase)}
	client := valid(k.client)
	if client == "" {
		client = Outside
	}
	graph := []string{client, valid(k.server), "", valid(k.phase)}
	of := &series{
		calls: m.spans.calls.WithLabelValues(span...), duration: m.spans.duration.WithLabelValues(span...),
		requests: m.graph.requests.WithLabelValues(graph...), failed: m.graph.failed.WithLabelValues(graph...),
		server: m.graph.server.WithLabelValues(graph...), client: m.graph.client.WithLabelValues(graph...),
	}
	if k.name == Fold {
		of.folded = m.folded.WithLabelValues(valid(k.server))
	}
	return of
}

// valid is text that a label may have: a path need not be UTF-8, a label must.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// Verdict counts an exchange as judged by its contracts: "conforming",
// "violating", "uncovered" or "unjudged". The consumer of the entry is "".
func (m *Metrics) Verdict(consumer, provider, verdict string) {
	if consumer == "" {
		consumer = Outside
	}
	m.verdicts.WithLabelValues(consumer, provider, verdict).Inc()
}

// Verified counts an interaction that was replayed against its provider:
// "passed", "failed", "pending" or "skipped".
func (m *Metrics) Verified(consumer, provider, result string) {
	m.verified.WithLabelValues(valid(consumer), valid(provider), result).Inc()
}

// Handler answers a scrape, with exemplars where the scraper asks for
// OpenMetrics and native histograms where it asks for protobuf.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 16})
}
