package match_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// routed compiles requests: method, path, and the expression that judges the
// path, "" for none.
func routed(t testing.TB, requests ...[3]string) []*match.Plan {
	t.Helper()
	var plans []*match.Plan
	for _, r := range requests {
		q := &contracts.Request{Method: r[0], Path: r[1]}
		switch r[2] {
		case "":
		case "type":
			q.Rules = contracts.Rules{"path": {"": {Rules: []contracts.Rule{{Match: "type"}}}}}
		default:
			q.Rules = contracts.Rules{"path": {"": {Rules: []contracts.Rule{{Match: "regex", Args: map[string]any{"regex": r[2]}}}}}}
		}
		plan, err := match.Compile(&contracts.Interaction{Request: q, Response: &contracts.Response{Status: 200}})
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	return plans
}

func TestRoutesFindWhatComparingEachWouldFind(t *testing.T) {
	plans := routed(t,
		[3]string{"GET", "/orders", ""}, [3]string{"get", "/orders", ""}, [3]string{"POST", "/orders", ""},
		[3]string{"GET", "/orders/1", `/orders/\d+`}, [3]string{"GET", "/orders/1", `^/orders/(\d+|new)$`},
		[3]string{"GET", "/orders/x", `(?i)/ORDERS/x`}, [3]string{"GET", "/anything", "type"},
		[3]string{"GET", "/a", `/a|/b`}, [3]string{"GET", "/look", `/look(?=x).*`}, [3]string{"GET", "/", `.*`},
	)
	plans = append(plans, func() *match.Plan {
		p, err := match.Compile(&contracts.Interaction{Kind: contracts.AsyncMessage, Messages: []contracts.Message{{}}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}())
	for _, rule := range []contracts.Rule{{Match: "regex", Args: map[string]any{"regex": "GET|HEAD"}}, {Match: "type"}} {
		q := &contracts.Request{Method: "GET", Path: "/orders", Rules: contracts.Rules{"method": {"": {Rules: []contracts.Rule{rule}}}}}
		p, err := match.Compile(&contracts.Interaction{Request: q})
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, p)
	}
	routes := match.NewRoutes(plans)
	for _, method := range []string{"GET", "get", "POST", "DELETE", "head"} {
		for _, path := range []string{"/orders", "/orders/12", "/orders/new", "/orders/X", "/orders/", "/a", "/b", "/lookx", "/", ""} {
			got := slices.Sorted(routes.Find(method, path))
			var want []int
			for n, p := range plans {
				if found := p.Request(&contracts.Request{Method: method, Path: path}); len(found) == 0 {
					want = append(want, n)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: %s", method, path, diff)
			}
		}
	}
	for n := range routes.Find("GET", "/orders") {
		if n != 0 {
			t.Errorf("the first to be found is %d, want the one with this very path", n)
		}
		break
	}
	plain := match.NewRoutes(plans[:5])
	if n := testing.AllocsPerRun(100, func() {
		for range plain.Find("GET", "/orders/12") {
			continue
		}
	}); n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
