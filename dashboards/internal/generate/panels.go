package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// source is the data source that grafana/provisioning names.
func source() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("seam-prometheus")}
}

// board is an empty dashboard as all of them are.
func board(uid, title, what string) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).Uid(uid).Description(what).Tags([]string{"seam"}).
		Refresh("5s").Time("now-15m", "now").Timezone("browser").Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("seam").Type(dashboard.DashboardLinkTypeDashboards).Tags([]string{"seam"}).AsDropdown(true).KeepTime(true))
}

// variable offers the values of a label; all of them at first.
func variable(name, label, query string) cog.Builder[dashboard.VariableModel] {
	return dashboard.NewQueryVariableBuilder(name).Label(label).Datasource(source()).Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc).
		Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{
			Selected: cog.ToPtr(true),
			Text:     dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value:    dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

func row(title string) cog.Builder[dashboard.RowPanel] { return dashboard.NewRowBuilder(title) }

// A query of a panel, and how its series are called.
type query struct{ expr, legend string }

// targets makes queries over the range of the dashboard, with exemplars.
func targets(queries []query) []cog.Builder[variants.Dataquery] {
	return each(queries, func(q query) *prometheus.DataqueryBuilder {
		return prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Range().Exemplar(true)
	})
}

// rows makes queries for the end of the range, each series a row of a table.
func rows(queries []query) []cog.Builder[variants.Dataquery] {
	return each(queries, func(q query) *prometheus.DataqueryBuilder {
		return prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Instant().Format(prometheus.PromQueryFormatTable)
	})
}

func each(queries []query, make func(query) *prometheus.DataqueryBuilder) []cog.Builder[variants.Dataquery] {
	var all []cog.Builder[variants.Dataquery]
	for i, q := range queries {
		all = append(all, make(q).RefId(string(rune('A'+i))).Datasource(source()))
	}
	return all
}

const (
	high  = 9 // a line chart, in Grafana's units of some 38 pixels
	half  = 12
	whole = 24
)

func lines(title, unit string, queries ...query) *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().Title(title).Unit(unit).Datasource(source()).Targets(targets(queries)).Min(0).
		Height(high).Span(half).LineWidth(1.5).FillOpacity(8).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).
			ShowLegend(true).Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
}

func number(title, unit string, q query) *stat.PanelBuilder {
	return stat.NewPanelBuilder().Title(title).Unit(unit).Datasource(source()).Targets(targets([]query{q})).
		Height(4).Span(6).GraphMode(common.BigValueGraphModeArea).ColorMode(common.BigValueColorModeValue).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
}

// steps colours a number by what it reaches: green below the first.
func steps(orange, red float64) cog.Builder[dashboard.ThresholdsConfig] {
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps([]dashboard.Threshold{
		{Color: "green"}, {Color: "orange", Value: &orange}, {Color: "red", Value: &red},
	})
}

// A column is a query of a table: its title and its unit.
type column struct {
	query
	title, unit string
}

// grid is a table with a row for each set of labels and a column for each query.
func grid(title string, columns ...column) *table.PanelBuilder {
	var queries []query
	names := map[string]string{}
	panel := table.NewPanelBuilder().Title(title).Datasource(source()).Height(high).Span(whole)
	for i, c := range columns {
		queries = append(queries, c.query)
		name := "Value"
		if len(columns) > 1 {
			name += " #" + string(rune('A'+i))
		}
		names[name] = c.title
		panel.OverrideByName(c.title, []dashboard.DynamicConfigValue{{Id: "unit", Value: c.unit}})
	}
	return panel.Targets(rows(queries)).
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true}, "renameByName": names, "indexByName": map[string]int{},
		}})
}

// heat shows how many calls fell into which bucket of a histogram.
func heat(title, unit, buckets string) *heatmap.PanelBuilder {
	return heatmap.NewPanelBuilder().Title(title).Datasource(source()).Height(high).Span(half).Calculate(false).
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(unit)).
		Targets([]cog.Builder[variants.Dataquery]{
			prometheus.NewDataqueryBuilder().RefId("A").Datasource(source()).Expr(buckets).LegendFormat("{{le}}").Range().Format(prometheus.PromQueryFormatHeatmap),
		})
}
