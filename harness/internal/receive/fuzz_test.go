package receive

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

// What our reader takes whole it must read as the collector's reader does.
func FuzzOTLP(f *testing.F) {
	f.Add(encoded(f, everything()))
	f.Add(request([]byte{1<<3 | lengths, 0}))
	f.Fuzz(func(t *testing.T, body []byte) {
		held(t, body, decodeOTLP)
		got, err := decodeOTLP(body, &lease{of: &budget{total: 1 << 20}}, new(shared))
		if err != nil || got.refused > 0 || nesting(body, 0) > 20 {
			return
		}
		var wire ptrace.ProtoUnmarshaler
		traces, err := wire.UnmarshalTraces(bytes.Clone(body))
		if err != nil {
			return // it refuses known fields of another wire type, which protobuf passes over
		}
		if diff := cmp.Diff(jaegertest.Spans(traces), got.spans, jaegertest.Equal); diff != "" {
			t.Errorf("-collector +seam:\n%s", diff)
		}
	})
}

// nesting bounds what is given to a reader that recurses without one.
func nesting(body []byte, depth int) int {
	m := message{text: string(body)}
	deepest := depth
	for f, ok := m.next(); ok && depth <= 20; f, ok = m.next() {
		if f.tag&7 == lengths && len(f.str) > 1 {
			deepest = max(deepest, nesting([]byte(f.str), depth+1))
		}
	}
	return deepest
}

func FuzzOTLPJSON(f *testing.F) {
	var plain ptrace.JSONUnmarshaler
	text, err := new(ptrace.JSONMarshaler).MarshalTraces(everything())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER","attributes":[{"key":"a","value":{"bytesValue":"AA=="}}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		held(t, body, decodeJSON)
		s := scanner{in: string(body)}
		s.skip()
		s.end()
		if valid := json.Valid(body); valid != (s.err == nil) && s.depth <= maxJSONDepth {
			t.Errorf("valid JSON: %t, but %v", valid, s.err)
		}
		got, err := decodeJSON(body, &lease{of: &budget{total: 1 << 20}}, new(shared))
		traces, theirs := plain.UnmarshalTraces(bytes.Clone(body))
		if err != nil || theirs != nil || got.refused > 0 {
			return // they take some things that are not JSON, and refuse names in capitals
		}
		if diff := cmp.Diff(jaegertest.Spans(traces), got.spans, jaegertest.Equal); diff != "" {
			t.Errorf("-collector +seam:\n%s", diff)
		}
	})
}

func FuzzJaegerThrift(f *testing.F) {
	f.Add(thriftBatch(f, jaegerBatch()))
	f.Fuzz(func(t *testing.T, body []byte) { held(t, body, decodeThrift) })
}

func FuzzJaegerPacket(f *testing.F) {
	f.Add(packet(f, jaegerBatch()))
	f.Fuzz(func(t *testing.T, body []byte) {
		held(t, body, func(body []byte, l *lease, _ *shared) (batch, error) { return decodePacket(body, l) })
	})
}

func FuzzZipkin(f *testing.F) {
	f.Add([]byte(zipkinText))
	f.Fuzz(func(t *testing.T, body []byte) { held(t, body, decodeZipkin) })
}

// held checks what holds for any input: no panic, memory within the lease, and
// spans that a store can take and any OTLP receiver after it.
func held(t *testing.T, body []byte, decode func([]byte, *lease, *shared) (batch, error)) {
	l := &lease{of: &budget{total: 1 << 20}}
	got, err := decode(body, l, new(shared))
	if l.held > 1<<20 || l.needed > l.held && err == nil {
		t.Errorf("took %d bytes of 1 MiB, needed %d", l.held, l.needed)
	}
	if err != nil {
		if len(got.spans) > 0 {
			t.Errorf("%d spans came with the error %v", len(got.spans), err)
		}
		return
	}
	if (got.refused > 0) != (got.why != nil) {
		t.Errorf("%d spans refused because %v", got.refused, got.why)
	}
	reversed := uint64(0)
	for _, s := range got.spans {
		usable(t, s)
		if s.End.Before(s.Start) {
			reversed++
		}
	}
	if _, n := got.odd(); n != reversed {
		t.Errorf("%d spans end before they begin, %d flagged", reversed, n)
	}
}

