package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/report"
)

// verify replays every pact of seam.yaml through the edge between its
// consumer and provider, so that each interaction has a trace to open.
func (r *run) verify(ctx context.Context) error {
	r.harness.SetPhase(edge.Verify)
	for _, contract := range r.harness.Contracts() {
		pact := contract.Pact
		r.Progress(fmt.Sprintf("verifying %s->%s: %s", pact.Consumer, pact.Provider, counted(len(pact.Interactions), "interaction")))
		results, err := r.harness.Verify(ctx, contract, harness.Verification{Filter: r.Filter, FailFast: r.FailFast})
		if err != nil {
			return err
		}
		out := report.NewContract(pact, contract.Source)
		for i := range results {
			out.Interactions = append(out.Interactions, report.NewInteraction(results[i]))
		}
		r.doc.Contracts = append(r.doc.Contracts, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.FailFast && broken(r.doc.Contracts) {
			break
		}
	}
	return r.settle(ctx)
}

// broken says whether an interaction has failed.
func broken(verified []report.Contract) bool {
	return slices.ContainsFunc(verified, func(c report.Contract) bool {
		return slices.ContainsFunc(c.Interactions, func(i report.Interaction) bool { return i.Result == report.CaseFailed })
	})
}

// Verify replays pacts against providers that run by themselves, with no edge
// in between.
func Verify(ctx context.Context, tasks []verify.Task) (*report.Document, error) {
	doc := newDocument("verify", "")
	for _, task := range tasks {
		doc.Contracts = append(doc.Contracts, report.NewContract(task.Pact, edge.RedactTarget(task.Name)))
	}
	for n, outcome := range verify.All(ctx, tasks) {
		outcome.Mismatches, outcome.Err = harness.Redacted(outcome.Mismatches), edge.RedactOutput(outcome.Err)
		c := &doc.Contracts[n]
		c.Interactions = append(c.Interactions, report.NewInteraction(outcome))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	locateInteractions(doc.Contracts)
	doc.Close()
	return doc, nil
}
