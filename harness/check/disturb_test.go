package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/report"
)

func TestFaultsAreInForceWhileTheirStepRuns(t *testing.T) {
	spec, asked := specOf(t, `
drive:
  - { name: instead, request: { path: /items/7, status: 503 }, times: 2, faults: { edge: entry->web, status: 503 } }
  - { name: after, request: { path: /items/7, status: 200 } }
  - { name: cut, request: { path: /items/7 }, faults: { edge: entry->web, cut: 3 } }
  - { name: broken, request: { path: /items/7 }, faults: [{ edge: "entry -> web", latency: 1ms }, { edge: entry->web, reset: true }] }
  - { name: elsewhere, request: { path: /items/7 }, faults: { edge: entry->web, path: /orders/*, reset: true } }
expect:
  - { trace: /items/7, that: 'status == 200 and attr("seam.fault") == nil' }
  - { trace: /items/7, that: 'attr("seam.fault") != nil', under-faults: true }
`)
	doc, err := Run(t.Context(), Options{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Step{
		{Name: "instead", Result: report.CasePassed, Count: 2, Faults: []report.Fault{{Edge: "entry->web", Fault: "status 503", Strikes: 2}}},
		{Name: "after", Result: report.CasePassed, Count: 1},
		{Name: "cut", Result: report.CaseFailed, Count: 1, Message: "the answer broke off: unexpected EOF", Faults: []report.Fault{{Edge: "entry->web", Fault: "cut after 3 bytes", Strikes: 1}}},
		{
			Name: "broken", Result: report.CaseFailed, Count: 1, Message: "no answer: ",
			Faults: []report.Fault{{Edge: "entry->web", Fault: "latency 1ms", Strikes: 1}, {Edge: "entry->web", Fault: "reset", Strikes: 1}},
		},
		{
			Name: "elsewhere", Result: report.CaseFailed, Count: 1,
			Message: "no call was struck by the fault reset on entry->web: nothing crossed the edge meanwhile that its method, path, share and times allow",
			Faults:  []report.Fault{{Edge: "entry->web", Fault: "reset"}},
		},
	}
	got := doc.Drive
	for i := range got {
		got[i].TookS, got[i].TraceID, got[i].Line = 0, "", 0
		if cut, found := strings.CutPrefix(got[i].Message, "no answer: "); found && cut != "" {
			got[i].Message = "no answer: "
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, e := range doc.Expectations {
		if e.Result != report.CasePassed {
			t.Errorf("traces with faults and without are not told apart: %s", e.Message)
		}
	}
	if n := len(asked()); n != 3 { // after, cut and elsewhere
		t.Errorf("the service was asked %d times: %q", n, asked())
	}
	if notes := doc.Cases()[0].Notes; len(notes) != 1 || notes[0] != "under the fault status 503 on entry->web, which struck 2 calls" {
		t.Errorf("notes of the first step: %q", notes)
	}
}

func TestALoadUnderFaultsTellsOfThem(t *testing.T) {
	spec, _ := specOf(t, `
load:
  - { name: half, connections: 2, for: 500ms, request: { path: /items/7 }, faults: { edge: entry->web, status: 503, share: 50% } }
  - { name: none, connections: 2, for: 500ms, request: { path: /items/7 }, faults: { edge: entry->web, path: /orders, status: 503 } }
`)
	doc, err := Run(t.Context(), Options{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	half, none := &doc.Load[0], &doc.Load[1]
	cut := int64(half.Faults[0].Strikes) - half.Statuses["503"] // by the end of the run, on each of the connections at most
	if half.Errors == 0 || cut < 0 || cut > 2 || half.Statuses["200"] == 0 || half.Plan["faults"] != "status 503 on entry->web" {
		t.Errorf("half: %d errors, faults %+v, statuses %v, plan %q", half.Errors, half.Faults, half.Statuses, half.Plan["faults"])
	}
	if none.Errors != 0 || none.Faults[0].Strikes != 0 {
		t.Errorf("none: %d errors, faults %+v", none.Errors, none.Faults)
	}
	idle := ""
	for _, f := range doc.Findings {
		if f.Kind == "fault-idle" {
			idle += f.Message
		}
	}
	if !strings.HasPrefix(idle, "load none: no call was struck by the fault status 503 on entry->web") || doc.Verdict != report.Failed {
		t.Errorf("verdict %s, %q", doc.Verdict, idle)
	}
	var text strings.Builder
	if err := report.Text(&text, doc); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "fault       status 503 on entry->web, which struck ") {
		t.Errorf("the text does not tell of the fault:\n%s", text.String())
	}
}
