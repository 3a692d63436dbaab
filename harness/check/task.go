package check

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// A LoadTask is a load as a value that can be handed to another process: a
// job, and the pacts that its requests come from, if they do.
type LoadTask struct {
	load.Job
	Scenario *Scenario `json:"scenario,omitempty"`
	Answers  *Answers  `json:"answers,omitempty"` // of gRPC: what they must show

	// By runs it for Load, in another process perhaps; nil: Run.
	By func(context.Context, LoadTask) (*LoadResult, error) `json:"-"`
}

// A LoadResult is what came of a LoadTask.
type LoadResult struct {
	Summary *load.Summary `json:"summary"`
	Kept    *Kept         `json:"kept,omitempty"` // nil without a scenario
}

// Run runs the task in this process. When ctx ends early, the result covers
// what was due until then and the error is ctx's. Provider states are not set
// up here.
func (t LoadTask) Run(ctx context.Context) (*LoadResult, error) {
	job := t.Job
	var judge *arbiter
	if t.Scenario != nil {
		var err error
		if judge, err = t.Scenario.arm(ctx, &job); err != nil {
			return nil, err
		}
	}
	if t.Answers != nil {
		var err error
		if job.Judge, err = t.Answers.judge(); err != nil {
			return nil, err
		}
	}
	summary, err := load.Run(ctx, job)
	if summary == nil {
		return nil, err
	}
	result := &LoadResult{Summary: summary}
	if judge != nil {
		result.Kept = judge.kept(&job)
		summary.Certificate.Notes = append(summary.Certificate.Notes, judge.notes...)
	}
	return result, err
}

// Check says what is wrong with the task before anything is sent. It reads the
// pacts, but for provider states.
func (t LoadTask) Check(ctx context.Context) error {
	job := t.Job
	if t.Scenario != nil {
		if _, err := t.Scenario.arm(ctx, &job); err != nil {
			return err
		}
	}
	if err := job.Check(); err != nil || t.Scenario == nil {
		return err
	}
	_, err := job.Address(ctx) // provider states are not set up for a host that may not be loaded
	return err
}

// A stage is a load whose provider states are set up; nil has none.
type stage struct {
	states *verify.Stage
}

// prepare sets up the provider states of the interactions and hands their
// values to the scenario. Whoever prepares clears.
func (s *Scenario) prepare(ctx context.Context) (*stage, error) {
	parts, _, err := s.cast(ctx)
	if err != nil {
		return nil, err
	}
	cfg := verify.Config{Teardown: s.Teardown}
	if s.States != "" {
		if cfg.States, err = url.Parse(s.States); err != nil {
			return nil, err
		}
	}
	var of []*contracts.Interaction
	for _, p := range parts {
		of = append(of, p.of)
	}
	states, err := verify.SetUp(ctx, of, cfg)
	if err != nil {
		return nil, err
	}
	s.Values = map[string]map[string]any{}
	for _, p := range parts {
		if values := states.Values(p.of); len(values) > 0 {
			s.Values[p.name] = values
		}
	}
	return &stage{states}, nil
}

// clear tears the states down, although ctx may have ended.
func (s *stage) clear(ctx context.Context) error {
	if s == nil {
		return nil
	}
	return s.states.TearDown(ctx)
}

// performed runs a task with its provider states set up before and torn down
// after it, by whatever runs tasks.
func (t LoadTask) performed(ctx context.Context, run func(context.Context, LoadTask) (*LoadResult, error)) (*LoadResult, error) {
	if t.Scenario == nil {
		return run(ctx, t)
	}
	ready, err := t.Scenario.prepare(ctx)
	if err != nil {
		return nil, err
	}
	result, err := run(ctx, t)
	switch undone := ready.clear(ctx); {
	case undone == nil:
	case result == nil:
		err = errors.Join(err, undone)
	default:
		result.Summary.Certificate.Notes = append(result.Summary.Certificate.Notes, undone.Error())
	}
	return result, err
}

