package trace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func drawn(t testing.TB, tr *trace.Trace, cfg trace.DrawConfig) string {
	t.Helper()
	var b strings.Builder
	if err := trace.Draw(&b, tr, cfg); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDraw(t *testing.T) {
	tr := tracetest.One(t, checkout)
	tr.Spans[7].Message = "card refused"
	got := drawn(t, tr, trace.DrawConfig{Width: 90, Mark: func(s *trace.Span) string {
		if s.Edge() == "gateway->payments" {
			return `calls("payments") is 1, wanted 2`
		}
		return ""
	}})
	want := strings.TrimLeft(`
trace 00000000000000000000000000000001  100ms  8 spans  3 services  2 errors
entry->gateway  POST /checkout 201               100ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━
└─ gateway  POST /checkout                        98ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━
   ├─ gateway  HTTP POST                          42ms    ━━━━━━━━━━━
   │  └─ gateway->orders  POST /orders 201        40ms    ━━━━━━━━━━━
   │     └─ orders  POST /orders                  38ms    ━━━━━━━━━━━
   └─ gateway  HTTP POST                          32ms                 ━━━━━━━━━
      └─ gateway->payments  POST /charge 503      30ms                  ━━━━━━━━     error
         ^ calls("payments") is 1, wanted 2
         └─ payments  charge                      28ms                  ━━━━━━━━     error
            ^ error: card refused
`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTimelessSpansHaveNoBar and no say in when their trace began.
func TestTimelessSpansHaveNoBar(t *testing.T) {
	tr := tracetest.One(t, "a: GET / 0-10\n  b: lost 1-2\n  b: begun 4-5\n  b: ended 6-7")
	tr.Spans[1].Start, tr.Spans[1].End = time.Time{}, time.Time{}
	tr.Spans[2].End, tr.Spans[3].Start = time.Time{}, time.Time{}
	s := trace.NewStore(trace.StoreConfig{})
	s.Add(tr.Spans...)
	tr, _ = s.Trace(tr.ID)
	if start, _ := tr.Bounds(); !start.Equal(tracetest.Epoch) || tr.Duration() != 10*time.Millisecond || len(tr.Skew()) > 0 {
		t.Errorf("the trace began at %s and took %s; skew %v", start, tr.Duration(), tr.Skew())
	}
	got := drawn(t, tr, trace.DrawConfig{Width: 60})
	want := strings.TrimLeft(`
trace 00000000000000000000000000000001  10ms  4 spans  2 services
a  GET /         10ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
├─ b  lost         0s
├─ b  begun        0s                ━
└─ b  ended        0s                           ━
`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDrawSaysWhatIsMissing(t *testing.T) {
	tr := tracetest.One(t, "entry->a GET / 0-10 200\nb: lost 1-2 orphan")
	tr.Open = []trace.Opened{{Span: tracetest.SpanID(9), Edge: "a->b"}}
	tr.Partial = true
	got := drawn(t, tr, trace.DrawConfig{})
	for _, want := range []string{"its parent 00000000000003e9 has not come", "a->b has not ended", "left the store"} {
		if !strings.Contains(got, want) {
			t.Errorf("drawing does not say %q:\n%s", want, got)
		}
	}
}

func TestDrawKeepsWhatIsMarkedWhenThereIsTooMuch(t *testing.T) {
	var text strings.Builder
	text.WriteString("entry->a GET / 0-1000 200\n  a: GET / 0-1000\n")
	for i := range 500 {
		fmt.Fprintf(&text, "    a->b GET /%d %d-%d 200\n", i, i, i+1)
	}
	got := drawn(t, tracetest.One(t, text.String()), trace.DrawConfig{Rows: 5, Mark: func(s *trace.Span) string {
		if s.Name == "GET /400" {
			return "here"
		}
		return ""
	}})
	for _, want := range []string{"GET /400 200", "^ here", "... 398 more spans", "... 99 more spans", "GET /1 200"} {
		if !strings.Contains(got, want) {
			t.Errorf("drawing lacks %q:\n%s", want, got)
		}
	}
}

func TestDrawCleansWhatCameFromOutside(t *testing.T) {
	tr := tracetest.One(t, "a: x 0-1")
	tr.Spans[0].Name = "\x1b[2J\x07evil\nline"
	if got := drawn(t, tr, trace.DrawConfig{}); strings.ContainsAny(got, "\x1b\x07") || strings.Count(got, "\n") != 2 {
		t.Errorf("control characters pass: %q", got)
	}
}

func TestDrawFitsItsWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(60, 150).Draw(t, "width")
		tr := trace.New(tracetest.ID(1), anySpans(t)...)
		var b strings.Builder
		if err := trace.Draw(&b, tr, trace.DrawConfig{Width: width, Mark: func(*trace.Span) string { return strings.Repeat("long ", 60) }}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width && !strings.HasPrefix(line, "trace ") {
				t.Fatalf("%d columns in %q", n, line)
			}
		}
	})
}
