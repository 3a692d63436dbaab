package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Without --protocol a server is spoken to as it likes, and each request
// arrives as it was written.
func TestWhatTLSOffersIsSpoken(t *testing.T) {
	for major, start := range map[int]func(http.HandlerFunc) string{
		1: func(h http.HandlerFunc) string {
			server := httptest.NewTLSServer(h)
			t.Cleanup(server.Close)
			return server.URL
		},
		2: func(h http.HandlerFunc) string { return h2Server(t, true, h) },
	} {
		for name, job := range map[string]Job{
			"open": {Rate: 200, For: 100 * time.Millisecond}, "closed": {Connections: 2, For: 100 * time.Millisecond},
		} {
			var mu sync.Mutex
			traces, sampled, conns := map[string]bool{}, 0, map[string]bool{}
			url := start(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				trace := r.Header.Get("Traceparent")
				if len(trace) != 55 || r.ProtoMajor != major || r.Host != "shop.example" || r.Header.Get("X-One") != "1" ||
					r.UserAgent() != userAgent || r.Method != http.MethodPut || r.URL.RequestURI() != "/a?b=1" || string(body) != "{}" {
					w.WriteHeader(http.StatusTeapot)
				}
				traces[trace[:52]], conns[r.RemoteAddr] = true, true
				if strings.HasSuffix(trace, "-01") {
					sampled++
				}
				_, _ = io.WriteString(w, "hello")
			})
			job.Insecure, job.SampleEvery = true, 2
			job.Requests = []Request{{Method: "PUT", URL: url + "/a?b=1", Body: []byte("{}"), Header: map[string]string{
				"x-One": "1", "Host": "shop.example", "Connection": "close", "traceparent": "mine"}}}
			s, err := runSome(t, job)
			if err != nil || s.Errors != 0 || s.Statuses[200] != s.Requests || s.Bytes != 5*s.Requests || len(traces) < int(s.Requests) {
				t.Errorf("HTTP/%d, %s: %d traces, %+v, %v", major, name, len(traces), s, err)
				continue
			}
			if sampled != len(traces)/2 && sampled != (len(traces)+1)/2 || job.Connections > 0 && len(conns) > job.Connections {
				t.Errorf("HTTP/%d, %s: %d of %d sampled, %d connections", major, name, sampled, len(traces), len(conns))
			}
		}
	}
}

// Large bodies go through TLS whole; one that is answered before it has come
// costs the connection and no request.
func TestLargeBodiesOverTLS(t *testing.T) {
	body := []byte(strings.Repeat("0123456789abcdef", 1<<18)) // 4 MiB
	var whole atomic.Int64
	handle := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if n, _ := io.Copy(io.Discard, r.Body); n == int64(len(body)) {
			whole.Add(1)
		}
	}
	for name, protocol := range map[string]string{"HTTP/1.1": "http/1.1", "HTTP/2": "h2"} {
		whole.Store(0)
		url := h2Server(t, true, handle)
		job := Job{Rate: 20, For: 250 * time.Millisecond, Insecure: true, Protocol: protocol, Requests: []Request{
			{Method: "PUT", URL: url + "/take", Body: body}, {Method: "PUT", URL: url + "/refuse", Body: body, Status: 413},
		}}
		s, err := Run(t.Context(), job)
		if err != nil || s.Statuses[200] != 3 || whole.Load() != 3 {
			t.Errorf("%s: %d whole bodies, %+v, %v", name, whole.Load(), s, err)
		}
		if refused := s.Statuses[413]; refused+s.Classes[classReset]+s.Classes[classClosed] != 2 { // net/http may reset what it does not read
			t.Errorf("%s: refused %d, %v", name, refused, s.Classes)
		}
	}
}

// flowsOf is a flow of three steps, of which each needs the one before.
func flowsOf(url string) []Flow {
	step := func(path string) Step {
		return Step{Request: Request{URL: url + path}, Extract: []Extract{{"n", FromHeader, "x-n"}}}
	}
	return []Flow{{Name: "three", Steps: []Step{step("/1"), step("/2?{{n}}"), step("/3?{{n}}")}}}
}