// scenario is what the pacts of a load come to, but for where they go.
func scenario(spec *system.Spec, l *system.Load) *Scenario {
	p := l.Pacts
	s := &Scenario{
		Pacts: p.Files, Consumer: p.Consumer, Provider: p.Provider, Base: "http://127.0.0.1:1", Weights: p.Weights.Of,
		States: p.States, Teardown: p.Teardown, Objectives: map[string][]string{}, Header: map[string][]string{},
	}
	for _, d := range p.Objectives {
		s.Objectives[d.Description] = texts(d.That)
	}
	if len(p.Files) == 0 {
		for i := range spec.Contracts {
			s.inherit(&spec.Contracts[i])
		}
	}
	for name, value := range p.Headers {
		s.Header.Set(name, value)
	}
	return s
}

// inherit takes the pacts of seam.yaml's contracts, and how they are verified.
func (s *Scenario) inherit(c *system.Contract) {
	if c.Provider != "" && s.Provider != "" && c.Provider != s.Provider || c.Consumer != "" && s.Consumer != "" && c.Consumer != s.Consumer {
		return
	}
	s.Pacts = append(s.Pacts, c.Pacts...)
	if s.States == "" {
		s.States = c.States
	}
	s.Teardown = s.Teardown || c.Teardown
	for name, value := range c.Headers {
		s.Header.Set(name, value)
	}
}

// direct says where in the running system a scenario goes: over the edge
// between the consumer of its pacts and the provider, unless the load names a
// URL of its own.
func (r *run) direct(ctx context.Context, l *system.Load, s *Scenario) (through *harness.Edge, err error) {
	parts, _, err := s.cast(ctx)
	if err != nil {
		return nil, err
	}
	provider, at := parts[0].pact.Provider, l.URL
	if at == "" {
		service := r.harness.Service(provider)
		if service == nil {
			return nil, fmt.Errorf("provider %q of the pacts is no service of %s; try: url: with its address", provider, r.Spec.File)
		}
		if through, err = r.between(parts, provider); err != nil {
			return nil, err
		}
		s.Base, at = through.URL(), service.URL
	} else {
		s.Base = at
	}
	if strings.HasPrefix(s.States, "/") { // set-up is no traffic of the system, so it passes no edge
		s.States = strings.TrimSuffix(at, "/") + s.States
	}
	if l.Pacts.Weights.Traces {
		s.Weights = r.shown(parts)
	}
	return through, nil
}

// between is the edge that the consumers of the pacts call the provider over:
// the entry stands for all who are no service.
func (r *run) between(parts []part, provider string) (*harness.Edge, error) {
	var consumers []string
	for _, p := range parts {
		consumer := p.pact.Consumer
		if provider == r.Spec.Entry.Service && r.Spec.Service(consumer) == nil {
			consumer = ""
		}
		if !slices.Contains(consumers, consumer) {
			consumers = append(consumers, consumer)
		}
	}
	if len(consumers) > 1 {
		return nil, errors.New("the pacts have several consumers, whose calls go over different edges; try: consumer: one of them")
	}
	return r.harness.EdgeFor(consumers[0], provider)
}

// shown counts how often the traffic of the drive showed each interaction, on
// any edge to its provider; one that it never showed counts 1.
func (r *run) shown(parts []part) map[string]int {
	calls := map[string]int{}
	for _, e := range r.harness.Edges() {
		if e.Name.Provider != parts[0].pact.Provider || !e.Judged() {
			continue
		}
		seen := e.Coverage()
		for i := range seen.Interactions {
			one := &seen.Interactions[i]
			calls[report.NameOf(one.Description, one.States)] += int(one.Calls)
		}
	}
	for _, p := range parts {
		name := nameOf(p.of)
		calls[name] = max(calls[name], 1)
	}
	return calls
}
