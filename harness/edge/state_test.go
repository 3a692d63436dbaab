package edge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

func TestTakenAddressIsNamed(t *testing.T) {
	first := startEdge(t, "", nil)
	_, err := Start(Config{Edge: system.Edge{Consumer: "shop", Provider: "stock"}, Listen: first.Addr()})
	if err == nil {
		t.Fatal("a taken address was bound")
	}
	for _, part := range []string{"shop->stock", first.Addr(), "taken", "listen:"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestListenAddresses(t *testing.T) {
	tests := []struct{ listen, host, reason string }{
		{"", "127.0.0.1", "the default"},
		{":0", "127.0.0.1", "a port alone is not the whole world"},
		{"localhost:0", "127.0.0.1", "a name"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := startEdge(t, "", func(c *Config) { c.Listen = test.listen })
			if host, _, err := net.SplitHostPort(r.Addr()); host != test.host || err != nil {
				t.Errorf("Addr() = %s, %v", r.Addr(), err)
			}
			if r.URL() != "http://"+r.Addr() {
				t.Errorf("URL() = %s", r.URL())
			}
		})
	}
	for _, wrong := range []string{"8080", "127.0.0.1:x", "256.0.0.1:0"} {
		if p, err := Start(Config{Listen: wrong}); err == nil {
			p.Close(t.Context())
			t.Errorf("%q was bound", wrong)
		}
	}
}

func TestCallsAreHeldUntilTheProviderIsReady(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hi") })
	r := startEdge(t, "", nil)
	answers := make(chan string, 3)
	for range cap(answers) {
		c := client(t)
		go func() {
			response, err := c.Get(r.URL())
			if err != nil {
				answers <- err.Error()
				return
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			answers <- string(body)
		}()
	}
	eventually(t, "three calls are held", func() bool { return r.Stats().Held == 3 })
	r.SetPhase(Drive) // must not release them
	if got := r.Stats().Ended; got != 0 {
		t.Errorf("%d calls ended before the provider was ready", got)
	}
	r.Forward(parse(t, to))
	for range cap(answers) {
		if got := <-answers; got != "hi" {
			t.Errorf("answered %q", got)
		}
	}
}

func TestNoAnswerIsExplained(t *testing.T) {
	hangUp := scripted(t, func(_ net.Conn, r *bufio.Reader) { readHead(r) })
	reset := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // the test fails without
		}
	})
	noise := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, "SSH-2.0-x\r\n") // the consumer notices
	})
	odd, _ := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
	unread, _ := answering(t, "HTTP/1.1 200 OK\r\nX-A: \x01\r\n\r\n")
	coded, _ := answering(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close() // last, so that no provider has its port
	address := dead.Addr().String()
	tests := []struct {
		reason, to string
		edit       func(*rig)
		status     int
		fault      string
		says       []string
	}{
		{"nobody listens", "http://" + address, nil, 502, faultRefused, []string{"refused", address, "still runs"}},
		{"hang-up", hangUp, nil, 502, faultClosed, []string{"closed the connection", "logged"}},
		{"reset", reset, nil, 502, faultReset, []string{"reset"}},
		{"another protocol", noise, nil, 502, faultResponse, []string{"malformed HTTP", "protocol: tcp"}},
		{"two lengths", odd, nil, 502, faultResponse, []string{"multiple Content-Length"}},
		{"a header that is none", unread, nil, 502, faultResponse, []string{"malformed MIME header"}},
		{"a transfer coding that nobody knows", coded, nil, 502, faultResponse, []string{"transfer encoding"}},
		{"no such host", "http://seam.invalid:1", nil, 502, faultName, []string{"seam.invalid", "url:"}},
		{"never ready", "", nil, 503, faultUnready, []string{"not ready within 20ms", "ready: within"}},
		{"died", "http://" + address, func(r *rig) { r.Fail("exit status 3") }, 502, faultDied, []string{"b died: exit status 3", "logged"}},
		{"died for no reason", "", func(r *rig) { r.Fail("") }, 502, faultDied, []string{"b died: it is gone"}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := startEdge(t, test.to, func(c *Config) { c.Hold = 20 * time.Millisecond })
			if test.edit != nil {
				test.edit(r)
			}
			response, body := get(t, client(t), r.URL())
			var told refusal
			if err := json.Unmarshal([]byte(body), &told); err != nil {
				t.Fatalf("body %q: %v", body, err)
			}
			if response.StatusCode != test.status || response.Header.Get("Seam-Error") != test.fault || told.Kind != test.fault {
				t.Errorf("answered %d, Seam-Error %q, %+v", response.StatusCode, response.Header.Get("Seam-Error"), told)
			}
			if told.Edge != "a->b" || told.Provider != "b" || told.Remedy == "" {
				t.Errorf("the answer says %+v", told)
			}
			for _, part := range test.says {
				if !strings.Contains(body, part) {
					t.Errorf("the answer does not say %q: %s", part, body)
				}
			}
			x, span := r.only(t)
			if x.Status != 0 || x.Fault != test.fault {
				t.Errorf("Exchange has status %d, fault %q", x.Status, x.Fault)
			}
			if span.Code != trace.Error || span.Attr(attrError).AsString() != test.fault || span.Attr(attrStatus).AsInt64() != int64(test.status) {
				t.Errorf("span %d %q %v", span.Code, span.Message, span.Attrs)
			}
			if got := r.Stats().Unanswered; got != 1 {
				t.Errorf("Unanswered = %d", got)
			}
		})
	}
}

