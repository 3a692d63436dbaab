package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/trace"
)

// judge reads the traces once everything that will come has come: the
// services have stopped and the receivers are drained.
func (r *run) judge(ctx context.Context) {
	r.describeSystem()
	traces := r.tracesOf(edge.Drive)
	r.judgeCompleteness(ctx, traces)
	r.judgeExpectations(traces)
	r.judgeBehaviour(traces)
	r.judgeCoverage()
	r.judgeDeaths()
	for _, l := range r.loadings {
		r.doc.Findings = append(r.doc.Findings, l.findings(traces, r.harness.Traces())...)
	}
	r.doc.Findings = append(r.doc.Findings, losses(r.harness.Stats(), r.lostTraces())...)
	r.locate()
	r.doc.Show(r.harness.Traces().Trace)
}

// tellSoFar closes the document of a run that was interrupted during a load.
func (r *run) tellSoFar() {
	r.describeSystem()
	r.judgeKept()
	r.locate()
	r.doc.Show(r.harness.Traces().Trace)
	r.doc.Close()
}

// tracesOf lists the traces whose entry exchange belongs to the phase.
func (r *run) tracesOf(phase edge.Phase) []*trace.Trace {
	return r.harness.Traces().Find(trace.Query{Phase: string(phase)})
}

func (r *run) describeSystem() {
	for _, s := range r.harness.Services() {
		r.doc.Services = append(r.doc.Services, report.Service{Name: s.Name, Kind: s.Kind, ReadyS: s.Took.Seconds(), Endpoint: s.URL})
	}
	stats := r.harness.Stats()
	r.doc.Traces = &report.Traces{
		Traces: stats.Store.Traces, Spans: stats.Store.Spans, Evicted: int(stats.Store.EvictedTraces), Refused: refused(stats),
	}
	for _, to := range r.Spec.Publish {
		if !to.Traces() {
			continue
		}
		s := stats.Publish[to.OTLP]
		r.doc.Publish = append(r.doc.Publish, report.Publish{Endpoint: to.OTLP, Sent: s.Sent, Dropped: s.Dropped, Error: s.LastError})
	}
}

// refused counts the spans that were turned away and did not come later.
func refused(s harness.Stats) int {
	return int(s.Receive.Lost() + s.Store.Refused)
}

// judgeCompleteness reports traces of which spans are missing: what is judged
// from them may be wrong, so the reader must know.
func (r *run) judgeCompleteness(ctx context.Context, traces []*trace.Trace) {
	now, cancel := context.WithCancel(ctx)
	cancel() // nothing more can come: no grace
	var evidence []string
	missing := map[string]int{}
	for _, t := range traces {
		if c := r.harness.Traces().Wait(now, t.ID); !c.Complete {
			evidence = append(evidence, t.ID.String())
			for _, m := range c.Missing {
				missing[m.Service]++
			}
		}
	}
	r.doc.Traces.Incomplete = len(evidence)
	if len(evidence) == 0 {
		return
	}
	var parts []string
	for service, count := range missing {
		parts = append(parts, fmt.Sprintf("%d of %s", count, service))
	}
	slices.Sort(parts)
	r.doc.Findings = append(r.doc.Findings, report.Finding{
		Kind: "trace-incomplete", Warning: true, Evidence: evidence,
		Message: fmt.Sprintf("%d of %d traces lack spans (%s): does the service flush its spans when it gets SIGTERM?",
			len(evidence), len(traces), strings.Join(parts, ", ")),
	})
}

func (r *run) judgeExpectations(all []*trace.Trace) {
	var struck, others []*trace.Trace
	for _, t := range all {
		if isStruck(t) {
			struck = append(struck, t)
		} else {
			others = append(others, t)
		}
	}
	for i, e := range r.Spec.Expect {
		traces := others
		if e.UnderFaults {
			traces = struck
		}
		expectation := expect.Expectation{Name: e.Name, Trace: e.Trace, That: r.plan.checks[i], Edges: edgeNames(r.Spec)}
		r.doc.Expectations = append(r.doc.Expectations, report.NewExpectation(e.Name, expectation.Judge(traces)))
	}
}

// isStruck reports whether a fault was put in the way of a call of the trace.
func isStruck(t *trace.Trace) bool {
	return slices.ContainsFunc(t.Spans, func(s *trace.Span) bool { return s.IsEdge() && s.Attr(trace.EdgeFault).AsString() != "" })
}

// loadedEdge reports whether a load crossed the edge.
func (r *run) loadedEdge(name string) bool {
	return slices.ContainsFunc(r.doc.Load, func(l report.Load) bool {
		return slices.ContainsFunc(l.Edges, func(e report.EdgeShare) bool { return e.Edge == name })
	})
}

func (r *run) judgeBehaviour(traces []*trace.Trace) {
	cfg := finding.Config{Edges: slices.DeleteFunc(edgeNames(r.Spec), r.loadedEdge)}
	if len(r.doc.Drive) == 0 {
		cfg.Edges = nil // an edge that nothing crossed is no news then
	}
	if len(r.doc.Drive)+len(r.doc.Contracts)+len(r.doc.Load) == 0 && len(r.Skip) == 0 && len(r.harness.Deaths()) == 0 {
		r.doc.Findings = append(r.doc.Findings, report.Finding{
			Kind: "nothing-driven", Warning: true,
			Message: "the system started and stopped, and nothing crossed it: add `drive: [{ request: { path: / } }]` to seam.yaml, or drive it with a command of yours: seam test -- COMMAND",
		})
	}
	for _, f := range finding.All(traces, cfg) {
		r.doc.Findings = append(r.doc.Findings, report.NewFinding(f))
	}
	r.doc.Edges = report.EdgesOf(finding.Shares(traces))
}

func (r *run) judgeDeaths() {
	for _, death := range r.harness.Deaths() {
		r.doc.Findings = append(r.doc.Findings, report.Finding{
			Kind: "service-died", Edge: r.edgesTo(death.Service),
			Message: death.Why,
		})
	}
}

func (r *run) edgesTo(service string) string {
	var names []string
	for _, e := range r.Spec.Edges() {
		if e.Provider == service {
			names = append(names, e.String())
		}
	}
	return strings.Join(names, ", ")
}

// lostTraces counts the traces that left the store before they were judged.
// Those of a load are not judged one by one.
func (r *run) lostTraces() uint64 {
	store := r.harness.Stats().Store
	if len(r.doc.Load) == 0 {
		return store.EvictedTraces
	}
	return r.evicted + store.EvictedPinned
}
