package check

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/metrics"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// load runs each load of seam.yaml against the entry, one after the other.
func (r *run) load(ctx context.Context) error {
	r.keepTraces()
	for i := range r.Spec.Load {
		spec := &r.Spec.Load[i]
		job := Job(spec, r.harness.Entry())
		job.Times = r.plan.arrivals[i]
		r.Progress("loading: " + named(spec))
		if err := r.phasesOfLoad(ctx, spec.WarmUp); err != nil {
			return err
		}
		loading := r.beginLoading(&job)
		r.harness.Metrics().Load(metrics.Load{Name: job.Name, Running: true, Intended: job.Rate})
		job.Progress = func(p load.Progress) {
			loading.tail.name(p.Worst)
			if r.Loading != nil {
				r.Loading(p)
			}
		}
		summary, err := r.Load(ctx, job)
		if err != nil {
			return fmt.Errorf("load %s: %w", job.Name, err)
		}
		r.harness.Metrics().Load(figuresOf(summary, r.plan.objectives[i]))
		r.loads = append(r.loads, summary)
		loading.hold(summary)
		if err := r.harness.Settle(ctx); err != nil {
			return err
		}
		out := told(summary, r.plan.objectives[i])
		loading.attribute(&out, r.harness.Traces())
		r.doc.Load = append(r.doc.Load, out)
	}
	return nil
}

// keepTraces holds what the phases before the load showed: it is judged after
// a load that may fill the store many times over.
func (r *run) keepTraces() {
	r.evicted = r.harness.Stats().Store.EvictedTraces + uint64(r.harness.Traces().PinAll())
}

// figuresOf is what /metrics shows of a load that has ended.
func figuresOf(s *load.Summary, objectives []load.Objective) metrics.Load {
	times := func(q load.Quantiles) metrics.Times {
		return metrics.Times{Mean: q.Mean, Quantiles: map[float64]time.Duration{.5: q.P50, .9: q.P90, .99: q.P99, .999: q.P999, 1: q.Max}}
	}
	l := metrics.Load{
		Name: s.Name, Valid: s.WhyInvalid == "", Intended: s.Intended, Achieved: s.Achieved, Requests: s.Requests, Errors: s.Classes,
		Latency: times(s.Latency), Service: times(s.Service), Schedule: times(s.Schedule), Objectives: map[string]bool{},
	}
	for _, o := range objectives {
		l.Objectives[o.Text], _ = o.Judge(s)
	}
	return l
}

// phasesOfLoad marks the exchanges of the warm-up as such: they count in no figure.
func (r *run) phasesOfLoad(ctx context.Context, warmUp time.Duration) error {
	if warmUp == 0 {
		r.harness.SetPhase(edge.Load)
		return ctx.Err()
	}
	r.harness.SetPhase(edge.WarmUp)
	time.AfterFunc(warmUp, func() { r.harness.SetPhase(edge.Load) })
	return ctx.Err()
}

func named(spec *system.Load) string {
	if spec.Name == spec.Plan() {
		return spec.Name
	}
	return fmt.Sprintf("%s, %s", spec.Name, spec.Plan())
}

// Load runs a job by itself, with no system around it. When ctx ends early the
// document tells of what was due until then, and the error is ctx's.
func Load(ctx context.Context, job load.Job, objectives []load.Objective) (*report.Document, error) {
	doc := newDocument("load", "")
	summary, err := load.Run(ctx, job)
	if summary == nil {
		return nil, err
	}
	doc.Load = append(doc.Load, told(summary, objectives))
	doc.Close()
	return doc, err
}

// told is what the report says of a load run; a URL that was given may hold
// secrets, and names the load.
func told(s *load.Summary, objectives []load.Objective) report.Load {
	l := report.NewLoad(s, objectives)
	l.Scenario, l.Target = edge.RedactTarget(l.Scenario), edge.RedactTarget(l.Target)
	l.Plan = maps.Clone(l.Plan)
	for key, value := range l.Plan {
		l.Plan[key] = edge.RedactText(value)
	}
	for _, shots := range [][]report.Shot{l.Worst, l.Failed} {
		for i := range shots {
			shots[i].Note = edge.RedactText(shots[i].Note)
		}
	}
	for about, said := range l.Plan {
		l.Plan[about] = edge.RedactTarget(said)
	}
	return l
}