// TestEachRequestSeesTheState keeps one connection while everything changes.
func TestEachRequestSeesTheState(t *testing.T) {
	named := func(name string) string {
		return provider(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	}
	one, two := named("one"), named("two")
	r := startEdge(t, one, func(c *Config) { c.Phase = WarmUp })
	c := client(t)
	var got []string
	ask := func() {
		response, body := get(t, c, r.URL())
		if response.StatusCode != http.StatusOK {
			body = response.Header.Get("Seam-Error")
		}
		exchanges, _ := r.settled(t)
		got = append(got, string(exchanges[len(exchanges)-1].Phase)+" "+body)
	}
	ask()
	r.SetPhase(Load)
	ask()
	r.Fail("gone")
	ask()
	r.SetPhase(Verify)
	r.Forward(parse(t, two))
	ask()
	if diff := cmp.Diff([]string{"warm-up one", "load one", "load provider_died", "verify two"}, got); diff != "" {
		t.Errorf("on one connection (-want +got):\n%s", diff)
	}
}

// TestProviderThatDiesWithinAnUpload must be told of although the consumer pauses.
func TestProviderThatDiesWithinAnUpload(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.ReadFull(r, make([]byte, 3)) // then it dies
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // the test fails without
		}
	})
	r := startEdge(t, to, nil)
	for _, framing := range []string{"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
		got := r.send(t, "POST / HTTP/1.1\r\nHost: x\r\n"+framing)
		if !strings.HasPrefix(got, "HTTP/1.1 502 ") || !strings.Contains(got, "Seam-Error: "+faultReset) {
			t.Errorf("answered %q", got)
		}
	}
	exchanges, _ := r.settled(t)
	for _, x := range exchanges {
		if x.Fault != faultReset || x.RequestBytes != 3 {
			t.Errorf("observed fault %q, %d bytes", x.Fault, x.RequestBytes)
		}
	}
}

