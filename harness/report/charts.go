package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// How finely a load is drawn; more intervals are taken together.
const (
	mostColumns = 92  // of a chart over time
	heatRows    = 36  // of the heat map
	heatColours = 9   // as the styles have
	curvePoints = 240 // of the percentile curve
	mostKinds   = 5   // of errors; more are "other"
)

// loadCharts are the drawings of a load, and the figures beside them.
type loadCharts struct {
	Charts  []chart
	Columns []column
	Ranks   []rank
}

// A column is a stretch of a load, as wide as a chart over time can show.
type column struct {
	LoadInterval
	bars []hdrhistogram.Bar // of its latency
}

// A rank is a percentile, in milliseconds, with the requests beyond it.
type rank struct {
	Name             string
	Latency, Service float64
	Beyond           int64
}

// Charts draws a load from the document's own members; nil where these hold
// nothing to draw.
func (l *Load) Charts() *loadCharts {
	c := &loadCharts{Columns: l.columns()}
	latency, service := decoded(l.LatencyHDR), decoded(l.ServiceHDR)
	least, most := math.Inf(1), 0.0
	for i := range c.Columns {
		if bars := c.Columns[i].bars; len(bars) > 0 {
			least, most = min(least, inMs(bars[0].From)), max(most, inMs(bars[len(bars)-1].To))
		}
	}
	for _, h := range []*hdrhistogram.Histogram{latency, service} {
		if h != nil {
			least, most = min(least, inMs(h.Min())), max(most, inMs(h.Max()))
		}
	}
	if most > 0 {
		spans, lines := spanAxis(least, most)
		if len(c.Columns) > 1 {
			c.Charts = append(c.Charts, heatMap(c.Columns, spans, lines))
		}
		if latency != nil {
			c.Charts = append(c.Charts, curve(latency, service, spans, lines))
			c.Ranks = ranksOf(latency, service)
		}
	}
	if len(c.Columns) > 1 {
		c.Charts = append(c.Charts, rates(c.Columns))
		if l.Errors > 0 {
			c.Charts = append(c.Charts, failures(c.Columns))
		}
	}
	if len(c.Charts) == 0 {
		return nil
	}
	return c
}

func inMs(ns int64) float64 { return float64(ns) / 1e6 }

// decoded reads the histogram of a run; nil where there is none that can be read.
func decoded(text string) *hdrhistogram.Histogram {
	if h, err := histogram(text); err == nil && h.TotalCount() > 0 {
		return h
	}
	return nil
}

// columns takes neighbouring intervals together until there are few enough.
func (l *Load) columns() []column {
	var all []column
	each := (len(l.Intervals) + mostColumns - 1) / mostColumns
	for some := range slices.Chunk(l.Intervals, max(each, 1)) {
		one := column{LoadInterval: some[0]}
		var sum *hdrhistogram.Histogram
		one.ErrorsByClass = maps.Clone(one.ErrorsByClass)
		for i := range some {
			if h := decoded(some[i].LatencyHDR); h != nil {
				if sum == nil {
					sum = h
				} else {
					sum.Merge(h)
				}
			}
			if i > 0 {
				one.join(&some[i])
			}
		}
		if !(one.ForS > 0) || math.IsInf(one.AtS+one.ForS, 0) {
			return nil
		}
		if sum != nil {
			for _, bar := range sum.Distribution() {
				if bar.Count > 0 {
					one.bars = append(one.bars, bar)
				}
			}
			if len(some) > 1 {
				at := func(q float64) float64 { return inMs(sum.ValueAtQuantile(q)) }
				one.Latency = map[string]float64{"p50": at(50), "p90": at(90), "p99": at(99), "max": inMs(sum.Max())}
			}
		}
		all = append(all, one)
	}
	return all
}

// join adds the interval that follows.
func (c *column) join(next *LoadInterval) {
	c.ForS = next.AtS + next.ForS - c.AtS
	c.Due += next.Due
	c.Requests += next.Requests
	c.Errors += next.Errors
	for class, n := range next.ErrorsByClass {
		if c.ErrorsByClass == nil {
			c.ErrorsByClass = map[string]int64{}
		}
		c.ErrorsByClass[class] += n
	}
}

// DoneRate, DueRate and ErrorRate are per second.
func (c *column) DoneRate() float64  { return float64(c.Requests) / c.ForS }
func (c *column) DueRate() float64   { return c.Due / c.ForS }
func (c *column) ErrorRate() float64 { return float64(c.Errors) / c.ForS }

func lifetime(all []column) (start, end float64) {
	last := &all[len(all)-1]
	return all[0].AtS, last.AtS + last.ForS
}

