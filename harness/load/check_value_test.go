package load

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What an answer is held against may hold the values of its iteration: a
// column, what an earlier step extracted, what set-up did.
func TestAnswersAreHeldAgainstValues(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.csv")
	if err := os.WriteFile(file, []byte("sku,shelf\n\"a \"\"b\"\" ä\",x\nc&d,y\n7.0,z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			job, url := way.job(t, Job{Stages: thirty}, func(w http.ResponseWriter, r *http.Request) {
				sku := r.URL.Query().Get("sku")
				w.Header().Set("X-Shelf", r.URL.Query().Get("shelf"))
				if err := json.NewEncoder(w).Encode(map[string]any{"sku": sku, "tenant": "blue", "id": "id-" + sku}); err != nil {
					t.Error(err)
				}
			})
			step := func(checks ...Check) Step {
				return Step{Request: Request{URL: url + "/?sku={{books.sku}}&shelf={{books.shelf}}"}, Extract: []Extract{{"id", FromJSON, "/id"}}, Checks: checks}
			}
			equals := func(of, at, wanted string) Check { return Check{Of: of, At: at, Held: true, Equals: wanted} }
			job.Data = []Feeder{{Name: "books", File: file}}
			job.SetUp = []Step{{Request: Request{URL: url + "/?sku=x"}, Extract: []Extract{{"tenant", FromJSON, "/tenant"}}}}
			job.Flows = []Flow{
				{Name: "right", Weight: 1, Steps: []Step{
					step(equals(FromJSON, "/sku", "{{books.sku}}"), equals(FromHeader, "X-Shelf", "{{books.shelf}}"), equals(FromJSON, "/tenant", "{{tenant}}")),
					step(equals(FromJSON, "/id", "{{id}}"), Check{Of: OfContains, At: `"tenant":"{{tenant}}"`}),
				}},
				{Name: "wrong", Weight: 1, Steps: []Step{
					{Request: Request{URL: url + "/?sku=fixed"}, Checks: []Check{equals(FromJSON, "/sku", "{{books.sku}}")}},
				}},
			}
			s := perform(t, job)
			right, wrong := s.Flows[0], s.Flows[1]
			if right.Completed == 0 || right.Failed != 0 || wrong.Failed == 0 || wrong.Completed != 0 || right.Begun+wrong.Begun != 30 {
				t.Errorf("%+v, %+v: %v", right, wrong, s.Classes)
			}
		})
	}
}

// A value that is another each time, or that nobody has, is refused at its place.
func TestNoAnswerIsHeldAgainstChance(t *testing.T) {
	step := Step{Request: Request{URL: "http://127.0.0.1:1/"}}
	for _, wanted := range []string{"{{seam.uuid}}", "{{seam.random}}", "x{{seam.time}}", "{{nobody}}", "{{open"} {
		step.Checks = append(step.Checks, Check{Of: FromJSON, At: "/id", Held: true, Equals: wanted})
	}
	step.Checks = append(step.Checks, Check{Of: OfContains, At: "{{nobody}}"}, Check{Of: FromJSON, At: "/n", Held: true, Equals: "{{seam.n}}"})
	job := Job{Rate: 1, For: 1, Flows: []Flow{{Steps: []Step{step}}}}
	var told []string
	for _, f := range job.Faults() {
		told = append(told, fmt.Sprintf("%s: %s", f.Key, f.Message))
	}
	const at = "flows[0].steps[0].check"
	for i, want := range []string{
		at + "[0].equals: {{seam.uuid}} is another each time", at + "[1].equals: {{seam.random}} is", at + "[2].equals: {{seam.time}} is",
		at + "[3].equals: there is no value {{nobody}} here", at + "[4].equals: a {{ has no }}", at + "[5].contains: there is no value {{nobody}}",
	} {
		if i >= len(told) || !strings.HasPrefix(told[i], want) {
			t.Errorf("fault %d is none that says %s: %q", i, want, told)
		}
	}
	if len(told) != 6 {
		t.Errorf("%d faults: %q", len(told), told)
	}
}

// Checks hold answers outside of flows too.
func TestChecksAreNamedWhereTheyBreak(t *testing.T) {
	checks, faults := NewChecks([]Check{
		{Of: FromHeader, At: "X-Kind"}, {Name: "tea", Of: FromJSON, At: "/sku", Held: true, Equals: "tea"}, {Of: FromRegex, At: `"n":[0-9]+`}, {Of: OfSize, Most: 30},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	kind := http.Header{"X-Kind": {"a"}}
	for body, want := range map[string]string{
		`{"sku":"tea","n":7}`: "", `{"sku":"milk","n":7}`: "tea", `{"sku":"tea","n":"x"}`: `regex "n":[0-9]+`, `{"sku":"tea","n":7, "more": "and more"}`: "max-size", "": "tea",
	} {
		if got := checks.Broken(200, kind, []byte(body)); got != want {
			t.Errorf("%s breaks %q, want %q", body, got, want)
		}
	}
	if got := checks.Broken(200, nil, []byte(`{"sku":"tea","n":7}`)); got != "header X-Kind" {
		t.Errorf("without a header %q breaks", got)
	}
	if _, faults := NewChecks([]Check{{Of: FromJSON, At: "sku"}, {Of: OfContains, At: "{{x}}"}}); len(faults) != 2 || faults[1].Key != "check[1].contains" {
		t.Errorf("%+v", faults)
	}
}
