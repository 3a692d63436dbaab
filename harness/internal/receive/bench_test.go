package receive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/seamtest/seam/harness/trace"
)

// benchSpans and the 305 bytes a span are the batch that FACTS compares by.
const benchSpans = 160

func ordinary(n int) ptrace.Traces {
	all := ptrace.NewTraces()
	rs := all.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "orders")
	rs.Resource().Attributes().PutStr("telemetry.sdk.language", "go")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
	for i := range n {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{0: 1, 14: byte(i / 8 >> 8), 15: byte(i / 8)})
		s.SetSpanID(pcommon.SpanID{0: 1, 6: byte(i >> 8), 7: byte(i)})
		s.SetParentSpanID(pcommon.SpanID{0: 1, 7: byte(i / 8)})
		s.SetName("GET /orders/{id}")
		s.SetKind(ptrace.SpanKindServer)
		s.SetFlags(0x101)
		s.SetStartTimestamp(1_700_000_000_123_456_789)
		s.SetEndTimestamp(1_700_000_000_125_456_789)
		a := s.Attributes()
		a.PutStr("http.request.method", "GET")
		a.PutStr("url.path", fmt.Sprintf("/orders/order-%04d", i))
		a.PutStr("http.route", "/orders/{id}")
		a.PutStr("server.address", "127.0.0.1")
		a.PutInt("http.response.status_code", 200)
		a.PutStr("user_agent.original", "Go-http-client/1.1")
		a.PutStr("net", "tcp")
	}
	return all
}

func TestTheBenchmarkSendsWhatItSays(t *testing.T) {
	if per := len(encoded(t, ordinary(benchSpans))) / benchSpans; per != 305 {
		t.Errorf("%d bytes a span, want 305", per)
	}
}

func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// perCPU reports spans for each second of this process's processor time,
// sender and receiver together.
func perCPU(b *testing.B, spans int, act func()) {
	b.ReportAllocs()
	begun := cpu(b)
	for b.Loop() {
		act()
	}
	used := cpu(b) - begun
	b.ReportMetric(float64(b.N*spans)/used.Seconds(), "spans/cpu-s")
	b.ReportMetric(float64(b.N*spans)/b.Elapsed().Seconds(), "spans/s")
}

func BenchmarkDecode(b *testing.B) {
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(ordinary(benchSpans))
	if err != nil {
		b.Fatal(err)
	}
	legacy := jaegerBatch()
	for len(legacy.Spans) < benchSpans {
		legacy.Spans = append(legacy.Spans, legacy.Spans[0])
	}
	zipkin := "[" + strings.Repeat(strings.Trim(zipkinText, "[]")+",", benchSpans-1) + strings.TrimPrefix(zipkinText, "[")
	for _, bench := range []struct {
		name   string
		body   []byte
		decode func([]byte, *lease, *shared) (batch, error)
	}{
		{"OTLP", encoded(b, ordinary(benchSpans)), decodeOTLP}, {"OTLP-JSON", text, decodeJSON},
		{"Jaeger", thriftBatch(b, legacy), decodeThrift}, {"Zipkin", []byte(zipkin), decodeZipkin},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.body)))
			s := new(shared)
			perCPU(b, benchSpans, func() {
				got, err := bench.decode(bench.body, roomy(), s)
				if err != nil || len(got.spans) != benchSpans {
					b.Fatal(len(got.spans), err)
				}
			})
		})
	}
}

// A raw sender writes requests that were made before, so that little of the
// time is the sender's. It changes one byte of each span's trace id, and thereby
// the traces, from request to request.
type raw struct {
	conn    net.Conn
	answers *bufio.Reader
	request []byte
	ids     []int // where trace ids are in request
	n       uint32
}

func dial(b *testing.B, r *Receiver, header string, body []byte) *raw {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.Endpoints().OTLP, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	s := &raw{conn: conn, answers: bufio.NewReader(conn)}
	s.request = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		pathTraces, protobufType, header, len(body), body)
	if header == "" {
		for i := range s.request {
			if bytes.HasPrefix(s.request[i:], []byte("\x0a\x10\x01\x00\x00\x00")) {
				s.ids = append(s.ids, i+3)
			}
		}
	}
	return s
}

func (s *raw) send(b *testing.B) {
	s.n++
	for _, at := range s.ids {
		binary.BigEndian.PutUint32(s.request[at:], s.n)
	}
	if _, err := s.conn.Write(s.request); err != nil {
		b.Fatal(err)
	}
	answer, err := http.ReadResponse(s.answers, nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(answer, err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
}

func BenchmarkIngest(b *testing.B) {
	body := encoded(b, ordinary(benchSpans))
	nowhere := func([]*trace.Span) error { return nil }
	store := trace.NewStore(trace.StoreConfig{MaxBytes: 64 << 20})
	for _, bench := range []struct {
		name, header string
		body         []byte
		sink         func([]*trace.Span) error
	}{
		{"HTTP", "", body, nowhere},
		{"HTTP-gzip", "Content-Encoding: gzip\r\n", zipped(b, body), nowhere},
		{"HTTP-into-store", "", body, func(spans []*trace.Span) error { store.Add(spans...); return nil }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r, _ := open(b, Config{Sink: bench.sink})
			s := dial(b, r, bench.header, bench.body)
			defer s.conn.Close()
			perCPU(b, benchSpans, func() { s.send(b) })
		})
	}
	b.Run("gRPC", func(b *testing.B) {
		r, _ := open(b, Config{Sink: nowhere})
		client, request := caller(b, r), ptraceotlp.NewExportRequestFromTraces(ordinary(benchSpans))
		perCPU(b, benchSpans, func() {
			if _, err := client.Export(b.Context(), request); err != nil {
				b.Fatal(err)
			}
		})
	})
}
