package receive

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/ext"
	"github.com/opentracing/opentracing-go/log"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/reporter"
	zipkinhttp "github.com/openzipkin/zipkin-go/reporter/http"
	"github.com/uber/jaeger-client-go"
	jaegertransport "github.com/uber/jaeger-client-go/transport"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

// sdkExporters are the clients that services bring, all sent to one port.
func sdkExporters(t testing.TB, r *Receiver) map[string]sdk.SpanExporter {
	t.Helper()
	target := r.Endpoints().OTLP
	patient := time.Minute
	grpcPlain, err1 := otlptracegrpc.New(within(t), otlptracegrpc.WithEndpointURL(target),
		otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{Enabled: true, InitialInterval: time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patient}))
	grpcZipped, err2 := otlptracegrpc.New(within(t), otlptracegrpc.WithEndpointURL(target), otlptracegrpc.WithCompressor("gzip"))
	httpPlain, err3 := otlptracehttp.New(within(t), otlptracehttp.WithEndpointURL(target+pathTraces),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patient}))
	httpZipped, err4 := otlptracehttp.New(within(t), otlptracehttp.WithEndpointURL(target+pathTraces), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return map[string]sdk.SpanExporter{"gRPC": grpcPlain, "gRPC, gzip": grpcZipped, "HTTP": httpPlain, "HTTP, gzip": httpZipped}
}

