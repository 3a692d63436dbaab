package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// A group says by which labels calls are told apart, and under which names
// they are counted.
type group struct {
	by, legend string
	where      string // matchers
	calls      string // counter of all calls
	failed     string // selector of the counter of those that failed
	duration   string // histogram, without _bucket
	unit       string // of the histogram
}

const (
	onEdges  = `server=~"$server", seam_phase=~"$phase"`
	onRoutes = `service_name=~"$server", seam_phase=~"$phase"`
	entry    = `client="user", seam_phase=~"$phase"` // calls from outside the system
)

var edges = group{
	by: "client, server", legend: "{{client}} → {{server}}", where: onEdges,
	calls: "traces_service_graph_request_total", failed: "traces_service_graph_request_failed_total{" + onEdges + "}",
	duration: "traces_service_graph_request_server_seconds", unit: units.Seconds,
}

var routes = group{
	by: "service_name, span_name", legend: "{{service_name}} {{span_name}}", where: onRoutes,
	calls:    "traces_span_metrics_calls_total",
	failed:   "traces_span_metrics_calls_total{" + onRoutes + `, status_code="STATUS_CODE_ERROR"}`,
	duration: "traces_span_metrics_duration_milliseconds", unit: units.Milliseconds,
}

// rate is calls per second.
func (g group) rate() query {
	return query{fmt.Sprintf("sum by (%s) (rate(%s{%s}[$__rate_interval]))", g.by, g.calls, g.where), g.legend}
}

// errors is the share of calls that failed: 0 where none did, nothing where
// none was made.
func (g group) errors() query {
	rate := g.rate().expr
	return query{fmt.Sprintf("(sum by (%s) (rate(%s[$__rate_interval])) or 0 * %s) / (%s > 0)", g.by, g.failed, rate, rate), g.legend}
}

// quantile is interpolated within the buckets of the classic histogram.
func (g group) quantile(q string) query {
	return query{
		fmt.Sprintf("histogram_quantile(0.%s, sum by (%s, le) (rate(%s_bucket{%s}[$__rate_interval])))", q, g.by, g.duration, g.where),
		"p" + q + " " + g.legend,
	}
}

// tail is of the native histogram, exact to 5%.
func (g group) tail() query {
	return query{
		fmt.Sprintf("histogram_quantile(0.999, sum by (%s) (rate(%s{%s}[$__rate_interval])))", g.by, g.duration, g.where),
		g.legend,
	}
}

func system() *dashboard.DashboardBuilder {
	fromOutside := group{
		by: "client", legend: "from outside", where: entry, calls: edges.calls, duration: edges.duration,
		failed: "traces_service_graph_request_failed_total{" + entry + "}",
	}
	const dots = "A dot is one call; it opens the call's trace in Jaeger."
	return board("seam-system", "seam: system", "What crosses the edges: rate, errors and latency of every call between two services.").
		WithVariable(variable("server", "Provider", "label_values(traces_service_graph_request_total, server)")).
		WithVariable(variable("phase", "Phase", "label_values(traces_service_graph_request_total, seam_phase)")).
		WithPanel(number("Calls from outside", units.RequestsPerSecond, fromOutside.rate())).
		WithPanel(number("Of those that fail", units.PercentUnit, fromOutside.errors()).Thresholds(steps(0.001, 0.01))).
		WithPanel(number("p99 from outside", units.Seconds, fromOutside.quantile("99"))).
		WithPanel(number("Services that are up", units.Short, query{"sum(seam_service_up)", "up"})).
		WithRow(row("Edges")).
		WithPanel(lines("Rate by edge", units.RequestsPerSecond, edges.rate())).
		WithPanel(lines("Errors by edge", units.PercentUnit, edges.errors())).
		WithPanel(lines("Latency by edge", edges.unit, edges.quantile("50"), edges.quantile("95"), edges.quantile("99")).Description(dots)).
		WithPanel(lines("p99.9 by edge", edges.unit, edges.tail()).Description("Of native histograms: exact to 5%. Empty where Prometheus does not scrape them.")).
		WithPanel(heat("Latency of all calls", units.Seconds, "sum by (le) (increase(traces_service_graph_request_server_seconds_bucket{"+onEdges+"}[$__rate_interval]))")).
		WithPanel(grid("Service graph",
			column{edges.rate(), "calls per second", units.RequestsPerSecond}, column{edges.errors(), "errors", units.PercentUnit},
			column{edges.quantile("50"), "p50", units.Seconds}, column{edges.quantile("99"), "p99", units.Seconds}).Span(half)).
		WithRow(row("Routes")).
		WithPanel(lines("Rate by route", units.RequestsPerSecond, routes.rate())).
		WithPanel(lines("Errors by route", units.PercentUnit, routes.errors())).
		WithPanel(lines("p99 by route", routes.unit, routes.quantile("99")).Description(dots).Span(whole))
}

