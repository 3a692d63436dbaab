package check

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// systemOf reads a seam.yaml of one service, which this test plays.
func systemOf(t *testing.T, serve http.HandlerFunc, rest string) *system.Spec {
	t.Helper()
	service := httptest.NewServer(serve)
	t.Cleanup(service.Close)
	path := filepath.Join(t.TempDir(), "seam.yaml")
	text := fmt.Sprintf("seam: 1\nname: alone\nservices:\n  web: { url: %q, instrumented: false }\nentry: web\n%s", service.URL, rest)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := system.Read(path, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// A load fills the store of traces many times over. What the drive showed is
// judged all the same, and the traces of the worst requests are there, although
// these came early and one request in a hundred asked to be traced.
func TestALoadDoesNotDriveOutWhatIsJudged(t *testing.T) {
	var loaded atomic.Int64
	spec := systemOf(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/loaded" {
			switch n := loaded.Add(1); {
			case n > 10 && n <= 25:
				time.Sleep(100 * time.Millisecond) // the service's own time, which the figures must show
			case n > 25 && n <= 35:
				w.WriteHeader(http.StatusBadGateway)
			}
		}
		fmt.Fprint(w, `{"id": 7}`)
	}, fmt.Sprintf(`
drive: [{ request: { path: /items/7, status: 200 }, times: 5 }]
expect: [{ name: answered, trace: "GET /items/{id}", that: "status == 200" }]
load: { rate: 400/s, for: 4s, request: { path: "/loaded?%s" } }
`, strings.Repeat("x", 1900)))
	const bound = 4 << 20 // a second of it and more
	doc, err := Run(t.Context(), Options{Spec: spec, TraceBytes: bound, Load: func(ctx context.Context, task LoadTask) (*LoadResult, error) {
		task.SampleEvery = 100
		return sound(ctx, task)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if e := doc.Expectations[0]; e.Traces != 5 || e.Result != report.CasePassed {
		t.Errorf("of the drive %d traces were judged: %+v", e.Traces, e)
	}
	if doc.Traces.Evicted == 0 {
		t.Errorf("the load did not fill the store, so this shows nothing: %+v", doc.Traces)
	}
	l := &doc.Load[0]
	if len(l.Worst) != 10 || len(l.Failed) != 10 {
		t.Fatalf("%d slowest, %d failed", len(l.Worst), len(l.Failed))
	}
	for _, s := range append(l.Worst, l.Failed...) {
		if !s.Kept {
			t.Errorf("the trace of %+v is gone", s)
		}
	}
	if e := l.Edges; len(e) != 1 || int64(e[0].Requests) != l.Requests || e[0].Errors != 10 || l.Attributed != l.Requests ||
		math.Abs(e[0].ShareP50-1) > 1e-6 || math.Abs(e[0].ShareP99-1) > 1e-6 || e[0].Max < 100 || e[0].P50 > e[0].P90 || e[0].P99 > e[0].Max {
		t.Errorf("%d requests on %+v", l.Requests, e)
	}
	for _, f := range doc.Findings {
		if f.Kind == "traces-evicted" {
			t.Errorf("nothing that is judged was lost: %+v", f)
		}
	}
	if len(doc.Shown) < 2*3 {
		t.Errorf("%d traces are laid out", len(doc.Shown))
	}
	var text strings.Builder
	if err := report.Text(&text, doc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"     slowest     ", "     failed      ", "answered 502, failed: status", "entry->web  GET /loaded 502"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not have %q:\n%s", want, text.String())
		}
	}
	keepsToTheSchema(t, doc)
}

// Plans that differ after a secret differ in the report, so that they compare as two.
func TestAPlanKeepsWhatFollowsASecret(t *testing.T) {
	for said, want := range map[string]string{
		"GET /login?token=…, GET /light":       "GET /login?token=REDACTED, GET /light",
		"GET /login?token=s&a=…, GET /heavy":   "GET /login?token=REDACTED&a=…, GET /heavy",
		"GET http://u:s@127.0.0.1/, GET /last": "GET http://REDACTED@127.0.0.1/, GET /last",
	} {
		l := told(&load.Summary{Plan: map[string]string{"requests": said}}, nil)
		if got := l.Plan["requests"]; got != want {
			t.Errorf("%s: got %q, want %q", said, got, want)
		}
	}
}

// An edge that only a load crossed was crossed.
func TestAnEdgeThatALoadCrossedIsNotUnused(t *testing.T) {
	r := &run{doc: newDocument("test", "shop")}
	r.doc.Load = []report.Load{{}, {Edges: []report.EdgeShare{{Edge: "entry->web"}, {Edge: "web->orders"}}}}
	if !r.loadedEdge("web->orders") || r.loadedEdge("web->payments") {
		t.Errorf("the edges of %+v", r.doc.Load)
	}
}
