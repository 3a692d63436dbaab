package receive

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

func str(key, v string) *jaeger.Tag {
	return &jaeger.Tag{Key: key, VType: jaeger.TagType_STRING, VStr: &v}
}

func jaegerBatch() *jaeger.Batch {
	yes, n, f := true, int64(-3), 0.5
	return &jaeger.Batch{
		Process: &jaeger.Process{ServiceName: "payments", Tags: []*jaeger.Tag{str("hostname", "box")}},
		Spans: []*jaeger.Span{{
			TraceIdHigh: 1, TraceIdLow: 2, SpanId: 3, OperationName: "charge", Flags: 1, StartTime: 1_000_001, Duration: 7,
			References: []*jaeger.SpanRef{
				{RefType: jaeger.SpanRefType_FOLLOWS_FROM, TraceIdHigh: 9, TraceIdLow: 9, SpanId: 9},
				{RefType: jaeger.SpanRefType_CHILD_OF, TraceIdHigh: 1, TraceIdLow: 2, SpanId: 4},
			},
			Tags: []*jaeger.Tag{
				str("span.kind", "server"), str("otel.status_code", "ERROR"), str("otel.status_description", "no money"),
				str("w3c.tracestate", "a=b"), str("otel.scope.name", "lib"), str("otel.scope.version", "2"), str("component", "net/http"),
				{Key: "error", VType: jaeger.TagType_BOOL, VBool: &yes}, {Key: "bool", VType: jaeger.TagType_BOOL, VBool: &yes},
				{Key: "n", VType: jaeger.TagType_LONG, VLong: &n}, {Key: "f", VType: jaeger.TagType_DOUBLE, VDouble: &f},
				{Key: "raw", VType: jaeger.TagType_BINARY, VBinary: []byte{1}},
			},
			Logs: []*jaeger.Log{{Timestamp: 1_000_002, Fields: []*jaeger.Tag{str("event", "retry"), str("why", "busy")}}},
		}},
	}
}

