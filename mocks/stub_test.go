package mocks_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/mocks"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func parse(t testing.TB, interactions string) *contracts.Pact {
	t.Helper()
	p, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "web"}, "provider": {"name": "orders"},
		"interactions": [` + interactions + `], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const shop = `
	{"description": "list", "request": {"method": "GET", "path": "/orders", "query": {"page": ["1"]}}, "response": {"status": 200, "body": "page one"}},
	{"description": "list next", "request": {"method": "GET", "path": "/orders", "query": {"page": ["2"]}}, "response": {"status": 200, "body": "page two"}},
	{"description": "get", "request": {"method": "GET", "path": "/orders/7",
		"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/orders/\\d+"}]}}},
		"response": {"status": 200, "headers": {"Content-Type": "application/json", "Vary": "Accept, Origin"}, "body": {"id": 7}}},
	{"description": "get as text", "request": {"method": "GET", "path": "/orders/7", "headers": {"Accept": "text/plain"}}, "response": {"status": 200, "body": "order seven"}},
	{"description": "create", "providerStates": [{"name": "stock is there", "params": {"sku": "a1"}}],
		"request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "application/json"}, "body": {"sku": "a1"}},
		"response": {"status": 201, "headers": {"Content-Type": "application/json"}, "body": {"sku": "x", "id": 1},
			"generators": {"body": {"$.sku": {"type": "ProviderState", "expression": "${sku}"}, "$.id": {"type": "RandomInt", "min": 500, "max": 500}}}}},
	{"description": "sold out", "providerStates": [{"name": "stock is empty"}],
		"request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "application/json"}, "body": {"sku": "b2"}},
		"response": {"status": 409}}`

func ask(t testing.TB, url, request string, header http.Header) (status int, body string, got http.Header) {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	target, content, _ := strings.Cut(rest, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, url+target, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return answer.StatusCode, string(text), answer.Header
}

func TestTheBestInteractionAnswers(t *testing.T) {
	server := mocks.Serve(t, parse(t, shop))
	tests := []struct {
		request, accept string
		status          int
		body            string
		reason          string
	}{
		{"GET /orders?page=1", "", 200, "page one", "the query chooses"},
		{"GET /orders?page=2", "", 200, "page two", "the query chooses"},
		{"GET /orders/123", "", 200, `{"id":7}`, "a rule judges the path"},
		{"GET /orders/7", "text/plain", 200, "order seven", "a matching header beats none"},
		{`POST /orders {"sku":"a1"}`, "", 201, `{"id":500,"sku":"a1"}`, "the body chooses, and generators run"},
		{`POST /orders {"sku":"b2"}`, "", 409, "", "the body chooses"},
	}
	for _, tt := range tests {
		header := http.Header{}
		if tt.accept != "" {
			header.Set("Accept", tt.accept)
		}
		status, body, _ := ask(t, server.URL, tt.request, header)
		if status != tt.status || body != tt.body {
			t.Errorf("%s: got %d %s, want %d %s: %s", tt.request, status, body, tt.status, tt.body, tt.reason)
		}
	}
	_, _, header := ask(t, server.URL, "GET /orders/5", nil)
	if got := header.Get("Vary"); got != "Accept, Origin" {
		t.Errorf("Vary is %q, want one line with both", got)
	}
}

// TestTheExamplesOwnPathDecides tells interactions apart that a recording
// makes of one route: each answers to the request of its example.
func TestTheExamplesOwnPathDecides(t *testing.T) {
	const rule = `"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/orders/\\d+"}]}}`
	s, err := mocks.New(parse(t, `
		{"description": "there", "request": {"method": "GET", "path": "/orders/7", `+rule+`}, "response": {"status": 200}},
		{"description": "gone", "request": {"method": "GET", "path": "/orders/404", `+rule+`}, "response": {"status": 404}},
		{"description": "as text", "request": {"method": "GET", "path": "/orders/8", "headers": {"Accept": "text/plain"}, `+rule+`}, "response": {"status": 202}}`))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	for path, want := range map[string]int{"/orders/7": 200, "/orders/404": 404, "/orders/9": 200} {
		if status, body, _ := ask(t, server.URL, "GET "+path, nil); status != want {
			t.Errorf("%s: status %d (%s), want %d", path, status, body, want)
		}
	}
	if status, body, _ := ask(t, server.URL, "GET /orders/7", http.Header{"Accept": {"text/plain"}}); status != 200 {
		t.Errorf("of the same path with another's header: status %d (%s), want 200", status, body)
	}
}

func TestAMissNamesTheClosestInteraction(t *testing.T) {
	server := mocks.Serve(t, parse(t, shop))
	tests := []struct{ request, description, part, message string }{
		{"GET /orders?page=9", "list", "query", "'1'"},
		{`POST /orders {"sku":5}`, "create", "body", "sku"},
		{"GET /orders/abc", "get", "path", ""},
		{"DELETE /orders/7", "get", "method", ""},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			status, body, header := ask(t, server.URL, tt.request, nil)
			var got struct {
				Error   string
				Closest struct {
					Description string
					Mismatches  []struct{ Part, Pointer, Message string }
				}
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			if status != 404 || header.Get("X-Seam-Stub") != "no-match" || got.Error == "" || !strings.HasPrefix(got.Closest.Description, tt.description) {
				t.Errorf("got %d %v %s", status, header, body)
			}
			found := false
			for _, m := range got.Closest.Mismatches {
				found = found || m.Part == tt.part && strings.Contains(m.Message+m.Pointer, tt.message)
			}
			if !found {
				t.Errorf("no mismatch of the %s with %q in %s", tt.part, tt.message, body)
			}
		})
	}
	if got := server.Misses(); got != int64(len(tests)) {
		t.Errorf("counted %d misses, want %d", got, len(tests))
	}
}

