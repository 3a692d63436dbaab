package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

const loadPact = `{
  "consumer": {"name": "web"}, "provider": {"name": "api"},
  "interactions": [
    {"description": "a thing", "providerStates": [{"name": "a thing exists", "params": {"shelf": 3}}],
     "request": {"method": "GET", "path": "/things/1", "generators": {"path": {"type": "ProviderState", "expression": "/things/${id}"}}},
     "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1, "size": 2, "braces": "{{x}}"},
       "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}, "$.size": {"matchers": [{"match": "integer"}]}}}}},
    {"description": "a new thing", "request": {"method": "POST", "path": "/things", "headers": {"Content-Type": "application/json"},
       "body": {"key": "k", "text": "{{not a value}}"}, "generators": {"body": {"$.key": {"type": "RandomString", "size": 12}}}},
     "response": {"status": 201}},
    {"description": "nothing", "request": {"method": "GET", "path": "/none", "query": {"q": ["a b"]}}, "response": {"status": 404}},
    {"description": "later", "request": {"method": "GET", "path": "/later"}, "response": {"status": 200}}
  ],
  "metadata": {"pactSpecification": {"version": "3.0.0"}}
}`

// A provider has a fault that load brings out: once it has answered as often
// as it has room for, it leaves a field out.
type provider struct {
	*httptest.Server
	room int

	mu     sync.Mutex
	states []string       // guarded by mu; as they were posted
	keys   map[string]int // guarded by mu; of new things
	seen   map[string]int // guarded by mu; by path with its query
}

func newProvider(t *testing.T, room int) *provider {
	t.Helper()
	p := &provider{keys: map[string]int{}, seen: map[string]int{}, room: room}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[r.URL.RequestURI()]++
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/states":
		var state struct{ State, Action string }
		_ = json.Unmarshal(body, &state)
		p.states = append(p.states, state.Action+" "+state.State)
		fmt.Fprint(w, `{"id": 9007199254740993}`)
	case "/things/9007199254740993":
		if p.seen[r.URL.RequestURI()] > p.room {
			fmt.Fprint(w, `{"id": 1, "braces": "{{x}}"}`)
			return
		}
		fmt.Fprint(w, `{"id": 1, "size": 7, "braces": "{{x}}"}`)
	case "/things":
		var thing struct{ Key, Text string }
		if json.Unmarshal(body, &thing) != nil || thing.Text != "{{not a value}}" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.keys[thing.Key]++
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// written is a folder with the files.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func taskOf(t *testing.T, p *provider, job load.Job) LoadTask {
	t.Helper()
	return LoadTask{Job: job, Scenario: &Scenario{
		Pacts: []string{written(t, map[string]string{"p.json": loadPact})}, Base: p.URL, States: p.URL + "/states", Teardown: true,
		Weights: map[string]int{"later": 0, "a thing": 3}, Objectives: map[string][]string{"nothing": {"errors<1%"}},
	}}
}

func TestEveryInteractionIsARequestThatItsContractJudges(t *testing.T) {
	p := newProvider(t, 1_000_000)
	doc, err := Load(t.Context(), taskOf(t, p, load.Job{Name: "x", Rate: 100, For: 2 * time.Second, Seed: 7}), nil)
	if err != nil {
		t.Fatal(err)
	}
	keepsToTheSchema(t, doc)
	l := &doc.Load[0]
	if l.Errors != 0 || l.Requests != 200 || len(l.Steps) != 3 || len(doc.Findings) != 0 {
		t.Fatalf("%d errors of %d, %d steps, %v", l.Errors, l.Requests, len(l.Steps), doc.Findings)
	}
	if diff := cmp.Diff([]string{"setup ", "setup a thing exists", "teardown a thing exists", "teardown "}, p.states); diff != "" {
		t.Error("states (-want +got):\n" + diff)
	}
	things, made := p.seen["/things/9007199254740993"], p.seen["/things"]
	if things < 90 || things > 150 || p.seen["/none?q=a%20b"] == 0 || p.seen["/later"] != 0 {
		t.Errorf("weights 3, 1, 1 and 0 made %v", p.seen)
	}
	if len(p.keys) != made {
		t.Errorf("%d requests of new things had %d keys", made, len(p.keys))
	}
	if o := l.Steps[2].Objectives; l.Steps[2].Flow != "nothing" || len(o) != 1 || o[0].Result != report.CasePassed {
		t.Errorf("the objective of a step: %+v", l.Steps[2])
	}
	if c := doc.Coverage[0]; c.Edge != "web->api" || c.Conforming != 200 || c.Shown != 3 || c.Contracts != 1 {
		t.Errorf("coverage %+v", c)
	}
}