func thriftBatch(t testing.TB, b *jaeger.Batch) []byte {
	t.Helper()
	to := thrift.NewTMemoryBuffer()
	if err := b.Write(context.Background(), thrift.NewTBinaryProtocolConf(to, nil)); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func TestJaegerSpansAreTurned(t *testing.T) {
	want := []*trace.Span{{
		Trace: trace.ID{7: 1, 15: 2}, ID: trace.SpanID{7: 3}, Parent: trace.SpanID{7: 4}, State: "a=b", Flags: 1,
		Name: "charge", Kind: trace.Server, Start: time.UnixMicro(1_000_001), End: time.UnixMicro(1_000_008),
		Code: trace.Error, Message: "no money",
		Attrs: []attribute.KeyValue{
			attribute.String("component", "net/http"), attribute.Bool("bool", true), attribute.Int64("n", -3),
			attribute.Float64("f", 0.5), {Key: "raw", Value: attribute.ByteSliceValue([]byte{1})},
		},
		Events: []trace.Event{{Name: "retry", Time: time.UnixMicro(1_000_002), Attrs: []attribute.KeyValue{attribute.String("why", "busy")}}},
		Links: []trace.Link{{
			Trace: trace.ID{7: 9, 15: 9}, Span: trace.SpanID{7: 9},
			Attrs: []attribute.KeyValue{attribute.String("opentracing.ref_type", "follows_from")},
		}},
		Resource: &trace.Resource{Service: "payments", Attrs: []attribute.KeyValue{attribute.String("service.name", "payments"), attribute.String("hostname", "box")}},
		Scope:    &trace.Scope{Name: "lib", Version: "2"},
	}}
	http, err1 := decodeThrift(thriftBatch(t, jaegerBatch()), roomy(), nil)
	udp, err2 := decodePacket(packet(t, jaegerBatch()), roomy())
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if diff := cmp.Diff(want, http.spans, jaegertest.Equal); diff != "" {
		t.Errorf("binary: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want, udp.spans, jaegertest.Equal); diff != "" {
		t.Errorf("compact: -want +got:\n%s", diff)
	}
}

func TestJaegerTagsThatOnlyLookSpecialStayAttributes(t *testing.T) {
	no := false
	for reason, tag := range map[string]*jaeger.Tag{
		"an error that is false":  {Key: "error", VType: jaeger.TagType_BOOL, VBool: &no},
		"an error with its text":  str("error", "timeout"),
		"a kind of another world": str("span.kind", "sidecar"),
		"a status of another":     str("otel.status_code", "MAYBE"),
	} {
		b := jaegerBatch()
		b.Spans[0].Tags = []*jaeger.Tag{tag}
		got, err := fromJaeger(b, roomy())
		if err != nil || len(got.spans[0].Attrs) != 1 || got.spans[0].Code != trace.Unset || got.spans[0].Kind != trace.Unspecified {
			t.Errorf("%s: %+v, %v", reason, got.spans[0], err)
		}
	}
}

func TestHostileThriftIsRefused(t *testing.T) {
	list := func(n string) string { return "\x0f\x00\x02\x0c" + n } // field 2: a list of structs
	for _, test := range []struct {
		reason, body string
		want         Reason
	}{
		{"a list of two thousand million", list("\x7f\xff\xff\xff"), Malformed},
		{"a list of a negative number", list("\xff\xff\xff\xff"), Malformed},
		{"a string longer than the message", "\x0c\x00\x01\x0b\x00\x01\x7f\xff\xff\xff", Malformed},
		{"structs within structs", strings.Repeat("\x0c\x00\x09", 100_000), Malformed},
		{"a million empty structs", list("\x00\x0f\x42\x40") + strings.Repeat("\x00", 1_000_000), Malformed},
		{"a million skipped structs", "\x0f\x00\x09\x0c\x00\x0f\x42\x40" + strings.Repeat("\x00", 1_000_000), TooLarge},
		{"nothing", "", Malformed},
		{"a batch without a process", "\x00", Malformed},
	} {
		l := &lease{of: &budget{total: 32 << 20}}
		_, err := decodeThrift([]byte(test.body), l, nil)
		if err == nil || refused(err).reason != test.want || l.held > l.of.total {
			t.Errorf("%s: error %v, want %s; held %d", test.reason, err, test.want, l.held)
		}
	}
}

const zipkinText = `[{"traceId":"86154a4ba6e91385","id":"4d1e00c0db9010db","parentId":"1","kind":"CLIENT","name":"get",
 "timestamp":1472470996199000,"duration":207000,"localEndpoint":{"serviceName":"frontend","ipv4":"127.0.0.1","port":9411},
 "remoteEndpoint":{"serviceName":"backend","ipv6":"::1","port":80},"annotations":[{"timestamp":1472470996238000,"value":"foo"}],
 "tags":{"http.path":"/api","otel.status_code":"ERROR","error":"broken","otel.scope.name":"lib","w3c.tracestate":"a=b"},"debug":true,"shared":true}]`

func TestZipkinSpansAreTurned(t *testing.T) {
	want := []*trace.Span{{
		Trace: trace.ID{8: 0x86, 0x15, 0x4a, 0x4b, 0xa6, 0xe9, 0x13, 0x85}, ID: trace.SpanID{0x4d, 0x1e, 0, 0xc0, 0xdb, 0x90, 0x10, 0xdb},
		Parent: trace.SpanID{7: 1}, Name: "get", Kind: trace.Client, State: "a=b", Code: trace.Error, Message: "broken",
		Start: time.UnixMicro(1472470996199000), End: time.UnixMicro(1472470996406000),
		Attrs: []attribute.KeyValue{
			attribute.String("http.path", "/api"), attribute.String("network.local.address", "127.0.0.1"), attribute.Int("network.local.port", 9411),
			attribute.String("service.peer.name", "backend"), attribute.String("network.peer.address", "::1"), attribute.Int("network.peer.port", 80),
			attribute.Bool("zipkin.debug", true), attribute.Bool("zipkin.shared", true),
		},
		Events:   []trace.Event{{Name: "foo", Time: time.UnixMicro(1472470996238000)}},
		Resource: &trace.Resource{Service: "frontend", Attrs: []attribute.KeyValue{attribute.String("service.name", "frontend")}},
		Scope:    &trace.Scope{Name: "lib"},
	}}
	got, err := decodeZipkin([]byte(zipkinText), roomy(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.spans, jaegertest.Equal); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestZipkinOddities(t *testing.T) {
	for _, test := range []struct {
		reason, span string
		taken        bool
	}{
		{"an error without a status", `"traceId":"1","id":"2","tags":{"error":""}`, true},
		{"no times", `"traceId":"1","id":"2","duration":5`, true},
		{"no id", `"traceId":"1"`, false},
		{"an id too long", `"traceId":"1","id":"00000000000000001"`, false},
		{"an id that is none", `"traceId":"1","id":"xx"`, false},
	} {
		got, err := decodeZipkin(fmt.Appendf(nil, `[{%s}]`, test.span), roomy(), nil)
		if err != nil || len(got.spans) == 1 != test.taken || got.refused == 1 == test.taken {
			t.Errorf("%s: %+v, %v", test.reason, got, err)
		}
	}
	if _, err := decodeZipkin([]byte(`{"traceId":"1"}`), roomy(), nil); err == nil || refused(err).reason != Malformed {
		t.Errorf("an object where a list belongs: %v", err)
	}
}
