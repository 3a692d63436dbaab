package publish

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

func parsed(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func unzipped(t testing.TB, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// ordinary spans are those of an edge, some 300 bytes each when encoded.
func ordinary(n int) []*trace.Span {
	spans := numbered(1, n)
	for i, s := range spans {
		s.Kind, s.Start, s.End = trace.Server, time.Unix(1_700_000_000, 1), time.Unix(1_700_000_000, 2)
		s.Attrs = []attribute.KeyValue{
			attribute.String("http.request.method", "GET"), attribute.String("url.path", fmt.Sprintf("/orders/%04d", i)),
			attribute.String("http.route", "/orders/{id}"), attribute.Int("http.response.status_code", 200),
			attribute.String("server.address", "127.0.0.1"), attribute.String("user_agent.original", "Go-http-client/1.1"),
		}
	}
	return spans
}

func BenchmarkEncode(b *testing.B) {
	spans, body := ordinary(512), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		body = encode(body[:0], spans)
	}
	b.SetBytes(int64(len(body)))
	b.ReportMetric(float64(b.N*len(spans))/b.Elapsed().Seconds(), "spans/s")
}

// BenchmarkPublish sends to an endpoint that reads and throws away.
func BenchmarkPublish(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	p := start(b, Config{Endpoint: server.URL})
	spans := ordinary(512)
	b.ReportAllocs()
	for b.Loop() {
		p.Publish(spans)
		if p.Stats().Waiting > 32768 {
			flush(b, p)
		}
	}
	flush(b, p)
	b.ReportMetric(float64(b.N*len(spans))/b.Elapsed().Seconds(), "spans/s")
	if s := p.Stats(); s.Dropped > 0 {
		b.Errorf("%+v", s)
	}
}
