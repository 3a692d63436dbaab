package edge

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ok is the shortest answer that keeps the connection.
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

func TestTargetPassesByteForByte(t *testing.T) {
	tests := []struct{ target, want, reason string }{
		{"/", "", "the root"},
		{"/a%2Fb", "", "an encoded slash is not a slash"},
		{"/a%2fb%7E", "", "the case of digits and needless encoding stay"},
		{"/a//b/../c/.", "", "nothing is cleaned"},
		{"//a/b", "", "two leading slashes are no host"},
		{"//a%2Fb?q=//x", "", "the same with what is encoded"},
		{"/a?b=c&d=%20+;e&&=", "", "a query is opaque"},
		{"/a?", "", "an empty query is a query"},
		{"/a?b?c#d", "", "what a browser would cut off"},
		{"/{x}|\"<>^`\\", "", "bytes that a URL must not hold, as clients send them"},
		{"/caf\u00e9?\u00fc=\u00f6", "", "bytes beyond ASCII"},
		{"/a;b=c;d/e:f@g!$'()*,", "", "delimiters"},
		{"http://elsewhere:1/a%2Fb?c", "/a%2Fb?c", "the absolute form becomes the origin form"},
		{"http://elsewhere", "/", "the absolute form without a path"},
		{"http://elsewhere?x", "/?x", "the absolute form with a query only"},
	}
	to, heads := answering(t, ok)
	r := startEdge(t, to, nil)
	for i, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r.send(t, "GET "+test.target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			want := test.want
			if want == "" {
				want = test.target
			}
			line, _, _ := strings.Cut(heads()[i], "\r\n")
			if got := "GET " + want + " HTTP/1.1"; line != got {
				t.Errorf("the provider was sent %q, want %q", line, got)
			}
			exchanges, _ := r.settled(t)
			if got := exchanges[i].Target; got != RedactTarget(want) {
				t.Errorf("Target = %q, want %q", got, want)
			}
		})
	}
}

func TestMethodsPass(t *testing.T) {
	to, heads := answering(t, "HTTP/1.1 204 No Content\r\n\r\n")
	r := startEdge(t, to, nil)
	lines := []string{"OPTIONS * HTTP/1.1", "PROPFIND /x HTTP/1.1", "TRACE / HTTP/1.1", "DELETE /x HTTP/1.1", "M-SEARCH /x HTTP/1.1"}
	for i, line := range lines {
		if got := r.send(t, line+"\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 204") {
			t.Errorf("%s: answered %q", line, got)
		}
		if got, _, _ := strings.Cut(heads()[i], "\r\n"); got != line {
			t.Errorf("the provider was sent %q, want %q", got, line)
		}
	}
	if got := r.send(t, "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 501") {
		t.Errorf("CONNECT: answered %q", got)
	}
}

var traceLine = regexp.MustCompile(`(?m)^(Traceparent|Uber-Trace-Id|B3|X-B3-[A-Za-z]+): .*\r\n`)

