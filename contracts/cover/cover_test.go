package cover_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
)

const pact = `{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [
	{"description": "list orders", "request": {"method": "GET", "path": "/orders"},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"},
	  "body": {"orders": [{"id": 1, "tags": ["a"], "by": {"k": {"n": 1}}}]},
	  "matchingRules": {"body": {"$.orders": {"matchers": [{"match": "type", "min": 0}]}, "$.orders[*].by": {"matchers": [{"match": "eachKey", "rules": [{"match": "type"}]}]}}}}},
	{"description": "an order", "providerStates": [{"name": "order 1 exists"}], "request": {"method": "GET", "path": "/orders/1", "matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/orders/\\d+"}]}}},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1}, "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}}}}},
	{"description": "new order", "request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "application/json"}, "body": {"sku": "A"},
	  "matchingRules": {"body": {"$.sku": {"matchers": [{"match": "type"}]}}}}, "response": {"status": 201}},
	{"description": "a book", "providerStates": [{"name": "there are books"}], "request": {"method": "GET", "path": "/books/b-1", "matchingRules": {"path": {"matchers": [{"match": "type"}]}}},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"title": "x"}}},
	{"description": "a book that is gone", "providerStates": [{"name": "it is gone"}], "request": {"method": "GET", "path": "/gone/1"},
	 "response": {"status": 410, "headers": {"Content-Type": "application/json"}, "body": {"error": "gone"}}},
	{"description": "soon", "request": {"method": "GET", "path": "/soon"}, "response": {"status": 200}},
	{"description": "health", "request": {"method": "GET", "path": "/health"}, "response": {"status": 200}}
 ], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`

