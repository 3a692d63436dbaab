package edge

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	traceHex = "0af7651916cd43dd8448eb211c80319c"
	spanHex  = "b7ad6b7169203331"
	padHex   = "00000000000000008448eb211c80319c"
)

func TestExtract(t *testing.T) {
	parent := "00-" + traceHex + "-" + spanHex
	tests := []struct {
		header http.Header
		want   string // trace span flags of a live call; "" for a new root
		reason string
	}{
		{http.Header{"Traceparent": {parent + "-01"}}, traceHex + " " + spanHex + " 1", "W3C, sampled"},
		{http.Header{"Traceparent": {parent + "-00"}}, traceHex + " " + spanHex + " 0", "W3C, not sampled"},
		{http.Header{"Traceparent": {parent + "-02"}}, traceHex + " " + spanHex + " 2", "W3C, a random id, not sampled"},
		{http.Header{"Traceparent": {parent + "-ff"}}, traceHex + " " + spanHex + " 3", "flags that are not known yet"},
		{http.Header{"Traceparent": {"cc" + parent[2:] + "-01-more"}}, traceHex + " " + spanHex + " 1", "a later version"},
		{http.Header{"Traceparent": {" " + parent + "-01 "}}, traceHex + " " + spanHex + " 1", "space around"},
		{http.Header{"Traceparent": {"ff" + parent[2:] + "-01"}}, "", "the version that is none"},
		{http.Header{"Traceparent": {parent + "-01-more"}}, "", "more than version 00 has"},
		{http.Header{"Traceparent": {"cc" + parent[2:] + "-01more"}}, "", "a later version that runs on"},
		{http.Header{"Traceparent": {strings.ToUpper(parent) + "-01"}}, "", "capitals"},
		{http.Header{"Traceparent": {parent + "-0x"}}, "", "no digit"},
		{http.Header{"Traceparent": {parent}}, "", "no flags"},
		{http.Header{"Traceparent": {"00-" + strings.Repeat("0", 32) + "-" + spanHex + "-01"}}, "", "a trace of zeros"},
		{http.Header{"Traceparent": {"00-" + traceHex + "-" + strings.Repeat("0", 16) + "-01"}}, "", "a span of zeros"},
		{http.Header{"Traceparent": {parent + "-01", parent + "-01"}}, "", "two of them"},
		{http.Header{"Uber-Trace-Id": {traceHex + ":" + spanHex + ":0:1"}}, traceHex + " " + spanHex + " 1", "Jaeger"},
		{http.Header{"Uber-Trace-Id": {traceHex + "%3A" + spanHex + "%3a0%3A3"}}, traceHex + " " + spanHex + " 1", "Jaeger, encoded, debug"},
		{http.Header{"Uber-Trace-Id": {"8448eb211c80319c:b7:0:0"}}, padHex + " 00000000000000b7 0", "Jaeger, short ids, not sampled"},
		{http.Header{"Uber-Trace-Id": {"8448EB211C80319C:B7:0:1"}}, padHex + " 00000000000000b7 1", "Jaeger in capitals"},
		{http.Header{"Uber-Trace-Id": {"0:b7:0:1"}}, "", "Jaeger, a trace of zero"},
		{http.Header{"Uber-Trace-Id": {traceHex + "0:b7:0:1"}}, "", "Jaeger, too long"},
		{http.Header{"Uber-Trace-Id": {traceHex + ":b7:1"}}, "", "Jaeger, a part missing"},
		{http.Header{"Uber-Trace-Id": {"%zz"}}, "", "Jaeger, badly encoded"},
		{http.Header{"B3": {traceHex + "-" + spanHex + "-1-05e3ac9a4f6e3b90"}}, traceHex + " " + spanHex + " 1", "B3"},
		{http.Header{"B3": {"8448eb211c80319c-" + spanHex}}, padHex + " " + spanHex + " 1", "B3, 64 bits, undecided"},
		{http.Header{"B3": {traceHex + "-" + spanHex + "-0"}}, traceHex + " " + spanHex + " 0", "B3, not sampled"},
		{http.Header{"B3": {traceHex + "-" + spanHex + "-d"}}, traceHex + " " + spanHex + " 1", "B3, debug"},
		{http.Header{"B3": {"0"}}, "denied", "B3 that only denies"},
		{http.Header{"B3": {"x-y"}}, "", "B3 that is none"},
		{
			http.Header{"X-B3-Traceid": {traceHex}, "X-B3-Spanid": {spanHex}, "X-B3-Sampled": {"1"}},
			traceHex + " " + spanHex + " 1", "B3 in several headers",
		},
		{
			http.Header{"X-B3-Traceid": {traceHex}, "X-B3-Spanid": {spanHex}, "X-B3-Sampled": {"false"}},
			traceHex + " " + spanHex + " 0", "the same, not sampled",
		},
		{
			http.Header{"X-B3-Traceid": {traceHex}, "X-B3-Spanid": {spanHex}, "X-B3-Flags": {"1"}},
			traceHex + " " + spanHex + " 1", "the same, debug",
		},
		{http.Header{"X-B3-Sampled": {"0"}}, "denied", "the same, only denied"},
		{http.Header{"X-B3-Traceid": {traceHex}}, "", "the same without a span"},
		{
			http.Header{"Traceparent": {parent + "-01"}, "Uber-Trace-Id": {"1:2:0:0"}, "B3": {"1-2-0"}},
			traceHex + " " + spanHex + " 1", "W3C comes first",
		},
		{http.Header{"Traceparent": {"x"}, "Uber-Trace-Id": {traceHex + ":" + spanHex + ":0:1"}}, traceHex + " " + spanHex + " 1", "a malformed one is none"},
		{http.Header{}, "", "none"},
	}
	for _, test := range tests {
		r := extract(test.header)
		got := ""
		switch {
		case r.ok:
			got = r.trace.String() + " " + r.span.String() + " " + string('0'+rune(r.flags(Live)))
		case r.flags(Live) == 0:
			got = "denied"
		}
		if got != test.want {
			t.Errorf("extract(%v) = %q, want %q (%s)", test.header, got, test.want, test.reason)
		}
		if r.flags(Drive)&flagSampled == 0 {
			t.Errorf("%s: not sampled in the drive", test.reason)
		}
	}
}

