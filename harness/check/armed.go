package check

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
)

// classContract is the class of answers that break their contract.
const classContract = "contract"

// An arbiter holds every answer to a load against the interaction that asked
// for it. Its judge may be called from many goroutines.
type arbiter struct {
	pacts  int
	edge   string
	warmUp time.Duration
	plans  map[string]*match.Plan // by the label of the step
	names  map[string]string
	ledger *cover.Ledger
	meter  *finding.Meter
	began  time.Time // of the meter: any moment
	notes  []string
}

// arm gives the job its requests, one flow for each interaction, and its judge.
func (s *Scenario) arm(ctx context.Context, job *load.Job) (*arbiter, error) {
	parts, notes, err := s.cast(ctx)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(s.Base)
	if err != nil {
		return nil, err
	}
	a := &arbiter{
		edge: s.edgeOf(parts), warmUp: job.WarmUp, plans: map[string]*match.Plan{}, names: map[string]string{},
		began: time.Now(), notes: notes,
	}
	a.meter = finding.NewMeter(a.began)
	var plans []*match.Plan
	byChance, pacts := false, map[*contracts.Pact]bool{}
	for n := range parts {
		p := &parts[n]
		flow, plan, err := s.rehearse(p, base, job.Seed, &a.notes)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", p.name, err)
		}
		job.Flows = append(job.Flows, flow)
		label := flow.Name + "/" + flow.Steps[0].Name
		a.plans[label], a.names[label] = plan, nameOf(p.of)
		byChance = byChance || flow.Steps[0].Next != nil
		pacts[p.pact] = true
		plans = append(plans, plan)
	}
	if a.pacts = len(pacts); byChance {
		a.notes = append(a.notes, fmt.Sprintf("generated values by chance: seed %d repeats them", job.Seed))
	}
	a.ledger = cover.New(cover.Config{Plans: plans, Redact: redacted})
	job.Judge = a.judge
	return a, nil
}

func redacted(m match.Mismatch) match.Mismatch { return harness.Redacted([]match.Mismatch{m})[0] }

// edgeOf names the seam between the consumer of the pacts and their provider.
func (s *Scenario) edgeOf(parts []part) string {
	consumer := parts[0].pact.Consumer
	for _, p := range parts {
		if p.pact.Consumer != consumer {
			consumer = "entry"
		}
	}
	return consumer + "->" + parts[0].pact.Provider
}

// rehearse makes the flow of an interaction, and the plan of its answer.
// Values of provider states stay the same all through the load, so what is
// generated of them alone is generated once.
func (s *Scenario) rehearse(p *part, base *url.URL, seed uint64, notes *[]string) (load.Flow, *match.Plan, error) {
	once := contracts.Generation{Mode: contracts.ForProvider, Values: s.Values[p.name], Rand: rand.New(rand.NewPCG(seed, 0))}
	request, failed := once.Request(p.of.Request)
	response, more := once.Response(p.of.Response)
	for _, err := range append(failed, more...) {
		*notes = append(*notes, fmt.Sprintf("%q: %v; the example was used", p.name, err))
	}
	agreed := *p.of
	agreed.Response = response
	plan, err := match.Compile(&agreed)
	if err != nil {
		return load.Flow{}, nil, err
	}
	example, err := s.request(p, request, base)
	if err != nil {
		return load.Flow{}, nil, err
	}
	objectives := s.Objectives[p.name]
	if objectives == nil {
		objectives = s.Objectives[p.of.Description]
	}
	step := load.Step{Name: p.of.Request.Method + " " + edge.RedactTarget(p.of.Request.Path), Request: example, Objectives: objectives, Verbatim: true}
	if varies(p.of.Request) {
		step.Next = s.generate(p, base, seed)
	}
	return load.Flow{Name: p.name, Weight: p.weight, Steps: []load.Step{step}}, plan, nil
}

// varies reports whether a request is another each time that it is generated.
func varies(q *contracts.Request) bool {
	for _, category := range q.Generators {
		for _, one := range category {
			if one.Type != "ProviderState" && one.Type != "MockServerURL" {
				return true
			}
		}
	}
	return false
}

