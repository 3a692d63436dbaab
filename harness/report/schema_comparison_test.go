package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seamtest/seam/harness/load/compare"
)

func TestComparisonsAreValid(t *testing.T) {
	s := compiled(t, comparisonFile)
	a, b := []Loaded{measured(t, "a.json", 10, nil)}, []Loaded{measured(t, "b.json", 13, nil)}
	for reason, sides := range map[string][2][]Loaded{"a regression": {a, b}, "one run twice": {a, a}, "several runs": {{a[0], b[0]}, {b[0], a[0]}}} {
		text := comparisonOf(t, sides[0], sides[1])
		if err := valid(t, s, []byte(text)); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
	}
	text := comparisonOf(t, a, b)
	for _, c := range []struct{ reason, old, new string }{
		{"another verdict", `"verdict": "regression"`, `"verdict": "worse"`},
		{"a verdict of a measure that is none", `"verdict": "not judged"`, `"verdict": "skipped"`},
		{"another verb", `"verb": "load compare"`, `"verb": "load"`},
		{"a bound that is text", `"high": `, `"high": "x", "was": `},
		{"a member that is missing", `"threshold": 0.05,`, ``},
	} {
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text {
			t.Fatalf("%s: %s is not in the comparison:\n%s", c.reason, c.old, text)
		}
		if valid(t, s, []byte(changed)) == nil {
			t.Errorf("%s is taken for valid", c.reason)
		}
	}
	if err := valid(t, s, []byte(strings.Replace(text, `"seam": 1,`, `"seam": 1, "later": {"than": "this"},`, 1))); err != nil {
		t.Errorf("a member that a later version adds: %v", err)
	}
}

func comparisonOf(t *testing.T, a, b []Loaded) string {
	t.Helper()
	c, err := Compare(a, b, compare.Settings{Threshold: .05})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := c.Write(&text, "json", Style{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