func contracts() *dashboard.DashboardBuilder {
	const where = `server=~"$server"`
	judged := func(verdicts string) string {
		return `sum(increase(seam_contract_exchanges_total{` + where + `, verdict=~"` + verdicts + `"}[$__range]))`
	}
	edge := "{{client}} → {{server}} "
	return board("seam-contracts", "seam: contracts", "How the calls of a running system keep to the contracts of their edges, and how replays fared.").
		WithVariable(variable("server", "Provider", "label_values(seam_contract_exchanges_total, server)")).
		WithPanel(number("Calls as agreed", units.PercentUnit, query{
			fmt.Sprintf("%s / (%s > 0)", judged("conforming"), judged("conforming|violating|uncovered")), "conforming",
		})).
		WithPanel(number("Calls against the agreement", units.Short, query{judged("violating") + " or vector(0)", "violating"}).Thresholds(steps(1, 1))).
		WithPanel(number("Calls that nobody agreed on", units.Short, query{judged("uncovered") + " or vector(0)", "uncovered"}).Thresholds(steps(1, 1e9))).
		WithPanel(number("Interactions that failed", units.Short, query{
			`sum(seam_contract_interactions_total{` + where + `, result="failed"}) or vector(0)`, "failed",
		}).Thresholds(steps(1, 1))).
		WithPanel(lines("Verdicts by edge", units.RequestsPerSecond, query{
			"sum by (client, server, verdict) (rate(seam_contract_exchanges_total{" + where + "}[$__rate_interval]))", edge + "{{verdict}}",
		}).Span(whole).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))).
		WithPanel(grid("Verdicts", column{query{"sum by (client, server, verdict) (seam_contract_exchanges_total{" + where + "})", ""}, "calls", units.Short}).Span(half)).
		WithPanel(grid("Replayed interactions", column{query{"sum by (client, server, result) (seam_contract_interactions_total{" + where + "})", ""}, "interactions", units.Short}).Span(half))
}

func load() *dashboard.DashboardBuilder {
	const where, under = `load=~"$load"`, `client="user", seam_phase="load"`
	of := func(metric string) string { return "max by (load) (" + metric + "{" + where + "})" }
	quantiles := func(metric string) query { return query{"max by (load, quantile) (" + metric + "{" + where + "})", ""} }
	crossing := group{
		by: "server", legend: "{{server}}", where: under, calls: edges.calls, duration: edges.duration,
		failed: "traces_service_graph_request_failed_total{" + under + "}",
	}
	measured := crossing.rate()
	measured.legend = "at the entry"
	return board("seam-load", "seam: load", "What a load run asked for and what became of it. The figures of its own clock come at its end; what the entry sees comes as it goes.").
		WithVariable(variable("load", "Load", "label_values(seam_load_running, load)")).
		WithPanel(number("Achieved", units.RequestsPerSecond, query{of("seam_load_achieved_requests_per_second"), "{{load}}"})).
		WithPanel(number("p99 from when due", units.Seconds, query{`max by (load) (seam_load_latency_seconds{` + where + `, quantile="0.99"})`, "{{load}}"})).
		WithPanel(number("Objectives that were missed", units.Short, query{"count(seam_load_objective_reached{" + where + "} == 0) or vector(0)", "missed"}).Thresholds(steps(1, 1))).
		WithPanel(number("Figures can be trusted", "bool_yes_no", query{of("seam_load_valid"), "{{load}}"})).
		WithPanel(lines("Rate", units.RequestsPerSecond, measured, query{of("seam_load_intended_requests_per_second") + " * on (load) " + of("seam_load_running"), "{{load}} intends"})).
		WithPanel(lines("Errors at the entry", units.PercentUnit, crossing.errors())).
		WithPanel(lines("Latency at the entry under load", units.Seconds, crossing.quantile("50"), crossing.quantile("95"), crossing.quantile("99"))).
		WithPanel(grid("Objectives", column{query{"max by (load, objective) (seam_load_objective_reached{" + where + "})", ""}, "reached", "bool_yes_no"}).Span(half)).
		WithPanel(grid("Percentiles by the load's own clock",
			column{quantiles("seam_load_latency_seconds"), "from when due", units.Seconds},
			column{quantiles("seam_load_service_seconds"), "from when sent", units.Seconds},
			column{quantiles("seam_load_schedule_error_seconds"), "sent late by", units.Seconds}).Span(half)).
		WithPanel(lines("Requests that failed, by what went wrong", units.Short, query{"sum by (load, class) (seam_load_errors_total{" + where + "}) or vector(0)", "{{load}} {{class}}"}))
}

