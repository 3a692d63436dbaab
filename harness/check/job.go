package check

import (
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/system"
)

// Job is what a load of seam.yaml asks of the load generator; entry is where
// it goes unless it names a URL itself. Recorded arrivals are not read yet.
func Job(spec *system.Load, entry string) load.Job {
	base := spec.URL
	if base == "" {
		base = entry
	}
	job := load.Job{
		Name: spec.Name, Rate: spec.Rate, Connections: spec.Connections, Poisson: spec.Arrivals == "poisson", Seed: uint64(spec.Seed),
		For: spec.For, WarmUp: spec.WarmUp, Timeout: spec.Timeout, MaxInFlight: spec.MaxInFlight, SampleEvery: spec.SampleEvery,
		Protocol: spec.Protocol, Streams: spec.Streams, Insecure: spec.Insecure,
		SetUp: steps(spec.SetUp, base), TearDown: steps(spec.TearDown, base),
	}
	for _, s := range spec.Stages {
		job.Stages = append(job.Stages, load.Stage{From: s.Rate.From, To: s.Rate.To, For: s.For})
	}
	for _, request := range spec.Requests {
		job.Requests = append(job.Requests, requestOf(request, base))
	}
	for _, f := range spec.Flows {
		weight := f.Weight
		if weight == 0 {
			weight = -1 // never, which 0 does not say there
		}
		job.Flows = append(job.Flows, load.Flow{Name: f.Name, Weight: weight, Steps: steps(f.Steps, base)})
	}
	for _, d := range spec.Data {
		job.Data = append(job.Data, load.Feeder{Name: d.Name, File: d.File, Random: d.Order == "random"})
	}
	job.Abort = texts(spec.Abort)
	return job
}

func requestOf(r system.Request, base string) load.Request {
	return load.Request{Method: r.Method, URL: base + r.Path, Header: r.Headers, Body: r.Body, Status: r.Status}
}

func steps(all []system.FlowStep, base string) []load.Step {
	var made []load.Step
	for i := range all {
		s := &all[i]
		step := load.Step{Name: s.Name, Request: requestOf(s.Request, base), Think: s.Think.Least, ThinkMost: s.Think.Most, Objectives: texts(s.Objectives)}
		for _, e := range s.Extract {
			step.Extract = append(step.Extract, load.Extract{Name: e.Name, From: e.From, At: e.JSON + e.Header + e.Regex})
		}
		step.Checks = checksOf(s.Checks)
		made = append(made, step)
	}
	return made
}

func checksOf(all []system.Check) (made []load.Check) {
	for i := range all {
		c := &all[i]
		made = append(made, load.Check{
			Name: c.Name, Of: c.From, At: c.JSON + c.Header + c.Regex + c.Contains, Status: c.Status, Most: int64(c.MaxSize),
			Equals: c.Equals, Held: c.Held, Absent: !c.Exists,
		})
	}
	return made
}

func texts(all []system.Expr) []string {
	var made []string
	for _, e := range all {
		made = append(made, e.Text)
	}
	return made
}
