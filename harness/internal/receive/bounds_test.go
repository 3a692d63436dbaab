package receive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"

	"github.com/seamtest/seam/harness/trace"
)

// caller speaks gRPC as the collector's own client does.
func caller(t testing.TB, r *Receiver) ptraceotlp.GRPCClient {
	t.Helper()
	conn, err := grpc.NewClient(strings.TrimPrefix(r.Endpoints().OTLP, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(1<<30)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return ptraceotlp.NewGRPCClient(conn)
}

func TestABodyIsBoundedAfterDecompression(t *testing.T) {
	r, got := open(t, Config{MaxBody: 100_000})
	bomb := zipped(t, make([]byte, 20<<20)) // 20 kB for 20 MB
	json := bytes.Repeat([]byte(" "), 200_000)
	for _, test := range []struct {
		reason, path, header string
		body                 []byte
		want                 int
		why                  Refusal
	}{
		{"a gzip bomb of protobuf", pathTraces, "Content-Type: application/x-protobuf\nContent-Encoding: gzip", bomb, 413, Refusal{OTLPHTTP, TooLarge}},
		{"a gzip bomb of JSON", pathTraces, "Content-Type: application/json\nContent-Encoding: gzip", bomb, 413, Refusal{OTLPJSON, TooLarge}},
		{"a gzip bomb of Zipkin", pathZipkin, "Content-Type: application/json\nContent-Encoding: gzip", bomb, 413, Refusal{Zipkin, TooLarge}},
		{"a gzip bomb of Thrift", pathJaeger, "Content-Type: application/x-thrift\nContent-Encoding: gzip", bomb, 413, Refusal{JaegerHTTP, TooLarge}},
		{"a bomb of deflate", pathTraces, "Content-Type: application/x-protobuf\nContent-Encoding: deflate", deflated(t, make([]byte, 20<<20)), 413, Refusal{OTLPHTTP, TooLarge}},
		{"what only says that it is deflate", pathTraces, "Content-Type: application/json\nContent-Encoding: deflate", json[:9], 400, Refusal{OTLPJSON, Malformed}},
		{"a body that is too long as it is", pathTraces, "Content-Type: application/json", json, 413, Refusal{OTLPJSON, TooLarge}},
		{"metrics that are too long", pathMetrics, "Content-Type: application/json", json, 413, Refusal{OTLPJSON, TooLarge}},
		{"an encoding that nobody knows", pathTraces, "Content-Type: application/json\nContent-Encoding: br", nil, 415, Refusal{OTLPJSON, Unsupported}},
		{"what only says that it is gzip", pathTraces, "Content-Type: application/json\nContent-Encoding: gzip", json[:9], 400, Refusal{OTLPJSON, Malformed}},
		{"gzip that ends early", pathZipkin, "Content-Type: application/json\nContent-Encoding: gzip", zipped(t, json)[:100], 400, Refusal{Zipkin, Malformed}},
		{"another content type", pathZipkin, "Content-Type: application/x-protobuf", nil, 415, Refusal{Zipkin, Unsupported}},
		{"no content type", pathJaeger, "", nil, 415, Refusal{JaegerHTTP, Unsupported}},
		{"nonsense", pathTraces, "Content-Type: application/x-protobuf", []byte{0xff}, 400, Refusal{OTLPHTTP, Malformed}},
		{"a path that is not served", "/api/v1/spans", "Content-Type: application/json", nil, 404, Refusal{Unknown, Unsupported}},
		{"gRPC over HTTP/1.1", exportTraces, "Content-Type: application/grpc+proto", nil, 415, Refusal{OTLPGRPC, Unsupported}},
	} {
		before := r.Stats().Refused[test.why].Requests
		answer := post(t, r.Endpoints().OTLP+test.path, test.header, test.body)
		if answer.StatusCode != test.want || answer.Header.Get("Retry-After") != "" {
			t.Errorf("%s: %s, want %d", test.reason, answer.Status, test.want)
		}
		now := r.Stats().Refused[test.why]
		if now.Requests != before+1 || now.Last == "" {
			t.Errorf("%s: counted %+v", test.reason, r.Stats().Refused)
		}
	}
	answer, err := http.Get(r.Endpoints().OTLP + pathTraces)
	if err != nil || answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET: %+v, %v", answer, err)
	}
	answer.Body.Close()
	if r.budget.used.Load() != 0 || len(got.all()) != 0 {
		t.Errorf("%d bytes are held, %d spans came through", r.budget.used.Load(), len(got.all()))
	}
}

func TestGRPCIsBoundedToo(t *testing.T) {
	r, got := open(t, Config{MaxBody: 100_000})
	client := caller(t, r)
	bomb := numbered(1, 1)
	bomb.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetName(strings.Repeat("a", 10<<20))
	for reason, options := range map[string][]grpc.CallOption{"as it is": nil, "gzip": {grpc.UseCompressor(gzip.Name)}} {
		_, err := client.Export(within(t), ptraceotlp.NewExportRequestFromTraces(bomb), options...)
		if s := status.Convert(err); s.Code() != codes.ResourceExhausted || len(s.Details()) != 0 || !strings.Contains(s.Message(), "100000 bytes") {
			t.Errorf("%s: %v, details %v", reason, err, s.Details())
		}
	}
	if n := r.Stats().Refused[Refusal{OTLPGRPC, TooLarge}].Requests; n != 2 || len(got.all()) != 0 {
		t.Errorf("%d refused, %d spans came through", n, len(got.all()))
	}
	if _, err := client.Export(within(t), ptraceotlp.NewExportRequestFromTraces(numbered(1, 3))); err != nil || len(got.all()) != 3 {
		t.Errorf("after that: %v, %d spans", err, len(got.all()))
	}
}

// half begins a request and does not end it until done is called.
func half(t testing.TB, r *Receiver, size int) (done func() string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.Endpoints().OTLP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, size)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", pathTraces, protobufType, size)
	if _, err := conn.Write(body[:size-1]); err != nil {
		t.Fatal(err)
	}
	return func() string {
		defer conn.Close()
		_, _ = conn.Write(body[size-1:])
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		line, _, _ := bytes.Cut(answer, []byte("\r\n"))
		return string(line)
	}
}

