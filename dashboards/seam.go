package dashboards

import "fmt"

// VerdictPanel is the title of the panel that stays empty until contracts
// have judged a call.
const VerdictPanel = "Contract verdicts"

// A group says by which labels calls are told apart, and under which names
// they are counted.
type group struct {
	by       string // labels to sum by
	legend   string
	where    string // matchers of the template variable
	calls    string // counter of all calls
	failed   string // expression of the rate of failed calls; may lack series
	duration string // histogram, without _bucket
	unit     string // of the histogram
}

var edges = group{
	by: "client, server", legend: "{{client}} → {{server}}", where: `server=~"$server"`,
	calls:    "traces_service_graph_request_total",
	failed:   `rate(traces_service_graph_request_failed_total{server=~"$server"}[$__rate_interval])`,
	duration: "traces_service_graph_request_server_seconds", unit: "s",
}

var routes = group{
	by: "service_name, span_name", legend: "{{service_name}} {{span_name}}", where: `service_name=~"$server"`,
	calls:    "traces_span_metrics_calls_total",
	failed:   `rate(traces_span_metrics_calls_total{service_name=~"$server", status_code="STATUS_CODE_ERROR"}[$__rate_interval])`,
	duration: "traces_span_metrics_duration_milliseconds", unit: "ms",
}

// rate is calls per second.
func (g group) rate() string {
	return fmt.Sprintf("sum by (%s) (rate(%s{%s}[$__rate_interval]))", g.by, g.calls, g.where)
}

// errors is the share of calls that failed: 0 where none did, nothing where
// none was made.
func (g group) errors() string {
	return fmt.Sprintf("(sum by (%s) (%s) or 0 * %s) / (%s > 0)", g.by, g.failed, g.rate(), g.rate())
}

func (g group) quantile(q string) string {
	return fmt.Sprintf("histogram_quantile(%s, sum by (%s, le) (rate(%s_bucket{%s}[$__rate_interval])))", q, g.by, g.duration, g.where)
}

// Seam is the dashboard: rate, errors and latency by edge and by route, the
// service graph as a table, and the verdicts of contracts.
func Seam() Dashboard {
	source := Datasource{Type: "prometheus", UID: prometheusUID}
	panels := []Panel{
		lines("Request rate by edge", "reqps", one(edges.rate(), edges.legend)),
		lines("Request rate by route", "reqps", one(routes.rate(), routes.legend)),
		lines("Error share by edge", "percentunit", one(edges.errors(), edges.legend)),
		lines("Error share by route", "percentunit", one(routes.errors(), routes.legend)),
		latency("Latency by edge", edges),
		latency("Latency by route", routes),
		graph(),
		verdicts(),
	}
	for i := range panels {
		p := &panels[i]
		p.ID, p.Datasource = i+1, source
		p.GridPos = GridPos{H: 8, W: 12, X: i % 2 * 12, Y: i / 2 * 8}
		p.FieldConfig.Overrides = []any{}
		for j := range p.Targets {
			p.Targets[j].RefID, p.Targets[j].Datasource = string(rune('A'+j)), source
		}
	}
	return Dashboard{
		UID: dashboardUID, Title: "seam", Tags: []string{"seam"}, SchemaVersion: 39, Refresh: "5s",
		Time: TimeRange{From: "now-15m", To: "now"},
		Templating: Templating{List: []Variable{{
			Name: "server", Label: "Provider", Type: "query", Datasource: source, Refresh: 2,
			Query: "label_values(traces_service_graph_request_total, server)",
			Multi: true, IncludeAll: true, AllValue: ".*",
		}}},
		Panels: panels,
	}
}

func one(expr, legend string) []Target {
	return []Target{{Expr: expr, LegendFormat: legend, Range: true, Exemplar: true}}
}

func lines(title, unit string, targets []Target) Panel {
	return Panel{Type: "timeseries", Title: title, FieldConfig: FieldConfig{Defaults: FieldDefaults{Unit: unit}}, Targets: targets}
}

// latency is the panel whose dots are exemplars: each opens its trace.
func latency(title string, g group) Panel {
	targets := append(one(g.quantile("0.50"), "p50 "+g.legend), one(g.quantile("0.99"), "p99 "+g.legend)...)
	p := lines(title, g.unit, targets)
	p.Description = "Quantiles are interpolated within the histogram's buckets; a dot is one call and opens its trace."
	return p
}

func graph() Panel {
	p := lines("Service graph", "short", nil)
	p.Type = "table"
	for _, expr := range []string{edges.rate(), edges.errors(), edges.quantile("0.99")} {
		p.Targets = append(p.Targets, Target{Expr: expr, Instant: true, Format: "table"})
	}
	p.Transformations = []Transformation{
		{ID: "merge", Options: map[string]any{}},
		{ID: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true},
			"renameByName":  map[string]string{"Value #A": "calls per second", "Value #B": "error share", "Value #C": "p99 in seconds"},
		}},
	}
	return p
}

func verdicts() Panel {
	p := lines(VerdictPanel, "short", []Target{{
		Expr:         `sum by (client, server, verdict) (increase(seam_contract_exchanges_total{server=~"$server"}[$__rate_interval]))`,
		LegendFormat: edges.legend + " {{verdict}}", Range: true,
	}})
	p.Description = "Exchanges that the contracts of their edge judged; empty until one was."
	return p
}