// Sessions go on where connections end after every answer, and none is lost.
func TestSessionsOutliveTheirConnections(t *testing.T) {
	closing := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/1" && r.URL.RawQuery != "7" {
			w.WriteHeader(http.StatusTeapot)
		}
		w.Header().Set("X-N", "7")
		w.Header().Set("Connection", "close") // over HTTP/2 net/http leaves with GOAWAY
	}
	for name, way := range ways {
		for model, job := range map[string]Job{
			"open": {Stages: thirty}, "closed": {Connections: 3, For: 200 * time.Millisecond},
			"thinking": {Connections: 3, For: 300 * time.Millisecond},
		} {
			job, url := way.job(t, job, closing)
			job.Flows = flowsOf(url)
			if model == "thinking" {
				job.Flows[0].Steps[1].Think = 5 * time.Millisecond
			}
			s := perform(t, job)
			if s.Errors != s.Classes[classUnfinished] || s.Flows[0].Failed > 0 {
				t.Errorf("%s, %s: %v, %+v", name, model, s.Classes, s.Flows)
			}
			if model == "open" && (s.Flows[0].Completed != 30 || s.Requests != 90) {
				t.Errorf("%s: %d requests, %+v", name, s.Requests, s.Flows)
			}
		}
	}
}

// A step that its connection gives back goes on elsewhere with its session.
func TestAStepThatIsGivenBackKeepsItsSession(t *testing.T) {
	var asked atomic.Int64
	url := h2Origin(t, answering(func(p peer, s uint32) {
		if asked.Add(1)%3 == 0 {
			p.frame(frameGoAway, 0, 0, []byte{0, 0, 0, byte(max(s, 2) - 2), 0, 0, 0, 0})
			return
		}
		p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "200", "x-n", "7"))
	}))
	for model, job := range map[string]Job{"open": {Rate: 0.001, For: time.Hour}, "closed": {Connections: 1, For: 200 * time.Millisecond}} {
		asked.Store(0)
		ctx, done := context.WithCancel(t.Context())
		job.Protocol, job.Flows = "h2c", flowsOf(url)
		job.Flows[0].Steps[2].Next = func(int) Request {
			if model == "open" {
				defer done()
			}
			return Request{URL: "/3"}
		}
		s, err := Run(ctx, job)
		done()
		if s == nil || err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", model, err)
		}
		if s.Errors != s.Classes[classUnfinished] || s.Flows[0].Failed > 0 || s.Steps[1].Requests == 0 {
			t.Errorf("%s: %v, %+v", model, s.Classes, s.Flows)
		}
	}
}

// In the closed model each stream of a connection is a user with a flow of its own.
func TestEachStreamOfAConnectionIsAUser(t *testing.T) {
	const users = 6
	var mu sync.Mutex
	waiting, met := 0, make(chan struct{})
	url := h2Server(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-N", "7")
		mu.Lock()
		if waiting++; waiting == users {
			close(met)
		}
		mu.Unlock()
		select {
		case <-met: // all of them have come
		case <-r.Context().Done():
		}
	})
	s := perform(t, Job{Connections: 2, Streams: 3, For: 100 * time.Millisecond, Protocol: "h2c", Flows: flowsOf(url)})
	if s.Errors > 0 || s.Steps[0].Requests < users {
		t.Errorf("%d first steps, %v", s.Steps[0].Requests, s.Classes)
	}
}

// The bodies that flows look at are bounded together, and given back.
func TestBodiesThatAreKeptAreBoundedTogether(t *testing.T) {
	left := &atomic.Int64{}
	left.Store(10)
	a, b := &seen{needs: needs{body: true}, left: left}, &seen{needs: needs{body: true}, left: left}
	a.keepBody([]byte("1234567"))
	b.keepBody([]byte("1234567"))
	if string(a.body) != "1234567" || a.cut || len(b.body) > 0 || !b.cut || left.Load() != 3 {
		t.Errorf("%q, %q, %d left", a.body, b.body, left.Load())
	}
	a.release()
	b.reset()
	b.keepBody([]byte("1234567"))
	if string(b.body) != "1234567" || left.Load() != 3 {
		t.Errorf("%q, %d left", b.body, left.Load())
	}
}

