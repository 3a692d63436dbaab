package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seamtest/seam/harness"
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
		if err := r.oneLoad(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// oneLoad runs a load of seam.yaml. One that is interrupted is told of as far
// as it came.
func (r *run) oneLoad(ctx context.Context, i int) error {
	spec := &r.Spec.Load[i]
	task := LoadTask{Job: Job(spec, r.harness.Entry())}
	job := &task.Job
	job.Times = r.plan.arrivals[i]
	var through *harness.Edge
	var err error
	switch {
	case spec.Pacts != nil:
		task.Scenario = scenario(r.Spec, spec)
		through, err = r.direct(ctx, spec, task.Scenario)
	case spec.Call != nil:
		through, err = r.call(ctx, i, &task)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", job.Name, err)
	}
	faults, err := r.disturb(spec.Faults)
	if err != nil {
		return fmt.Errorf("load %s: %w", job.Name, err)
	}
	r.Progress("loading: " + named(spec))
	run := func(ctx context.Context, task LoadTask) (*LoadResult, error) {
		if err := r.phasesOfLoad(ctx, spec.WarmUp); err != nil {
			return nil, err
		}
		loading := r.beginLoading(&task.Job, through)
		r.harness.Metrics().Load(metrics.Load{Name: job.Name, Running: true, Intended: job.Rate})
		task.Progress = func(p load.Progress) {
			loading.tail.name(p.Worst)
			if r.Loading != nil {
				r.Loading(p)
			}
		}
		return r.Load(ctx, task)
	}
	result, err := task.performed(ctx, run)
	struck := faults.end()
	if result == nil || err != nil && len(r.harness.Deaths()) > 0 { // of a death only the finding tells
		return fmt.Errorf("load %s: %w", job.Name, err)
	}
	return errors.Join(r.loaded(ctx, i, result, struck), err)
}

// loaded takes what came of a load and of the faults in it.
func (r *run) loaded(ctx context.Context, i int, result *LoadResult, struck []report.Fault) error {
	summary, loading := result.Summary, r.loading.Load()
	objectives := slices.Concat(r.plan.objectives[i], unended(r.plan.aborts[i], summary))
	r.harness.Metrics().Load(figuresOf(summary, objectives))
	r.loads = append(r.loads, summary)
	loading.hold(summary)
	err := r.settle(context.WithoutCancel(ctx))
	out := told(summary, objectives)
	loading.attribute(&out, r.harness.Traces())
	out.Disturb(struck)
	r.doc.Load = append(r.doc.Load, out)
	if unmet := idle(struck); unmet != "" {
		r.doc.Findings = append(r.doc.Findings, report.Finding{Kind: "fault-idle", Message: "load " + out.Scenario + ": " + unmet})
	}
	if result.Kept != nil {
		r.kept = append(r.kept, result.Kept)
	}
	return err
}

// unended are the objectives that would have ended the run and are broken at its
// end: it came before there was enough to end it by.
func unended(aborts []load.Objective, s *load.Summary) (all []load.Objective) {
	for _, o := range aborts {
		if reached, _ := o.Judge(s); !reached && s.Aborted == "" && s.Requests > 0 {
			all = append(all, o)
		}
	}
	return all
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

// Load runs a task by itself, with no system around it. When ctx ends early the
// document tells of what was due until then, and the error is ctx's.
func Load(ctx context.Context, task LoadTask, objectives []load.Objective) (*report.Document, error) {
	runs := task.By
	if runs == nil {
		runs = func(ctx context.Context, t LoadTask) (*LoadResult, error) { return t.Run(ctx) }
	}
	doc := newDocument("load", "")
	result, err := task.performed(ctx, runs)
	if result == nil {
		return nil, err
	}
	doc.Load = append(doc.Load, told(result.Summary, objectives))
	if result.Kept != nil {
		c := result.Kept.report()
		doc.Coverage, doc.Findings = append(doc.Coverage, c), append(doc.Findings, c.Findings()...)
	}
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
		l.Plan[key] = edge.RedactOutput(value)
	}
	for _, shots := range [][]report.Shot{l.Worst, l.Failed} {
		for i := range shots {
			shots[i].Note = edge.RedactText(shots[i].Note)
		}
	}
	return l
}
