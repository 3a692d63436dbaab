package web

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
)

// mostBars bounds the waterfall of one trace.
const mostBars = 5000

// A bar is a span in the waterfall.
type bar struct {
	ID       string   `json:"id"`
	Parent   string   `json:"parent,omitempty"`
	Depth    int      `json:"depth"`
	Name     string   `json:"name"`
	Service  string   `json:"service"`
	Kind     string   `json:"kind"`
	Edge     string   `json:"edge,omitempty"`
	Offset   float64  `json:"offset_ms"`
	Millis   float64  `json:"ms"`
	Skew     float64  `json:"skew_ms,omitempty"` // added to the service's own clock
	Failed   bool     `json:"failed"`
	Message  string   `json:"message,omitempty"`
	Scope    string   `json:"scope,omitempty"`
	Attrs    []pair   `json:"attrs"`
	Resource []pair   `json:"resource"`
	Events   []moment `json:"events,omitempty"`
	Links    []link   `json:"links,omitempty"`
}

// A pair keeps the order in which attributes were set.
type pair [2]string

type moment struct {
	Name   string  `json:"name"`
	Offset float64 `json:"offset_ms"`
	Attrs  []pair  `json:"attrs"`
}

type link struct {
	Trace string `json:"trace"`
	Span  string `json:"span"`
}

// A stretch of the critical path: the trace waited for this span.
type stretch struct {
	Span   string  `json:"span"`
	Offset float64 `json:"offset_ms"`
	Millis float64 `json:"ms"`
}

// whole is a trace with its spans in the order of a waterfall.
func whole(t *trace.Trace) map[string]any {
	start, _ := t.Bounds()
	skew := t.Skew()
	bars := []bar{}
	seen := map[*trace.Span]bool{}
	var walk func(s *trace.Span, depth int)
	walk = func(s *trace.Span, depth int) {
		if seen[s] || len(bars) == mostBars {
			return
		}
		seen[s] = true
		b := barOf(s, start.Add(-skew[s]), depth)
		b.Skew = millis(skew[s])
		bars = append(bars, b)
		for _, child := range t.Children(s) {
			walk(child, depth+1)
		}
	}
	for _, root := range t.Roots() {
		walk(root, 0)
	}
	path := []stretch{}
	for _, part := range finding.CriticalPath(t) {
		if len(path) < 2*mostBars {
			path = append(path, stretch{part.Span.ID.String(), millis(part.Start.Sub(start)), millis(part.Duration())})
		}
	}
	summary := t.Summary()
	return map[string]any{"trace": rowOf(&summary), "spans": bars, "path": path}
}

func barOf(s *trace.Span, start time.Time, depth int) bar {
	b := bar{
		ID: s.ID.String(), Depth: depth, Name: s.Name, Service: s.Service(), Kind: kindOf(s.Kind), Edge: s.Edge(),
		Offset: millis(s.Start.Sub(start)), Millis: millis(s.Duration()), Failed: s.Code == trace.Error, Message: s.Message,
		Attrs: pairs(s.Attrs), Resource: []pair{},
	}
	if s.Timeless() {
		b.Offset = 0 // with what it lies below
	}
	if !s.Parent.IsZero() {
		b.Parent = s.Parent.String()
	}
	if s.Scope != nil {
		b.Scope = s.Scope.Name
	}
	if s.Resource != nil {
		b.Resource = pairs(s.Resource.Attrs)
	}
	for _, e := range s.Events {
		b.Events = append(b.Events, moment{e.Name, millis(e.Time.Sub(start)), pairs(e.Attrs)})
	}
	for _, l := range s.Links {
		b.Links = append(b.Links, link{l.Trace.String(), l.Span.String()})
	}
	return b
}

func pairs(attrs []attribute.KeyValue) []pair {
	all := make([]pair, 0, len(attrs))
	for _, a := range attrs {
		all = append(all, pair{string(a.Key), a.Value.String()})
	}
	return all
}

func kindOf(k trace.Kind) string {
	switch k {
	case trace.Internal:
		return "internal"
	case trace.Server:
		return "server"
	case trace.Client:
		return "client"
	case trace.Producer:
		return "producer"
	case trace.Consumer:
		return "consumer"
	}
	return ""
}
