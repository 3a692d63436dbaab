package web

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// A row is a trace in the list.
type row struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Service  string    `json:"service"`
	Edge     string    `json:"edge,omitempty"`
	Phase    string    `json:"phase,omitempty"`
	Start    time.Time `json:"start"`
	Millis   float64   `json:"ms"`
	Spans    int       `json:"spans"`
	Errors   int       `json:"errors"`
	Open     int       `json:"open,omitempty"`
	Services []string  `json:"services"`
	Partial  bool      `json:"partial,omitempty"`
	OnEdge   float64   `json:"edge_ms,omitempty"` // of the slowest call on the edge that the slowest were asked for
}

func rowOf(s *trace.Summary) row {
	return row{
		ID: s.ID.String(), Name: s.Name, Service: s.Service, Edge: s.Edge, Phase: s.Phase, Start: s.Start, Millis: millis(s.Duration),
		Spans: s.Spans, Errors: s.Errors, Open: s.Open, Services: ask(func() []string { return s.Services }), Partial: s.Partial,
	}
}

// line is a row for a terminal.
func (r *row) line() string {
	spans, failed := "spans", ""
	switch r.Errors {
	case 0:
	case 1:
		failed = "  1 error"
	default:
		failed = fmt.Sprintf("  %d errors", r.Errors)
	}
	if r.Spans == 1 {
		spans = "span "
	}
	return fmt.Sprintf("%s  %s  %8.1f ms  %3d %s  %s%s", r.ID, r.Start.Format("15:04:05.000"), r.Millis, r.Spans, spans, printable(r.Service+" "+r.Name), failed)
}

// printable replaces what could disturb a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// contains looks for lower-case text in whatever a reader can see of a trace.
func contains(t *trace.Trace, text string) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	return has(t.ID.String()) || slices.ContainsFunc(t.Spans, func(s *trace.Span) bool {
		return has(s.Name) || has(s.Service()) || has(s.Message) || anyAttr(s.Attrs, has) ||
			slices.ContainsFunc(s.Events, func(e trace.Event) bool { return has(e.Name) || anyAttr(e.Attrs, has) })
	})
}

func anyAttr(attrs []attribute.KeyValue, has func(string) bool) bool {
	return slices.ContainsFunc(attrs, func(a attribute.KeyValue) bool { return has(string(a.Key)) || has(a.Value.String()) })
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
