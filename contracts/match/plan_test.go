package match_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

func TestCompileNamesWhatItCannotUse(t *testing.T) {
	rule := func(category, at, match string, args map[string]any) contracts.Rules {
		return contracts.Rules{category: {at: {Rules: []contracts.Rule{{Match: match, Args: args}}}}}
	}
	body := contracts.Body{Presence: contracts.Present, Content: []byte(`{"a":1}`), ContentType: "application/json"}
	for _, c := range []struct {
		reason string
		in     contracts.Interaction
		want   string
	}{
		{"a path expression", contracts.Interaction{Response: &contracts.Response{Body: body, Rules: rule("body", "$.a[", "type", nil)}}, `"$.a["`},
		{"a size", contracts.Interaction{Response: &contracts.Response{Body: body, Rules: rule("body", "$.a", "type", map[string]any{"min": "few"})}}, `min is few`},
		{"a status", contracts.Interaction{Response: &contracts.Response{Rules: rule("status", "", "statusCode", map[string]any{"status": "teapot"})}}, `"teapot"`},
		{"a body that is not of its type", contracts.Interaction{Request: &contracts.Request{Body: contracts.Body{Presence: contracts.Present, Content: []byte("{"), ContentType: "application/json"}}}, "no JSON"},
		{"a message", contracts.Interaction{Kind: contracts.AsyncMessage, Messages: []contracts.Message{{Contents: body, Rules: rule("body", "$$", "type", nil)}}}, `"$$"`},
	} {
		t.Run(c.reason, func(t *testing.T) {
			c.in.Description = "buy"
			_, err := match.Compile(&c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `interaction "buy"`) {
				t.Errorf("error %v; want it to name the interaction and %s", err, c.want)
			}
		})
	}
}

// TestMatchingDoesNotAllocate holds a whole exchange with 20 rules to no
// allocation, many goroutines sharing the plan before.
func TestMatchingDoesNotAllocate(t *testing.T) {
	plan, err := match.Compile(&contracts.Interaction{
		Request: &contracts.Request{Method: "POST", Path: "/orders/1", Query: map[string][]string{"q": {"1"}, "r": {"a"}},
			Headers: map[string][]string{"Content-Type": {"application/json"}, "x-tenant": {"1"}},
			Body:    contracts.Body{Presence: contracts.Present, Content: []byte(order), ContentType: "application/json"},
			Rules: contracts.Rules{"body": orderRules(), "path": {"": {Rules: []contracts.Rule{{Match: "regex", Args: map[string]any{"regex": `/orders/\d+`}}}}},
				"query": {"r": {Rules: []contracts.Rule{{Match: "type"}}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := &contracts.Request{Method: "POST", Path: "/orders/4711", Query: map[string][]string{"q": {"1"}, "r": {"b"}},
		Headers: map[string][]string{"Content-Type": {"application/json; charset=utf-8"}, "X-Tenant": {"1"}},
		Body:    contracts.Body{Presence: contracts.Present, Content: []byte(order), ContentType: "application/json; charset=utf-8"}}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if found := plan.Request(got); len(found) > 0 {
					t.Errorf("found %v", found)
				}
			}
		})
	}
	all.Wait()
	if n := testing.AllocsPerRun(100, func() { plan.Request(got) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// TestMismatchesTellWhere checks pointer, path, values and rule of a mismatch.
func TestMismatchesTellWhere(t *testing.T) {
	want := &contracts.Response{Status: 200, Body: contracts.Body{Presence: contracts.Present, ContentType: "application/json",
		Content: []byte(`{"a/b": [{"c~d": 1}], "7": "x"}`)},
		Rules: contracts.Rules{"body": {"$['a/b'][*].*": {Rules: []contracts.Rule{{Match: "integer"}}}}}}
	got := &contracts.Response{Status: 200, Body: contracts.Body{Presence: contracts.Present, ContentType: "application/json",
		Content: []byte(`{"7": "y", "a/b": [{"c~d": "1"}]}`)}}
	if diff := cmp.Diff([]match.Mismatch{
		{Part: match.PartBody, Pointer: "/a~1b/0/c~0d", Path: "$['a/b'][0]['c~d']", Expected: "1", Actual: "1", Rule: "integer", RuleAt: "$['a/b'][*].*", Message: "Expected '1' (String) to be an integer"},
		{Part: match.PartBody, Pointer: "/7", Path: "$[7]", Expected: "x", Actual: "y", Message: "Expected 'y' (String) to be equal to 'x' (String)"},
	}, match.Response(want, got)); diff != "" {
		t.Error(diff)
	}
}

// TestMessages compares contents and metadata.
func TestMessages(t *testing.T) {
	want := &contracts.Message{
		Contents: contracts.Body{Presence: contracts.Present, Content: []byte(`{"id":1}`), ContentType: "application/json"},
		Metadata: map[string]any{"contentType": "application/json", "topic": "orders", "partition": "a"},
		Rules:    contracts.Rules{"metadata": {"partition": {Rules: []contracts.Rule{{Match: "type"}}}}},
	}
	for _, c := range []struct {
		reason string
		got    contracts.Message
		want   []string
	}{
		{"more keys may come", contracts.Message{Contents: contracts.Body{Presence: contracts.Present, Content: []byte(`{"id":1,"more":2}`), ContentType: "application/json"},
			Metadata: map[string]any{"contentType": "application/json;charset=utf-8", "topic": "orders", "partition": "b", "more": true}}, nil},
		{"a key has one spelling", contracts.Message{Contents: want.Contents, Metadata: map[string]any{"content-type": "application/json", "topic": "orders", "partition": "b"}},
			[]string{"Expected message metadata 'contentType' but was missing"}},
		{"metadata differs", contracts.Message{Contents: want.Contents, Metadata: map[string]any{"contentType": "application/json", "topic": "orders2", "partition": true}}, []string{
			`Expected metadata key 'partition' to have value '"a"' but was 'true' - Expected true (Boolean) to be the same type as 'a' (String)`,
			`Expected metadata key 'topic' to have value '"orders"' but was '"orders2"' - Expected 'orders2' (String) to be equal to 'orders' (String)`}},
		{"another type of contents", contracts.Message{Contents: contracts.Body{Presence: contracts.Present, Content: []byte(`{"id":1}`), ContentType: "application/vnd.x+json"}, Metadata: want.Metadata},
			[]string{"Expected message with content type application/json but was application/vnd.x+json"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			var messages []string
			for _, m := range match.Message(want, &c.got) {
				messages = append(messages, m.Message)
			}
			if diff := cmp.Diff(c.want, messages); diff != "" {
				t.Error(diff)
			}
		})
	}
}