func ledger(t *testing.T) *cover.Ledger {
	t.Helper()
	p, _, err := contracts.Read(strings.NewReader(pact))
	if err != nil {
		t.Fatal(err)
	}
	var plans []*match.Plan
	for i := range p.Interactions {
		p.Interactions[i].Pending = p.Interactions[i].Description == "soon"
		plan, err := match.Compile(&p.Interactions[i])
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	return cover.New(cover.Config{Plans: plans})
}

var asJSON = map[string][]string{"Content-Type": {"application/json"}}

func body(text string) contracts.Body {
	if text == "" {
		return contracts.Body{}
	}
	return contracts.Body{Presence: contracts.Present, Content: []byte(text), ContentType: "application/json"}
}

// call is one with a line such as "GET /orders".
func call(line, sent string, status int, answer string) cover.Seen {
	method, path, _ := strings.Cut(line, " ")
	return cover.Seen{
		Request:  &contracts.Request{Method: method, Path: path, Headers: asJSON, Body: body(sent)},
		Response: &contracts.Response{Status: status, Headers: asJSON, Body: body(answer)},
		Example:  line,
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		reason     string
		line, sent string
		status     int
		answer     string
		want       cover.Outcome
		nearest    string
		mismatches int
	}{
		{"as agreed, with more keys", "GET /orders", "", 200, `{"orders": [], "more": 1}`, cover.Conforming, "list orders", 0},
		{"a path judged by a rule", "GET /orders/77", "", 200, `{"id": 77}`, cover.Conforming, "an order", 0},
		{"a wrong type in the answer", "GET /orders/77", "", 200, `{"id": "77"}`, cover.Violating, "an order", 1},
		{"a status of the 4xx, but the interaction depends on a state", "GET /orders/77", "", 404, `{"error": 1}`, cover.Uncovered, "an order", 2},
		{"a failure is no other state", "GET /orders/77", "", 500, `{"id": 1}`, cover.Violating, "an order", 1},
		{"a status of the 4xx, and no state to depend on", "GET /orders", "", 404, `{"orders": []}`, cover.Violating, "list orders", 1},
		{"a request that nobody agreed on, on an agreed route", "POST /orders", `{"sku": 1}`, 201, "", cover.Uncovered, "new order", 1},
		{"a thing that is agreed on in part: the method is, the path is not", "GET /orders/seven", "", 200, `{"id": 1}`, cover.Uncovered, "", 0},
		{"a path that may be any text, in the example's shape", "GET /books/b-9", "", 200, `{"title": "x"}`, cover.Conforming, "a book", 0},
		{"a path that may be any text, in another shape", "GET /authors/b-9", "", 200, `{"title": "x"}`, cover.Uncovered, "", 0},
		{"a path that may be any text, but with more segments", "GET /books/b-9/pages", "", 200, `{"title": "x"}`, cover.Uncovered, "", 0},
		{"a path that may be any text, but with fewer segments", "GET /books", "", 200, `{"title": "x"}`, cover.Uncovered, "", 0},
		{"another value where no rule asks for one, in another state", "GET /books/b-9", "", 200, `{"title": "y"}`, cover.Uncovered, "a book", 1},
		{"another type is no other state", "GET /books/b-9", "", 200, `{"title": 1}`, cover.Violating, "a book", 1},
		{"an agreed error in a state, and a success in another", "GET /gone/1", "", 200, `{"title": "y"}`, cover.Uncovered, "a book that is gone", 2},
		{"an agreed error in a state, and a failure", "GET /gone/1", "", 500, `{"error": "gone"}`, cover.Violating, "a book that is gone", 1},
		{"an interaction that is pending breaks nothing", "GET /soon", "", 500, "", cover.Uncovered, "soon", 1},
		{"a pending interaction can be shown", "GET /soon", "", 200, "", cover.Conforming, "soon", 0},
		{"a route that nobody agreed on", "DELETE /orders/1", "", 204, "", cover.Uncovered, "", 0},
	} {
		t.Run(c.reason, func(t *testing.T) {
			v := ledger(t).Judge(call(c.line, c.sent, c.status, c.answer))
			nearest := ""
			if v.Nearest != nil {
				nearest = v.Nearest.Description
			}
			if v.Outcome != c.want || nearest != c.nearest || len(v.Mismatches) != c.mismatches {
				t.Errorf("%s, nearest %q, %v; want %s, nearest %q, %d mismatches", v.Outcome, nearest, v.Mismatches, c.want, c.nearest, c.mismatches)
			}
			if v.Outcome == cover.Uncovered && v.Why == "" {
				t.Error("uncovered without a reason")
			}
		})
	}
}

func TestCoverage(t *testing.T) {
	l := ledger(t)
	l.Judge(call("GET /orders", "", 200, `{"orders": []}`))
	l.Judge(call("GET /orders", "", 200, `{"orders": [{"id": 1, "tags": ["x"], "by": {}}]}`))
	l.Judge(call("GET /orders/1", "", 500, ""))
	l.Judge(call("GET /orders/2", "", 404, ""))
	l.Judge(call("PUT /orders/12/items/0b6f1f0a-3e55-4d0c-9d5c-7c1f3f2b8a11", "", 200, ""))
	l.Judge(call("PUT /orders/13/items/0b6f1f0a-3e55-4d0c-9d5c-7c1f3f2b8a12", "", 200, ""))
	l.Skip("the body is larger than 1 MiB")
	got := l.Coverage()
	want := cover.Coverage{
		Conforming: 2, Violating: 1, Uncovered: 3, Unjudged: 1,
		Interactions: []cover.Shown{
			{Description: "list orders", Calls: 2, FieldsUnseen: []string{"$.orders[*].by.*", "$.orders[*].by.*.n"}},
			{Description: "an order", States: []string{"order 1 exists"}, Calls: 1, Violations: 1},
			{Description: "new order"}, {Description: "a book", States: []string{"there are books"}},
			{Description: "a book that is gone", States: []string{"it is gone"}}, {Description: "soon"}, {Description: "health"},
		},
		Violations: []cover.Violation{{
			Description: "an order", States: []string{"order 1 exists"}, Status: 500, Count: 1, Example: "GET /orders/1",
			Mismatches: []match.Mismatch{
				{Part: match.PartStatus, Expected: "200", Actual: "500", Message: "expected 200 but was 500"},
				{Part: match.PartBody, Path: "$", Expected: `{"id":1}`, Message: "Expected a body but got none"},
			},
		}},
		Undescribed: []cover.Call{
			{Method: "PUT", Path: "/orders/{id}/items/{id}", Count: 2, Why: "no interaction has this method and path", Example: "PUT /orders/12/items/0b6f1f0a-3e55-4d0c-9d5c-7c1f3f2b8a11"},
			{Method: "GET", Path: "/orders/{id}", Status: 404, Count: 1, Example: "GET /orders/2", Nearest: "an order",
				Why: "no interaction describes this status; the provider may be in another state"},
		},
		Reasons: map[string]int64{"the body is larger than 1 MiB": 1},
	}
	bodies := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Mismatches" }, cmp.Comparer(func(a, b []match.Mismatch) bool {
		return len(a) == 0 || len(b) == 0 || cmp.Equal(a[0], b[0]) // the wording of the others is match's
	}))
	if diff := cmp.Diff(want, got, bodies); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"new order", "a book (given there are books)", "a book that is gone (given it is gone)", "soon", "health"}, got.NeverShown()); diff != "" {
		t.Error(diff)
	}
	if got.Calls() != 7 || got.Described() != 3 {
		t.Errorf("%d calls, %d described; want 7 and 3", got.Calls(), got.Described())
	}
}