// heatMap shows how many requests took how long, over time.
func heatMap(all []column, spans axis, lines []gridline) chart {
	along, ticks := timeAxis(lifetime(all))
	cells := make([][heatRows]float64, len(all)) // requests per second
	least, most := math.Inf(1), 0.0
	for i := range all {
		for _, bar := range all[i].bars {
			middle := math.Sqrt(inMs(max(bar.From, 1)) * inMs(bar.To+1))
			row := int((chartBottom - spans.at(middle)) / (chartBottom - chartTop) * heatRows)
			cells[i][min(row, heatRows-1)] += float64(bar.Count) / all[i].ForS
		}
		for _, rate := range cells[i] {
			if rate > 0 {
				least, most = min(least, rate), max(most, rate)
			}
		}
	}
	var pens [heatColours]pen
	high := (chartBottom - chartTop) / heatRows
	for i := range all {
		from, to := along.at(all[i].AtS), along.at(all[i].AtS+all[i].ForS)
		for row, rate := range cells[i] {
			if rate == 0 {
				continue
			}
			shade := heatColours - 1
			if most > least {
				shade = min(int(math.Log(rate/least)/math.Log(most/least)*heatColours), heatColours-1)
			}
			bottom := chartBottom - float64(row)*high
			pens[shade].box(from, bottom-high, to, bottom)
		}
	}
	c := chart{
		Title: "Latency over time", Note: "from when requests were due", Down: lines, Along: ticks,
		Says:  fmt.Sprintf("Heat map of latencies from %s to %s over %s; the table below has the figures.", spanLabel(spans.low), spanLabel(spans.high), endOf(all)),
		Scale: &scale{Low: short(twoDigits(least)) + "/s", High: short(twoDigits(most)) + "/s"},
	}
	for shade := range pens {
		class := fmt.Sprintf("heat%d", shade)
		c.Scale.Classes = append(c.Scale.Classes, class)
		if pens[shade].Len() > 0 {
			c.Marks = append(c.Marks, markup{class, pens[shade].String()})
		}
	}
	c.line("p99", all, along, spans)
	c.line("p50", all, along, spans)
	return c
}

// line draws a percentile over time, with its name at the end.
func (c *chart) line(name string, all []column, along, spans axis) {
	var p pen
	y := 0.0
	for i := range all {
		if v := all[i].Latency[name]; v > 0 && len(all[i].bars) > 0 {
			y = spans.at(v)
			p.point(along.at(all[i].AtS+all[i].ForS/2), y)
		}
	}
	if p.Len() > 0 {
		c.Marks = append(c.Marks, markup{"halo", p.String()}, markup{name, p.String()})
		c.Keys = append(c.Keys, key{name, name})
	}
}

func endOf(all []column) string {
	start, end := lifetime(all)
	return fmt.Sprintf("%.0f seconds", end-start)
}

// twoDigits rounds to two significant digits.
func twoDigits(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/power) * power
}

// rates shows what was done against what was due.
func rates(all []column) chart {
	along, ticks := timeAxis(lifetime(all))
	most := 0.0
	for i := range all {
		most = max(most, all[i].DoneRate(), all[i].DueRate())
	}
	up, lines := countAxis(most)
	var done, due, area pen
	start, end := lifetime(all)
	area.to('M', along.at(start), chartBottom)
	planned := false
	for i := range all {
		from, to := along.at(all[i].AtS), along.at(all[i].AtS+all[i].ForS)
		for _, x := range []float64{from, to} {
			done.point(x, up.at(all[i].DoneRate()))
			area.point(x, up.at(all[i].DoneRate()))
			due.point(x, up.at(all[i].DueRate()))
		}
		planned = planned || all[i].Due > 0
	}
	area.to('V', chartBottom)
	area.WriteByte('Z')
	c := chart{
		Title: "Rate", Note: "requests per second", Down: lines, Along: ticks,
		Says:  fmt.Sprintf("Requests per second that were done, and that were due, over %.0f seconds; the table below has the figures.", end-start),
		Marks: []markup{{"area", area.String()}, {"done", done.String()}}, Keys: []key{{"done", "done"}},
	}
	if planned {
		c.Marks, c.Keys = append(c.Marks, markup{"due", due.String()}), append(c.Keys, key{"due", "due"})
	}
	return c
}

// failures shows errors by class over time, one on another.
func failures(all []column) chart {
	along, ticks := timeAxis(lifetime(all))
	kinds, most := kindsOf(all), 0.0
	for i := range all {
		most = max(most, all[i].ErrorRate())
	}
	up, lines := countAxis(most)
	c := chart{
		Title: "Errors", Note: "failed requests per second, by class", Down: lines, Along: ticks,
		Says: "Errors per second by class over " + endOf(all) + "; the table of errors has the figures.",
	}
	pens := make([]pen, len(kinds))
	for i := range all {
		from, to := along.at(all[i].AtS), along.at(all[i].AtS+all[i].ForS)
		gap := min(.6, (to-from)/6)
		reached := 0.0
		for k, n := range perKind(&all[i], kinds) {
			if n > 0 {
				bottom := up.at(reached)
				reached += n / all[i].ForS
				pens[k].box(from, up.at(reached), to-gap, bottom)
			}
		}
	}
	for k := range kinds {
		class := fmt.Sprintf("kind%d", k)
		c.Marks, c.Keys = append(c.Marks, markup{class, pens[k].String()}), append(c.Keys, key{class, clean(kinds[k])})
	}
	return c
}

// kindsOf are the classes of errors that are drawn, the most frequent first;
// what is left is "other".
func kindsOf(all []column) []string {
	counts := map[string]int64{}
	left := int64(0)
	for i := range all {
		left += all[i].Errors
		for class, n := range all[i].ErrorsByClass {
			counts[class] += n
			left -= n
		}
	}
	kinds := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	if len(kinds) == 0 {
		return []string{"errors"}
	}
	if len(kinds) > mostKinds || left > 0 {
		return append(kinds[:min(len(kinds), mostKinds-1)], "other kinds")
	}
	return kinds
}

// perKind is how many errors of each kind a column has; the last takes the rest.
func perKind(c *column, kinds []string) []float64 {
	counts := make([]float64, len(kinds))
	left := c.Errors
	for k, kind := range kinds[:len(kinds)-1] {
		counts[k] = float64(c.ErrorsByClass[kind])
		left -= c.ErrorsByClass[kind]
	}
	counts[len(kinds)-1] = float64(max(left, 0))
	return counts
}
