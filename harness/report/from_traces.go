package report

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
)

const drawingWidth = 110

// NewExpectation tells whether an expectation held: the first failure in full,
// of each other condition the first message, the rest by their number.
func NewExpectation(name string, v expect.Verdict) Expectation {
	e := Expectation{Name: name, Result: CasePassed, Traces: v.Judged}
	if len(v.Failures) == 0 {
		return e
	}
	f := &v.Failures[0]
	e.Result, e.Edge, e.Message, e.Drawing = CaseFailed, f.Edge, f.Message, f.Drawing(drawingWidth)
	if !f.Trace.IsZero() {
		e.TraceID = f.Trace.String()
	}
	e.Message += others(v.Failures)
	return e
}

// mostConditions is how many broken conditions of an expectation are told.
const mostConditions = 20

// others tells of the failures after the first.
func others(failures []expect.Failure) string {
	var first []*expect.Failure // of each condition
	count := map[string]int{}
	for i := range failures {
		f := &failures[i]
		if count[f.Text]++; count[f.Text] == 1 {
			first = append(first, f)
		}
	}
	var b strings.Builder
	for i, f := range first[:min(len(first), mostConditions)] {
		if i > 0 {
			fmt.Fprintf(&b, "\nalso broken: %s", f.Message)
			if f.Trace != failures[0].Trace {
				fmt.Fprintf(&b, " (trace %s)", f.Trace)
			}
		}
		if n := count[f.Text] - 1; n > 0 {
			fmt.Fprintf(&b, "\n(and %d more like this)", n)
		}
	}
	if n := len(first) - mostConditions; n > 0 {
		fmt.Fprintf(&b, "\n(and %d more conditions)", n)
	}
	return b.String()
}

// NewFinding turns what behaviour showed.
func NewFinding(f finding.Finding) Finding {
	out := Finding{Kind: f.Kind, Edge: f.Edge, Message: f.Message, Warning: f.Warning, Evidence: []string{}}
	for _, id := range f.Evidence {
		out.Evidence = append(out.Evidence, id.String())
	}
	return out
}

// The bounds of what a document shows of traces.
const (
	mostTraces = 30
	mostSpans  = 200
)

// Show lays out the traces that the document's failures point to, the first
// 30 of them.
func (d *Document) Show(find func(trace.ID) (*trace.Trace, bool)) {
	for _, id := range d.pointedAt() {
		var key trace.ID
		if n, err := hex.Decode(key[:], []byte(id)); err != nil || n != len(key) {
			continue
		}
		if t, ok := find(key); ok && len(d.Shown) < mostTraces {
			d.Shown = append(d.Shown, newTrace(t))
		}
	}
}

// mostWorth is how many of the slowest, and how many of the failed requests of
// a load, are laid out.
const mostWorth = 3

// worth lists the requests of a load that are worth to be opened: the slowest,
// then the failed.
func (l *Load) worth() []Shot {
	return append(slices.Clone(l.Worst[:min(len(l.Worst), mostWorth)]), l.Failed[:min(len(l.Failed), mostWorth)]...)
}

// pointedAt lists the traces of failures, of the worst requests under load,
// then of warnings, each once.
func (d *Document) pointedAt() []string {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, c := range d.Cases() {
		if c.Result == CaseFailed {
			add(c.TraceID)
		}
	}
	for i := range d.Load {
		for _, s := range d.Load[i].worth() {
			add(s.TraceID)
		}
	}
	for _, f := range d.Findings {
		if len(f.Evidence) > 0 {
			add(f.Evidence[0])
		}
	}
	return ids
}

func newTrace(t *trace.Trace) Trace {
	var drawing strings.Builder
	_ = trace.Draw(&drawing, t, trace.DrawConfig{Width: drawingWidth, Rows: mostSpans}) // a Builder takes all
	out := Trace{TraceID: t.ID.String(), Millis: inMillis(t.Duration()), Spans: []Span{}, Drawing: drawing.String()}
	skew := t.Skew()
	at := func(s *trace.Span) time.Time { return s.Start.Add(skew[s]) }
	var start time.Time
	for _, s := range t.Spans {
		if !s.Timeless() && (start.IsZero() || at(s).Before(start)) {
			start = at(s)
		}
	}
	depth := map[*trace.Span]int{}
	for _, root := range t.Roots() {
		for _, s := range t.Below(root) {
			if above := t.Parent(s); above != nil {
				depth[s] = depth[above] + 1
			}
			if len(out.Spans) == mostSpans {
				out.Hidden++
				continue
			}
			out.Spans = append(out.Spans, Span{
				Depth: depth[s], Service: s.Service(), Name: s.Name, Edge: s.Edge(), Status: s.Attr("http.response.status_code").String(),
				Offset: max(inMillis(at(s).Sub(start)), 0), Millis: inMillis(s.Duration()), Failed: s.Code == trace.Error, Note: s.Message,
			})
		}
	}
	return out
}

// EdgesOf sums up what crossed the edges.
func EdgesOf(shares []finding.EdgeShare) []Edge {
	all := make([]Edge, 0, len(shares))
	for _, s := range shares {
		all = append(all, Edge{Edge: s.Edge, Requests: s.Requests, Errors: s.Errors, P50: inMillis(s.P50), P99: inMillis(s.P99)})
	}
	return all
}

// SharesOf says which edge makes the latency.
func SharesOf(shares []finding.EdgeShare) []EdgeShare {
	all := make([]EdgeShare, 0, len(shares))
	for _, s := range shares {
		all = append(all, EdgeShare{
			Edge: s.Edge, Requests: s.Requests, Errors: s.Errors, P50: inMillis(s.P50), P90: inMillis(s.P90), P99: inMillis(s.P99), Max: inMillis(s.Max),
			ShareP50: s.ShareP50, ShareP99: s.ShareP99,
		})
	}
	return all
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
