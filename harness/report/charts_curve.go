package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// curve shows the percentiles, each nine as wide as the one before, as the
// plots of HdrHistogram do. It ends where one request is left.
func curve(latency, service *hdrhistogram.Histogram, spans axis, lines []gridline) chart {
	nines := max(math.Log10(float64(latency.TotalCount())), 1)
	along := axis{low: 0, high: nines, from: chartLeft, to: chartRight}
	c := chart{
		Title: "Percentiles", Note: "the share of requests that took no longer", Down: lines,
		Says: fmt.Sprintf("Percentile curve: half of the requests took up to %s, 99%% up to %s, the slowest %s.",
			spanLabel(inMs(latency.ValueAtQuantile(50))), spanLabel(inMs(latency.ValueAtQuantile(99))), spanLabel(inMs(latency.Max()))),
	}
	c.Along = append(c.Along, gridline{along.at(0), "0%"})
	if nines < 6.5 {
		c.Along = append(c.Along, gridline{along.at(-math.Log10(.5)), "50%"})
	}
	for n := 1; float64(n) <= nines+1e-9; n++ {
		c.Along = append(c.Along, gridline{along.at(float64(n)), percentLabel(n)})
	}
	for _, one := range []struct {
		class, text string
		histogram   *hdrhistogram.Histogram
	}{{"service", "from when sent", service}, {"latency", "from when due", latency}} {
		if one.histogram == nil {
			continue
		}
		var p pen
		for i := range curvePoints + 1 {
			x := nines * float64(i) / curvePoints
			p.point(along.at(x), spans.at(inMs(one.histogram.ValueAtQuantile(100*(1-math.Pow(10, -x))))))
		}
		p.point(along.at(nines), spans.at(inMs(one.histogram.Max())))
		c.Marks = append(c.Marks, markup{one.class, p.String()})
		c.Keys = append([]key{{one.class, one.text}}, c.Keys...)
	}
	return c
}

// percentLabel is the percentile of so many nines.
func percentLabel(nines int) string {
	switch nines {
	case 1:
		return "90%"
	case 2:
		return "99%"
	default:
		return "99." + strings.Repeat("9", nines-2) + "%"
	}
}

// ranksOf are the percentiles of a run as a table, to where ten requests are left.
func ranksOf(latency, service *hdrhistogram.Histogram) []rank {
	var all []rank
	total := latency.TotalCount()
	add := func(q float64) {
		one := rank{Name: strconv.FormatFloat(q, 'f', -1, 64) + "%", Latency: inMs(latency.ValueAtQuantile(q)), Beyond: int64(math.Round(float64(total) * (1 - q/100)))}
		if service != nil {
			one.Service = inMs(service.ValueAtQuantile(q))
		}
		all = append(all, one)
	}
	for _, q := range []float64{50, 75, 90, 95, 99, 99.9, 99.99, 99.999} {
		if q <= 90 || float64(total)*(1-q/100) >= 9.99 {
			add(q)
		}
	}
	add(100)
	return all
}