func TestOverloadAsksSendersToComeAgain(t *testing.T) {
	for reason, config := range map[string]Config{
		"requests in flight": {MaxRequests: 1},
		"bytes in flight":    {MaxInFlight: 128 << 10},
	} {
		r, got := open(t, config)
		done := half(t, r, 100)
		eventually(t, "request in flight", func() bool { return r.budget.used.Load() > 0 })
		body := bytes.Repeat([]byte(" "), 100_000) // needs more than half of the bytes, and is refused before it is decoded
		for kind, asked := range map[string]string{protobufType: retryInfo, jsonType: `"retryDelay":"1s"`} {
			answer := post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+kind, body)
			if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "1" {
				t.Errorf("%s: %s: %s %v", reason, kind, answer.Status, answer.Header)
			}
			if !strings.Contains(answer.body, asked) {
				t.Errorf("%s: %s: body %q", reason, kind, answer.body)
			}
		}
		for _, path := range []string{pathZipkin, pathJaeger} {
			header := map[string]string{pathZipkin: "Content-Type: application/json", pathJaeger: "Content-Type: application/x-thrift"}[path]
			if answer := post(t, r.Endpoints().OTLP+path, header, body); answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "1" {
				t.Errorf("%s: %s: %s %v", reason, path, answer.Status, answer.Header)
			}
		}
		_, err := caller(t, r).Export(within(t), ptraceotlp.NewExportRequestFromTraces(numbered(1, 3000)))
		s := status.Convert(err)
		if s.Code() != codes.ResourceExhausted || len(s.Details()) != 1 {
			t.Fatalf("%s: gRPC: %v, details %v", reason, err, s.Details())
		}
		if info, ok := s.Details()[0].(*errdetails.RetryInfo); !ok || info.RetryDelay.AsDuration().Seconds() != retryAfter {
			t.Errorf("%s: gRPC: details %v", reason, s.Details())
		}
		done()
		if r.Stats().Lost() != 3 || len(got.all()) != 0 { // the half request was nonsense, and senders of Zipkin and Jaeger do not come again
			t.Errorf("%s: %+v", reason, r.Stats())
		}
		eventually(t, "room again", func() bool { return r.budget.used.Load() == 0 && r.budget.requests.Load() == 0 })
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	r, got := open(t, Config{MaxConns: 2})
	first, second := half(t, r, 100), half(t, r, 100)
	eventually(t, "two connections", func() bool { return r.conns.Load() == 2 })
	third, err := net.Dial("tcp", strings.TrimPrefix(r.Endpoints().OTLP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if _, err := bufio.NewReader(third).ReadByte(); err == nil {
		t.Error("a third connection was kept")
	}
	if n := r.Stats().Refused[Refusal{Unknown, Busy}].Requests; n != 1 {
		t.Errorf("%d counted", n)
	}
	first()
	second()
	eventually(t, "room again", func() bool { return r.conns.Load() == 0 })
	post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+protobufType, encoded(t, numbered(1, 2)))
	if len(got.all()) != 2 {
		t.Errorf("%d spans came after that", len(got.all()))
	}
}

// A hundred senders at once, each with a small request that becomes large: the
// memory that is taken is the bound's, and not theirs.
func TestMemoryStaysNearItsBound(t *testing.T) {
	const bound = 8 << 20
	r, _ := open(t, Config{MaxInFlight: bound, MaxBody: 4 << 20})
	bombs := [][]byte{
		zipped(t, request(slices.Repeat([][]byte{{}}, 1_900_000)...)),                          // empty spans: two bytes become 400
		zipped(t, encoded(t, numbered(1, 60_000))),                                             // spans
		zipped(t, bytes.Repeat([]byte{0}, 4<<20-1)),                                            // nonsense
		zipped(t, request(bytes.Repeat([]byte{9<<3 | lengths, 0}, 2_000_000))),                 // empty attributes of one span
		zipped(t, request(slices.Repeat([][]byte{{11<<3 | lengths, 0}}, 900_000)...)),          // empty events
		zipped(t, request(bytes.Repeat([]byte{13<<3 | lengths, 2, 8, 0}, 1_000_000))),          // links
		zipped(t, bytes.Repeat(request([]byte{}), 400_000)),                                    // resources
		zipped(t, append([]byte(`{"resourceSpans":[`), bytes.Repeat([]byte(`{},`), 1_000)...)), // no JSON
	}
	runtime.GC()
	before, peak, stop := heap(), uint64(0), make(chan struct{})
	var watch, senders sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				peak = max(peak, heap())
			}
		}
	})
	for i := range 100 {
		senders.Go(func() {
			kind := protobufType
			if i%len(bombs) == len(bombs)-1 {
				kind = jsonType
			}
			post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+kind+"\nContent-Encoding: gzip", bombs[i%len(bombs)])
		})
	}
	senders.Wait()
	close(stop)
	watch.Wait()
	// Garbage that is not collected yet may double it; connections and
	// decompressors of a hundred senders are some 100 KiB each.
	if most := before + 2*bound + 100*(100<<10) + (8 << 20); peak > 2*most {
		t.Errorf("the heap grew from %d to %d MiB", before>>20, peak>>20)
	}
	t.Logf("the heap grew from %d to %d MiB", before>>20, peak>>20)
	eventually(t, "memory given back", func() bool { return r.budget.used.Load() == 0 })
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The SDK's exporters try again after the time that they were told, and
// nothing is lost or held twice.
func TestTheSDKTriesAgainAndNothingIsLost(t *testing.T) {
	var refusals atomic.Int64
	b := &tub{refuse: func([]*trace.Span) error {
		if refusals.Add(1)%2 == 1 {
			return fmt.Errorf("full: %w", ErrBusy)
		}
		return nil
	}}
	r, _ := open(t, Config{Sink: b.take})
	all := sdkExporters(t, r)
	for _, name := range []string{"gRPC", "HTTP"} {
		provider := sdk.NewTracerProvider(sdk.WithBatcher(all[name]))
		for range 10 {
			_, span := provider.Tracer("").Start(t.Context(), name)
			span.End()
		}
		if err := provider.Shutdown(within(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, exporter := range all {
		if err := exporter.Shutdown(within(t)); err != nil && !strings.Contains(err.Error(), "shut") {
			t.Error(err)
		}
	}
	s := r.Stats()
	if len(b.all()) != 20 || s.accepted() != 20 || s.Lost() != 0 {
		t.Errorf("%d spans arrived of 20; counted %+v", len(b.all()), s)
	}
	for _, p := range []Protocol{OTLPGRPC, OTLPHTTP} {
		if got := s.Refused[Refusal{p, Busy}]; got.Requests != 1 || got.Spans != 10 {
			t.Errorf("%s: refused %+v", p, got)
		}
	}
}

func TestASinkThatFailsIsTheReceiversFault(t *testing.T) {
	r, _ := open(t, Config{Sink: func([]*trace.Span) error { return errors.New("disk gone") }})
	answer := post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+jsonType, []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"01000000000000000000000000000000","spanId":"0100000000000000"}]}]}]}`))
	if answer.StatusCode != http.StatusInternalServerError || !strings.Contains(answer.body, "disk gone") {
		t.Errorf("%s %q", answer.Status, answer.body)
	}
	_, err := caller(t, r).Export(within(t), ptraceotlp.NewExportRequestFromTraces(numbered(1, 3)))
	if status.Code(err) != codes.Internal {
		t.Errorf("gRPC: %v", err)
	}
	if s := r.Stats(); s.Lost() != 4 || s.accepted() != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSingleSpansAreRefusedAsPartialSuccess(t *testing.T) {
	r, got := open(t, Config{})
	mixed := numbered(0, 5) // the first has no id
	answer, err := caller(t, r).Export(within(t), ptraceotlp.NewExportRequestFromTraces(mixed))
	if err != nil || answer.PartialSuccess().RejectedSpans() != 1 || !strings.Contains(answer.PartialSuccess().ErrorMessage(), "span id") {
		t.Errorf("gRPC: %d %q %v", answer.PartialSuccess().RejectedSpans(), answer.PartialSuccess().ErrorMessage(), err)
	}
	overHTTP := ptraceotlp.NewExportResponse()
	reply := post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+protobufType, encoded(t, mixed))
	if err := overHTTP.UnmarshalProto([]byte(reply.body)); err != nil || reply.StatusCode != http.StatusOK || overHTTP.PartialSuccess().RejectedSpans() != 1 {
		t.Errorf("HTTP: %s %q %v", reply.Status, reply.body, err)
	}
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(mixed)
	if err != nil {
		t.Fatal(err)
	}
	reply = post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+jsonType, text)
	if err := overHTTP.UnmarshalJSON([]byte(reply.body)); err != nil || overHTTP.PartialSuccess().RejectedSpans() != 1 {
		t.Errorf("JSON: %s %q %v", reply.Status, reply.body, err)
	}
	if s := r.Stats(); s.accepted() != 12 || len(got.all()) != 12 || s.Lost() != 3 || s.Refused[Refusal{OTLPGRPC, Invalid}].Spans != 1 {
		t.Errorf("%d arrived, counted %+v", len(got.all()), s)
	}
}

func TestASenderThatLeavesIsCounted(t *testing.T) {
	r, _ := open(t, Config{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.Endpoints().OTLP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 99\r\n\r\nabc", pathTraces, protobufType)
	conn.Close()
	eventually(t, "count", func() bool { return r.Stats().Refused[Refusal{OTLPHTTP, Aborted}].Requests == 1 })
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	_, _ = caller(t, r).Export(ctx, ptraceotlp.NewExportRequestFromTraces(numbered(1, 1)))
	eventually(t, "memory given back", func() bool { return r.budget.used.Load() == 0 })
}