func TestTheSameSeedGeneratesTheSameRequests(t *testing.T) {
	keys := func(seed uint64) map[string]int {
		p := newProvider(t, 1_000_000)
		job := load.Job{Name: "x", Times: make([]time.Duration, 30), For: time.Second, Seed: seed}
		if _, err := Load(t.Context(), taskOf(t, p, job), nil); err != nil {
			t.Fatal(err)
		}
		return p.keys
	}
	first := keys(3)
	if diff := cmp.Diff(first, keys(3)); diff != "" || len(first) == 0 {
		t.Errorf("with one seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, keys(4)) {
		t.Error("another seed generates the same")
	}
}

func TestAContractThatBreaksUnderLoadIsToldWithItsRate(t *testing.T) {
	p := newProvider(t, 120)
	stages := []load.Stage{{From: 40, To: 40, For: 3 * time.Second}, {From: 40, To: 200, For: 3 * time.Second}}
	task := taskOf(t, p, load.Job{Name: "x", Stages: stages, WarmUp: 200 * time.Millisecond})
	task.Scenario.Weights = map[string]int{"later": 0, "nothing": 0, "a new thing": 0}
	doc, err := Load(t.Context(), task, nil)
	if err != nil {
		t.Fatal(err)
	}
	keepsToTheSchema(t, doc)
	l := &doc.Load[0]
	if l.ErrorsByClass["contract"] == 0 || l.ErrorsByClass["contract"] != l.Errors || len(doc.Findings) != 1 {
		t.Fatalf("errors %v, findings %v", l.ErrorsByClass, doc.Findings)
	}
	v, f := doc.Coverage[0].Violations[0], doc.Findings[0]
	if v.Interaction != "a thing" || !strings.HasSuffix(v.Mismatches[0].Message, "missing the following keys: size") || len(v.TraceID) != 32 || int64(v.Count) != l.Errors {
		t.Errorf("%+v", v)
	}
	if v.Onset == nil || v.Onset.Rate < 40 || v.Onset.Below > .1 || v.Onset.Above < .9 {
		t.Errorf("onset %+v", v.Onset)
	}
	if doc.Verdict == report.Passed || f.Edge != "web->api" || !strings.Contains(f.Message, `broke "a thing"`) {
		t.Errorf("%s: %+v", doc.Verdict, f)
	}
}

func TestStatesAreTornDownWhenALoadIsInterrupted(t *testing.T) {
	p := newProvider(t, 1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	task := taskOf(t, p, load.Job{Name: "x", Rate: 50, For: time.Hour})
	task.Progress = func(load.Progress) { cancel() }
	doc, err := Load(ctx, task, nil)
	if doc == nil || err == nil || doc.Load[0].Requests == 0 {
		t.Fatalf("%+v, %v", doc, err)
	}
	if got := strings.Join(p.states, ", "); !strings.HasSuffix(got, "teardown a thing exists, teardown ") {
		t.Errorf("states: %s", got)
	}
}

func TestWhatCannotBeJudgedIsCountedAndNotCalledBroken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(make([]byte, 2<<20))
		case "/zipped":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "no gzip")
		case "/brotli":
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "xx")
		}
	}))
	defer server.Close()
	pact := `{"consumer": {"name": "web"}, "provider": {"name": "api"}, "interactions": [
	  {"description": "large", "request": {"method": "GET", "path": "/large"}, "response": {"status": 200, "body": "x"}},
	  {"description": "zipped", "request": {"method": "GET", "path": "/zipped"}, "response": {"status": 200, "body": "x"}},
	  {"description": "brotli", "request": {"method": "GET", "path": "/brotli"}, "response": {"status": 200, "body": "x"}}
	], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`
	task := LoadTask{
		Job:      load.Job{Name: "x", Rate: 30, For: time.Second},
		Scenario: &Scenario{Pacts: []string{written(t, map[string]string{"p.json": pact})}, Base: server.URL},
	}
	doc, err := Load(t.Context(), task, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := doc.Coverage[0]; c.Unjudged != 30 || len(c.WhyUnjudged) != 3 || c.Violating != 0 || doc.Load[0].Errors != 0 {
		t.Errorf("%+v, %v", c, doc.Load[0].ErrorsByClass)
	}
}

// A state that could not be torn down is told of although the load has no
// result that could say so.
func TestATeardownThatFailsIsToldWithoutAResultToo(t *testing.T) {
	p := newProvider(t, 1)
	died := errors.New("the load generator died")
	result, err := taskOf(t, p, load.Job{Name: "x", Rate: 1, For: time.Second}).performed(t.Context(), func(context.Context, LoadTask) (*LoadResult, error) {
		p.Close()
		return nil, died
	})
	if result != nil || !errors.Is(err, died) || !strings.Contains(err.Error(), "a thing exists") {
		t.Errorf("%v, %v", result, err)
	}
}

