package finding_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// repeat writes n calls of a line, each longer than the way to the next.
func repeat(n, apart, took int, line string) string {
	var b strings.Builder
	for i := range n {
		at := i * apart
		fmt.Fprintf(&b, "\n  "+line, i, at, at+took)
	}
	return b.String()
}

const item = "orders->stock GET /items/{id} %[2]d-%[3]d 200 path=/items/%[1]d"

func TestAll(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         []finding.Finding
	}{
		{"nothing is wrong", "entry->a GET / 0-10 200\n  a->b GET /x 1-5 200", nil},
		{
			"a service that drops the context is to blame",
			"entry->a GET / 0-10 200\n\na->b GET /x/{id} 1-5 200 context=false path=/x/1\n\na->b GET /x/{id} 6-9 200 context=false path=/x/2",
			[]finding.Finding{{
				Kind: "context-lost", Edge: "a->b", Evidence: []trace.ID{tracetest.ID(2), tracetest.ID(3)},
				Message: "a called GET /x/{id} on b twice without a trace context: a must pass the headers traceparent and tracestate on from the request that it serves",
			}},
		},
		{"the world outside need not send one", "entry->a GET / 0-10 200 context=false", nil},
		{"other phases may lack it", "a->b GET /x 1-5 200 context=false phase=verify", nil},
		{
			"five calls in a row",
			"entry->orders GET /list 0-100 200" + repeat(5, 20, 10, item),
			[]finding.Finding{{
				Kind: "n+1", Edge: "orders->stock", Warning: true, Evidence: []trace.ID{tracetest.ID(1)},
				Message: "orders calls GET /items/{id} on stock 5 times, one after the other, during one GET /list (50ms of 100ms): ask for all in one call",
			}},
		},
		{
			"the worst is told, and how often it was",
			"entry->orders GET /list 0-100 200" + repeat(5, 20, 10, item) + "\n\nentry->orders GET /list 0-200 200" + repeat(9, 20, 10, item),
			[]finding.Finding{{
				Kind: "n+1", Edge: "orders->stock", Warning: true, Evidence: []trace.ID{tracetest.ID(1), tracetest.ID(2)},
				Message: "orders calls GET /items/{id} on stock 9 times, one after the other, during one GET /list (90ms of 200ms), and so twice in all: ask for all in one call",
			}},
		},
		{"four calls are few", "entry->orders GET /list 0-100 200" + repeat(4, 20, 10, item), nil},
		{"five at once are no loop", "entry->orders GET /list 0-100 200" + repeat(5, 1, 50, item), nil},
		{
			"a retry that helps",
			"entry->a GET / 0-50 200\n  a->b POST /x 1-5 503\n  a->b POST /x 6-9 503\n  a->b POST /x 20-30 200",
			[]finding.Finding{{
				Kind: "retries", Edge: "a->b", Warning: true, Evidence: []trace.ID{tracetest.ID(1)},
				Message: "a tried POST /x on b 3 times during one GET /: 2 failed (503), the last one succeeded",
			}},
		},
		{
			"many retries are no n+1",
			"entry->a GET / 0-50 502" + repeat(6, 5, 2, "a->b POST /x %[2]d-%[3]d error error.type=%[1]d"),
			[]finding.Finding{{
				Kind: "retries", Edge: "a->b", Warning: true, Evidence: []trace.ID{tracetest.ID(1)},
				Message: "a tried POST /x on b 6 times during one GET /: 6 failed (no answer), the last one too",
			}},
		},
		{
			"too many requests is a reason to come again",
			"entry->a GET / 0-50 200\n  a->b GET /x 1-5 429\n  a->b GET /x 6-9 200",
			[]finding.Finding{{
				Kind: "retries", Edge: "a->b", Warning: true, Evidence: []trace.ID{tracetest.ID(1)},
				Message: "a tried GET /x on b twice during one GET /: 1 failed (429), the last one succeeded",
			}},
		},
		{"a failure and then another target", "entry->a GET / 0-50 200\n  a->b GET /x/{id} 1-5 503 path=/x/1\n  a->b GET /x/{id} 6-9 200 path=/x/2", nil},
		{"a hedged call began before the first failed", "entry->a GET / 0-50 200\n  a->b GET /x 1-5 503\n  a->b GET /x 3-9 200", nil},
		{"in another request it is another try", "entry->a GET / 0-50 500\n  a->b GET /x 1-5 503\n\nentry->a GET / 60-90 200\n  a->b GET /x 61-69 200", nil},
		{
			"reads of different services, one after the other",
			"entry->a GET /page 0-100 200\n  a->b GET /x 1-40 200\n  a->c GET /y 41-90 200",
			[]finding.Finding{{
				Kind: "serial-calls", Edge: "a->c", Warning: true, Evidence: []trace.ID{tracetest.ID(1)},
				Message: "during GET /page a waits for GET /x on b, GET /y on c one after the other (88ms of 100ms): where none needs the answer of another, calling all at once saves up to 39ms",
			}},
		},
		{"writes come in an order", "entry->a POST / 0-100 200\n  a->b POST /reserve 1-40 200\n  a->c POST /charge 41-90 200", nil},
		{"a write between two reads parts them", "entry->a POST / 0-100 200\n  a->b GET /x 1-30 200\n  a->b POST /reserve 31-40 200\n  a->c GET /y 41-90 200", nil},
		{"they overlap already", "entry->a GET / 0-100 200\n  a->b GET /x 1-60 200\n  a->c GET /y 41-90 200", nil},
		{"too little to save", "entry->a GET / 0-100 200\n  a->b GET /x 1-90 200\n  a->c GET /y 91-99 200", nil},
		{"too short to matter", "entry->a GET / 0-4 200\n  a->b GET /x 0-2 200\n  a->c GET /y 2-4 200", nil},
		{"after an error the next is a way out", "entry->a GET / 0-100 200\n  a->b GET /x 1-40 500\n  a->c GET /y 41-90 200", nil},
		{"two steps of the drive are no burst", "seam: drive 0-100 client\n  entry->a GET / 0-40 200\n  entry->b GET / 41-90 200", nil},
	} {
		t.Run(row.reason, func(t *testing.T) {
			got := finding.All(tracetest.Read(t, row.text), finding.Config{})
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Instrumented services put a span of their own between an exchange and the
// calls that they make during it.
func TestBurstsAreFoundThroughTheServicesOwnSpans(t *testing.T) {
	text := "entry->orders GET /list 0-100 200\n  orders: GET /list 0-100"
	for i := range 5 {
		text += fmt.Sprintf("\n    orders: get %d-%d client\n      orders->stock GET /items/{id} %d-%d 200 path=/items/%d", i*20, i*20+10, i*20, i*20+9, i)
	}
	got := finding.All(tracetest.Read(t, text), finding.Config{})
	if len(got) != 1 || got[0].Kind != finding.NPlusOne || got[0].Edge != "orders->stock" {
		t.Errorf("found %+v", got)
	}
}

func TestLimitsCanBeSet(t *testing.T) {
	traces := tracetest.Read(t, "entry->orders GET /list 0-100 200"+repeat(3, 20, 10, item)+"\n  orders->mail GET /m 60-64 200")
	for _, row := range []struct {
		reason string
		cfg    finding.Config
		want   []string
	}{
		{"by default three are few and 4 ms are little", finding.Config{}, nil},
		{"three count", finding.Config{LeastCalls: 3}, []string{"n+1"}},
		{"a small saving counts", finding.Config{LeastShare: 0.1, LeastSaving: 1}, []string{"serial-calls"}},
	} {
		var got []string
		for _, f := range finding.All(traces, row.cfg) {
			got = append(got, f.Kind)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
}

func TestUnusedEdges(t *testing.T) {
	traces := tracetest.Read(t, "entry->a GET / 0-10 200\n  a->b GET / 1-2 200 phase=live")
	got := finding.All(traces, finding.Config{Edges: []string{"entry->a", "a->b", "b->a", "a->c"}})
	want := []finding.Finding{
		{Kind: "unused-edge", Edge: "b->a", Warning: true, Message: "nothing crossed b->a: either the drive never leads there, or b reaches a by another address than the one it is given; where that is fixed, give the call a fixed listen:"},
		{Kind: "unused-edge", Edge: "a->c", Warning: true, Message: "nothing crossed a->c: either the drive never leads there, or a reaches c by another address than the one it is given; where that is fixed, give the call a fixed listen:"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	got := finding.All(tracetest.Read(t, strings.Repeat("a->b GET / 0-1 200 context=false\n\n", 50)), finding.Config{})
	if len(got) != 1 || len(got[0].Evidence) != 10 || !strings.Contains(got[0].Message, " 50 times ") {
		t.Errorf("found %+v", got)
	}
}
