package report

import (
	"strconv"
	"time"

	"github.com/seamtest/seam/harness/load"
)

// NewLoad tells how a load run went, judged by its objectives.
func NewLoad(s *load.Summary, objectives []load.Objective) Load {
	l := Load{
		Scenario: s.Name, Target: s.Target, Plan: s.Plan, Requests: s.Requests, Errors: s.Errors, Messages: s.Messages,
		IntendedRate: s.Intended, AchievedRate: s.Achieved, CPU: s.CPU.Seconds(), DurationS: s.Took.Seconds(), Started: s.Started,
		Latency: inUnits(s.Latency, time.Millisecond), Service: inUnits(s.Service, time.Millisecond), ScheduleError: inUnits(s.Schedule, time.Microsecond),
		Valid: s.WhyInvalid == "", WhyInvalid: s.WhyInvalid, Unfinished: s.Classes["unfinished"],
		ErrorsByClass: s.Classes, Statuses: map[string]int64{}, Edges: []EdgeShare{}, Slowest: []string{},
	}
	for status, n := range s.Statuses {
		l.Statuses[strconv.Itoa(status)] = n
	}
	l.Worst, l.Failed = newShots(s.Slowest), newShots(s.Failed)
	for i := range l.Worst {
		l.Slowest = append(l.Slowest, l.Worst[i].TraceID)
	}
	l.Certificate = &Certificate{
		Arrivals: s.Certificate.Arrivals, Gaps: s.Certificate.Gaps, Waited: s.Certificate.Waited, Steal: s.Certificate.Steal,
		Busy: s.Certificate.Busy, Workers: s.Certificate.Workers, Notes: s.Certificate.Notes,
	}
	l.LatencyHDR, l.ServiceHDR = s.LatencyHDR, s.ServiceHDR
	for _, i := range s.Intervals {
		l.Intervals = append(l.Intervals, LoadInterval{
			AtS: i.At.Seconds(), ForS: i.For.Seconds(), Due: i.Due, Requests: i.Requests, Errors: i.Errors,
			Latency: inUnits(i.Latency, time.Millisecond), ErrorsByClass: i.Classes, LatencyHDR: i.LatencyHDR,
		})
	}
	for _, o := range objectives {
		reached, measured := o.Judge(s)
		result := CasePassed
		if !reached {
			result = CaseFailed
		}
		l.Objectives = append(l.Objectives, Objective{Text: o.Text, Result: result, Measured: measured, Warning: o.Doubt(s.Requests)})
	}
	l.flows(s)
	return l
}

// flows tells of the iterations and steps of a run that had flows.
func (l *Load) flows(s *load.Summary) {
	l.Aborted = s.Aborted
	for _, f := range s.Flows {
		l.Flows = append(l.Flows, LoadFlow(f))
	}
	for i := range s.Steps {
		one := &s.Steps[i]
		step := LoadStep{
			Flow: one.Flow, Step: one.Step, Requests: one.Requests, Errors: one.Errors, ErrorsByClass: one.Classes, Failed: one.Failed,
			Latency: inUnits(one.Latency, time.Millisecond), Service: inUnits(one.Service, time.Millisecond), LatencyHDR: one.LatencyHDR,
		}
		for _, v := range one.Objectives {
			result := CasePassed
			if !v.Reached {
				result = CaseFailed
			}
			step.Objectives = append(step.Objectives, Objective{Text: v.Text, Result: result, Measured: v.Measured, Warning: v.Doubt})
		}
		l.Steps = append(l.Steps, step)
	}
}

func newShots(shots []load.Shot) []Shot {
	var all []Shot
	for i := range shots {
		s := &shots[i]
		all = append(all, Shot{
			TraceID: s.Trace, N: s.N, DueS: s.Due.Seconds(), Latency: inMillis(s.Done - s.Due), Service: inMillis(s.Done - s.Sent), Status: s.Status, Class: s.Class, Note: s.Note,
		})
	}
	return all
}

func inUnits(q load.Quantiles, unit time.Duration) map[string]float64 {
	in := func(d time.Duration) float64 { return float64(d) / float64(unit) }
	return map[string]float64{"p50": in(q.P50), "p90": in(q.P90), "p95": in(q.P95), "p99": in(q.P99), "p999": in(q.P999), "max": in(q.Max)}
}
