package edge

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"testing"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// BenchmarkExchange is a small GET on a kept connection: direct, through
// httputil.ReverseProxy for comparison, and through an edge.
func BenchmarkExchange(b *testing.B) {
	to := provider(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Length"] = []string{"2"}
		_, _ = io.WriteString(w, "hi") // the consumer notices
	})
	reverse := provider(b, (&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(parse(b, to)) },
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100},
	}).ServeHTTP)
	cfg := Config{
		Edge: system.Edge{Consumer: "a", Provider: "b"}, Begin: func(*Exchange) {},
		Spans: func(*trace.Span) {}, End: func(*Exchange) {},
	}
	plain := benchEdge(b, cfg, to)
	cfg.Capture = func(*Exchange) Capture { return Capture{Bodies: true} }
	cfg.End = func(x *Exchange) { x.ResponseBody() }
	captured := benchEdge(b, cfg, to)
	for _, way := range []struct{ name, url string }{
		{"direct", to}, {"reverseproxy", reverse}, {"edge", plain.URL()}, {"captured", captured.URL()},
	} {
		b.Run("serial/"+way.name, func(b *testing.B) {
			c := client(b)
			b.ReportAllocs()
			for b.Loop() {
				ask(b, c, way.url)
			}
		})
		b.Run("parallel/"+way.name, func(b *testing.B) {
			c := client(b)
			c.Transport.(*http.Transport).MaxIdleConnsPerHost = 100
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ask(b, c, way.url)
				}
			})
		})
	}
}

func benchEdge(b *testing.B, cfg Config, to string) *Proxy {
	b.Helper()
	p, err := Start(cfg)
	if err != nil {
		b.Fatal(err)
	}
	p.Forward(parse(b, to))
	b.Cleanup(func() { p.Close(b.Context()) })
	return p
}

func ask(b *testing.B, c *http.Client, url string) {
	response, err := c.Get(url + "/orders/4711?page=2")
	if err != nil {
		b.Error(err)
		return
	}
	if n, err := io.Copy(io.Discard, response.Body); n != 2 || err != nil {
		b.Error(n, err)
	}
	response.Body.Close()
}

func BenchmarkSpan(b *testing.B) {
	p := &Proxy{cfg: Config{Edge: system.Edge{Consumer: "a", Provider: "b"}}}
	p.describe()
	c := &call{proxy: p, host: "127.0.0.1:8080", request: &http.Request{
		RemoteAddr: "127.0.0.1:4711", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"User-Agent": {"me/1"}},
	}}
	c.Method, c.Target, c.Route, c.Status = "GET", "/orders/4711?page=2", "/orders/{id}", 200
	b.ReportAllocs()
	for b.Loop() {
		c.span()
	}
}

func BenchmarkGuessRoute(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		GuessRoute("/api/v1/orders/550e8400-e29b-41d4-a716-446655440000/items/3")
	}
}

func BenchmarkFraming(b *testing.B) {
	request := []byte("POST /orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 5\r\n" +
		"Content-Type: application/json\r\nTraceparent: 00-" + traceHex + "-" + spanHex + "-01\r\n\r\nhello")
	var f framing
	b.SetBytes(int64(len(request)))
	b.ReportAllocs()
	for b.Loop() {
		f.scan(request)
	}
	if f.in != partRequest || !bytes.HasSuffix(request, []byte("hello")) {
		b.Error("the request was not followed to its end")
	}
}