func TestUndescribedCallsAreBounded(t *testing.T) {
	l := ledger(t)
	for i := range cover.MaxUndescribed + 10 {
		l.Judge(call(fmt.Sprintf("GET /route-%d-x", i), "", 200, ""))
	}
	if c := l.Coverage(); len(c.Undescribed) != cover.MaxUndescribed || c.Others != 10 || c.Uncovered != cover.MaxUndescribed+10 {
		t.Errorf("%d kinds, %d others, %d calls", len(c.Undescribed), c.Others, c.Uncovered)
	}
}

func TestPluginsLeaveACallUnjudged(t *testing.T) {
	plan, err := match.Compile(&contracts.Interaction{
		Description: "rpc", Request: &contracts.Request{Method: "POST", Path: "/rpc"}, Response: &contracts.Response{Status: 200},
		Plugins: map[string]json.RawMessage{"protobuf": nil, "csv": nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := cover.New(cover.Config{Plans: []*match.Plan{plan}}).Judge(call("POST /rpc", "", 200, ""))
	if v.Outcome != cover.Unjudged || v.Why != "needs the plugin csv" {
		t.Errorf("%s: %s", v.Outcome, v.Why)
	}
}

func TestACallShowsEveryInteractionThatItKeepsTo(t *testing.T) {
	var plans []*match.Plan
	for _, status := range []int{200, 404, 200} {
		plan, err := match.Compile(&contracts.Interaction{
			Description: fmt.Sprint("answers ", status), Request: &contracts.Request{Method: "GET", Path: "/x"}, Response: &contracts.Response{Status: status},
		})
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	l := cover.New(cover.Config{Plans: plans})
	l.Judge(call("GET /x", "", 200, ""))
	c := l.Coverage()
	if c.Conforming != 1 || c.Calls() != 1 || c.Interactions[0].Calls != 1 || c.Interactions[1].Calls != 0 || c.Interactions[2].Calls != 1 {
		t.Errorf("%+v; want one call that shows the first and the last", c)
	}
}

func TestManyGoroutines(t *testing.T) {
	l := ledger(t)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 200 {
				l.Judge(call("GET /orders", "", 200, `{"orders": [{"id": 1, "tags": ["x"], "by": {"a": {"n": 2}}}]}`))
				l.Judge(call(fmt.Sprintf("GET /other-%d-%d", g, i%3), "", 200, ""))
				l.Judge(call("GET /orders", "", 500, `{"orders": []}`))
				l.Skip("too large")
				l.Coverage()
			}
		})
	}
	all.Wait()
	c := l.Coverage()
	if c.Conforming != 800 || c.Uncovered != 800 || c.Violating != 800 || c.Unjudged != 800 || c.Violations[0].Count != 800 || len(c.Interactions[0].FieldsUnseen) != 0 {
		t.Errorf("%d conforming, %d uncovered, fields unseen %v", c.Conforming, c.Uncovered, c.Interactions[0].FieldsUnseen)
	}
}
