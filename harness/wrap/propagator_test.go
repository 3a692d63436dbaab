package wrap

import (
	"errors"
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opentracing/opentracing-go"
	"github.com/uber/jaeger-client-go"
)

const (
	traceHex = "0af7651916cd43dd8448eb211c80319c"
	spanHex  = "b7ad6b7169203331"
	w3cValue = "00-" + traceHex + "-" + spanHex + "-01"
)

func headers() propagator { return newPropagator(jaeger.NewHTTPHeaderPropagator) }

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestExtract(t *testing.T) {
	type context struct {
		Trace, Span string
		Sampled     bool
		Baggage     map[string]string
	}
	for _, test := range []struct {
		reason string
		from   http.Header
		want   context
	}{
		{"W3C alone", header("traceparent", w3cValue), context{traceHex, spanHex, true, nil}},
		{"W3C that is not sampled", header("traceparent", "00-"+traceHex+"-"+spanHex+"-00"), context{traceHex, spanHex, false, nil}},
		{"Jaeger alone", header("uber-trace-id", traceHex+":"+spanHex+":0:1"), context{traceHex, spanHex, true, nil}},
		{"Jaeger's short ids stand for leading zeros", header("uber-trace-id", "1:2:0:1"), context{"0000000000000001", "0000000000000002", true, nil}},
		{"W3C stands where both differ", header("traceparent", w3cValue, "uber-trace-id", "1:2:0:0"), context{traceHex, spanHex, true, nil}},
		{"a broken Jaeger header does not spoil W3C", header("traceparent", w3cValue, "uber-trace-id", "?"), context{traceHex, spanHex, true, nil}},
		{"a broken W3C header leaves Jaeger's", header("traceparent", "00-zz", "uber-trace-id", "1:2:0:1"), context{"0000000000000001", "0000000000000002", true, nil}},
		{"baggage of both kinds, W3C the stronger", header("traceparent", w3cValue, "uberctx-a", "1", "uberctx-b", "x%20y", "baggage", "a=2,c=3"),
			context{traceHex, spanHex, true, map[string]string{"a": "2", "b": "x y", "c": "3"}}},
		{"W3C baggage beside Jaeger's trace", header("uber-trace-id", "1:2:0:1", "baggage", "a=2"),
			context{"0000000000000001", "0000000000000002", true, map[string]string{"a": "2"}}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, err := headers().Extract(opentracing.HTTPHeadersCarrier(test.from))
			if err != nil {
				t.Fatal(err)
			}
			seen := context{Trace: got.TraceID().String(), Span: got.SpanID().String(), Sampled: got.IsSampled(), Baggage: baggageOf(got)}
			if diff := cmp.Diff(test.want, seen); diff != "" {
				t.Errorf("context (-want +got):\n%s", diff)
			}
		})
	}
}

func baggageOf(c jaeger.SpanContext) map[string]string {
	var all map[string]string
	c.ForeachBaggageItem(func(key, value string) bool {
		if all == nil {
			all = map[string]string{}
		}
		all[key] = value
		return true
	})
	return all
}

func TestExtractFindsNothing(t *testing.T) {
	for _, test := range []struct {
		reason string
		from   http.Header
		absent bool // rather than broken
	}{
		{"no header at all", header(), true},
		{"an all-zero trace id is none", header("traceparent", "00-00000000000000000000000000000000-"+spanHex+"-01"), true},
		{"Jaeger's header is broken", header("uber-trace-id", "x:y"), false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, err := headers().Extract(opentracing.HTTPHeadersCarrier(test.from))
			if err == nil || errors.Is(err, opentracing.ErrSpanContextNotFound) != test.absent {
				t.Errorf("%v with error %v", got, err)
			}
		})
	}
	if _, err := headers().Extract("not a carrier"); !errors.Is(err, opentracing.ErrInvalidCarrier) {
		t.Errorf("error %v", err)
	}
	if err := headers().Inject(jaeger.SpanContext{}, "not a carrier"); !errors.Is(err, opentracing.ErrInvalidCarrier) {
		t.Errorf("error %v", err)
	}
}

func TestBaggageAloneBeginsATraceThatKeepsIt(t *testing.T) {
	tracer, _ := startJaeger(t, "legacy")
	parent, err := tracer.Extract(opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(header("baggage", "tenant=7")))
	if err != nil {
		t.Fatal(err)
	}
	span := tracer.StartSpan("x", opentracing.ChildOf(parent))
	defer span.Finish()
	if got := span.BaggageItem("tenant"); got != "7" {
		t.Errorf("tenant is %q", got)
	}
}

// What comes in over W3C leaves over W3C with nothing lost but the span's id.
func TestContextSurvivesTheLegacyService(t *testing.T) {
	tracer, _ := startJaeger(t, "legacy")
	in := header("traceparent", w3cValue, "tracestate", "vendor=1,other=x", "baggage", "tenant=a%20b")
	parent, err := tracer.Extract(opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(in))
	if err != nil {
		t.Fatal(err)
	}
	span := tracer.StartSpan("x", opentracing.ChildOf(parent))
	defer span.Finish()
	span.SetBaggageItem("key with space", "only Jaeger can carry it")
	out := http.Header{}
	if err := tracer.Inject(span.Context(), opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(out)); err != nil {
		t.Fatal(err)
	}
	id := span.Context().(jaeger.SpanContext).SpanID().String()
	want := map[string]string{
		"Traceparent": "00-" + traceHex + "-" + id + "-01", "Tracestate": "vendor=1,other=x", "Baggage": "tenant=a%20b",
		"Uber-Trace-Id": traceHex + ":" + id + ":" + spanHex + ":1", "Uberctx-Tenant": "a+b",
	}
	got := map[string]string{}
	for name := range maps.Keys(want) {
		got[name] = out.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(w3cValue, traceHex+":"+spanHex+":0:1", "a=1", "vendor=1")
	f.Add("00-", "1:2:0:1", ",;=", "")
	f.Add("", "", "a=%zz", "=")
	f.Fuzz(func(t *testing.T, traceparent, uber, items, state string) {
		in := header("traceparent", traceparent, "uber-trace-id", uber, "baggage", items, "tracestate", state)
		got, err := headers().Extract(opentracing.HTTPHeadersCarrier(in))
		if err != nil || !got.IsValid() {
			return
		}
		out := http.Header{}
		if err := headers().Inject(got, opentracing.HTTPHeadersCarrier(out)); err != nil {
			t.Fatalf("inject what was extracted: %v", err)
		}
		again, err := headers().Extract(opentracing.HTTPHeadersCarrier(out))
		if err != nil {
			t.Fatalf("extract what was injected (%v): %v", out, err)
		}
		if again.TraceID() != got.TraceID() || again.SpanID() != got.SpanID() || again.IsSampled() != got.IsSampled() {
			t.Errorf("%v became %v", got, again)
		}
	})
}
