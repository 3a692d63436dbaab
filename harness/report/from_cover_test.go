package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
)

func TestNewCoverage(t *testing.T) {
	mismatch := match.Mismatch{Part: match.PartBody, Pointer: "/id", Path: "$.id", Expected: "1", Actual: "x", Message: "no number", Rule: "integer", RuleAt: "$.id"}
	shown := Mismatch{Part: "body", Pointer: "/id", Expected: "1", Actual: "x", Message: "no number", Rule: "integer at $.id"}
	in := &cover.Coverage{
		Conforming: 6, Violating: 2, Uncovered: 1, Unjudged: 1, Reasons: map[string]int64{"too large": 1},
		Interactions: []cover.Shown{{Description: "a", Calls: 8, FieldsUnseen: []string{"$.note"}}, {Description: "b", States: []string{"s"}}},
		Violations:   []cover.Violation{{Description: "a", States: []string{"s"}, Status: 200, Count: 2, Example: "t1", Mismatches: []match.Mismatch{mismatch}}},
		Undescribed:  []cover.Call{{Method: "GET", Path: "/x", Status: 404, Count: 1, Example: "t2", Why: "why", Nearest: "a", Mismatches: []match.Mismatch{mismatch}}},
	}
	want := Coverage{
		Edge: "web->api", Phase: "load", Conforming: 6, Violating: 2, Uncovered: 1, Unjudged: 1, WhyUnjudged: map[string]int{"too large": 1},
		Interactions: 2, Shown: 1, NeverShown: []string{"b (given s)"}, Fields: []Unseen{{"a", []string{"$.note"}}},
		Violations:  []Violation{{Interaction: "a", States: []string{"s"}, Status: 200, Count: 2, TraceID: "t1", Mismatches: []Mismatch{shown}}},
		Undescribed: []Undescribed{{Method: "GET", Route: "/x", Status: 404, Count: 1, TraceID: "t2", Why: "why", Nearest: "a", Mismatches: []Mismatch{shown}}},
	}
	got := NewCoverage("web->api", "load", in)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	finding := Finding{Kind: ContractViolated, Edge: "web->api", Evidence: []string{"t1"}, Mismatches: []Mismatch{shown}, Broke: "a, given s",
		Message: `under load 2 of 9 judged calls (22.2%) broke "a", given s`}
	if diff := cmp.Diff([]Finding{finding}, got.Findings()); diff != "" {
		t.Error(diff)
	}
	got.Phase, finding.Message = "drive", `2 live calls broke "a", given s`
	if diff := cmp.Diff([]Finding{finding}, got.Findings()); diff != "" {
		t.Error(diff)
	}
}

func TestTooLow(t *testing.T) {
	all := []Coverage{
		{Edge: "a->b", Phase: "drive", Conforming: 8, Violating: 1, Unjudged: 50, Interactions: 4, Shown: 4},
		{Edge: "a->c", Phase: "drive", Uncovered: 1},
		{Edge: "a->d", Phase: "drive", Interactions: 1},
		{Edge: "a->c", Phase: "load", Uncovered: 1000},
	}
	for _, c := range []struct {
		reason              string
		all                 []Coverage
		calls, interactions float64
		want                []string
	}{
		{"nothing is demanded", all, 0, 0, nil},
		{"just enough; what was not judged and what came under load do not count", all, 0.9, 0.8, nil},
		{"too few of both", all, 0.95, 1, []string{
			"a->c: 9 of 10 calls are described by a contract (90%); seam.yaml demands 95%",
			"a->d: 4 of 5 interactions were shown by a call (80%); seam.yaml demands 100%"}},
		{"nothing to measure", nil, 0.5, 0.5, []string{
			": seam.yaml demands that 50% of the calls are described by a contract, but there are none",
			": seam.yaml demands that 50% of the interactions were shown by a call, but there are none"}},
	} {
		var got []string
		for _, f := range TooLow(c.all, c.calls, c.interactions) {
			got = append(got, f.Edge+": "+f.Message)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.reason, diff)
		}
	}
}
