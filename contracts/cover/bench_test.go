package cover_test

import (
	"fmt"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
)

// thousand are as many interactions, a third with a path rule.
func thousand(t testing.TB) []*match.Plan {
	t.Helper()
	var plans []*match.Plan
	for n := range 1000 {
		i := &contracts.Interaction{
			Description: fmt.Sprint("thing ", n),
			Request:     &contracts.Request{Method: "GET", Path: fmt.Sprintf("/things%d/7", n)},
			Response:    &contracts.Response{Status: 200, Headers: asJSON, Body: body(fmt.Sprintf(`{"id": %d, "name": "x", "tags": ["a", "b"]}`, n))},
		}
		i.Response.Rules = contracts.Rules{"body": {"$.id": {Rules: []contracts.Rule{{Match: "integer"}}}}}
		if n%3 == 0 {
			i.Request.Rules = contracts.Rules{"path": {"": {Rules: []contracts.Rule{{Match: "regex", Args: map[string]any{"regex": fmt.Sprintf(`^/things%d/\d+$`, n)}}}}}}
		}
		plan, err := match.Compile(i)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	return plans
}

// BenchmarkJudge judges one call among 1,000 interactions.
func BenchmarkJudge(b *testing.B) {
	l := cover.New(cover.Config{Plans: thousand(b)})
	for _, c := range []struct {
		name string
		call cover.Seen
		want cover.Outcome
	}{
		{"plain path", call("GET /things500/7", "", 200, `{"id": 4, "name": "x", "tags": ["a", "b"]}`), cover.Conforming},
		{"path rule", call("GET /things999/12", "", 200, `{"id": 4, "name": "x", "tags": ["a", "b"]}`), cover.Conforming},
		{"violating", call("GET /things500/7", "", 200, `{"id": "4", "name": "x", "tags": ["a", "b"]}`), cover.Violating},
		{"uncovered", call("GET /absent/7", "", 200, `{"id": 4}`), cover.Uncovered},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := l.Judge(c.call); v.Outcome != c.want {
					b.Fatal(v.Outcome)
				}
			}
		})
	}
}

// TestAConformingCallIsJudgedWithoutGarbage holds what happens to most calls.
func TestAConformingCallIsJudgedWithoutGarbage(t *testing.T) {
	l := cover.New(cover.Config{Plans: thousand(t)})
	seen := call("GET /things999/12", "", 200, `{"id": 4, "name": "x", "tags": ["a", "b"]}`)
	l.Judge(seen)
	if n := testing.AllocsPerRun(100, func() { l.Judge(seen) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