func TestSpansOfTheSDKArriveWhole(t *testing.T) {
	r, got := open(t, Config{})
	for name, exporter := range sdkExporters(t, r) {
		provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter), sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "orders"), attribute.StringSlice("tags", []string{"a", "b"}))))
		tracer := provider.Tracer("library", otel.WithInstrumentationVersion("1.2"))
		start := time.Unix(1_700_000_000, 123_456_789).UTC()
		ctx, parent := tracer.Start(t.Context(), "parent")
		_, span := tracer.Start(ctx, name, otel.WithSpanKind(otel.SpanKindProducer), otel.WithTimestamp(start),
			otel.WithLinks(otel.Link{SpanContext: parent.SpanContext(), Attributes: []attribute.KeyValue{attribute.Bool("linked", true)}}),
			otel.WithAttributes(attribute.Int64("n", -1), attribute.Float64Slice("f", []float64{0.5}), attribute.BoolSlice("none", nil)))
		span.AddEvent("moment", otel.WithTimestamp(start.Add(1)), otel.WithAttributes(attribute.String("k", "v")))
		span.SetStatus(codes.Error, "broken")
		span.End(otel.WithTimestamp(start.Add(2)))
		want := &trace.Span{
			Trace: trace.ID(span.SpanContext().TraceID()), ID: trace.SpanID(span.SpanContext().SpanID()), Parent: trace.SpanID(parent.SpanContext().SpanID()),
			Flags: 0x101, Name: name, Kind: trace.Producer, Start: start, End: start.Add(2), Code: trace.Error, Message: "broken",
			Attrs:  []attribute.KeyValue{attribute.Int64("n", -1), attribute.Float64Slice("f", []float64{0.5}), attribute.BoolSlice("none", nil)},
			Events: []trace.Event{{Name: "moment", Time: start.Add(1), Attrs: []attribute.KeyValue{attribute.String("k", "v")}}},
			Links: []trace.Link{{
				Trace: trace.ID(parent.SpanContext().TraceID()), Span: trace.SpanID(parent.SpanContext().SpanID()), Flags: 0x101,
				Attrs: []attribute.KeyValue{attribute.Bool("linked", true)},
			}},
			Resource: &trace.Resource{Service: "orders", Attrs: []attribute.KeyValue{attribute.String("service.name", "orders"), attribute.StringSlice("tags", []string{"a", "b"})}},
			Scope:    &trace.Scope{Name: "library", Version: "1.2"},
		}
		if diff := cmp.Diff(want, got.named(t, name), jaegertest.Equal); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		if err := provider.Shutdown(within(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	want := map[Protocol]uint64{OTLPGRPC: 2, OTLPHTTP: 2}
	if diff := cmp.Diff(want, r.Stats().Spans); diff != "" {
		t.Errorf("counts: -want +got:\n%s", diff)
	}
}

func TestJSONOverHTTP(t *testing.T) {
	r, got := open(t, Config{})
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(everything())
	if err != nil {
		t.Fatal(err)
	}
	for header, body := range map[string][]byte{
		"Content-Type: application/json":                                text,
		"Content-Type: application/json; charset=utf-8":                 text,
		"Content-Type: application/json\nContent-Encoding: gzip":        zipped(t, text),
		"Content-Type: application/json\nContent-Encoding: GZIP":        zipped(t, text),
		"Content-Type: application/json\nContent-Encoding: identity":    text,
		"Content-Type: application/x-protobuf\nContent-Encoding: gzip ": zipped(t, encoded(t, everything())),
	} {
		before := len(got.all())
		answer := post(t, r.Endpoints().OTLP+pathTraces, header, body)
		kind, _, _ := strings.Cut(strings.TrimPrefix(header, "Content-Type: "), "\n")
		kind, _, _ = strings.Cut(kind, ";")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind || strings.Trim(answer.body, "{}") != "" {
			t.Errorf("%q: %s %q %q", header, answer.Status, answer.Header, answer.body)
		}
		if diff := cmp.Diff(jaegertest.Spans(everything()), got.all()[before:], jaegertest.Equal); diff != "" {
			t.Errorf("%q: -want +got:\n%s", header, diff)
		}
	}
}

// The old client reports over UDP to an agent, or over HTTP to a collector.
func TestSpansOfTheJaegerClient(t *testing.T) {
	r, got := open(t, Config{})
	for _, test := range []struct {
		name string
		udp  bool
		wide bool // 128-bit trace ids
	}{{"UDP", true, false}, {"UDP, wide ids", true, true}, {"HTTP", false, false}, {"HTTP, wide ids", false, true}} {
		var transport jaeger.Transport = jaegertransport.NewHTTPTransport(r.Endpoints().Jaeger, jaegertransport.HTTPRoundTripper(http.DefaultTransport))
		if test.udp {
			var err error
			if transport, err = jaeger.NewUDPTransport(r.Endpoints().UDP, 0); err != nil {
				t.Fatal(err)
			}
		}
		tracer, end := jaeger.NewTracer("payments", jaeger.NewConstSampler(true), jaeger.NewRemoteReporter(transport),
			jaeger.TracerOptions.Gen128Bit(test.wide), jaeger.TracerOptions.Tag("region", "north"))
		start := time.UnixMicro(1_700_000_000_123_456).UTC()
		parent := tracer.StartSpan("parent")
		span := tracer.StartSpan(test.name, opentracing.ChildOf(parent.Context()), ext.SpanKindRPCServer, opentracing.StartTime(start))
		span.SetTag("amount", 7)
		ext.Error.Set(span, true)
		span.FinishWithOptions(opentracing.FinishOptions{FinishTime: start.Add(9 * time.Microsecond), LogRecords: []opentracing.LogRecord{
			{Timestamp: start.Add(time.Microsecond), Fields: []log.Field{log.String("event", "retry"), log.String("why", "busy")}},
		}})
		parent.Finish()
		if err := end.Close(); err != nil {
			t.Error(err)
		}
		of, above := span.Context().(jaeger.SpanContext), parent.Context().(jaeger.SpanContext)
		want := &trace.Span{
			Trace: jaegerTraceID(int64(of.TraceID().High), int64(of.TraceID().Low)), ID: jaegerSpanID(int64(of.SpanID())),
			Parent: jaegerSpanID(int64(above.SpanID())), Flags: 1, Name: test.name, Kind: trace.Server, Code: trace.Error,
			Start: start, End: start.Add(9 * time.Microsecond), Attrs: []attribute.KeyValue{attribute.Int64("amount", 7)},
			Events: []trace.Event{{Name: "retry", Time: start.Add(time.Microsecond), Attrs: []attribute.KeyValue{attribute.String("why", "busy")}}},
			Scope:  &trace.Scope{},
		}
		s := *got.named(t, test.name)
		sender := s.Resource
		s.Resource = nil
		if diff := cmp.Diff(want, &s, jaegertest.Equal); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
		if sender.Service != "payments" || !slices.Contains(sender.Attrs, attribute.String("region", "north")) {
			t.Errorf("%s: sent by %+v", test.name, sender)
		}
		if wide := [8]byte(s.Trace[:8]) != [8]byte{}; wide != test.wide {
			t.Errorf("%s: trace id %s", test.name, s.Trace)
		}
	}
	if err := r.Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	want := map[Protocol]uint64{JaegerUDP: 4, JaegerHTTP: 4}
	if diff := cmp.Diff(want, r.Stats().Spans); diff != "" {
		t.Errorf("counts: -want +got:\n%s", diff)
	}
}

func TestSpansOfTheZipkinClient(t *testing.T) {
	r, got := open(t, Config{})
	for _, wide := range []uint64{0, 9} {
		before := len(got.all())
		sender := zipkinhttp.NewReporter(r.Endpoints().Zipkin, zipkinhttp.Client(http.DefaultClient), zipkinhttp.Serializer(reporter.JSONSerializer{}))
		parent, start := model.ID(5), time.UnixMicro(1_700_000_000_123_456).UTC()
		sender.Send(model.SpanModel{
			SpanContext: model.SpanContext{TraceID: model.TraceID{High: wide, Low: 7}, ID: 6, ParentID: &parent},
			Name:        "charge", Kind: model.Client, Timestamp: start, Duration: 3 * time.Microsecond,
			LocalEndpoint: &model.Endpoint{ServiceName: "payments"}, Tags: map[string]string{"k": "v", "error": "broken"},
			Annotations: []model.Annotation{{Timestamp: start.Add(time.Microsecond), Value: "sent"}},
		})
		if err := sender.Close(); err != nil {
			t.Fatal(err)
		}
		want := []*trace.Span{{
			Trace: trace.ID{7: byte(wide), 15: 7}, ID: trace.SpanID{7: 6}, Parent: trace.SpanID{7: 5}, Name: "charge", Kind: trace.Client,
			Start: start, End: start.Add(3 * time.Microsecond), Code: trace.Error,
			Attrs:    []attribute.KeyValue{attribute.String("k", "v"), attribute.String("error", "broken")},
			Events:   []trace.Event{{Name: "sent", Time: start.Add(time.Microsecond)}},
			Resource: &trace.Resource{Service: "payments", Attrs: []attribute.KeyValue{attribute.String("service.name", "payments")}}, Scope: &trace.Scope{},
		}}
		if diff := cmp.Diff(want, got.all()[before:], jaegertest.Equal); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// TestCompressedBodies are those of the codings that exporters know, and of
// gzip in several members, as something on the way may write it.
func TestCompressedBodies(t *testing.T) {
	r, got := open(t, Config{})
	content := encoded(t, numbered(1, 10))
	half := len(content) / 2
	for encoding, body := range map[string][]byte{
		"gzip": zipped(t, content), "deflate": deflated(t, content), "identity": content,
		"GZIP": append(zipped(t, content[:half]), zipped(t, content[half:])...),
	} {
		before := len(got.all())
		answer := post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: application/x-protobuf\nContent-Encoding: "+encoding, body)
		if n := len(got.all()) - before; answer.StatusCode != http.StatusOK || n != 10 {
			t.Errorf("%s: %s %q, %d spans", encoding, answer.Status, answer.body, n)
		}
	}
}

func TestMetricsAndLogsAreAnsweredAndCounted(t *testing.T) {
	r, _ := open(t, Config{})
	for _, path := range []string{pathMetrics, pathLogs} {
		for _, kind := range []string{protobufType, jsonType} {
			answer := post(t, r.Endpoints().OTLP+path, "Content-Type: "+kind, []byte("{}"))
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind || kind == jsonType && answer.body != "{}" {
				t.Errorf("%s: %s %q", path, answer.Status, answer.body)
			}
		}
		if answer := post(t, r.Endpoints().OTLP+path, "Content-Type: text/plain", nil); answer.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%s as text: %s", path, answer.Status)
		}
	}
	conn, err := grpc.NewClient(strings.TrimPrefix(r.Endpoints().OTLP, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err1 := pmetricotlp.NewGRPCClient(conn).Export(within(t), pmetricotlp.NewExportRequestFromMetrics(pmetric.NewMetrics()))
	_, err2 := plogotlp.NewGRPCClient(conn).Export(within(t), plogotlp.NewExportRequestFromLogs(plog.NewLogs()))
	if err := errors.Join(err1, err2); err != nil {
		t.Error(err)
	}
	if s := r.Stats(); s.Metrics != 3 || s.Logs != 3 || s.Refused[Refusal{OTLPHTTP, Unsupported}].Requests != 2 {
		t.Errorf("counts %+v, want 3 each and 2 refused", s)
	}
}