func usable(t *testing.T, s *trace.Span) {
	if s.Resource == nil || s.Scope == nil || s.Trace.IsZero() || s.ID.IsZero() || s.IsEdge() {
		t.Errorf("an unusable span came through: %+v", s)
	}
	texts := []string{s.Name, s.State, s.Message, s.Resource.Service, s.Resource.Schema, s.Scope.Name, s.Scope.Version, s.Scope.Schema}
	attrs := slices.Concat(s.Attrs, s.Resource.Attrs, s.Scope.Attrs)
	times := []time.Time{s.Start, s.End}
	for _, e := range s.Events {
		texts, attrs, times = append(texts, e.Name), append(attrs, e.Attrs...), append(times, e.Time)
	}
	for _, l := range s.Links {
		texts, attrs = append(texts, l.State), append(attrs, l.Attrs...)
	}
	for _, at := range times {
		if nanos := uint64(at.UnixNano()); !at.IsZero() && !moment(nanos).Equal(at) {
			t.Errorf("the time %s does not fit OTLP", at)
		}
	}
	for _, s := range texts {
		if !utf8.ValidString(s) {
			t.Errorf("%q is not UTF-8", s)
		}
	}
	for _, kv := range attrs {
		bounded(t, kv, 0)
	}
}

// bounded checks an attribute against the bounds of attrs.go.
func bounded(t *testing.T, kv attribute.KeyValue, depth int) {
	if isText := kv.Value.Type() == attribute.STRING; depth > maxDepth || !utf8.ValidString(string(kv.Key)) || isText && !utf8.ValidString(kv.Value.AsString()) {
		t.Errorf("%d deep: %q is %q", depth, kv.Key, kv.Value.AsString())
	}
	var inner []attribute.KeyValue
	switch kv.Value.Type() {
	case attribute.MAP:
		inner = kv.Value.AsMap()
	case attribute.SLICE:
		for _, v := range kv.Value.AsSlice() {
			inner = append(inner, attribute.KeyValue{Value: v})
		}
	case attribute.STRINGSLICE:
		for _, v := range kv.Value.AsStringSlice() {
			inner = append(inner, attribute.String("", v))
		}
	}
	if len(inner) > maxElements {
		t.Errorf("%q has %d elements", kv.Key, len(inner))
	}
	for _, kv := range inner {
		bounded(t, kv, depth+1)
	}
}

// FuzzRequest sends whatever to a receiver: it must answer, and count what it
// answered, and give all memory back.
func FuzzRequest(f *testing.F) {
	for _, path := range []string{pathTraces, pathMetrics, pathJaeger, pathZipkin, exportTraces, exportLogs, "/"} {
		f.Add(path, protobufType, "gzip", zipped(f, encoded(f, everything())))
		f.Add(path, "application/json; charset=utf-8", "", []byte(zipkinText))
		f.Add(path, "application/x-thrift", "identity", thriftBatch(f, jaegerBatch()))
		f.Add(path, grpcType, "gzip", append([]byte{0, 0, 0, 0, 2}, request([]byte{})...))
	}
	f.Fuzz(func(t *testing.T, path, contentType, encoding string, body []byte) {
		b := new(tub)
		r := &Receiver{config: Config{Sink: b.take, MaxBody: 1 << 20}, budget: budget{total: 4 << 20, most: 1}}
		header := http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "Grpc-Encoding": {encoding}}
		answer := httptest.NewRecorder()
		r.serveHTTP(answer, &http.Request{
			Method: http.MethodPost, ProtoMajor: 2, URL: &url.URL{Path: path}, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		})
		s := r.Stats()
		counted := s.Metrics + s.Logs + s.accepted()
		for _, refused := range s.Refused {
			counted += refused.Requests + refused.Spans
		}
		empty := answer.Code == http.StatusOK || answer.Code == http.StatusAccepted // a request without spans is sound
		if counted == 0 && !empty || uint64(len(b.spans)) != s.accepted() {
			t.Errorf("status %d, %d spans arrived, counted %+v", answer.Code, len(b.spans), s)
		}
		if r.budget.used.Load() != 0 || r.budget.requests.Load() != 0 {
			t.Errorf("%d bytes were not given back", r.budget.used.Load())
		}
	})
}

func packet(t testing.TB, b *jaeger.Batch) []byte {
	t.Helper()
	ctx, to := context.Background(), thrift.NewTMemoryBuffer()
	p := thrift.NewTCompactProtocolConf(to, nil)
	err := p.WriteMessageBegin(ctx, "emitBatch", thrift.ONEWAY, 1)
	if err == nil {
		err = (&agent.AgentEmitBatchArgs{Batch: b}).Write(ctx, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// accepted is the number of spans handed to the sink.
func (s Stats) accepted() (n uint64) {
	for _, spans := range s.Spans {
		n += spans
	}
	return n
}
