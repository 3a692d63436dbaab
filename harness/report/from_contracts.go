package report

import (
	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
)

// NewContract begins the report of a pact; source is where it was read from.
func NewContract(pact *contracts.Pact, source string) Contract {
	return Contract{Consumer: pact.Consumer, Provider: pact.Provider, Source: source, Interactions: []Interaction{}}
}

// NewInteraction tells how one interaction fared.
func NewInteraction(r verify.Result) Interaction {
	i := Interaction{
		Description: r.Description, States: r.States, Result: Result(r.Outcome), TraceID: r.TraceID,
		TookS: r.Took.Seconds(), Error: r.Err, Mismatches: []Mismatch{},
	}
	if i.States == nil {
		i.States = []string{}
	}
	for _, m := range r.Mismatches {
		i.Mismatches = append(i.Mismatches, newMismatch(m))
	}
	return i
}

func newMismatch(m match.Mismatch) Mismatch {
	rule := m.Rule
	if m.RuleAt != "" {
		rule += " at " + m.RuleAt
	}
	return Mismatch{Part: string(m.Part), Pointer: m.Pointer, Expected: m.Expected, Actual: m.Actual, Message: m.Message, Rule: rule}
}