// TestContextOnTheWire looks at what the provider is sent.
func TestContextOnTheWire(t *testing.T) {
	to, heads := answering(t, ok)
	tests := []struct {
		phase        Phase
		header, want string // S is the edge's span, T its new trace
		context      bool
		reason       string
	}{
		{
			Live, "", "Traceparent: 00-T-S-01\r\nUber-Trace-Id: T:S:0:1\r\n", false,
			"a new root",
		},
		{
			Live, "traceparent: 00-" + traceHex + "-" + spanHex + "-00\r\ntracestate: a=1,b=2\r\ntracestate: c=3\r\nbaggage: k=v\r\nuberctx-x: y\r\n",
			"Baggage: k=v\r\nTraceparent: 00-" + traceHex + "-S-00\r\nTracestate: a=1,b=2\r\nTracestate: c=3\r\nUber-Trace-Id: " +
				traceHex + ":S:" + spanHex + ":0\r\nUberctx-X: y\r\n", true,
			"the rest of the context is untouched",
		},
		{
			Live, "traceparent: 00-" + traceHex + "-" + spanHex + "-03\r\nuber-trace-id: 1:2:0:0\r\nb3: 1-2-0\r\n",
			"Traceparent: 00-" + traceHex + "-S-03\r\nUber-Trace-Id: " + traceHex + ":S:" + spanHex + ":1\r\n", true,
			"only W3C says that an id is random",
		},
		{
			Live, "traceparent: 00-x\r\ntracestate: a=1\r\n", "Traceparent: 00-T-S-01\r\nUber-Trace-Id: T:S:0:1\r\n", false,
			"a state without its trace is dropped",
		},
		{
			Live, "uber-trace-id: 1:2:0:0\r\ntracestate: a=1\r\n",
			"Traceparent: 00-00000000000000000000000000000001-S-00\r\nUber-Trace-Id: 00000000000000000000000000000001:S:0000000000000002:0\r\n", true,
			"beside another context too",
		},
		{
			Drive, "uber-trace-id: 1:2:0:0\r\n",
			"Traceparent: 00-00000000000000000000000000000001-S-01\r\nUber-Trace-Id: 00000000000000000000000000000001:S:0000000000000002:1\r\n", true,
			"the drive samples everything",
		},
		{
			Live, "b3: " + traceHex + "-" + spanHex + "-1\r\n",
			"Traceparent: 00-" + traceHex + "-S-01\r\nUber-Trace-Id: " + traceHex + ":S:" + spanHex + ":1\r\n", true,
			"B3 agrees with the others",
		},
		{
			Live, "X-B3-TraceId: " + traceHex + "\r\nX-B3-SpanId: " + spanHex + "\r\nX-B3-ParentSpanId: 0000000000000009\r\nX-B3-Sampled: 0\r\n",
			"Traceparent: 00-" + traceHex + "-S-00\r\nUber-Trace-Id: " + traceHex + ":S:" + spanHex + ":0\r\n", true,
			"and in several headers",
		},
		{
			Drive, "X-B3-Sampled: 0\r\n",
			"Traceparent: 00-T-S-01\r\nUber-Trace-Id: T:S:0:1\r\n", false,
			"a denial is no context",
		},
	}
	for i, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := startEdge(t, to, func(c *Config) { c.Phase = test.phase })
			r.send(t, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+test.header+"\r\n")
			x, span := r.only(t)
			_, got, _ := strings.Cut(heads()[i], "Connection: close\r\n")
			got = strings.TrimSuffix(got, "\r\n")
			got = strings.ReplaceAll(got, x.Span.String(), "S")
			if !test.context {
				got = strings.ReplaceAll(got, x.Trace.String(), "T")
			}
			got, b3 := apart(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(inB3(test.want), b3); diff != "" {
				t.Errorf("B3 says otherwise (-want +got):\n%s", diff)
			}
			if x.Context != test.context || x.Parent.IsZero() == test.context {
				t.Errorf("Context = %v, Parent = %s", x.Context, x.Parent)
			}
			if span.Trace != x.Trace || span.ID != x.Span || span.Parent != x.Parent {
				t.Errorf("the span is %s %s %s", span.Trace, span.ID, span.Parent)
			}
			if strings.Contains(test.want, "Tracestate") && span.State != "a=1,b=2,c=3" {
				t.Errorf("State = %q", span.State)
			}
		})
	}
}

