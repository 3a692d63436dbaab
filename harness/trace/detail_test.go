package trace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func TestAnErrorIsDrawnWhole(t *testing.T) {
	tr := tracetest.One(t, "entry->a GET / 0-10 500\n  a: GET / 0-9 error")
	tr.Spans[1].Message = "first line\nof the remote service: " + strings.Repeat("a long reason, ", 8) + "THE CAUSE"
	got := drawn(t, tr, trace.DrawConfig{Width: 60})
	for _, want := range []string{"   ^ error: first line\n     of the remote service: a long reason", "THE CAUSE\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the drawing lacks %q:\n%s", want, got)
		}
	}
	for _, line := range strings.Split(got, "\n")[1:] {
		if len([]rune(line)) > 60 {
			t.Errorf("wider than asked: %q", line)
		}
	}
	tr.Spans[1].Message = strings.Repeat("word ", 1000)
	if got := drawn(t, tr, trace.DrawConfig{Width: 60}); strings.Count(got, "\n") != 11 || !strings.Contains(got, "word...\n") {
		t.Errorf("an endless reason is drawn as:\n%s", got)
	}
}

func TestAnErrorWithoutAStatusTextIsItsException(t *testing.T) {
	tr := tracetest.One(t, "entry->a GET / 0-10 500\n  a: GET / 0-9 error")
	tr.Spans[1].Events = []trace.Event{{Name: "exception", Attrs: []attribute.KeyValue{
		attribute.String("exception.type", "java.lang.IllegalStateException"), attribute.String("exception.message", "no stock"),
	}}}
	if got, want := drawn(t, tr, trace.DrawConfig{}), "^ error: java.lang.IllegalStateException: no stock\n"; !strings.Contains(got, want) {
		t.Errorf("the drawing lacks %q:\n%s", want, got)
	}
}

func TestDetailsAreAllThatASpanHolds(t *testing.T) {
	tr := tracetest.One(t, "entry->a GET / 0-10 200\n  a: work 1-9")
	tr.Spans[0].Attrs = nil
	s := tr.Spans[1]
	s.Name = strings.Repeat("long ", 20) + "name"
	s.Attrs = []attribute.KeyValue{attribute.String("sku", "tea\x1b[2J"), attribute.String("stack", "at one\nat two"), attribute.Int("n", 7)}
	s.Events = []trace.Event{{Name: "retry", Time: s.Start.Add(2 * time.Millisecond), Attrs: []attribute.KeyValue{attribute.Bool("last", true)}}}
	s.Links = []trace.Link{{Trace: tr.ID, Span: tracetest.SpanID(9)}}
	_, got, _ := strings.Cut(drawn(t, tr, trace.DrawConfig{Width: 76, Details: true}), "━\n└─ ")
	_, got, _ = strings.Cut(got, "━\n")
	want := `     a  long long long long long long long long long long long long long
     long long long long long long long name
     sku = tea?[2J
     stack = at one
     at two
     n = 7
     event retry at +2ms
       last = true
     link to trace 00000000000000000000000000000001 span 0000000000000009
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
