package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
)

// pactOf is one interaction: GET /things/1 answers an id that is a number.
func pactOf(consumer, provider string) string {
	return fmt.Sprintf(`{"consumer": {"name": %q}, "provider": {"name": %q}, "interactions": [
		{"description": "a thing", "request": {"method": "GET", "path": "/things/1"},
		 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1},
		  "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}}}}},
		{"description": "another", "request": {"method": "GET", "path": "/others"}, "response": {"status": 200}}
	 ], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`, consumer, provider)
}

// running starts web, which calls api, both played by this test; api answers
// an id that is a text when it is asked for it, wrong.
func running(t *testing.T, more string) *Harness {
	t.Helper()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Wrong") != "" {
			_, _ = io.WriteString(w, `{"id": "1"}`)
			return
		}
		_, _ = io.WriteString(w, `{"id": 1}`)
	}))
	t.Cleanup(provider.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"web-api.json": pactOf("web", "api"), "phone-web.json": pactOf("phone", "web"), "web-other.json": pactOf("web", "elsewhere"),
		"seam.yaml": fmt.Sprintf("seam: 1\nname: pair\nservices:\n  web: { url: %q, calls: [api, db] }\n  api: { url: %q }\n  db: { url: %q }\nentry: web\n%s",
			provider.URL, provider.URL, provider.URL, more),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	h, err := Start(t.Context(), Config{Spec: spec, Phase: edge.Drive})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func get(t *testing.T, e *Edge, path string, wrong bool) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if wrong {
		request.Header.Set("Wrong", "yes")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

func TestCallsAreHeldAgainstThePactsOfTheirEdge(t *testing.T) {
	h := running(t, "contracts: { pacts: ./*.json }\n")
	api, db, entry := h.Edge("web", "api"), h.Edge("web", "db"), h.Edge("", "web")
	get(t, api, "/things/1", false)
	get(t, api, "/things/1", true)
	get(t, api, "/unknown", false)
	get(t, db, "/rows/17", false)
	get(t, entry, "/things/1", false)
	h.SetPhase(edge.Load)
	get(t, api, "/things/1", false)
	h.SetPhase(edge.Verify)
	get(t, api, "/things/1", false)
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}

	got := map[string][4]int64{}
	for _, e := range h.Edges() {
		c := e.Coverage()
		got[e.Name.String()] = [4]int64{c.Conforming, c.Violating, c.Uncovered, c.Unjudged}
	}
	want := map[string][4]int64{"entry->web": {1}, "web->api": {1, 1, 1}, "web->db": {0, 0, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("conforming, violating, uncovered, unjudged: %s", diff)
	}
	if loaded := api.CoverageUnderLoad(); loaded.Conforming != 1 || loaded.Calls() != 1 {
		t.Errorf("under load: %+v", loaded)
	}
	if n := len(api.Contracts()); n != 1 || len(entry.Contracts()) != 1 || len(db.Contracts()) != 0 || !db.Judged() {
		t.Errorf("the edges have %d, %d and %d contracts; want 1 of web with api, 1 of phone for the entry, none for db", n, len(entry.Contracts()), len(db.Contracts()))
	}
	violations := api.Coverage().Violations
	known := func(id string) bool {
		return slices.ContainsFunc(api.Exchanges(), func(x edge.Exchange) bool { return x.Trace.String() == id })
	}
	if len(violations) != 1 || !known(violations[0].Example) || violations[0].Mismatches[0].Pointer != "/id" {
		t.Errorf("%+v", violations)
	}
	w := httptest.NewRecorder()
	h.Metrics().Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if series := `seam_contract_exchanges_total{client="web",server="api",verdict="violating"} 1`; !strings.Contains(w.Body.String(), series) {
		t.Errorf("no %s", series)
	}
}

func TestWithoutContractsNothingIsJudged(t *testing.T) {
	h := running(t, "")
	get(t, h.Edge("web", "api"), "/things/1", true)
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Edges() {
		if c := e.Coverage(); e.Judged() || c.Calls() != 0 {
			t.Errorf("%s is judged", e.Name)
		}
	}
}

func TestExchangesKeepWhatFits(t *testing.T) {
	h := running(t, "")
	e := h.Edge("web", "api")
	e.bodies = true
	get(t, e, "/things/1?api_key=abc", false)
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := e.Exchanges()[0]
	if body := string(first.ResponseBody().Bytes); body != `{"id": 1}` || first.RequestHeader().Get("User-Agent") == "" || strings.Contains(first.Target, "abc") {
		t.Errorf("kept %s, %v, %q", first.Target, first.RequestHeader(), body)
	}
	for range keptExchanges + 50 {
		get(t, e, "/things/1", false)
	}
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := e.Exchanges()
	held := 0
	for i := range all {
		held += size(&all[i])
	}
	if len(all) > keptExchanges || len(all) < keptExchanges/2 || held != e.held || e.bare != 0 {
		t.Errorf("%d exchanges with %d bytes, %d counted, %d bare", len(all), held, e.held, e.bare)
	}
	e.held = keptBodies - 1
	get(t, e, "/things/1", false)
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all = e.Exchanges(); e.bare == 0 || size(&all[0]) != 0 || size(&all[len(all)-1]) == 0 {
		t.Errorf("%d bare; the oldest has %d bytes, the latest %d: want the oldest without", e.bare, size(&all[0]), size(&all[len(all)-1]))
	}
}

func TestVerifyReplaysAContract(t *testing.T) {
	h := running(t, "contracts: { pacts: ./*.json, headers: { Wrong: 'yes' } }\n")
	var told []string
	for _, c := range h.Contracts() {
		results, err := h.Verify(t.Context(), c, Verification{})
		if c.Pact.Provider == "elsewhere" {
			if err == nil || !strings.Contains(err.Error(), `provider "elsewhere" is no service`) {
				t.Errorf("a provider that is no service: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			told = append(told, fmt.Sprintf("%s->%s: %s %s", r.Consumer, r.Provider, r.Description, r.Outcome))
			if len(r.TraceID) != 32 {
				t.Errorf("%s has no trace to open", r.Description)
			}
		}
	}
	if diff := cmp.Diff([]string{"phone->web: a thing failed", "phone->web: another passed", "web->api: a thing failed", "web->api: another passed"}, told); diff != "" {
		t.Error(diff)
	}
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := h.Edge("web", "api").Coverage(); c.Calls() != 0 {
		t.Errorf("replays count as %d live calls", c.Calls())
	}
	get(t, h.Edge("web", "api"), "/things/1", false)
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x := h.Edge("web", "api").Exchanges(); x[len(x)-1].Phase != edge.Drive {
		t.Errorf("the phase is %s after a replay, want what it was", x[len(x)-1].Phase)
	}
}

func TestMessagesAreAskedForWhereSeamYAMLSays(t *testing.T) {
	const message = `{"consumer": {"name": "web"}, "provider": {"name": "api"}, "messages": [{"description": "an event", "contents": {"id": 1}}],
		"metadata": {"pactSpecification": {"version": "3.0.0"}}}`
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, []byte(message), 0o644); err != nil {
		t.Fatal(err)
	}
	h := running(t, "contracts: { pacts: "+file+", messages: /_pact/messages }\n")
	results, err := h.Verify(t.Context(), h.Contracts()[0], Verification{})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 || results[0].Outcome != verify.Passed || len(results[0].TraceID) != 32 {
		t.Errorf("%+v, want one that passed and has a trace to open", results)
	}
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := h.Edge("web", "api").Exchanges()
	if len(asked) != 1 || asked[0].Method != http.MethodPost || asked[0].Target != "/_pact/messages" {
		t.Errorf("asked %+v, want one POST /_pact/messages through the edge", asked)
	}
}

func TestMismatchesAreKeptWithoutSecrets(t *testing.T) {
	got := Redacted([]match.Mismatch{
		{Part: match.PartBody, Pointer: "/password", Expected: "x", Actual: "hunter2", Message: "Expected 'hunter2' (String) to be equal to 'x' (String)"},
		{Part: match.PartBody, Pointer: "/id", Expected: "1", Actual: "2", Message: "Expected 2 (Integer) to be equal to 1 (Integer)"},
	})
	if text := fmt.Sprint(got[0]); strings.Contains(text, "hunter2") || got[1].Actual != "2" || !strings.Contains(got[1].Message, "equal to 1") {
		t.Errorf("%+v", got)
	}
}

func TestAPactThatCannotBeReadEndsTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "broken.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Spec: &system.Spec{Contracts: []system.Contract{{Pacts: []string{filepath.Join(dir, "broken.json")}}}}})
	if err == nil || !strings.Contains(err.Error(), "contracts: pact ") || !strings.Contains(err.Error(), "broken.json") {
		t.Errorf("%v", err)
	}
}
