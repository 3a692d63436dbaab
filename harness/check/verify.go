package check

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// verify replays every pact of seam.yaml through the edge between its
// consumer and provider, so that each interaction has a trace to open.
func (r *run) verify(ctx context.Context) error {
	r.harness.SetPhase(edge.Verify)
	for _, contract := range r.Spec.Contracts {
		sources, err := verify.Sources(ctx, contract.Pacts)
		if err != nil {
			return fmt.Errorf("contracts: %w", err)
		}
		for _, source := range sources {
			if !wanted(contract, source.Pact) {
				continue
			}
			if err := r.verifyPact(ctx, contract, source); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if r.FailFast && broken(r.doc.Contracts) {
				return r.harness.Settle(ctx)
			}
		}
	}
	return r.harness.Settle(ctx)
}

// broken says whether an interaction has failed.
func broken(verified []report.Contract) bool {
	return slices.ContainsFunc(verified, func(c report.Contract) bool {
		return slices.ContainsFunc(c.Interactions, func(i report.Interaction) bool { return i.Result == report.CaseFailed })
	})
}

func wanted(contract system.Contract, pact *contracts.Pact) bool {
	return (contract.Provider == "" || contract.Provider == pact.Provider) &&
		(contract.Consumer == "" || contract.Consumer == pact.Consumer)
}

func (r *run) verifyPact(ctx context.Context, contract system.Contract, source verify.Source) error {
	pact := source.Pact
	if r.Spec.Service(pact.Provider) == nil {
		return fmt.Errorf("contracts: %s: provider %q is no service of %s; name it as in seam.yaml, or choose pacts by their provider",
			source.Name, pact.Provider, r.Spec.File)
	}
	r.Progress(fmt.Sprintf("verifying %s->%s: %s", pact.Consumer, pact.Provider, counted(len(pact.Interactions), "interaction")))
	through, err := r.harness.EdgeFor(pact.Consumer, pact.Provider)
	if err != nil {
		return err
	}
	if contract.Downstream == "stub" {
		restore, err := r.harness.StubDownstream(ctx, pact.Provider, contract.Pacts)
		if err != nil {
			return err
		}
		defer restore()
	}
	r.doc.Contracts = append(r.doc.Contracts, r.replay(ctx, contract, source, through))
	return nil
}

// replay runs the interactions one after the other, each below a span of its own.
func (r *run) replay(ctx context.Context, contract system.Contract, source verify.Source, through *harness.Edge) report.Contract {
	var span *harness.Span
	cfg := verify.Config{
		Provider: mustParse(through.URL()),
		States:   stateURL(contract.States, r.harness.Service(source.Pact.Provider).URL),
		Teardown: contract.Teardown,
		Header:   http.Header{},
		Filter:   r.Filter,
		FailFast: r.FailFast,
		Before: func(interaction *contracts.Interaction, request *http.Request) {
			span = r.harness.StartSpan("verify " + interaction.Description)
			span.Inject(request)
		},
	}
	for name, value := range contract.Headers {
		cfg.Header.Set(name, value)
	}
	result := report.NewContract(source.Pact, source.Name)
	for outcome := range verify.Pact(ctx, source.Pact, cfg) {
		id := ""
		if span != nil {
			id = span.Trace.String()
			span.End(nil)
			span = nil
		}
		outcome.TraceID = id
		result.Interactions = append(result.Interactions, report.NewInteraction(outcome))
	}
	return result
}

// Verify replays pacts against providers that run by themselves, with no edge
// in between.
func Verify(ctx context.Context, tasks []verify.Task) (*report.Document, error) {
	doc := newDocument("verify", "")
	for _, task := range tasks {
		doc.Contracts = append(doc.Contracts, report.NewContract(task.Pact, task.Name))
	}
	for n, outcome := range verify.All(ctx, tasks) {
		c := &doc.Contracts[n]
		c.Interactions = append(c.Interactions, report.NewInteraction(outcome))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	doc.Close()
	return doc, nil
}

// stateURL is where provider states are posted: a URL, or a path of the
// provider itself. Set-up is no traffic of the system, so it passes no edge.
func stateURL(states, provider string) *url.URL {
	switch {
	case states == "":
		return nil
	case strings.HasPrefix(states, "/"):
		return mustParse(strings.TrimSuffix(provider, "/") + states)
	default:
		return mustParse(states)
	}
}

// mustParse reads a URL that was checked when seam.yaml was read.
func mustParse(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil {
		return &url.URL{Path: raw}
	}
	return u
}
