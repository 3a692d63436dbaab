package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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

// specOf reads a seam.yaml of one service that runs already and counts what
// it is asked.
func specOf(t *testing.T, rest string) (spec *system.Spec, requests func() []string) {
	t.Helper()
	var mu sync.Mutex
	var asked []string // guarded by mu
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.URL.Path)
		mu.Unlock()
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, `{"id": 7}`)
	}))
	t.Cleanup(service.Close)
	path := filepath.Join(t.TempDir(), "seam.yaml")
	text := fmt.Sprintf("seam: 1\nname: alone\nservices:\n  web: { url: %q }\n%s", service.URL, rest)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := system.Read(path, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

func TestPhasesRunInOrderAndFillOneDocument(t *testing.T) {
	spec, asked := specOf(t, `
drive: [{ request: { path: /items/7, status: 200 }, times: 2 }]
expect: [{ name: answered, trace: "*", that: "status == 200" }]
load: { rate: 5/s, for: 1s, request: { path: /items/8 } }
`)
	var steps []string
	doc, err := Run(t.Context(), Options{
		Spec: spec, Progress: func(step string) { steps = append(steps, step) },
		Load: func(_ context.Context, task LoadTask) (*LoadResult, error) {
			return &LoadResult{Summary: &load.Summary{Name: task.Name, Requests: 5, Intended: task.Rate, Achieved: task.Rate}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /items/7", "GET /items/7"}, asked()); diff != "" {
		t.Error("asked (-want +got):\n" + diff)
	}
	if diff := cmp.Diff([]string{"driving: 1 step", "loading: 5/s for 1s", "stopping the services", "judging"}, steps[len(steps)-4:]); diff != "" {
		t.Error("said (-want +got):\n" + diff)
	}
	if doc.Verdict != report.Passed || len(doc.Drive) != 1 || doc.Drive[0].Count != 2 || len(doc.Expectations) != 1 || len(doc.Load) != 1 {
		t.Errorf("the document is %+v", doc)
	}
}

func TestWhatFailsDecidesTheVerdict(t *testing.T) {
	for reason, test := range map[string]struct {
		rest string
		skip string
		want report.Verdict
	}{
		"a step with another status": {"drive: [{ request: { path: /missing, status: 200 } }]", "", report.Failed},
		"a step that was left out":   {"drive: [{ request: { path: /missing, status: 200 } }]", "drive", report.Passed},
		"a broken expectation":       {"drive: [{ request: { path: / } }]\nexpect: [{ name: n, trace: \"*\", that: calls == 2 }]", "", report.Failed},
		"one that picks nothing":     {"drive: [{ request: { path: / } }]\nexpect: [{ name: n, trace: /never, that: calls == 1 }]", "", report.Failed},
		"nothing to do":              {"", "", report.Passed},
	} {
		t.Run(reason, func(t *testing.T) {
			spec, _ := specOf(t, test.rest)
			doc, err := Run(t.Context(), Options{Spec: spec, Skip: map[string]bool{test.skip: true}})
			if err != nil {
				t.Fatal(err)
			}
			if doc.Verdict != test.want {
				t.Errorf("the verdict is %s, want %s: %+v %+v", doc.Verdict, test.want, doc.Drive, doc.Expectations)
			}
		})
	}
}

func TestARunOfNothingSaysWhatIsMissing(t *testing.T) {
	for reason, test := range map[string]struct {
		skip map[string]bool
		want []string
	}{
		"seam.yaml names no traffic": {nil, []string{"nothing-driven"}},
		"it was left out":            {map[string]bool{"drive": true}, nil},
	} {
		t.Run(reason, func(t *testing.T) {
			spec, _ := specOf(t, "")
			doc, err := Run(t.Context(), Options{Spec: spec, Skip: test.skip})
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, f := range doc.Findings {
				kinds = append(kinds, f.Kind)
			}
			if diff := cmp.Diff(test.want, kinds); diff != "" {
				t.Error("found (-want +got):\n" + diff)
			}
		})
	}
}

func TestStepsAndLoadsAreToldWithoutSecrets(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
		fmt.Fprint(w, `{"access_token": "hunter2"}`)
	}))
	t.Cleanup(service.Close)
	request := &system.Request{Method: "GET", Path: "/login?user=ann&password=hunter2", Status: 201}
	spec := &system.Spec{
		Name: "alone", Services: []system.Service{{Name: "web", URL: service.URL}}, Entry: system.Entry{Service: "web"},
		Drive: []system.Step{
			{Name: "GET " + request.Path, Request: request},
			{Name: "GET /slow?api_key=hunter2", Within: 50 * time.Millisecond, Request: &system.Request{Method: "GET", Path: "/slow?api_key=hunter2"}},
			{Name: "sh login?token=hunter2", Run: []string{"sh", "-c", "echo token=hunter2 is wrong; exit 1"}},
		},
	}
	doc, err := Run(t.Context(), Options{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	job := load.Job{
		Name: service.URL + "/?token=hunter2", Rate: 20, For: 100 * time.Millisecond,
		Requests: []load.Request{{Method: "GET", URL: service.URL + "/?token=hunter2"}},
	}
	alone, err := Load(t.Context(), LoadTask{Job: job}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]*report.Document{doc, alone})
	if err != nil {
		t.Fatal(err)
	}
	if at := bytes.Index(text, []byte("hunter2")); at >= 0 {
		t.Errorf("the report holds a secret: ...%s", text[max(0, at-100):min(at+30, len(text))])
	}
	want := []string{"answered 200, wanted 201: {\"access_token\": \"REDACTED\"}", "no answer: the step took longer than its 50ms; raise `within:` if it may"}
	if diff := cmp.Diff(want, []string{doc.Drive[0].Message, doc.Drive[1].Message}); diff != "" {
		t.Error("said of the steps (-want +got):\n" + diff)
	}
	if said := doc.Drive[2].Message; !strings.Contains(said, "exited with code 1") || !strings.Contains(said, "| token=REDACTED is wrong") {
		t.Errorf("what a command said beside its secret is lost: %s", said)
	}
}

func TestAnInterruptedRunEndsWithItsCause(t *testing.T) {
	spec, _ := specOf(t, "drive: [{ run: [sleep, \"60\"] }]\n")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if doc, err := Run(ctx, Options{Spec: spec}); err == nil {
		t.Errorf("no error, but %+v", doc)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the run went on for %s after its end", took)
	}
}

// An objective that would have ended a run is missed where it is broken at the
// end of one that was too short to be ended.
func TestAShortLoadMissesWhatWouldHaveEndedIt(t *testing.T) {
	spec, _ := specOf(t, `
load:
  rate: 20/s
  for: 500ms
  request: { path: /missing }
  objectives: p50<1m
  abort: [p50<1m, errors<50%]
`)
	doc, err := Run(t.Context(), Options{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	got := doc.Load[0].Objectives
	if doc.Load[0].Aborted != "" || len(got) != 2 || got[1].Text != "errors<50%" || got[1].Result != report.CaseFailed || got[1].Line != 11 || got[0].Result != report.CasePassed {
		t.Errorf("%+v", doc.Load[0])
	}
}
