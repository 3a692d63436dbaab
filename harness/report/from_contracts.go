package report

import (
	"cmp"
	"encoding/json"
	"fmt"

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
	i.References = references(r.Interaction)
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

// references reads what a pact of version 4 keeps below its comments.
func references(i *contracts.Interaction) []string {
	var groups map[string]map[string]any
	if i == nil || json.Unmarshal(i.Comments["references"], &groups) != nil {
		return nil
	}
	var all []string
	for group, named := range sorted(groups) {
		for name, value := range sorted(named) {
			all = append(all, fmt.Sprintf("%s %s %v", group, name, value))
		}
	}
	return all
}

func newMismatch(m match.Mismatch) Mismatch {
	rule := m.Rule
	if m.RuleAt != "" {
		rule += " at " + m.RuleAt
	}
	seen := Mismatch{Part: string(m.Part), Pointer: m.Pointer, Expected: m.Expected, Actual: m.Actual, Message: m.Message, Rule: rule}
	if m.Part == match.PartBody && m.Pointer == "" && len(m.Path) > len("$") {
		seen.Path = m.Path
	}
	return seen
}

// Place is where a mismatch is within its part; "" is the whole of it.
func (m Mismatch) Place() string { return cmp.Or(m.Pointer, m.Path) }

// remarks are what a pact says about an interaction for people.
func (i *Interaction) remarks() []string {
	var all []string
	if i.TestName != "" {
		all = append(all, "test name: "+i.TestName)
	}
	for _, text := range i.Comments {
		all = append(all, "comment: "+text)
	}
	for _, text := range i.References {
		all = append(all, "reference: "+text)
	}
	return all
}