// A request over HTTP/1.1 and a step of a flow allocate nothing, like one over HTTP/2.
func TestARequestOverPlainConnectionsAllocatesNothing(t *testing.T) {
	answer := []byte("HTTP/1.1 200 OK\r\nX-N: 7\r\nContent-Length: 2\r\n\r\nok")
	for name, job := range map[string]Job{
		"requests": {Requests: []Request{{Method: "PUT", URL: "https://127.0.0.1:1/", Body: make([]byte, 100)}}},
		"flows":    {Flows: flowsOf("https://127.0.0.1:1")},
	} {
		job.Protocol, job.Connections, job.For = "http/1.1", 1, time.Hour
		c := connOf(t, job, true)
		one := func() {
			if err := c.hear(answer); err != nil {
				t.Fatal(err)
			}
		}
		for range 500 {
			one()
		}
		if allocations := testing.AllocsPerRun(20, func() {
			for range 100 {
				one()
			}
		}); allocations >= 1 {
			t.Errorf("%s: %.1f allocations in 100 requests", name, allocations)
		}
		if c.tape.requests < 2000 || c.tape.errors > 0 || c.flying != 1 {
			t.Errorf("%s: %d requests, %v, %d in flight", name, c.tape.requests, c.tape.classes, c.flying)
		}
	}
}

// FuzzPlainAnswers: whatever comes, in pieces of any size, the books stay in order.
func FuzzPlainAnswers(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-N: 7\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"), 7)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nConnection: close\r\n\r\n"), 100)
	f.Add([]byte("HTTP/1.0 500 Oh\r\n\r\nok"), 3)
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		c := connOf(t, Job{Protocol: "http/1.1", Connections: 1, For: time.Hour, Flows: flowsOf("https://127.0.0.1:1")}, true)
		piece = max(piece, 1)%5000 + 1
		for len(data) > 0 {
			n := min(piece, len(data))
			err := c.hear(data[:n])
			if data = data[n:]; err != nil || c.state != connOpen {
				break
			}
			if wrong := c.sound(); wrong != "" {
				t.Fatal(wrong)
			}
		}
		_ = c.silent(io.EOF)
		if wrong := c.sound(); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// A connection that has idled is closed by its server without a trace in the figures.
func TestAServerMayEndIdleConnections(t *testing.T) {
	var hosts atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.IdleTimeout = time.Millisecond
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			hosts.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	job := Job{Connections: 2, For: 200 * time.Millisecond, Insecure: true, Protocol: "http/1.1"}
	job.Flows = []Flow{{Steps: []Step{{Request: Request{URL: server.URL}, Think: 40 * time.Millisecond}}}}
	s := perform(t, job)
	if failed := s.Errors - s.Classes[classClosed] - s.Classes[classReset] - s.Classes[classUnfinished]; failed > 0 || hosts.Load() == 0 {
		t.Errorf("%s, %d connections were closed", fmt.Sprint(s.Classes), hosts.Load())
	}
}

// Where there is no epoll, connections of our own carry HTTP/1.1 without TLS too.
func TestPlainConnectionsWithoutTLS(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-N", "7") }))
	defer server.Close()
	for name, job := range map[string]Job{
		"open": {Rate: 100, For: 100 * time.Millisecond, Requests: []Request{{URL: server.URL}}}, "closed": {Connections: 2, For: 100 * time.Millisecond, Flows: flowsOf(server.URL)},
	} {
		job.complete()
		r, err := newRunner(t.Context(), &job)
		if err != nil {
			t.Fatal(err)
		}
		work, err := r.multiplex(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		r.start = time.Now()
		for _, do := range work {
			do()
		}
		var requests, errors int64
		for _, tape := range r.tapes {
			requests, errors = requests+tape.requests, errors+tape.errors
		}
		if errors > 0 || requests == 0 || job.Rate > 0 && requests != 10 {
			t.Errorf("%s: %d requests, %d errors", name, requests, errors)
		}
	}
}
