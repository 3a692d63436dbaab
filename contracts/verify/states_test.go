package verify_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/verify"
)

// states starts a handler of provider states that notes what it is asked.
func states(t *testing.T, cfg *verify.Config, answer func(w http.ResponseWriter, name string)) *[]string {
	t.Helper()
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var call struct{ State string }
		_ = json.Unmarshal(body, &call)
		if r.URL.RawQuery != "" {
			body = []byte(r.URL.RawQuery)
		}
		calls = append(calls, string(body))
		answer(w, call.State)
	}))
	t.Cleanup(server.Close)
	cfg.States = mustURL(t, server.URL+"/states")
	return &calls
}

const withStates = `{"description": "d", "providerStates": [{"name": "first", "params": {"n": 1}}, {"name": "second"}],
	"request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`

func TestStatesAreAskedForInOrder(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	calls := states(t, &cfg, func(http.ResponseWriter, string) {})
	cfg.Teardown = true
	if r := only(t, parse(t, "3.0.0", withStates), cfg); r.Outcome != verify.Passed {
		t.Fatalf("outcome %s: %s", r.Outcome, r.Err)
	}
	want := []string{
		`{"action":"setup","params":{"n":1},"state":"first"}`, `{"action":"setup","params":{},"state":"second"}`,
		`{"action":"teardown","params":{"n":1},"state":"first"}`, `{"action":"teardown","params":{},"state":"second"}`,
	}
	if diff := cmp.Diff(want, *calls); diff != "" {
		t.Error(diff)
	}
}

func TestStatesAsQuery(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	calls := states(t, &cfg, func(http.ResponseWriter, string) {})
	cfg.StateQuery = true
	only(t, parse(t, "3.0.0", withStates), cfg)
	if diff := cmp.Diff([]string{"action=setup&n=1&state=first", "action=setup&state=second"}, *calls); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutStatesTheEmptyStateIsAskedFor(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	calls := states(t, &cfg, func(http.ResponseWriter, string) {})
	only(t, parse(t, "3.0.0", `{"description": "d", "request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`), cfg)
	if diff := cmp.Diff([]string{`{"action":"setup","params":{},"state":""}`}, *calls); diff != "" {
		t.Error(diff)
	}
}

func TestAHandlerThatKnowsNoEmptyStateIsToldWhatItIs(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	states(t, &cfg, func(w http.ResponseWriter, _ string) { http.NotFound(w, nil) })
	r := only(t, parse(t, "3.0.0", `{"description": "d", "request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`), cfg)
	if want := `setup of provider state "" (which stands for none): the handler at`; !strings.Contains(r.Err, want) {
		t.Errorf("error %q does not say %q", r.Err, want)
	}
}

func TestAFailingStateHandlerFailsTheInteraction(t *testing.T) {
	asked := false
	cfg := provider(t, func(http.ResponseWriter, *http.Request) { asked = true })
	calls := states(t, &cfg, func(w http.ResponseWriter, _ string) { http.Error(w, "no such table", http.StatusInternalServerError) })
	cfg.Teardown, cfg.StatePause = true, time.Millisecond
	r := only(t, parse(t, "3.0.0", withStates), cfg)
	for _, part := range []string{`setup of provider state "first"`, "500", "no such table", "try:"} {
		if !strings.Contains(r.Err, part) {
			t.Errorf("error %q does not say %q", r.Err, part)
		}
	}
	if asked || r.Outcome != verify.Failed || len(*calls) != 4 {
		t.Errorf("asked %t, outcome %s, %d calls; want four tries, and nothing after a failed set-up", asked, r.Outcome, len(*calls))
	}
}

func TestReturnedValuesFeedGenerators(t *testing.T) {
	var got string
	cfg := provider(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.RequestURI + " " + r.Header.Get("X-User") + " " + string(body)
		sendJSON(w, 200, `{"id": 42}`)
	})
	states(t, &cfg, func(w http.ResponseWriter, _ string) { sendJSON(w, 200, `{"id": 42}`) })
	r := only(t, parse(t, "3.0.0", `{"description": "d", "providerStates": [{"name": "an order", "params": {"id": 1, "user": "ann"}}],
		"request": {"method": "PUT", "path": "/orders/1", "query": {"q": ["1"]}, "headers": {"X-User": "bob", "Content-Type": "application/json"}, "body": {"id": 1, "note": "n"},
			"generators": {
				"path": {"type": "ProviderState", "expression": "/orders/${id}"},
				"query": {"q": {"type": "ProviderState", "expression": "${user}"}},
				"header": {"X-User": {"type": "ProviderState", "expression": "${user}"}},
				"body": {"$.id": {"type": "ProviderState", "expression": "${id}"}, "$.note": {"type": "ProviderState", "expression": "${absent}"}}}},
		"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1},
			"generators": {"body": {"$.id": {"type": "ProviderState", "expression": "id"}}}}}`), cfg)
	if diff := cmp.Diff(`/orders/42?q=ann ann {"id":42,"note":"n"}`, got); diff != "" {
		t.Errorf("what the handler returned wins over parameters (-want +got):\n%s", diff)
	}
	if r.Outcome != verify.Passed {
		t.Errorf("outcome %s: %s %v; the expected response takes the value too", r.Outcome, r.Err, r.Mismatches)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], `"absent"`) {
		t.Errorf("notes %q do not tell of the value that nobody gave", r.Notes)
	}
}

func TestStatesWithoutAHandlerAreNoted(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	if r := only(t, parse(t, "3.0.0", withStates), cfg); len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "not set up") {
		t.Errorf("notes %q do not tell that the states were not set up", r.Notes)
	}
}

func TestStateChangesAreTriedAgain(t *testing.T) {
	tests := []struct {
		answers []int // then 200
		calls   int
		want    verify.Outcome
		reason  string
	}{
		{nil, 1, verify.Passed, "it works at once"},
		{[]int{503, 429, 408}, 4, verify.Passed, "each of these may be better next time"},
		{[]int{500, 500, 500, 500}, 4, verify.Failed, "four tries are enough"},
		{[]int{400}, 1, verify.Failed, "asking again the same way helps nothing"},
		{[]int{302}, 1, verify.Failed, "an answer without a place to go to"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
			cfg.StatePause = time.Millisecond
			n := 0
			calls := states(t, &cfg, func(w http.ResponseWriter, _ string) {
				if n++; n <= len(tt.answers) {
					w.WriteHeader(tt.answers[n-1])
				}
			})
			r := only(t, parse(t, "3.0.0", `{"description": "d", "providerStates": [{"name": "s"}],
				"request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`), cfg)
			if r.Outcome != tt.want || len(*calls) != tt.calls {
				t.Errorf("outcome %s after %d calls, want %s after %d: %s", r.Outcome, len(*calls), tt.want, tt.calls, r.Err)
			}
		})
	}
}

func TestTriesEndWithTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	cfg.StatePause = time.Hour
	states(t, &cfg, func(w http.ResponseWriter, _ string) {
		w.WriteHeader(http.StatusServiceUnavailable)
		time.AfterFunc(10*time.Millisecond, cancel)
	})
	for r := range verify.Pact(ctx, parse(t, "3.0.0", withStates), cfg) {
		if r.Outcome != verify.Failed || !strings.Contains(r.Err, "first") {
			t.Errorf("outcome %s: %s", r.Outcome, r.Err)
		}
	}
}
