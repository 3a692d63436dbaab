package check

import (
	"net/http"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/trace"
)

// A loading is what a load run shows of the system while it goes on: figures
// of every exchange, and the traces that are worth keeping.
type loading struct {
	meter   *finding.Meter
	tail    *tail
	offered func(time.Duration) float64 // by the time since the first request; nil in the closed model
	through string                      // the edge that the requests come over
}

// beginLoading has the exchanges of the phase load taken from now on, of which
// those on the edge are the requests; nil: on the entry.
func (r *run) beginLoading(job *load.Job, through *harness.Edge) *loading {
	l := &loading{meter: finding.NewMeter(time.Now()), tail: newTail(r.harness.Traces()), offered: offered(job)}
	if through != nil {
		l.through = through.Name.String()
	}
	r.loading.Store(l)
	r.loadings = append(r.loadings, l)
	return l
}

// offered is the rate at which the requests of a job are due, without its
// warm-up; nil where it says none.
func offered(job *load.Job) func(time.Duration) float64 {
	switch {
	case job.Rate > 0:
		return func(time.Duration) float64 { return job.Rate }
	case len(job.Stages) == 0:
		return nil
	}
	return func(at time.Duration) float64 {
		for _, s := range job.Stages {
			if at < s.For {
				return s.From + (s.To-s.From)*max(at, 0).Seconds()/s.For.Seconds()
			}
			at -= s.For
		}
		return 0
	}
}

// judged is told of every exchange that was held against its contracts.
func (r *run) judged(x *edge.Exchange, v cover.Verdict) {
	l := r.loading.Load()
	if l == nil || x.Phase != edge.Load || v.Outcome != cover.Conforming && v.Outcome != cover.Violating {
		return
	}
	l.meter.Judged(x.Edge.String(), nameOf(v.Nearest), x.Start, v.Outcome == cover.Violating)
}

// nameOf tells one interaction of an edge from another.
func nameOf(i *contracts.Interaction) string {
	var states []string
	for _, s := range i.States {
		states = append(states, s.Name)
	}
	return report.NameOf(i.Description, states)
}

// observe is told of every exchange that ended.
func (r *run) observe(x *edge.Exchange) {
	if l := r.loading.Load(); l != nil && x.Phase == edge.Load && !x.Raw {
		l.take(x)
	}
}

func (l *loading) take(x *edge.Exchange) {
	failed, name := wentWrong(x), x.Edge.String()
	asked := x.Edge.Consumer == "" || name == l.through
	l.meter.Add(finding.Call{
		Edge: name, Outside: asked, Trace: x.Trace, Span: x.Span, Parent: x.Parent, What: x.Method + " " + x.Target,
		Start: x.Start, Took: x.Took, Failed: failed,
	})
	if asked {
		l.tail.take(x.Trace, x.Took, failed)
	}
}

// wentWrong reports whether whoever made the call had reason to repeat it.
func wentWrong(x *edge.Exchange) bool {
	return x.Failed() || x.Status == http.StatusTooManyRequests || x.Call == "RESOURCE_EXHAUSTED"
}

// hold keeps the traces of the worst shots, which the load generator has named
// at last.
func (l *loading) hold(s *load.Summary) {
	var ids []string
	for _, shots := range [][]load.Shot{s.Slowest, s.Failed} {
		for i := range shots {
			ids = append(ids, shots[i].Trace)
		}
	}
	l.tail.name(ids)
}

// findings says which edge could not keep up, and which calls were repeated
// more than in the drive.
func (l *loading) findings(driven []*trace.Trace, traces *trace.Store) []report.Finding {
	var found []finding.Finding
	if s, saturates := l.meter.Saturates(l.offered); saturates {
		found = append(found, s.Finding())
	}
	for _, a := range l.meter.Amplifies(l.offered, finding.Tries(driven)) {
		found = append(found, a.Finding())
	}
	var all []report.Finding
	for _, f := range found {
		f.Evidence = l.tail.crossing(f.Edge, traces)
		all = append(all, report.NewFinding(f))
	}
	return all
}

// breaches says from which rate of load on the contracts of an edge were
// broken, by the interaction.
func (r *run) breaches(edge string) map[string]report.Onset {
	onsets, most := map[string]report.Onset{}, map[string]int{}
	for _, l := range r.loadings {
		for _, b := range l.meter.Breaches(l.offered) {
			if b.Edge == edge && b.Broken > most[b.Interaction] {
				most[b.Interaction] = b.Broken
				onsets[b.Interaction] = onsetOf(b)
			}
		}
	}
	return onsets
}

func onsetOf(b finding.Breach) report.Onset {
	return report.Onset{Rate: b.Onset.Rate, Below: b.Onset.Below, Above: b.Onset.Above}
}

// attribute says where in the system the time of a load went, and which of
// its worst traces are there to open.
func (l *loading) attribute(out *report.Load, traces *trace.Store) {
	out.Edges = report.SharesOf(l.meter.Edges())
	stats := l.meter.Stats()
	out.Attributed, out.Lost = int64(stats.Requests), int64(stats.Lost)
	for _, shots := range [][]report.Shot{out.Worst, out.Failed} {
		for i := range shots {
			if id, ok := trace.ParseID(shots[i].TraceID); ok {
				_, shots[i].Kept = traces.Trace(id)
			}
		}
	}
}
