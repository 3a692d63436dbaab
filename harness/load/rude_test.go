package load

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// An origin answers every connection with what serve does to it, which gets
// the connection once a request has come.
func origin(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			all.Go(func() {
				defer conn.Close()
				buffer := make([]byte, 4096)
				for {
					if _, err := conn.Read(buffer); err != nil {
						return
					}
					serve(conn)
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return "http://" + listener.Addr().String()
}

// say is an origin that answers with the text, and keeps the connection.
func say(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// Whatever a server does has a class, and the run ends in time.
func TestRudeServersAreCountedByClass(t *testing.T) {
	reset := func(c net.Conn) {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	endless := func(head, again string) func(net.Conn) {
		return func(c net.Conn) {
			for _, err := io.WriteString(c, head); err == nil; _, err = io.WriteString(c, again) {
			}
		}
	}
	trickle := func(c net.Conn) {
		for _, err := io.WriteString(c, "H"); err == nil; _, err = io.WriteString(c, "T") {
			time.Sleep(5 * time.Millisecond)
		}
	}
	big := strings.Repeat("x", 64<<10)
	for _, test := range []struct {
		reason, class string
		serve         func(net.Conn)
	}{
		{"a plain answer", "", say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
		{"chunks", "", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")},
		{"an interim answer", "", say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
		{"a body until the end", "", func(c net.Conn) { say("HTTP/1.1 200 OK\r\n\r\nok")(c); c.Close() }},
		{"a connection for each answer", "", func(c net.Conn) {
			say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")(c)
			c.Close()
		}},
		{"a large body", "", say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s%s", 3*len(big), big, big, big))},
		{"an error", "status", say("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")},
		{"closed without an answer", "closed", func(c net.Conn) { c.Close() }},
		{"closed within the answer", "closed", func(c net.Conn) { say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok")(c); c.Close() }},
		{"reset", "reset", reset},
		{"silence", "timeout", func(net.Conn) {}},
		{"a trickle", "protocol", trickle},
		{"garbage", "protocol", say("\x16\x03\x01\x00\x00 who is there\r\n")},
		{"an endless header", "too-large", endless("HTTP/1.1 200 OK\r\n", "X: "+big+"\r\n")},
		{"an endless line", "too-large", endless("HTTP/1.1 200 OK\r\nX: ", big)},
		{"an endless body", "timeout", endless("HTTP/1.1 200 OK\r\n\r\n", big)},
		{"endless chunks", "timeout", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")},
		{"more than was said", "protocol", say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok")},
	} {
		t.Run(test.reason, func(t *testing.T) {
			url := origin(t, test.serve)
			for name, job := range map[string]Job{
				"open":   {Rate: 50, For: 200 * time.Millisecond},
				"few":    {Connections: 2, For: 100 * time.Millisecond},
				"a ring": {Connections: 32, Workers: 1, For: 100 * time.Millisecond},
			} {
				job.Timeout, job.Requests = 30*time.Second, []Request{{URL: url}}
				if test.class == classTimeout {
					job.Timeout = 250 * time.Millisecond
				}
				began := time.Now()
				s, err := Run(t.Context(), job)
				if err != nil || s.Requests == 0 {
					t.Fatalf("%s: %+v, %v", name, s, err)
				}
				if took := time.Since(began); took > 40*time.Second {
					t.Errorf("%s: took %s", name, took)
				}
				if test.class == "" && s.Errors > 0 || test.class != "" && s.Classes[test.class]+s.Classes[classUnfinished] != s.Requests {
					t.Errorf("%s: of %d requests %v", name, s.Requests, s.Classes)
				}
			}
		})
	}
}

func TestARequestThatTheKernelTakesInPartsArrivesWhole(t *testing.T) {
	body := []byte(strings.Repeat("0123456789abcdef", 1<<18)) // 4 MiB
	var mu sync.Mutex
	sizes := map[int64]int{}
	s := run(t, Job{Rate: 20, For: 250 * time.Millisecond, Requests: []Request{{Method: "PUT", Body: body}}}, func(_ http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // the kernel's buffers fill meanwhile
		n, _ := io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		sizes[n]++
	})
	if s.Requests != 5 || s.Errors != 0 || sizes[int64(len(body))] != 5 {
		t.Errorf("bodies of %v, summary %+v", sizes, s)
	}
}

func TestARequestArrivesAsItWasWritten(t *testing.T) {
	var mu sync.Mutex
	var seen []*http.Request
	job := Job{Rate: 100, For: 100 * time.Millisecond, SampleEvery: 2, Requests: []Request{{
		Method: "POST", Header: map[string]string{"x-One": "1", "Host": "shop.example", "Content-Length": "99", "traceparent": "mine"}, Body: []byte("{}"),
	}}}
	s := run(t, job, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
	})
	if s.Requests != 10 || s.Errors != 0 {
		t.Fatalf("summary %+v", s)
	}
	traces, sampled := map[string]bool{}, 0
	for _, r := range seen {
		trace := r.Header.Get("Traceparent")
		if r.Method != http.MethodPost || r.Host != "shop.example" || r.Header.Get("X-One") != "1" || r.ContentLength != 2 || len(trace) != 55 || r.UserAgent() != userAgent {
			t.Fatalf("%s %s %v", r.Method, r.Host, r.Header)
		}
		traces[trace[:52]] = true
		if strings.HasSuffix(trace, "-01") {
			sampled++
		}
	}
	if len(traces) != 10 || sampled != 5 {
		t.Errorf("%d traces, %d sampled", len(traces), sampled)
	}
}

func TestARequestThatWouldNotBeOneIsRefused(t *testing.T) {
	for _, r := range []Request{
		{URL: "http://127.0.0.1:1/", Method: "GET /x HTTP/1.1\r\n"},
		{URL: "http://127.0.0.1:1/", Header: map[string]string{"a": "b\r\nc: d"}},
		{URL: "http://127.0.0.1:1/", Header: map[string]string{"a b": "c"}},
	} {
		if _, err := Run(t.Context(), Job{Rate: 1, For: time.Second, Requests: []Request{r}}); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

func TestServersElsewhereAreRefusedUnlessNamed(t *testing.T) {
	job := Job{Rate: 1, For: time.Second, Requests: []Request{{URL: "http://192.0.2.1:9/"}}}
	if _, err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "--allow-host 192.0.2.1") {
		t.Errorf("error %v", err)
	}
	job.Protocol = "h2c"
	if _, err := Run(t.Context(), job); err == nil {
		t.Error("h2c to a public address is not refused")
	}
	job.Requests = []Request{{URL: "http://nowhere.invalid/"}}
	if _, err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "name service") {
		t.Errorf("error %v", err)
	}
	job = Job{Rate: 10, For: 100 * time.Millisecond, Next: func(int) Request { return Request{URL: "http://192.0.2.1:9/"} }}
	if s, err := Run(t.Context(), job); err != nil || s.Classes[classForbidden] != 1 {
		t.Errorf("summary %+v, error %v: an address that only shows on the way is not refused", s, err)
	}
	if err := job.permit("shop", netip.MustParseAddr("10.1.2.3")); err != nil {
		t.Error(err)
	}
	job.AllowHosts = []string{"shop.example"}
	if err := job.permit("shop.example", netip.MustParseAddr("192.0.2.1")); err != nil {
		t.Error(err)
	}
}

// Whoever is refused rests before the next attempt: however fast the machine,
// a connection has no more attempts than rests fit into the time it had.
func TestWhoIsRefusedRests(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + listener.Addr().String()
	listener.Close()
	for name, job := range map[string]Job{
		"requests": {Requests: []Request{{URL: url}}},
		"flows":    {Flows: []Flow{{Steps: []Step{{Request: Request{URL: url}}}}}},
	} {
		job.Connections, job.For = 2, 200*time.Millisecond
		begun := time.Now()
		s, err := Run(t.Context(), job)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if most := 2 * (int64(time.Since(begun)/restFor) + 1); s.Requests == 0 || s.Requests > most || s.Classes[classRefused]+s.Classes[classUnfinished] != s.Requests {
			t.Errorf("%s: %d requests where %d may be, %v", name, s.Requests, most, s.Classes)
		}
	}
}
