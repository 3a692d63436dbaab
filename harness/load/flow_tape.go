package load

import "github.com/HdrHistogram/hdrhistogram-go"

// A stepTape is what one worker writes down of one step.
type stepTape struct {
	latency  *hdrhistogram.Histogram // nil before the first request
	service  *hdrhistogram.Histogram // likewise; nil in the closed model, where it is the same
	requests int64
	errors   int64
	classes  map[string]int64
	which    []int64 // of the named things of the step was at fault
}

// An outcome is what became of an iteration.
type outcome uint8

const (
	completedFlow outcome = iota
	failedFlow
	unfinishedFlow
)

// plan makes room for the steps and flows of a script.
func (t *tape) plan(s *script) {
	t.steps = make([]stepTape, len(s.steps))
	for i := range t.steps {
		t.steps[i] = stepTape{classes: map[string]int64{}, which: make([]int64, len(s.steps[i].named))}
	}
	t.flows = make([]FlowSummary, len(s.flows))
	for i, f := range s.flows {
		t.flows[i].Flow = f.name
	}
}

func (s *stepTape) record(m *mark, closed bool) {
	if s.latency == nil {
		s.latency = newHistogram()
		if !closed {
			s.service = newHistogram()
		}
	}
	s.requests++
	if m.class != "" {
		s.errors++
		s.classes[m.class]++
	}
	if m.which > 0 {
		s.which[m.which-1]++
	}
	put(s.latency, m.done-m.due)
	if !closed {
		put(s.service, m.done-m.sent)
	}
}

// merge loses nothing: all histograms have the same bounds.
func (s *stepTape) merge(other *stepTape) {
	s.latency, s.service = joined(s.latency, other.latency), joined(s.service, other.service)
	s.requests += other.requests
	s.errors += other.errors
	for class, n := range other.classes {
		s.classes[class] += n
	}
	for i, n := range other.which {
		s.which[i] += n
	}
}

func joined(a, b *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	a.Merge(b)
	return a
}

func (t *tape) mergeFlows(other *tape) {
	for i := range t.steps {
		t.steps[i].merge(&other.steps[i])
	}
	for i := range t.flows {
		f, o := &t.flows[i], &other.flows[i]
		f.Begun += o.Begun
		f.Completed += o.Completed
		f.Failed += o.Failed
		f.Unfinished += o.Unfinished
	}
}

// began notes that an iteration of the flow began.
func (t *tape) began(flow int) {
	t.mu.Lock()
	t.flows[flow].Begun++
	t.mu.Unlock()
}

// ended notes what became of it.
func (t *tape) ended(flow int, o outcome) {
	t.mu.Lock()
	switch f := &t.flows[flow]; o {
	case completedFlow:
		f.Completed++
	case failedFlow:
		f.Failed++
	case unfinishedFlow:
		f.Unfinished++
	}
	t.mu.Unlock()
}

// flows fills in what the flows and steps showed; the caller holds the lock of
// the tape.
func (r *runner) flows(s *Summary, t *tape) {
	if r.script == nil {
		return
	}
	s.Flows = t.flows
	for i, plan := range r.script.steps {
		one := &t.steps[i]
		summary := StepSummary{Step: plan.name, Requests: one.requests, Errors: one.errors, Classes: one.classes, Failed: map[string]int64{}}
		for at, n := range one.which {
			if n > 0 {
				summary.Failed[plan.named[at]] += n
			}
		}
		if one.latency != nil {
			summary.Latency, summary.LatencyHDR = quantiles(one.latency), encode(one.latency)
			summary.Service = summary.Latency
		}
		if one.service != nil {
			summary.Service = quantiles(one.service)
		}
		summary.Achieved = perSecond(one.requests, s.Took)
		s.Steps = append(s.Steps, summary)
	}
	at := 0
	for _, f := range r.script.flows {
		for _, plan := range f.steps {
			s.Steps[at].Flow = f.name
			s.Steps[at].judge(plan.objectives)
			at++
		}
	}
}

// judge holds the figures of the step to its objectives.
func (s *StepSummary) judge(objectives []Objective) {
	of := &Summary{Requests: s.Requests, Errors: s.Errors, Achieved: s.Achieved, Latency: s.Latency}
	for _, o := range objectives {
		reached, measured := o.Judge(of)
		s.Objectives = append(s.Objectives, Verdict{o.Text, reached, measured, o.Doubt(s.Requests)})
	}
}

func (r *runner) newTape() *tape {
	t := newTape(r.job)
	if r.script != nil {
		t.plan(r.script)
	}
	return t
}
