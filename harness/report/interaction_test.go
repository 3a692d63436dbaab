package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
)

func textOf(t *testing.T, doc *Document) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func verified(of ...Interaction) *Document {
	return &Document{Verb: "verify", Verdict: Failed, Contracts: []Contract{{Consumer: "web", Provider: "orders", Source: "p.json", Interactions: of}}}
}

func TestOnlyWhatIsTheSameIsToldTogether(t *testing.T) {
	missing := func(at, key, got string) Mismatch {
		return Mismatch{Part: "body", Pointer: at, Expected: `{"a":1,"b":2}`, Actual: got, Message: "Actual map is missing the following keys: " + key}
	}
	text := textOf(t, verified(Interaction{Description: "x", Result: CaseFailed, Mismatches: []Mismatch{
		missing("/0", "a", `{"b":2}`),
		missing("/1", "b", `{"a":1}`),
		{Part: "body", Pointer: "/2", Expected: `{"a":1,"b":2}`, Actual: "5", Message: `Type mismatch: Expected 5 (Integer) to be the same type as {"a":1,"b":2} (Object)`},
		{Part: "body", Pointer: "/3", Expected: `{"a":1,"b":2}`, Actual: "6", Message: `Type mismatch: Expected 6 (Integer) to be the same type as {"a":1,"b":2} (Object)`},
		missing("/4", "a", `{"b":3}`),
	}}))
	for _, want := range []string{"body /0: Actual map is missing the following keys: a\n", "the same at /4\n", "body /1: Actual map is missing the following keys: b\n", "body /2: Type mismatch", "the same at /3\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestAMismatchInXMLHasAPlace(t *testing.T) {
	m := newMismatch(match.Mismatch{Part: match.PartBody, Path: "$.book['@id']", Expected: "1", Actual: "x", Message: "Expected 'x' to match an integer number"})
	if text := textOf(t, verified(Interaction{Description: "x", Result: CaseFailed, Mismatches: []Mismatch{m}})); !strings.Contains(text, "body $.book['@id']: Expected 'x'") {
		t.Error(text)
	}
	if m := newMismatch(match.Mismatch{Part: match.PartBody, Path: "$", Message: "whole"}); m.Place() != "" {
		t.Errorf("the whole body is at %q", m.Place())
	}
}

func TestWhatAPactSaysForPeopleStandsWithItsFailure(t *testing.T) {
	i := NewInteraction(verify.Result{Description: "x", States: []string{"s"}, Outcome: verify.Failed, Err: "connection refused", Interaction: &contracts.Interaction{Comments: map[string]json.RawMessage{
		"testname": json.RawMessage(`"TestX"`), "text": json.RawMessage(`["as the front page shows it"]`), "references": json.RawMessage(`{"jira":{"ticket":"A-1","epic":2}}`),
	}}})
	passed := i
	passed.Result, passed.Description, passed.Error = CasePassed, "y", ""
	want := `FAIL contract web->orders: x, given s
     connection refused
     test name: TestX
     comment: as the front page shows it
     reference: jira epic 2
     reference: jira ticket A-1
     next: mend what stood in the way; whether orders keeps to the contract is not known

  FAIL  contracts     1 pact, 2 interactions, 1 failed

ok   contract web->orders: y, given s
     test name: TestX
     comment: as the front page shows it
     reference: jira epic 2
     reference: jira ticket A-1
`
	_, got, _ := strings.Cut(textOf(t, verified(i, passed)), "\n\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
