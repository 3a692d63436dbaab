package harness

import (
	"cmp"
	"slices"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/metrics"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/system"
)

// Metrics is what /metrics shows. Whoever judges contracts or loads the
// system counts here what no edge can see.
func (h *Harness) Metrics() *metrics.Metrics { return h.metrics }

// figures are read from those who keep them at each scrape.
func (h *Harness) figures() []metrics.Figure {
	figures := slices.Concat(h.storeFigures(), h.passFigures(), h.edgeFigures())
	return append(figures, metrics.Figure{
		Name: "seam_service_up", Help: "1 while the service is ready, 0 while it starts and after it died.", Labels: []string{"service_name"},
		Read: func(emit func(float64, ...string)) {
			for _, s := range h.servicesView() {
				up := 0.0
				if s.State == "ready" {
					up = 1
				}
				emit(up, s.Name)
			}
		},
	})
}

func (h *Harness) storeFigures() []metrics.Figure {
	gauge := func(name, help string, read func() float64) metrics.Figure {
		return metrics.Figure{Name: name, Help: help, Read: func(emit func(float64, ...string)) { emit(read()) }}
	}
	count := func(name, help string, read func() uint64) metrics.Figure {
		f := gauge(name, help, func() float64 { return float64(read()) })
		f.Counter = true
		return f
	}
	stats := h.store.Stats
	return []metrics.Figure{
		gauge("seam_store_bytes", "Estimate of what the traces in the store take.", func() float64 { return float64(stats().Bytes) }),
		gauge("seam_store_limit_bytes", "What they may take: then the oldest leave.", func() float64 { return float64(stats().MaxBytes) }),
		gauge("seam_store_traces", "Traces in the store.", func() float64 { return float64(stats().Traces) }),
		gauge("seam_store_spans", "Spans in the store.", func() float64 { return float64(stats().Spans) }),
		gauge("seam_store_open_exchanges", "Exchanges that began and have not ended.", func() float64 { return float64(stats().Open) }),
		count("seam_store_added_spans_total", "Spans that were taken in.", func() uint64 { return stats().Added }),
		count("seam_store_duplicate_spans_total", "Spans that had come before.", func() uint64 { return stats().Duplicates }),
		count("seam_store_refused_spans_total", "Spans without ids, or larger than the store.", func() uint64 { return stats().Refused }),
		count("seam_store_evicted_traces_total", "Traces that left to make room.", func() uint64 { return stats().EvictedTraces }),
		count("seam_store_evicted_spans_total", "Spans that left to make room.", func() uint64 { return stats().EvictedSpans }),
	}
}

// edgeFigures are of calls what no exchange shows.
func (h *Harness) edgeFigures() []metrics.Figure {
	count := func(name, help string, read func(edge.Stats) uint64) metrics.Figure {
		return metrics.Figure{Name: name, Help: help, Counter: true, Labels: []string{"client", "server"}, Read: func(emit func(float64, ...string)) {
			sums := map[system.Edge]uint64{} // a service may be called as the world outside is
			for _, e := range h.Edges() {
				sums[system.Edge{Consumer: cmp.Or(e.Name.Consumer, metrics.Outside), Provider: e.Name.Provider}] += read(e.proxy.Stats())
			}
			for of, sum := range sums {
				emit(float64(sum), of.Consumer, of.Provider)
			}
		}}
	}
	return []metrics.Figure{
		count("seam_edge_refused_requests_total", "Requests that could be read in two ways, and were not passed on.", func(s edge.Stats) uint64 { return s.Refused }),
		count("seam_edge_held_calls_total", "Calls that had to wait until their provider was ready.", func(s edge.Stats) uint64 { return s.Held }),
		count("seam_edge_contextless_calls_total", "Calls that carried no trace context.", func(s edge.Stats) uint64 { return s.Contextless }),
	}
}

// passFigures are of what comes in from services and goes out to others.
func (h *Harness) passFigures() []metrics.Figure {
	publish := func(name, help string, read func(*publisher) int64) metrics.Figure {
		return metrics.Figure{Name: name, Help: help, Counter: true, Labels: []string{"endpoint"}, Read: func(emit func(float64, ...string)) {
			for _, p := range h.publishers {
				emit(float64(read(p)), edge.RedactTarget(p.Endpoint))
			}
		}}
	}
	refused := func(name, help string, read func(receive.Refused) uint64) metrics.Figure {
		return metrics.Figure{Name: name, Help: help, Counter: true, Labels: []string{"protocol", "reason"}, Read: func(emit func(float64, ...string)) {
			for why, count := range h.receiver.Stats().Refused {
				emit(float64(read(count)), string(why.Protocol), string(why.Reason))
			}
		}}
	}
	return []metrics.Figure{
		{Name: "seam_receive_spans_total", Help: "Spans that services sent and that were taken in, by protocol.", Counter: true, Labels: []string{"protocol"},
			Read: func(emit func(float64, ...string)) {
				for protocol, spans := range h.receiver.Stats().Spans {
					emit(float64(spans), string(protocol))
				}
			}},
		refused("seam_receive_refused_spans_total", "Spans that were turned away, as far as they could be counted.", func(r receive.Refused) uint64 { return r.Spans }),
		refused("seam_receive_refused_requests_total", "Requests and packets that were turned away whole.", func(r receive.Refused) uint64 { return r.Requests }),
		{Name: "seam_receive_missed_packets_total", Help: "UDP packets that the kernel dropped because its buffer was full.", Counter: true,
			Read: func(emit func(float64, ...string)) { emit(float64(h.receiver.Stats().Missed)) }},
		publish("seam_publish_spans_total", "Spans that an endpoint took.", func(p *publisher) int64 { return p.Stats().Sent }),
		publish("seam_publish_dropped_spans_total", "Spans that an endpoint never got.", func(p *publisher) int64 { return p.Stats().Dropped }),
		publish("seam_publish_retries_total", "Attempts after the first.", func(p *publisher) int64 { return p.Stats().Retried }),
	}
}
