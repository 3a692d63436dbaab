package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/trace"
)

func TestEveryBrokenConditionIsTold(t *testing.T) {
	one, two := trace.ID{1}, trace.ID{2}
	e := NewExpectation("a checkout pays once", expect.Verdict{Judged: 3, Failures: []expect.Failure{
		{Text: `calls("pay") == 1`, Message: `calls("pay") is 2, wanted 1`, Trace: one},
		{Text: `status == 201`, Message: `status is 500, wanted 201`, Trace: one},
		{Text: `calls("pay") == 1`, Message: `calls("pay") is 3, wanted 1`, Trace: two},
		{Text: `errors == 0`, Message: `errors is 1, wanted 0`, Trace: two},
		{Text: `errors == 0`, Message: `errors is 4, wanted 0`, Trace: trace.ID{3}},
	}})
	want := `calls("pay") is 2, wanted 1
(and 1 more like this)
also broken: status is 500, wanted 201
also broken: errors is 1, wanted 0 (trace ` + two.String() + `)
(and 1 more like this)`
	if diff := cmp.Diff(want, e.Message); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBrokenConditionsAreBounded(t *testing.T) {
	var v expect.Verdict
	for i := range 100 {
		v.Failures = append(v.Failures, expect.Failure{Text: fmt.Sprint(i), Message: fmt.Sprintf("condition %d", i)})
	}
	if got := NewExpectation("many", v).Message; strings.Count(got, "\n") != mostConditions || !strings.HasSuffix(got, "\n(and 80 more conditions)") {
		t.Errorf("told:\n%s", got)
	}
}