// A source is what one goroutine generates from.
type source struct {
	chance *rand.PCG
	contracts.Generation
}

// generate makes the request of each iteration anew: the same seed makes the
// same requests, whoever sends them.
func (s *Scenario) generate(p *part, base *url.URL, seed uint64) func(n int) load.Request {
	sources := sync.Pool{New: func() any {
		chance := rand.NewPCG(0, 0)
		return &source{chance, contracts.Generation{Mode: contracts.ForProvider, Values: s.Values[p.name], Rand: rand.New(chance)}}
	}}
	return func(n int) load.Request {
		from, _ := sources.Get().(*source) // nothing else is put there
		defer sources.Put(from)
		from.chance.Seed(seed, uint64(n)+1)
		q, _ := from.Request(p.of.Request) // what fails keeps its example, which was told before the load
		made, err := s.request(p, q, base)
		if err != nil {
			return load.Request{Method: " "} // cannot be sent: the class of it is "request"
		}
		return made
	}
}

// request is a request of an interaction as a load sends it.
func (s *Scenario) request(p *part, q *contracts.Request, base *url.URL) (load.Request, error) {
	rendered, err := verify.Render(p.pact, q, base, s.Header)
	if err != nil {
		return load.Request{}, err
	}
	made := load.Request{
		Method: rendered.Method, URL: base.Scheme + "://" + base.Host + rendered.URL.RequestURI(), Status: load.AnyStatus,
		Header: make(map[string]string, len(rendered.Header)+1),
	}
	for name, values := range rendered.Header {
		between := ", "
		if name == "Cookie" {
			between = "; "
		}
		made.Header[name] = strings.Join(values, between)
	}
	if rendered.Host != base.Host {
		made.Header["Host"] = rendered.Host
	}
	if rendered.Body != nil && rendered.Body != http.NoBody {
		made.Body, err = io.ReadAll(rendered.Body)
	}
	return made, err
}

// judge says what is wrong with an answer; "" for nothing. What is sent in the
// warm-up is not counted.
func (a *arbiter) judge(answer *load.Answer) string {
	plan := a.plans[answer.Label]
	if plan == nil {
		return ""
	}
	response, why := responseOf(answer)
	counted := answer.Due >= a.warmUp
	switch {
	case why != "" && counted:
		a.ledger.Skip(why)
		return ""
	case why != "":
		return ""
	case !counted:
		if len(plan.Response(response)) > 0 {
			return classContract
		}
		return ""
	}
	verdict := a.ledger.Answer(plan, cover.Seen{Response: response, Example: answer.Trace})
	broken := verdict.Outcome == cover.Violating
	at := a.began.Add(answer.Due - a.warmUp)
	a.meter.Add(finding.Call{Edge: "entry->" + a.edge, Start: at})
	a.meter.Judged(a.edge, a.names[answer.Label], at, broken)
	if broken {
		return classContract
	}
	return ""
}

// Kept says how the answers to a load kept to the contracts that it comes from.
type Kept struct {
	Edge     string                  `json:"edge"`
	Pacts    int                     `json:"pacts"`
	Coverage cover.Coverage          `json:"coverage"`
	Onsets   map[string]report.Onset `json:"onsets"` // by the name of the interaction
	Notes    []string                `json:"notes"`
}

// kept sums up what was judged.
func (a *arbiter) kept(job *load.Job) *Kept {
	k := &Kept{Edge: a.edge, Pacts: a.pacts, Coverage: a.ledger.Coverage(), Onsets: map[string]report.Onset{}, Notes: a.notes}
	for _, b := range a.meter.Breaches(offered(job)) {
		k.Onsets[b.Interaction] = onsetOf(b)
	}
	return k
}

// report tells of it as of what crossed an edge under load.
func (k *Kept) report() report.Coverage {
	c := report.NewCoverage(k.Edge, string(edge.Load), &k.Coverage)
	c.FromRates(k.Onsets)
	c.Contracts = k.Pacts
	return c
}