// TestRequestHeaderPasses holds the edge to adding the trace context and nothing else.
func TestRequestHeaderPasses(t *testing.T) {
	to, heads := answering(t, ok)
	r := startEdge(t, to, nil)
	tests := []struct{ request, want, reason string }{
		{
			"GET / HTTP/1.1\r\nHost: orders.local:8\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: orders.local:8\r\n\r\n",
			"no User-Agent, Accept-Encoding or X-Forwarded-For is added, and Host stays",
		},
		{
			"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\nAccept: a\r\nAccept: b\r\nForwarded: for=x\r\nUser-Agent: me\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\nAccept: a\r\nAccept: b\r\nForwarded: for=x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
			"repeated lines stay apart and in order",
		},
		{
			"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nTE: trailers, gzip\r\nProxy-Authorization: b\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nProxy-Authorization: b\r\nTe: trailers\r\n\r\n",
			"what concerns one connection stays behind",
		},
		{
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
			"an empty body is declared",
		},
		{
			"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
			"nobody changes to HTTP/2 within a connection",
		},
		{
			"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
			"a consumer that closes makes the provider close",
		},
	}
	for i, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			c := r.dialRaw(t)
			if _, err := io.WriteString(c, test.request); err != nil {
				t.Fatal(err)
			}
			if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, traceLine.ReplaceAllString(heads()[i], "")); diff != "" {
				t.Errorf("the provider was sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswerPasses compares what the consumer reads with what the provider wrote.
func TestAnswerPasses(t *testing.T) {
	tests := []struct{ method, answer, want, reason string }{
		{"GET", ok, "", "nothing is added, neither Date nor Content-Type"},
		{
			"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: x\r\nServer: y\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nz",
			"", "repeated lines stay apart and in order",
		},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n", "", "HEAD keeps the length that GET would have"},
		{"HEAD", "HTTP/1.1 200 OK\r\nEtag: x\r\n\r\n", "", "HEAD without a length"},
		{"GET", "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n", "", "no body"},
		{"GET", "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\n\r\n", "", "not modified"},
		{
			"GET", "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\ncontent-length: 12\r\ncontent-type: text/x\r\n\r\n",
			"", "not modified, and what it would have been",
		},
		{"GET", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/x\r\n\r\n", "", "redirects are the consumer's business"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "", "nothing is decoded"},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "", "chunks"},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "an empty chunked body"},
		{
			"GET", "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
			"", "an announced trailer",
		},
		{
			"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 1\r\n\r\n",
			"", "a trailer that was not announced",
		},
		{
			"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nContent-Length: 9\r\nX-Late: 1\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 1\r\n\r\n", "a trailer that speaks of framing",
		},
		{
			"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\r\nhi",
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "what concerns one connection stays behind",
		},
		{
			"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
			ok, "a repeated length is normalised",
		},
		{"GET", "HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 599 status code 599\r\nContent-Length: 0\r\n\r\n", "an unknown status"},
		{
			"GET", "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nContent-Length: 0\r\nUpgrade: h2c\r\n\r\n",
			"", "an offer to upgrade",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			to, _ := answering(t, test.answer)
			r := startEdge(t, to, nil)
			c := r.dialRaw(t)
			if _, err := io.WriteString(c, test.method+" / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			r.settled(t)
			want := test.want
			if want == "" {
				want = test.answer
			}
			got := make([]byte, len(want))
			n, err := io.ReadFull(c, got)
			if diff := cmp.Diff(want, string(got[:n])); diff != "" {
				t.Errorf("the consumer was sent (-want +got), %v:\n%s", err, diff)
			}
		})
	}
}

func TestBasePathAndHostOfURLServices(t *testing.T) {
	to, heads := answering(t, ok)
	r := startEdge(t, to+"/api/v1/", func(c *Config) { c.RewriteHost = true })
	get(t, client(t), r.URL()+"/orders%2F1?x=y")
	head := heads()[0]
	if !strings.HasPrefix(head, "GET /api/v1/orders%2F1?x=y HTTP/1.1\r\n") {
		t.Errorf("the provider was sent %q", head)
	}
	if want := "\r\nHost: " + strings.TrimPrefix(to, "http://") + "\r\n"; !strings.Contains(head, want) {
		t.Errorf("the provider was sent %q, want %q in it", head, want)
	}
}

// TestLargeBodiesPassWithoutBuffering sends more than any buffer holds, both ways.
func TestLargeBodiesPassWithoutBuffering(t *testing.T) {
	const size = 48 << 20
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		if err != nil {
			t.Errorf("request body: %v", err)
		}
		w.Header().Set("X-Sum", fmt.Sprintf("%d %x", n, sum.Sum(nil)))
		_, _ = io.CopyN(w, ones{}, size) // the consumer's count tells
	})
	sum := sha256.New()
	if _, err := io.CopyN(sum, ones{}, size); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%d %x", size, sum.Sum(nil))
	for _, length := range []int64{size, -1} {
		r := startEdge(t, to, func(c *Config) {
			c.Capture = func(*Exchange) Capture { return Capture{Bodies: true} }
		})
		request, err := http.NewRequest(http.MethodPost, r.URL(), io.LimitReader(ones{}, size))
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = length
		response, err := client(t).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if n != size || err != nil {
			t.Errorf("read %d bytes (%v), want %d", n, err, size)
		}
		if got := response.Header.Get("X-Sum"); got != want {
			t.Errorf("the provider received %s, want %s", got, want)
		}
		x, _ := r.only(t)
		if x.RequestBytes != size || x.ResponseBytes != size {
			t.Errorf("counted %d and %d bytes, want %d", x.RequestBytes, x.ResponseBytes, size)
		}
		if b := x.RequestBody(); !b.Truncated || len(b.Bytes) != CaptureLimit {
			t.Errorf("captured %d bytes, truncated %v", len(b.Bytes), b.Truncated)
		}
	}
}

// ones is an endless source.
type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '1'
	}
	return len(p), nil
}

