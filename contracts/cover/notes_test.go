package cover_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
)

// wide is an interaction whose response has as many members as asked for.
func wide(t testing.TB, members int) *match.Plan {
	t.Helper()
	var parts []string
	for i := range members {
		parts = append(parts, fmt.Sprintf(`"m%d": 1`, i))
	}
	plan, err := match.Compile(&contracts.Interaction{
		Description: "wide", Request: &contracts.Request{Method: "GET", Path: "/wide"},
		Response: &contracts.Response{Status: 200, Body: body("{" + strings.Join(parts, ",") + "}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestWhatIsKeptOfAViolationIsRedactedAndCut(t *testing.T) {
	redacted := 0
	l := cover.New(cover.Config{Plans: []*match.Plan{wide(t, 40)}, Redact: func(m match.Mismatch) match.Mismatch {
		redacted++
		m.Actual = strings.ReplaceAll(m.Actual, "secret", "REDACTED")
		return m
	}})
	var parts []string
	for i := range 40 {
		parts = append(parts, fmt.Sprintf(`"m%d": "secret %s"`, i, strings.Repeat("ä", 600)))
	}
	v := l.Judge(call("GET /wide", "", 200, "{"+strings.Join(parts, ",")+"}"))
	if v.Outcome != cover.Violating || len(v.Mismatches) < 40 {
		t.Fatalf("%s with %d mismatches", v.Outcome, len(v.Mismatches))
	}
	c := l.Coverage()
	if len(c.Violations) != 1 || len(c.Violations[0].Mismatches) != 20 || redacted != 20 {
		t.Fatalf("kept %+v, %d redacted; want one violation with 20 mismatches", c.Violations, redacted)
	}
	for _, m := range c.Violations[0].Mismatches {
		for _, text := range []string{m.Expected, m.Actual, m.Message} {
			if len(text) > 512 || !utf8.ValidString(text) {
				t.Errorf("kept %d bytes: %q", len(text), text)
			}
		}
		if strings.Contains(m.Actual, "secret") {
			t.Errorf("kept %q", m.Actual)
		}
	}
}

func TestViolationsOfOneKindAreOne(t *testing.T) {
	plan, err := match.Compile(&contracts.Interaction{
		Description: "a list", Request: &contracts.Request{Method: "GET", Path: "/list"},
		Response: &contracts.Response{Status: 200, Body: body(`[{"n": 1}]`),
			Rules: contracts.Rules{"body": {"$": {Rules: []contracts.Rule{{Match: "type"}}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := cover.New(cover.Config{Plans: []*match.Plan{plan}})
	first := l.Judge(call("GET /list", "", 200, `[{"n": "x"}]`))
	second := l.Judge(call("GET /list", "", 200, `[{"n": 1}, {"n": "x"}]`))
	if first.New == nil || first.New.Description != "a list" || second.New != nil {
		t.Errorf("told as new: %+v, then %+v; want the first alone", first.New, second.New)
	}
	l.Judge(call("GET /list", "", 500, `[{"n": 1}]`))
	if c := l.Coverage(); len(c.Violations) != 2 || c.Violations[0].Count != 2 || c.Violating != 3 {
		t.Errorf("%d violating, kinds %+v; want 3 in two kinds, whichever item it was", c.Violating, c.Violations)
	}
}

func TestViolationsAreBounded(t *testing.T) {
	l := cover.New(cover.Config{Plans: []*match.Plan{wide(t, 1)}})
	for status := range cover.MaxViolations + 7 {
		l.Judge(call("GET /wide", "", 1000+status, `{"m0": 1}`))
	}
	if c := l.Coverage(); len(c.Violations) != cover.MaxViolations || c.More != 7 || c.Violating != cover.MaxViolations+7 {
		t.Errorf("%d kinds, %d more, %d violating", len(c.Violations), c.More, c.Violating)
	}
}

func TestReasonsAreBounded(t *testing.T) {
	l := ledger(t)
	for i := range 30 {
		l.Skip(fmt.Sprint("reason ", i))
	}
	if c := l.Coverage(); len(c.Reasons) != 21 || c.Reasons["other reasons"] != 10 || c.Unjudged != 30 {
		t.Errorf("%v", c.Reasons)
	}
}

func TestALedgerWithoutPlansFindsEveryCallUncovered(t *testing.T) {
	l := cover.New(cover.Config{})
	seen := call("GET /orders/7?secret=1", "", 200, "")
	seen.Route = "/orders/{order}"
	if v := l.Judge(seen); v.Outcome != cover.Uncovered {
		t.Errorf("%s", v.Outcome)
	}
	if c := l.Coverage(); len(c.Undescribed) != 1 || c.Undescribed[0].Path != "/orders/{order}" {
		t.Errorf("%+v", c.Undescribed)
	}
}
