package receive

import (
	"net"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seamtest/seam/harness/trace"
)

// What services send must not pass for what an edge saw.
func TestAForeignSpanCannotSpeakForAnEdge(t *testing.T) {
	r, got := open(t, Config{})
	traces := numbered(1, 2)
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(trace.EdgeScope)
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr(string(trace.EdgeProvider), "orders")
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	legacy := jaegerBatch()
	legacy.Spans[0].Tags = append(legacy.Spans[0].Tags, str("otel.scope.name", trace.EdgeScope))
	for range 2 { // the second time from the cache
		post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+protobufType, encoded(t, traces))
		post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+jsonType, text)
	}
	post(t, r.Endpoints().Jaeger, "Content-Type: application/x-thrift", thriftBatch(t, legacy))
	post(t, r.Endpoints().Zipkin, "Content-Type: "+jsonType, []byte(`[{"traceId":"1","id":"2","tags":{"otel.library.name":"seam/edge"}}]`))
	conn, err := net.Dial("udp", r.Endpoints().UDP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(packet(t, legacy)); err != nil {
		t.Fatal(err)
	}
	if err := r.Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, s := range got.all() {
		if s.IsEdge() || s.Scope.Name != "foreign/seam/edge" {
			t.Errorf("a span of scope %q came through, an edge's: %t", s.Scope.Name, s.IsEdge())
		}
	}
	if s := r.Stats(); s.Renamed != 11 || s.accepted() != 11 {
		t.Errorf("%d renamed of %d, want 11 of 11", s.Renamed, s.accepted())
	}
}

func TestSpansThatEndBeforeTheyBeginAreCounted(t *testing.T) {
	r, got := open(t, Config{})
	traces := numbered(1, 2)
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetStartTimestamp(9)
	post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+protobufType, encoded(t, traces))
	if s := r.Stats(); s.Reversed != 1 || len(got.all()) != 2 {
		t.Errorf("%d counted of %d spans, want 1 of 2", s.Reversed, len(got.all()))
	}
}