func TestConsumersConnectionIsTheProviders(t *testing.T) {
	connections := make(chan string, 10)
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) { connections <- r.RemoteAddr })
	r := startEdge(t, to, nil)
	first, second := client(t), client(t)
	for _, c := range []*http.Client{first, first, second} {
		get(t, c, r.URL())
	}
	a, b, c := <-connections, <-connections, <-connections
	if a != b {
		t.Error("a consumer's kept connection did not keep the provider's")
	}
	if a == c {
		t.Error("two consumers shared a connection to the provider")
	}
}

// TestNothingIsRepeated guards against net/http's silent second attempt.
func TestNothingIsRepeated(t *testing.T) {
	requests := make(chan string, 10)
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		requests <- readHead(r)
		_, _ = io.WriteString(c, ok) // the consumer notices
		if head := readHead(r); head != "" {
			requests <- head // and closes without an answer
		}
	})
	r := startEdge(t, to, nil)
	c := client(t)
	get(t, c, r.URL())
	response, body := get(t, c, r.URL())
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(body, "closed the connection instead") {
		t.Errorf("answered %d %s", response.StatusCode, body)
	}
	if got := len(requests); got != 2 {
		t.Errorf("the provider was sent %d requests, want 2", got)
	}
	if exchanges, _ := r.settled(t); exchanges[1].Fault != faultClosed {
		t.Errorf("Fault = %q, want %q", exchanges[1].Fault, faultClosed)
	}
}

// TestAnIdleConnectionThatEndsAsARequestComes ends for the consumer as well,
// who may try again: what a consumer knows of connections that it keeps itself.
func TestAnIdleConnectionThatEndsAsARequestComes(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, ok) // the consumer notices
		readHead(r)                  // and closes without an answer
	})
	r := startEdge(t, to, nil)
	r.longIdle = time.Nanosecond
	c := client(t)
	for range 2 {
		if response, body := get(t, c, r.URL()); response.StatusCode != http.StatusOK {
			t.Errorf("answered %d %s", response.StatusCode, body)
		}
	}
	exchanges, _ := r.settled(t)
	if len(exchanges) != 3 || exchanges[1].Fault != faultClosed || exchanges[1].Status != 0 {
		t.Errorf("observed %+v, want an exchange between two that was not answered", exchanges)
	}
}

func TestOtherLoopbackAddressIsTried(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	scriptedAt(t, l.Addr().String(), func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, ok) // the consumer notices
	})
	r := startEdge(t, "http://127.0.0.1:"+port, nil)
	for range 2 {
		if _, body := get(t, client(t), r.URL()); body != "hi" {
			t.Errorf("answered %q", body)
		}
	}
}

func TestCapturesAreDecodedButForwardedUntouched(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"n":1}`) // to memory
	z.Close()
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes()) // the consumer notices
	})
	r := startEdge(t, to, func(c *Config) {
		c.Capture = func(*Exchange) Capture { return Capture{Bodies: true} }
	})
	_, body := get(t, client(t), r.URL())
	if body != packed.String() {
		t.Error("the answer's body was changed on its way")
	}
	x, _ := r.only(t)
	if got := string(x.ResponseBody().Bytes); got != `{"n":1}` {
		t.Errorf("captured %q", got)
	}
	if got := x.RequestBody(); got.Bytes == nil || len(got.Bytes) != 0 {
		t.Errorf("captured request body %v, want an empty one", got)
	}
}
