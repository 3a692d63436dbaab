package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultClient.CloseIdleConnections()
		os.Exit(code)
	}))
}

const pact = `{"consumer": {"name": "phone"}, "provider": {"name": "web"}, "interactions": [
	{"description": "a thing", "request": {"method": "GET", "path": "/things/1"},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1},
	  "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}}}}},
	{"description": "the others", "request": {"method": "GET", "path": "/others"}, "response": {"status": 200}}
 ], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`

const file = `seam: 1
name: one
services:
  web: { url: %q, instrumented: false }
entry: web
drive:
  - { request: { path: /things/1, status: 200 } }
  - { request: { path: /unknown } }
contracts: { pacts: phone.json }
expect:
  - { name: it answers, trace: 'GET /things/{id}', that: 'errors == 0' }
load: { rate: 20/s, for: 200ms, request: { path: /things/1 }, objectives: ["p99<10s"] }
%s`

// one is a system of one service, played by this test, which its drive calls
// from outside as the consumer phone would.
func one(t *testing.T, broken bool, more string) *system.Spec {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if broken {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, `{"id": 1}`)
	}))
	t.Cleanup(web.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{"phone.json": pact, "seam.yaml": fmt.Sprintf(file, web.URL, more)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// sound and late are load runs whose clock went as it should, and did not,
// whatever else this machine does meanwhile.
func sound(ctx context.Context, task LoadTask) (*LoadResult, error) { return clocked(ctx, task, "") }

func late(ctx context.Context, task LoadTask) (*LoadResult, error) {
	return clocked(ctx, task, "requests were sent late")
}

func clocked(ctx context.Context, task LoadTask, why string) (*LoadResult, error) {
	r, err := task.Run(ctx)
	if r != nil {
		r.Summary.WhyInvalid = why
	}
	return r, err
}

func TestDocumentsOfRealRunsKeepToTheSchema(t *testing.T) {
	for _, c := range []struct {
		reason   string
		broken   bool
		more     string
		load     func(context.Context, LoadTask) (*LoadResult, error)
		verdict  report.Verdict
		findings []string
	}{
		{"a system that is as agreed", false, "", sound, report.Passed, nil},
		{"a minimum that is reached", false, "coverage: { calls: 50%, interactions: 50% }\n", sound, report.Passed, nil},
		{"a minimum that is not reached", false, "coverage: { calls: 90%, interactions: 100% }\n", sound, report.Failed,
			[]string{"coverage-too-low on entry->web", "coverage-too-low on entry->web"}},
		{"a provider that is broken", true, "", sound, report.Failed, []string{"contract-violated on entry->web", "contract-violated on entry->web"}},
		{"figures that cannot be trusted", false, "", late, report.Invalid, nil},
	} {
		t.Run(c.reason, func(t *testing.T) {
			doc, err := Run(t.Context(), Options{Spec: one(t, c.broken, c.more), Load: c.load})
			if err != nil {
				t.Fatal(err)
			}
			if doc.Verdict != c.verdict {
				t.Errorf("%s, want %s", doc.Verdict, c.verdict)
			}
			var findings []string
			for _, f := range doc.Findings {
				if !f.Warning {
					findings = append(findings, f.Kind+" on "+f.Edge)
				}
			}
			if diff := cmp.Diff(c.findings, findings); diff != "" {
				t.Errorf("findings: %s", diff)
			}
			keepsToTheSchema(t, doc)
		})
	}
}

func TestFailuresPointToTheirPlaceAndTrace(t *testing.T) {
	spec := one(t, true, "")
	doc, err := Run(t.Context(), Options{Spec: spec, Load: sound})
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	for _, c := range doc.Cases() {
		if c.Result == report.CaseFailed {
			kind, _, _ := strings.Cut(c.Title, ":")
			places[kind] = fmt.Sprintf("%s:%d", filepath.Base(c.File), c.Line)
			if c.TraceID != "" && !slices.ContainsFunc(doc.Shown, func(s report.Trace) bool { return s.TraceID == c.TraceID }) {
				t.Errorf("%s: its trace is not shown", c.Title)
			}
		}
	}
	want := map[string]string{
		"drive": "seam.yaml:8", "contract phone->web": "phone.json:5", "expectation": "seam.yaml:11", "finding": "phone.json:2",
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentsOfOtherVerbsKeepToTheSchema(t *testing.T) {
	spec := one(t, true, "")
	sources, err := verify.Sources(t.Context(), spec.Contracts[0].Pacts)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := url.Parse(spec.Services[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := Verify(t.Context(), []verify.Task{{Source: sources[0], Config: verify.Config{Provider: provider}}})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(t.Context(), LoadTask{Job: load.Job{Name: "x", Rate: 20, For: 200 * time.Millisecond, Requests: []load.Request{{Method: "GET", URL: provider.String()}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Verdict != report.Failed || verified.Contracts[0].Interactions[1].Line != 5 {
		t.Errorf("verify: %s, line %d", verified.Verdict, verified.Contracts[0].Interactions[1].Line)
	}
	keepsToTheSchema(t, verified)
	keepsToTheSchema(t, loaded)
}

// keepsToTheSchema also holds every format to be made of the document.
func keepsToTheSchema(t *testing.T, doc *report.Document) {
	t.Helper()
	text, err := os.ReadFile("../report/document.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource("document", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("document")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Write(doc, "json", "", &b); err != nil {
		t.Fatal(err)
	}
	value, err := validator.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
	for _, format := range report.Formats() {
		if err := report.Write(doc, format, "", &b); err != nil || b.Len() == 0 {
			t.Errorf("as %s: %v", format, err)
		}
		b.Reset()
	}
}
