package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seamtest/seam/harness/load"
)

// A gauge shows how a load runs, in a few lines. It remembers the last half
// minute of it.
type gauge struct{ rates, tails []float64 }

const (
	remembered = 30 // of the last seconds, for the lines that are drawn
	roomy      = 72 // columns from which there is room for these
)

// The colours, as SGR parameters.
const (
	sgrRed  = "31"
	sgrBold = "1"
	sgrDim  = "2"
)

func (g *gauge) add(p *load.Progress) {
	keep := func(to []float64, v float64) []float64 {
		return append(to[max(0, len(to)+1-remembered):], v)
	}
	g.rates, g.tails = keep(g.rates, p.Rate), keep(g.tails, float64(p.Lately.P99))
}

// lines is the block of a terminal that is so many columns wide.
func (g *gauge) lines(p *load.Progress, columns int, colour bool) []string {
	paint := func(sgr, text string) string {
		if !colour || text == "" {
			return text
		}
		return "\x1b[" + sgr + "m" + text + "\x1b[0m"
	}
	trend := func(values []float64) string {
		if columns < roomy || len(values) < 2 {
			return ""
		}
		return "  " + paint(sgrDim, sparks(values))
	}
	label := func(name string) string { return "  " + paint(sgrDim, fmt.Sprintf("%-8s", name)) + " " }
	failed := errorsOf(p)
	if p.Errors > 0 {
		failed = paint(sgrRed, failed)
	}
	name := strings.Map(printable, p.Name)
	if room := max(columns-50, 16); len([]rune(name)) > room {
		name = string([]rune(name)[:room-1]) + "…"
	}
	all := []string{
		"  " + paint(sgrBold, name) + "  " + bar(p, columns) + clock(p),
		label("rate") + rateOf(p) + fmt.Sprintf(", %d in flight", p.InFlight) + trend(g.rates),
		label("latency") + fmt.Sprintf("p50 %s  p90 %s  p99 %s  max %s", brief(p.Lately.P50), brief(p.Lately.P90), brief(p.Lately.P99), brief(p.Lately.Max)) + trend(g.tails),
		label("errors") + failed,
	}
	if p.Intended > 0 {
		late := "p99 " + brief(p.Late.P99)
		if p.Waited > 0 {
			late += fmt.Sprintf(", %d waited for a connection", p.Waited)
		}
		all = append(all, label("late")+late)
	}
	return all
}

// plainly is the same in one line.
func plainly(p *load.Progress) string {
	text := fmt.Sprintf("loading: %s, p50 %s, p99 %s, %s, %d in flight", rateOf(p), brief(p.Lately.P50), brief(p.Lately.P99), errorsOf(p), p.InFlight)
	if p.Intended > 0 {
		text += ", late p99 " + brief(p.Late.P99)
	}
	return text + ", " + clock(p)
}

func rateOf(p *load.Progress) string {
	if p.Intended > 0 {
		return fmt.Sprintf("%.1f/s of %.1f/s", p.Rate, p.Intended)
	}
	return fmt.Sprintf("%.1f/s", p.Rate)
}

// errorsOf names the errors so far, the most frequent class first.
func errorsOf(p *load.Progress) string {
	switch p.Errors {
	case 0:
		return "0 errors"
	case 1:
		return fmt.Sprintf("1 error of %d (%s)", p.Requests, strings.Join(slices.Collect(maps.Keys(p.Classes)), ""))
	}
	classes := slices.SortedFunc(maps.Keys(p.Classes), func(a, b string) int {
		if p.Classes[a] != p.Classes[b] {
			return int(p.Classes[b] - p.Classes[a])
		}
		return strings.Compare(a, b)
	})
	var named []string
	for _, class := range classes {
		named = append(named, fmt.Sprintf("%s %d", strings.Map(printable, class), p.Classes[class]))
	}
	return fmt.Sprintf("%d errors of %d (%s)", p.Errors, p.Requests, strings.Join(named, ", "))
}

// clock says how far the run is.
func clock(p *load.Progress) string {
	whole := func(d time.Duration) string { return d.Round(time.Second).String() }
	switch left := p.Total - p.Elapsed; {
	case left <= 0:
		return "waiting for the last answers"
	case p.WarmUp:
		return fmt.Sprintf("warming up, %s left", whole(left))
	default:
		return fmt.Sprintf("%s of %s, %s left", whole(p.Elapsed), whole(p.Total), whole(left))
	}
}

func bar(p *load.Progress, columns int) string {
	if columns < roomy || p.Total <= 0 {
		return ""
	}
	const wide = 16
	done := min(int(wide*p.Elapsed/p.Total), wide)
	return strings.Repeat("━", done) + strings.Repeat("╌", wide-done) + "  "
}

// sparks draws values as blocks, from nothing to the largest of them.
func sparks(values []float64) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	most := slices.Max(values)
	var b strings.Builder
	for _, v := range values {
		at := 0
		if most > 0 {
			at = min(max(int(v/most*float64(len(blocks))), 0), len(blocks)-1)
		}
		b.WriteRune(blocks[at])
	}
	return b.String()
}

// brief is a time in three digits.
func brief(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.0fµs", float64(d)/1e3)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2fms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.0fms", float64(d)/1e6)
	default:
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
}

// printable drops what could disturb a terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}