func itself() *dashboard.DashboardBuilder {
	per := func(labels, metric, legend string) query {
		return query{"sum by (" + labels + ") (rate(" + metric + "[$__rate_interval])) or vector(0)", legend}
	}
	return board("seam-itself", "seam: itself", "Whether seam keeps up: what came in, what was stored, what was passed on and what was lost.").
		WithPanel(number("Spans turned away", units.Short, query{"sum(increase(seam_receive_refused_spans_total[$__range])) or vector(0)", "refused"}).Thresholds(steps(1, 1000))).
		WithPanel(number("Spans not passed on", units.Short, query{"sum(increase(seam_publish_dropped_spans_total[$__range])) or vector(0)", "dropped"}).Thresholds(steps(1, 1000))).
		WithPanel(number("Traces that left to make room", units.Short, query{"sum(increase(seam_store_evicted_traces_total[$__range]))", "evicted"}).Thresholds(steps(1, 1e9))).
		WithPanel(number("Calls without a route of their own", units.Short, query{"sum(increase(seam_metrics_folded_calls_total[$__range])) or vector(0)", "folded"}).Thresholds(steps(1, 1e9))).
		WithPanel(lines("Spans that came in", "spans/s", per("protocol", "seam_receive_spans_total", "{{protocol}}"))).
		WithPanel(lines("Requests turned away", "requests/s", per("protocol, reason", "seam_receive_refused_requests_total", "{{protocol}}: {{reason}}"))).
		WithPanel(lines("Spans passed on", "spans/s", per("endpoint", "seam_publish_spans_total", "{{endpoint}}"), per("endpoint", "seam_publish_dropped_spans_total", "{{endpoint}} dropped"))).
		WithPanel(lines("Attempts again", "1/s", per("endpoint", "seam_publish_retries_total", "{{endpoint}}"))).
		WithPanel(lines("Calls refused, held, or without context", "calls/s",
			per("client, server", "seam_edge_refused_requests_total", "{{client}} → {{server}} refused"),
			per("client, server", "seam_edge_held_calls_total", "{{client}} → {{server}} held"),
			per("client, server", "seam_edge_contextless_calls_total", "{{client}} → {{server}} without context"))).
		WithPanel(lines("Store", units.BytesSI, query{"seam_store_bytes", "traces"}, query{"seam_store_limit_bytes", "limit"})).
		WithPanel(lines("Store, by number", units.Short, query{"seam_store_traces", "traces"}, query{"seam_store_spans", "spans"}, query{"seam_store_open_exchanges", "exchanges under way"})).
		WithPanel(lines("CPU", units.PercentUnit, query{`rate(process_cpu_seconds_total{job="seam"}[$__rate_interval])`, "cores"})).
		WithPanel(lines("Memory", units.BytesSI, query{`process_resident_memory_bytes{job="seam"}`, "resident"}, query{`go_memstats_heap_inuse_bytes{job="seam"}`, "heap"})).
		WithPanel(lines("Goroutines", units.Short, query{`go_goroutines{job="seam"}`, "goroutines"})).
		WithPanel(grid("Build", column{query{"max by (version, goversion) (seam_build_info)", ""}, "runs", units.Short}).Span(half))
}
