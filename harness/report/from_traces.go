package report

import (
	"fmt"
	"time"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/finding"
)

const drawingWidth = 110

// NewExpectation tells whether an expectation held: the first failure in
// full, the others by their number.
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
	if n := len(v.Failures); n > 1 {
		e.Message += fmt.Sprintf("\n(and %d more like this)", n-1)
	}
	return e
}

// NewFinding turns what behaviour showed.
func NewFinding(f finding.Finding) Finding {
	out := Finding{Kind: f.Kind, Edge: f.Edge, Message: f.Message, Warning: f.Warning, Evidence: []string{}}
	for _, id := range f.Evidence {
		out.Evidence = append(out.Evidence, id.String())
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
			Edge: s.Edge, Requests: s.Requests, Errors: s.Errors, P50: inMillis(s.P50), P99: inMillis(s.P99), ShareP50: s.ShareP50, ShareP99: s.ShareP99,
		})
	}
	return all
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