func TestOnlyInteractionsWithAState(t *testing.T) {
	stub, err := mocks.New(parse(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	stub.State = regexp.MustCompile("stock is empty")
	for request, want := range map[string]int{`{"sku":"a1"}`: 404, `{"sku":"b2"}`: 409} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(request))
		r.Header.Set("Content-Type", "application/json")
		stub.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", request, w.Code, want)
		}
	}
}

func TestCORS(t *testing.T) {
	stub, err := mocks.New(parse(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	stub.CORS = true
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodOptions, "/orders", nil)
	r.Header.Set("Origin", "http://localhost:3000")
	stub.ServeHTTP(w, r)
	if w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "http://localhost:3000" {
		t.Errorf("a preflight got %d %v", w.Code, w.Header())
	}
}

func TestAnInteractionAboutOPTIONSAnswersInPlaceOfCORS(t *testing.T) {
	stub, err := mocks.New(parse(t, `
		{"type": "Synchronous/HTTP", "description": "what may be done", "request": {"method": "OPTIONS", "path": "/orders"}, "response": {"status": 204, "headers": {"Allow": ["GET"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	stub.CORS = true
	for path, want := range map[string]string{"/orders": "204 GET *", "/others": "200  *"} {
		w := httptest.NewRecorder()
		stub.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, path, nil))
		if got := fmt.Sprint(w.Code, " ", w.Header().Get("Allow"), " ", w.Header().Get("Access-Control-Allow-Origin")); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if stub.Misses() != 0 {
		t.Error("a preflight counts as a miss")
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	stub, err := mocks.New(parse(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	stub.MaxBody = 10
	var told []string
	stub.Observe = func(a *mocks.Answer) {
		told = append(told, fmt.Sprint(a.Request.Method, " ", a.Request.Path, " ", a.Status, " ", a.Why))
	}
	w := httptest.NewRecorder()
	stub.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(strings.Repeat("x", 11))))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", w.Code)
	}
	want := []string{"POST /orders 413 the body of the request is longer than 10 bytes and was not looked at"}
	if diff := cmp.Diff(want, told); diff != "" || stub.Misses() != 0 {
		t.Errorf("%d misses; told of\n%s", stub.Misses(), diff)
	}
}

func TestUsesAreCountedUnderConcurrency(t *testing.T) {
	server := mocks.Serve(t, parse(t, shop))
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for range 20 {
				if status, _, _ := ask(t, server.URL, fmt.Sprintf("GET /orders/%d", n), nil); status != 200 {
					t.Errorf("got %d", status)
				}
			}
		})
	}
	group.Wait()
	got := map[string]int64{}
	for _, use := range server.Uses() {
		if use.Count > 0 {
			got[use.Interaction.Description] = use.Count
		}
	}
	if diff := cmp.Diff(map[string]int64{"get": 160}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameSeedGivesTheSameAnswers(t *testing.T) {
	p := parse(t, `{"description": "id", "request": {"method": "GET", "path": "/"}, "response": {"status": 200,
		"headers": {"Content-Type": "application/json"}, "body": {"id": "x"}, "generators": {"body": {"$.id": {"type": "Uuid"}}}}}`)
	run := func(seed uint64) (answers []string) {
		stub, err := mocks.New(p)
		if err != nil {
			t.Fatal(err)
		}
		stub.Seed = seed
		for range 3 {
			w := httptest.NewRecorder()
			stub.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			answers = append(answers, w.Body.String())
		}
		return answers
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Error(diff)
	}
	if first[0] == first[1] || first[0] == run(8)[0] {
		t.Errorf("answers do not differ: %v", first)
	}
}

func TestNothingToPlay(t *testing.T) {
	if _, err := mocks.New(); err == nil || !strings.Contains(err.Error(), "try:") {
		t.Errorf("error %v does not say what to do", err)
	}
}
