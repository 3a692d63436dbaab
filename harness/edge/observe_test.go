package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/trace"
)

func TestObserversAreCalledInOrderOnce(t *testing.T) {
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
	})
	r := startEdge(t, to, func(c *Config) {
		begin := c.Begin
		c.Begin = func(x *Exchange) {
			if x.Method == "" || x.Target == "" || x.Trace.IsZero() || x.Span.IsZero() || x.Start.IsZero() {
				t.Errorf("begun without %+v", *x)
			}
			begin(x)
		}
	})
	c := client(t)
	want := []string{}
	for _, path := range []string{"/", "/abort", "/"} {
		get(t, c, r.URL()+path)
		r.settled(t)
		want = append(want, "begin", "span", "end")
	}
	if diff := cmp.Diff(want, r.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range r.begun {
		if b, e, s := r.begun[i], r.exchanges[i], r.spans[i]; b.Span != e.Span || b.Trace != e.Trace || s.ID != e.Span {
			t.Errorf("exchange %d: begin, end and span tell of different ones", i)
		}
	}
}

// TestManyCallsAreEachObservedOnce runs them at once, some of them aborted.
func TestManyCallsAreEachObservedOnce(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "7") {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, r.URL.Path)
	})
	var mu sync.Mutex
	open, ended := map[trace.SpanID]bool{}, map[trace.SpanID]int{}
	r := startEdge(t, to, func(c *Config) {
		c.Begin = func(x *Exchange) {
			mu.Lock()
			defer mu.Unlock()
			open[x.Span] = true
		}
		c.End = func(x *Exchange) {
			mu.Lock()
			defer mu.Unlock()
			if !open[x.Span] {
				t.Error("ended without a begin")
			}
			ended[x.Span]++
		}
	})
	const clients, each = 8, 50
	var work sync.WaitGroup
	for n := range clients {
		c := client(t)
		work.Go(func() {
			for i := range each {
				response, err := c.Get(fmt.Sprintf("%s/%d/%d", r.URL(), n, i))
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Body) // counted by the edge
					response.Body.Close()
				}
			}
		})
	}
	work.Wait()
	r.settled(t)
	mu.Lock()
	defer mu.Unlock()
	if len(ended) != clients*each {
		t.Errorf("%d exchanges ended, want %d", len(ended), clients*each)
	}
	for span, n := range ended {
		if n != 1 {
			t.Errorf("%s ended %d times", span, n)
		}
	}
	if s := r.Stats(); s.Begun != clients*each || s.Ended != s.Begun || s.Unanswered != clients*each/10 {
		t.Errorf("Stats = %+v", s)
	}
}

func TestDisturbSeesEveryRequest(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "real") })
	r := startEdge(t, to, func(c *Config) {
		c.Disturb = func(_ *Exchange, next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(q *http.Request) (*http.Response, error) {
				switch q.URL.Path {
				case "/refuse":
					return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("a fault")}
				case "/invent":
					w := httptest.NewRecorder()
					fmt.Fprint(w, "invented")
					return w.Result(), nil
				case "/cut":
					response, err := next.RoundTrip(q)
					if err == nil {
						response.Body = struct {
							io.Reader
							io.Closer
						}{io.LimitReader(response.Body, 2), response.Body}
					}
					return response, err
				}
				return next.RoundTrip(q)
			})
		}
	})
	c := client(t)
	var got []string
	for _, path := range []string{"/", "/refuse", "/invent"} {
		response, body := get(t, c, r.URL()+path)
		got = append(got, fmt.Sprint(response.StatusCode, " ", response.Header.Get("Seam-Error"), body[:4]))
	}
	if diff := cmp.Diff([]string{"200 real", `502 transport{"er`, "200 inve"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	response, err := c.Get(r.URL() + "/cut")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "re" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %q, %v", body, err)
	}
	exchanges, _ := r.settled(t)
	if got := exchanges[3].Fault; got != faultTruncated {
		t.Errorf("Fault = %q", got)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestPanicOfAHookIsReportedAndHarmsOneCallOnly.
func TestPanicOfAHookIsReportedAndHarmsOneCallOnly(t *testing.T) {
	to, _ := answering(t, ok)
	logged := make(chan string, 4)
	r := startEdge(t, to, func(c *Config) {
		c.ErrorLog = log.New(writer(func(p []byte) { logged <- string(p) }), "", 0)
		c.Capture = func(x *Exchange) Capture {
			if x.Target == "/panic" {
				panic("a hook's bug")
			}
			return Capture{}
		}
	})
	if got := r.send(t, "GET /panic HTTP/1.1\r\nHost: x\r\n\r\n"); got != "" {
		t.Errorf("answered %q", got)
	}
	if got := <-logged; !strings.Contains(got, "a hook's bug") {
		t.Errorf("logged %q", got)
	}
	get(t, client(t), r.URL())
	exchanges, _ := r.settled(t)
	if len(exchanges) != 2 {
		t.Errorf("%d exchanges ended, want 2", len(exchanges))
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestTimesAndSizes(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.ReadFull(r, make([]byte, 4)) // the consumer notices
		_, _ = io.WriteString(c, ok)           // the same
	})
	r := startEdge(t, to, nil)
	got := r.send(t, "POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody")
	if !strings.HasSuffix(got, "hi") {
		t.Fatalf("answered %q", got)
	}
	x, span := r.only(t)
	if x.RequestBytes != 4 || x.ResponseBytes != 2 || x.Status != 200 || x.Fault != "" {
		t.Errorf("observed %+v", x)
	}
	if x.TTFB <= 0 || x.Took < x.TTFB {
		t.Errorf("TTFB %s, Took %s", x.TTFB, x.Took)
	}
	if !span.Start.Equal(x.Start) || span.Duration() != x.Took {
		t.Errorf("the span's times differ from the exchange's")
	}
}

// TestStartIsTheFirstByte sends the header in two parts.
func TestStartIsTheFirstByte(t *testing.T) {
	to, _ := answering(t, ok)
	r := startEdge(t, to, nil)
	c := r.dialRaw(t)
	br := bufio.NewReader(c)
	for range 2 { // the second request on a kept connection must begin anew
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		var edge *conn
		eventually(t, "the first byte came", func() bool {
			r.Proxy.mu.Lock()
			defer r.Proxy.mu.Unlock()
			for one := range r.conns {
				edge = one
			}
			return edge != nil && edge.first.Load() > 0
		})
		first := edge.first.Load()
		if _, err := io.WriteString(c, "Host: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		exchanges, _ := r.settled(t)
		if got := exchanges[len(exchanges)-1].Start.Sub(r.epoch).Nanoseconds(); got != first {
			t.Errorf("Start is %d ns after the first byte", got-first)
		}
		eventually(t, "the connection is idle", func() bool { return edge.first.Load() == 0 })
	}
}

func TestWhatCountsAsAnErrorOfAnEdge(t *testing.T) {
	for _, test := range []struct {
		exchange Exchange
		want     bool
	}{
		{Exchange{Status: 200}, false}, {Exchange{Status: 404}, false}, {Exchange{Status: 500}, true}, {Exchange{Status: 200, Fault: "aborted"}, true},
	} {
		if got := test.exchange.Failed(); got != test.want {
			t.Errorf("status %d, fault %q: %v", test.exchange.Status, test.exchange.Fault, got)
		}
	}
}