func TestFaultsOfALoadOutOfPactsAreToldAtTheirPlace(t *testing.T) {
	const twins = `{"consumer": {"name": "web"}, "provider": {"name": "api"}, "interactions": [
	  {"description": "there", "providerStates": [{"name": "1 exists"}], "request": {"method": "GET", "path": "/1"}, "response": {"status": 200}},
	  {"description": "gone", "providerStates": [{"name": "1 is gone"}], "request": {"method": "GET", "path": "/1"}, "response": {"status": 404}}
	], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`
	for _, test := range []struct{ reason, pact, pacts, want string }{
		{"a description that nobody wrote", loadPact, `{ files: p.json, weights: { a thinng: 2 } }`, "5:38 load.pacts.weights.a thinng: no interaction of these pacts is described so | a thing"},
		{"the same for objectives", loadPact, `{ files: p.json, objectives: { a thinng: p99<1s } }`, "no interaction of these pacts is described so | a thing"},
		{"an objective that is none", loadPact, `{ files: p.json, objectives: { a thing: p98<1s } }`, `"p98" cannot be measured`},
		{"nothing is left", loadPact, `{ files: p.json, consumer: nobody }`, "there is no interaction to ask for"},
		{"one request in two states", twins, `{ files: p.json }`, `"there, given 1 exists" and "gone, given 1 is gone" make the same request in different provider states, which cannot hold at once | weight 0 for one of them`},
		{"but not where one is never sent", twins, `{ files: p.json, weights: { gone: 0 } }`, ""},
		{"no such file", loadPact, `{ files: q.json }`, "pact q.json: there is no such file"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			dir := written(t, map[string]string{
				"p.json":    test.pact,
				"seam.yaml": "seam: 1\nservices:\n  api: { url: \"http://127.0.0.1:9\" }\nload: { rate: 1/s, for: 1s,\n  pacts: " + test.pacts + " }\n",
			})
			_, err := Read(filepath.Join(dir, "seam.yaml"), func(string) (string, bool) { return "", false })
			got := ""
			var wrong *system.Error
			if errors.As(err, &wrong) {
				for _, f := range wrong.Faults {
					got += fmt.Sprintf("%d:%d %s: %s | %s\n", f.Pos.Line, f.Pos.Column, f.Key, f.Message, f.Remedy)
				}
			}
			if test.want == "" && err != nil || !strings.Contains(got, test.want) {
				t.Errorf("said %v\n%s", err, got)
			}
		})
	}
}

// How often the drive shows an interaction says how often a load asks for it.
func TestTracesWeighTheInteractions(t *testing.T) {
	p := newProvider(t, 1_000_000)
	file := fmt.Sprintf(`seam: 1
services: { api: { url: %q } }
drive: { request: { path: "/none?q=a%%20b" }, times: 9 }
contracts: { pacts: p.json, states: /states }
load: { rate: 60/s, for: 2s, seed: 5, pacts: { consumer: web, weights: traces } }
`, p.URL)
	dir := written(t, map[string]string{"p.json": loadPact, "seam.yaml": file})
	spec, err := Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Run(t.Context(), Options{Spec: spec, Load: sound, Skip: map[string]bool{"verify": true}})
	if err != nil {
		t.Fatal(err)
	}
	keepsToTheSchema(t, doc)
	asked := map[string]int64{}
	for _, s := range doc.Load[0].Steps {
		asked[s.Flow] = s.Requests
	}
	if asked["nothing"] < 60 || asked["later"] == 0 || asked["later"] > 30 || asked["a thing, given a thing exists"] == 0 {
		t.Errorf("weights 9, 1, 1 and 1 made %v", asked)
	}
	if e := doc.Load[0].Edges; len(e) != 1 || e[0].Edge != "entry->api" || e[0].Requests != 120 {
		t.Errorf("edges %+v", e)
	}
	if c := doc.Coverage; len(c) != 2 || c[0].Phase != "drive" || c[1].Edge != "web->api" || c[1].Calls() != 120 {
		t.Errorf("coverage %+v", c)
	}
	// The one that fails is "later", which the provider does not know.
	if len(doc.Findings) != 1 || !strings.Contains(doc.Findings[0].Message, `broke "later"`) {
		t.Errorf("findings %+v", doc.Findings)
	}
}

// Between two services the load goes over their edge.
func TestALoadOutOfPactsGoesOverTheEdgeOfItsConsumer(t *testing.T) {
	api, web := newProvider(t, 1_000_000), newProvider(t, 1_000_000)
	file := fmt.Sprintf(`seam: 1
services: { web: { url: %q, calls: [api] }, api: { url: %q } }
load: { rate: 20/s, for: 1s, pacts: { files: p.json, states: /states, weights: { later: 0 } } }
`, web.URL, api.URL)
	dir := written(t, map[string]string{"p.json": loadPact, "seam.yaml": file})
	spec, err := Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Run(t.Context(), Options{Spec: spec, Load: sound})
	if err != nil {
		t.Fatal(err)
	}
	l := &doc.Load[0]
	if l.Errors != 0 || l.Attributed != 20 || len(l.Edges) != 1 || l.Edges[0].Edge != "web->api" || l.Edges[0].ShareP50 == 0 || !l.Worst[0].Kept {
		t.Errorf("%d errors, %d attributed, %+v", l.Errors, l.Attributed, l.Edges)
	}
}
