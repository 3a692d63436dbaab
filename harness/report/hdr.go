package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// HDRLog renders the loads as a log of HdrHistogram, version 1.3, as its own
// tools read it: a line for each interval with when it began, how long it was,
// its longest latency in milliseconds, and its histogram in nanoseconds; and
// one for each step of a flow, over the whole run. Lines bear the scenario as
// a tag where there are several, and those of steps always their flow and name.
func HDRLog(to io.Writer, doc *Document) error {
	w := bufio.NewWriter(to)
	base := doc.Started
	if len(doc.Load) > 0 && !doc.Load[0].Started.IsZero() {
		base = doc.Load[0].Started
	}
	seconds := float64(base.UnixMilli()) / 1000
	fmt.Fprintf(w, "#[Logged by seam %s]\n#[Histogram log format version 1.3]\n", oneLine(doc.Verb))
	fmt.Fprintf(w, "#[StartTime: %.3f (seconds since epoch), %s]\n", seconds, base.UTC().Format(time.RFC3339))
	fmt.Fprintf(w, "#[BaseTime: %.3f (seconds since epoch)]\n", seconds)
	for i := range doc.Load {
		if l := &doc.Load[i]; !l.Valid {
			fmt.Fprintf(w, "#[INVALID: %s: %s]\n", oneLine(l.Scenario), oneLine(l.WhyInvalid))
		}
	}
	fmt.Fprintln(w, `"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"`)
	for i := range doc.Load {
		l := &doc.Load[i]
		var tags []string
		if len(doc.Load) > 1 {
			tags = []string{l.Scenario}
		}
		since := 0.0
		if !l.Started.IsZero() {
			since = l.Started.Sub(base).Seconds()
		}
		for k := range l.Intervals {
			one := l.Intervals[k]
			one.AtS += since
			logLine(w, tags, &one)
		}
		for k := range l.Steps {
			s := &l.Steps[k]
			logLine(w, append(tags[:len(tags):len(tags)], s.Flow, s.Step), &LoadInterval{AtS: since + l.began(), ForS: l.DurationS, LatencyHDR: s.LatencyHDR})
		}
	}
	return w.Flush()
}

// began is when the figures begin, in seconds from the start of the run.
func (l *Load) began() float64 {
	if len(l.Intervals) == 0 {
		return 0
	}
	return l.Intervals[0].AtS
}

// logLine writes a histogram, unless there is none. An error stays with w.
func logLine(w io.Writer, tags []string, i *LoadInterval) {
	h := decoded(i.LatencyHDR)
	if h == nil {
		return
	}
	if len(tags) > 0 {
		fmt.Fprintf(w, "Tag=%s,", tagOf(tags))
	}
	fmt.Fprintf(w, "%.3f,%.3f,%.3f,%s\n", i.AtS, i.ForS, inMs(h.Max()), i.LatencyHDR)
}

// tagOf is a tag without what would end it: commas, blanks and line breaks.
func tagOf(parts []string) string {
	return strings.Map(func(r rune) rune {
		if r == ',' || unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, oneLine(strings.Join(parts, "/")))
}

// Percentiles renders the loads as tables of percentiles in milliseconds, as
// HdrHistogram prints and its plotter reads them; several follow one another.
func Percentiles(to io.Writer, doc *Document) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "#[Latencies of seam %s, in milliseconds]\n", oneLine(doc.Verb))
	for i := range doc.Load {
		l := &doc.Load[i]
		fmt.Fprintf(w, "#[Load: %s]\n", oneLine(l.Scenario))
		if !l.Valid {
			fmt.Fprintf(w, "#[INVALID: %s]\n", oneLine(l.WhyInvalid))
		}
		if h := decoded(l.LatencyHDR); h != nil {
			percentileTable(w, h)
		}
	}
	return w.Flush()
}

func percentileTable(w io.Writer, h *hdrhistogram.Histogram) {
	const ticksPerHalf = 5 // as HdrHistogram's own tools have it
	fmt.Fprintf(w, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	for _, b := range h.CumulativeDistributionWithTicks(ticksPerHalf) {
		if b.Quantile >= 100 {
			fmt.Fprintf(w, "%12.3f %2.12f %10d\n", inMs(b.ValueAt), b.Quantile/100, b.Count)
			continue
		}
		fmt.Fprintf(w, "%12.3f %2.12f %10d %14.2f\n", inMs(b.ValueAt), b.Quantile/100, b.Count, 1/(1-b.Quantile/100))
	}
	fmt.Fprintf(w, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", h.Mean()/1e6, h.StdDev()/1e6)
	fmt.Fprintf(w, "#[Max     = %12.3f, Total count    = %12d]\n", inMs(h.Max()), h.TotalCount())
}
