package check

import (
	"net/http"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/trace"
)

// A loading is what a load run shows of the system while it goes on: figures
// of every exchange, and the traces that are worth keeping.
type loading struct {
	meter *finding.Meter
	tail  *tail
}

// beginLoading has the exchanges of the phase load taken from now on.
func (r *run) beginLoading() *loading {
	l := &loading{meter: finding.NewMeter(time.Now()), tail: newTail(r.harness.Traces())}
	r.loading.Store(l)
	return l
}

// observe is told of every exchange that ended.
func (r *run) observe(x *edge.Exchange) {
	if l := r.loading.Load(); l != nil && x.Phase == edge.Load && !x.Raw {
		l.take(x)
	}
}

func (l *loading) take(x *edge.Exchange) {
	failed := wentWrong(x)
	l.meter.Add(finding.Call{
		Edge: x.Edge.String(), Trace: x.Trace, Span: x.Span, Parent: x.Parent, What: x.Method + " " + x.Target,
		Start: x.Start, Took: x.Took, Failed: failed,
	})
	if x.Edge.Consumer == "" {
		l.tail.take(x.Trace, x.Took, failed)
	}
}

// wentWrong reports whether whoever made the call had reason to repeat it.
func wentWrong(x *edge.Exchange) bool {
	return x.Fault != "" || x.Status >= http.StatusInternalServerError || x.Status == http.StatusTooManyRequests
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
