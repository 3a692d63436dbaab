package web

import (
	"fmt"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// A row is a trace in the list.
type row struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Service  string    `json:"service"`
	Start    time.Time `json:"start"`
	Millis   float64   `json:"ms"`
	Spans    int       `json:"spans"`
	Errors   int       `json:"errors"`
	Services []string  `json:"services"`
}

func rowOf(t *trace.Trace) row {
	start, _ := t.Bounds()
	r := row{ID: t.ID.String(), Start: start, Millis: millis(t.Duration()), Spans: len(t.Spans), Errors: len(t.Errors()), Services: t.Services()}
	if root := t.Root(); root != nil {
		r.Name, r.Service = root.Name, root.Service()
	}
	return r
}

// line is a row for a terminal.
func line(t *trace.Trace) string {
	r := rowOf(t)
	failed := ""
	if r.Errors > 0 {
		failed = "  " + counted(r.Errors, "error")
	}
	return fmt.Sprintf("%s  %s  %8.1f ms  %9s  %s %s%s", r.ID, r.Start.Format("15:04:05.000"), r.Millis, counted(r.Spans, "span"), r.Service, r.Name, failed)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// A bar is a span in the waterfall.
type bar struct {
	ID      string            `json:"id"`
	Parent  string            `json:"parent,omitempty"`
	Depth   int               `json:"depth"`
	Name    string            `json:"name"`
	Service string            `json:"service"`
	Edge    string            `json:"edge,omitempty"`
	Offset  float64           `json:"offset_ms"`
	Millis  float64           `json:"ms"`
	Failed  bool              `json:"failed"`
	Attrs   map[string]string `json:"attrs"`
}

// mostBars bounds the waterfall of one trace.
const mostBars = 5000

func whole(t *trace.Trace) map[string]any {
	start, _ := t.Bounds()
	bars := []bar{}
	seen := map[*trace.Span]bool{}
	var walk func(s *trace.Span, depth int)
	walk = func(s *trace.Span, depth int) {
		if seen[s] || len(bars) == mostBars {
			return
		}
		seen[s] = true
		bars = append(bars, barOf(s, start, depth))
		for _, child := range t.Children(s) {
			walk(child, depth+1)
		}
	}
	for _, root := range t.Roots() {
		walk(root, 0)
	}
	return map[string]any{"trace": rowOf(t), "spans": bars, "shown": len(bars)}
}

func barOf(s *trace.Span, start time.Time, depth int) bar {
	b := bar{
		ID: s.ID.String(), Depth: depth, Name: s.Name, Service: s.Service(), Edge: s.Edge(),
		Offset: millis(s.Start.Sub(start)), Millis: millis(s.Duration()), Failed: s.Code == trace.Error, Attrs: map[string]string{},
	}
	if !s.Parent.IsZero() {
		b.Parent = s.Parent.String()
	}
	for _, a := range s.Attrs {
		b.Attrs[string(a.Key)] = a.Value.String()
	}
	return b
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
