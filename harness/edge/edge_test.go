package edge

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline bounds every wait of these tests.
const deadline = 10 * time.Second

// A rig is an edge with everything that it told its observers.
type rig struct {
	*Proxy

	mu        sync.Mutex
	spans     []*trace.Span
	begun     []Exchange
	exchanges []Exchange
	events    []string
}

// startEdge starts an edge a->b that records what it sees; to is the provider's
// URL, "" where it is not ready.
func startEdge(t testing.TB, to string, edit func(*Config)) *rig {
	t.Helper()
	r := &rig{}
	cfg := Config{
		Edge: system.Edge{Consumer: "a", Provider: "b"},
		Begin: func(x *Exchange) {
			r.note("begin", func() { r.begun = append(r.begun, x.Redacted()) })
		},
		Spans: func(s *trace.Span) { r.note("span", func() { r.spans = append(r.spans, s) }) },
		End: func(x *Exchange) {
			r.note("end", func() { r.exchanges = append(r.exchanges, x.Redacted()) })
		},
	}
	if edit != nil {
		edit(&cfg)
	}
	p, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Proxy = p
	if to != "" {
		p.Forward(parse(t, to))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

func (r *rig) note(event string, also func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
	also()
}

// settled waits for the observers, and returns what they heard.
func (r *rig) settled(t testing.TB) ([]Exchange, []*trace.Span) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := r.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exchanges, r.spans
}

// only returns the single exchange and span.
func (r *rig) only(t testing.TB) (Exchange, *trace.Span) {
	t.Helper()
	exchanges, spans := r.settled(t)
	if len(exchanges) != 1 || len(spans) != 1 {
		t.Fatalf("observed %d exchanges and %d spans, want one of each", len(exchanges), len(spans))
	}
	return exchanges[0], spans[0]
}

// eventually polls until done, for what has no event to wait for.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("not within %s: %s", deadline, what)
}

// provider serves handler until the test ends.
func provider(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// scripted is a provider that speaks by hand; talk is called for each connection.
func scripted(t testing.TB, talk func(c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	return "http://" + scriptedAt(t, "127.0.0.1:0", talk)
}

func scriptedAt(t testing.TB, address string, talk func(c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var talks sync.WaitGroup
	talks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(deadline)) // a test that hangs should fail
			talks.Go(func() {
				defer c.Close()
				talk(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		talks.Wait()
	})
	return l.Addr().String()
}

// readHead reads the lines up to an empty one.
func readHead(r *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}

// answering reads one head after another, and answers each with answer.
func answering(t testing.TB, answer string) (url string, heads func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	url = scripted(t, func(c net.Conn, r *bufio.Reader) {
		for {
			head := readHead(r)
			if !strings.HasSuffix(head, "\r\n\r\n") {
				return
			}
			mu.Lock()
			seen = append(seen, head)
			mu.Unlock()
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	})
	return url, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

// dial opens a connection to the edge on which a test writes by hand.
func (r *rig) dialRaw(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(deadline)) // a test that hangs should fail
	t.Cleanup(func() { c.Close() })
	tcp, _ := c.(*net.TCPConn)
	return tcp
}

// send writes bytes on a new connection and returns all that comes back until
// the edge closes it, or the request's own half of it.
func (r *rig) send(t testing.TB, request string) string {
	t.Helper()
	c := r.dialRaw(t)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, _ = io.Copy(&b, c) // a reset is as good an end as any
	return b.String()
}

// client returns one that reuses nothing of another test.
func client(t testing.TB) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// get reads one whole answer.
func get(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	response, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return response, read(t, response)
}

func read(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
