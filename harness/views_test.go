package harness

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/harness/internal/web"
)

func TestPercentilesAreOfTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i+1) * time.Millisecond
	}
	for _, test := range []struct {
		of      []time.Duration
		percent int
		want    float64
		reason  string
	}{
		{nil, 99, 0, "nothing has no percentile"},
		{hundred[6:7], 50, 7, "one call is every percentile"},
		{hundred, 50, 50, "half are as quick"},
		{hundred, 99, 99, "not the slowest of a hundred"},
		{hundred[:10], 95, 10, "the slowest of ten"},
		{hundred[:2], 50, 1, "the lower of two"},
	} {
		if got := nearest(test.of, test.percent); got != test.want {
			t.Errorf("p%d of %d: %g, want %g: %s", test.percent, len(test.of), got, test.want, test.reason)
		}
	}
}

func TestBreachesAreViolationsFirstAndBounded(t *testing.T) {
	mismatch := match.Mismatch{Part: "body", Pointer: "/a", Message: "is no number", Expected: "1", Actual: strings.Repeat("é", shownText)}
	c := cover.Coverage{
		Violations:  []cover.Violation{{Description: "a book", Count: 2, Example: "t1", Mismatches: []match.Mismatch{mismatch}}},
		Undescribed: []cover.Call{{Method: "GET", Path: "/x", Count: 3, Why: "nobody agreed"}, {Method: "GET", Path: "/y", Status: 404, Count: 1}},
	}
	want := []web.Breach{
		{Kind: "violating", Name: "a book", Count: 2, Trace: "t1", Reasons: []web.Reason{{Place: "body /a", Message: "is no number", Expected: "1", Actual: strings.Repeat("é", shownText/2) + "…"}}},
		{Kind: "uncovered", Name: "GET /x", Count: 3, Reasons: []web.Reason{{Message: "nobody agreed"}}},
		{Kind: "uncovered", Name: "GET /y answered with 404", Count: 1, Reasons: []web.Reason{}},
	}
	if diff := cmp.Diff(want, breaches(&c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range 100 {
		c.Undescribed = append(c.Undescribed, cover.Call{})
	}
	if n := len(breaches(&c)); n != shownBreaches {
		t.Errorf("%d breaches, want %d", n, shownBreaches)
	}
}