func TestSettleWaitsForWhatHadBegun(t *testing.T) {
	release := make(chan struct{})
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-release
		}
	})
	r := startEdge(t, to, nil)
	slow := make(chan error, 1)
	c := client(t)
	go func() {
		response, err := c.Get(r.URL() + "/slow?token=hush")
		if err == nil {
			response.Body.Close()
		}
		slow <- err
	}()
	eventually(t, "the slow call has begun", func() bool { return r.Stats().Begun == 1 })
	get(t, client(t), r.URL()+"/quick")
	eventually(t, "the quick call has ended", func() bool { return r.Stats().Ended == 1 })

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := r.Settle(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "a->b: settle: GET /slow?token=REDACTED, open for") {
		t.Errorf("Settle = %v", err)
	}
	settled := make(chan error, 1)
	go func() { settled <- r.Settle(t.Context()) }()
	eventually(t, "Settle waits", func() bool {
		r.open.mu.Lock()
		defer r.open.mu.Unlock()
		return len(r.open.waits) == 1
	})
	close(release)
	if err := <-settled; err != nil {
		t.Errorf("Settle = %v", err)
	}
	if got := r.Stats().Ended; got != 2 {
		t.Errorf("%d exchanges had been observed when Settle returned", got)
	}
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

// TestSettleIgnoresWhatBeganLater lets calls go on all the time.
func TestSettleIgnoresWhatBeganLater(t *testing.T) {
	var l ledger
	first, second := &entry{x: &Exchange{}}, &entry{x: &Exchange{}}
	l.begin(first)
	done := l.settled()
	l.begin(second)
	if isClosed(done) {
		t.Error("settled before the first ended")
	}
	l.end(first)
	l.end(first)
	if !isClosed(done) {
		t.Error("not settled although only a later one is open")
	}
	late := l.settled()
	l.forget(late)
	l.end(second)
	if isClosed(late) || !isClosed(l.settled()) {
		t.Error("a forgotten wait was closed, or an empty ledger is not settled")
	}
}

func TestCloseAnswersHeldCallsAndLetsOthersEnd(t *testing.T) {
	release := make(chan struct{})
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		fmt.Fprint(w, "late")
	})
	open, held := startEdge(t, to, nil), startEdge(t, "", nil)
	bodies := make(chan string, 2)
	for _, r := range []*rig{open, held} {
		c := client(t)
		go func() {
			response, err := c.Get(r.URL())
			if err != nil {
				bodies <- err.Error()
				return
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			bodies <- string(body)
		}()
		eventually(t, "a call is open", func() bool { return r.Stats().Begun == 1 })
	}
	silent := held.dialRaw(t)
	eventually(t, "the silent connection is known", func() bool {
		held.mu.Lock()
		defer held.mu.Unlock()
		held.Proxy.mu.Lock()
		defer held.Proxy.mu.Unlock()
		return len(held.conns) == 2
	})
	if err := held.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
	if got := <-bodies; !strings.Contains(got, "the run ended before b was ready") {
		t.Errorf("the held call was answered %q", got)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("the silent connection is still open")
	}
	closed := make(chan error, 1)
	go func() { closed <- open.Close(t.Context()) }()
	eventually(t, "the edge is closing", func() bool { return open.isClosing() })
	close(release)
	if got, err := <-bodies, <-closed; got != "late" || err != nil {
		t.Errorf("the open call was answered %q, Close = %v", got, err)
	}
	if _, err := net.Dial("tcp", open.Addr()); err == nil {
		t.Error("a closed edge accepts")
	}
	if err := open.Close(t.Context()); err != nil {
		t.Errorf("Close again = %v", err)
	}
}

func TestCloseBreaksOffWhatDoesNotEnd(t *testing.T) {
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := startEdge(t, to, nil)
	c := client(t)
	failed := make(chan error, 1)
	go func() {
		response, err := c.Get(r.URL())
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	eventually(t, "a call is open", func() bool { return r.Stats().Begun == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close = %v", err)
	}
	if got := r.Stats(); got.Ended != 1 {
		t.Errorf("%d of %d exchanges were observed when Close returned", got.Ended, got.Begun)
	}
	if err := <-failed; err == nil {
		t.Error("the call was answered")
	}
}