// apart takes B3's lines from the others.
func apart(lines string) (others, b3 string) {
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, "B3") || strings.HasPrefix(line, "X-B3") {
			b3 += line
		} else {
			others += line
		}
	}
	return others, b3
}

// inB3 is what Jaeger's line among them says, in both of B3's ways.
func inB3(lines string) string {
	_, line, _ := strings.Cut(lines, "Uber-Trace-Id: ")
	line, _, _ = strings.Cut(line, "\r\n")
	part := strings.Split(line, ":") // trace, span, parent, flags
	if part[2] == "0" {
		return fmt.Sprintf("B3: %[1]s-%[2]s-%[4]s\r\nX-B3-Sampled: %[4]s\r\nX-B3-Spanid: %[2]s\r\nX-B3-Traceid: %[1]s\r\n", part[0], part[1], part[2], part[3])
	}
	return fmt.Sprintf("B3: %[1]s-%[2]s-%[4]s-%[3]s\r\nX-B3-Parentspanid: %[3]s\r\nX-B3-Sampled: %[4]s\r\nX-B3-Spanid: %[2]s\r\nX-B3-Traceid: %[1]s\r\n", part[0], part[1], part[2], part[3])
}

var wellFormed = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$`)

// FuzzTraceContext feeds every header that carries a context: what the edge
// sends on is well-formed, names its own span, and says the same in each.
func FuzzTraceContext(f *testing.F) {
	f.Add("00-"+traceHex+"-"+spanHex+"-01", traceHex+":"+spanHex+":0:1", traceHex+"-"+spanHex+"-1", traceHex, spanHex, "1")
	f.Add("", "1:2:0:0", "0", "", "", "0")
	f.Add("cc-"+traceHex+"-"+spanHex+"-01-x", "%3a", "d", "x", "y", "true")
	f.Fuzz(func(t *testing.T, w3c, jaeger, b3, b3Trace, b3Span, b3Sampled string) {
		h := http.Header{}
		for name, value := range map[string]string{
			headerTraceparent: w3c, headerJaeger: jaeger, headerB3: b3,
			headerB3Trace: b3Trace, headerB3Span: b3Span, headerB3Sampled: b3Sampled,
		} {
			if value != "" {
				h[name] = []string{value}
			}
		}
		c := &call{context: extract(h)}
		c.Trace, c.Parent, c.Span = c.context.trace, c.context.span, newSpan()
		if c.context.ok != (!c.Trace.IsZero() && !c.Parent.IsZero()) {
			t.Fatalf("extract(%v) = %+v", h, c.context)
		}
		if !c.context.ok {
			c.Trace = newTrace()
		}
		c.flags = c.context.flags(Live)
		c.context.inject(h, c)
		line := h.Get(headerTraceparent)
		if !wellFormed.MatchString(line) {
			t.Fatalf("Traceparent = %q", line)
		}
		for _, name := range []string{headerTraceparent, headerJaeger, headerB3} {
			got := extract(http.Header{name: h[name]})
			if !got.ok || got.trace != c.Trace || got.span != c.Span || got.flags(Live)&flagSampled != c.flags&flagSampled {
				t.Fatalf("%s = %q is read as %+v", name, h[name], got)
			}
		}
		if got := parseB3Headers(h); !got.ok || got.trace != c.Trace || got.span != c.Span {
			t.Fatalf("the headers of B3 in %v are read as %+v", h, got)
		}
	})
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		a, b := newTrace().String(), newSpan().String()
		if seen[a] || seen[b] {
			t.Fatal("an id came twice")
		}
		seen[a], seen[b] = true, true
	}
}
