package report

import (
	"encoding/json"

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
		TookS: r.Took.Seconds(), Error: r.Err, Mismatches: []Mismatch{}, Notes: r.Notes,
	}
	i.TestName, i.Comments = comments(r.Interaction)
	if i.States == nil {
		i.States = []string{}
	}
	for _, m := range r.Mismatches {
		i.Mismatches = append(i.Mismatches, newMismatch(m))
	}
	return i
}

// comments reads the two comments that have a meaning; one that has another
// form than expected is left out.
func comments(i *contracts.Interaction) (testName string, text []string) {
	if i == nil {
		return "", nil
	}
	if json.Unmarshal(i.Comments["testname"], &testName) != nil {
		testName = ""
	}
	if json.Unmarshal(i.Comments["text"], &text) != nil {
		text = nil
	}
	return testName, text
}

func newMismatch(m match.Mismatch) Mismatch {
	rule := m.Rule
	if m.RuleAt != "" {
		rule += " at " + m.RuleAt
	}
	return Mismatch{Part: string(m.Part), Pointer: m.Pointer, Expected: m.Expected, Actual: m.Actual, Message: m.Message, Rule: rule}
}
