package load

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// named answers every question of the name service with the address that
// answers says; the n-th question has number n, from 1.
func named(t *testing.T, answers func(n int) netip.Addr) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked int
	over := make(chan struct{})
	go func() {
		defer close(over)
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				asked++
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: answers(asked).As4()},
				}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		conn.Close()
		<-over
	})
}

var elsewhere, here = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("127.0.0.1")

// onPort is the URL with a name in place of its address.
func onPort(t *testing.T, of, name string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + name + ":" + u.Port() + "/"
}

func TestANameThatMeansAHostElsewhereIsRefused(t *testing.T) {
	named(t, func(int) netip.Addr { return elsewhere })
	one := []Request{{URL: "http://shop.test/"}}
	for reason, job := range map[string]Job{
		"requests": {Requests: one},
		"flows":    {Flows: []Flow{{Steps: []Step{{Request: one[0]}}}}},
		"h2c":      {Requests: one, Protocol: "h2c"},
		"TLS":      {Requests: []Request{{URL: "https://shop.test/"}}},
		"set-up":   {Requests: []Request{{URL: "http://127.0.0.1:9/"}}, SetUp: []Step{{Request: one[0]}}},
	} {
		job.Rate, job.For = 10, 100*time.Millisecond
		if _, err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "--allow-host shop.test") {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// Whoever is allowed does not let others in.
func TestOnlyTheHostThatIsNamedIsAllowed(t *testing.T) {
	named(t, func(int) netip.Addr { return elsewhere })
	job := Job{
		Rate: 10, For: 100 * time.Millisecond, AllowHosts: []string{"other.test"},
		Requests: []Request{{URL: "http://127.0.0.1:9/"}}, SetUp: []Step{{Request: Request{URL: "http://shop.test/"}}},
	}
	var host *HostError
	if _, err := Run(t.Context(), job); !errors.As(err, &host) || host.Host != "shop.test" {
		t.Errorf("error %v", err)
	}
	for name, allowed := range map[string]bool{"Shop.Test": true, "shop.test": true, "shop": false, "2001:db8::1": true, "2001:db8::2": false} {
		job := Job{AllowHosts: []string{"SHOP.test", "[2001:db8::1]"}}
		if err := job.permit(name, elsewhere); (err == nil) != allowed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where connections are made by name, each is checked as it is made.
func TestANameThatComesToMeanAHostElsewhereIsNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
	defer server.Close()
	named(t, func(n int) netip.Addr {
		if n > 2 {
			return elsewhere
		}
		return here
	})
	at := onPort(t, server.URL, "shop.test")
	s, err := Run(t.Context(), Job{Rate: 20, For: 500 * time.Millisecond, Next: func(int) Request { return Request{URL: at} }})
	if err != nil || s.Classes[classForbidden] != s.Errors || s.Errors == 0 || s.Errors == s.Requests {
		t.Errorf("%+v, %v", s.Classes, err)
	}
	// The loops ask once, and stay with the answer.
	named(t, func(n int) netip.Addr {
		if n > 1 {
			return elsewhere
		}
		return here
	})
	s, err = Run(t.Context(), Job{Rate: 20, For: 500 * time.Millisecond, Requests: []Request{{URL: at}}})
	if err != nil || s.Errors != 0 {
		t.Errorf("%+v, %v", s.Classes, err)
	}
}

func TestAddressesOfIPv6AreJudgedToo(t *testing.T) {
	for address, allowed := range map[string]bool{
		"::1": true, "::ffff:127.0.0.1": true, "fd00::1": true, "::": true,
		"2001:db8::1": false, "::ffff:192.0.2.1": false, "64:ff9b::c000:201": false, "fe80::1": false,
	} {
		job := Job{Rate: 1, For: time.Second, Requests: []Request{{URL: "http://[" + address + "]:9/"}}}
		_, err := job.Address(t.Context())
		if (err == nil) != allowed || err != nil && !strings.Contains(err.Error(), "--allow-host "+address) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A redirect is an answer; where it leads nobody goes.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
	}))
	defer server.Close()
	one := Request{URL: server.URL + "/", Status: http.StatusFound}
	for reason, job := range map[string]Job{
		"requests": {Requests: []Request{one}},
		"next":     {Next: func(int) Request { return one }},
		"flows":    {Flows: []Flow{{Steps: []Step{{Request: one}}}}, SetUp: []Step{{Request: one}}},
	} {
		job.Rate, job.For = 20, 200*time.Millisecond
		if s, err := Run(t.Context(), job); err != nil || s.Errors != 0 || s.Statuses[http.StatusFound] != s.Requests {
			t.Errorf("%s: %+v, %v", reason, s, err)
		}
	}
	if asked.Load() != 13 {
		t.Errorf("%d requests arrived, of 12 and a set-up", asked.Load())
	}
}

// A server that is rude within TLS meets connections of our own.
func TestRudeServersBehindTLSAreCountedByClass(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	certificates := pair.TLS.Certificates
	pair.Close()
	big := strings.Repeat("x", 64<<10)
	endless := func(head, again string) func(net.Conn) {
		return func(c net.Conn) {
			for _, err := io.WriteString(c, head); err == nil; _, err = io.WriteString(c, again) {
			}
		}
	}
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
		{"more than was said", "protocol", say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok")},
		{"an error", "status", say("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")},
		{"closed without an answer", "closed", func(c net.Conn) { c.Close() }},
		{"closed within the answer", "closed", func(c net.Conn) { say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok")(c); c.Close() }},
		{"silence", "timeout", func(net.Conn) {}},
		{"garbage", "protocol", say("who is there\r\n\r\n")},
		{"huge headers", "too-large", endless("HTTP/1.1 200 OK\r\n", "X: "+big+"\r\n")},
		{"an endless line", "too-large", endless("HTTP/1.1 200 OK\r\nX: ", big)},
		{"an endless body", "timeout", endless("HTTP/1.1 200 OK\r\n\r\n", big)},
		{"endless chunks", "timeout", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")},
	} {
		t.Run(test.reason, func(t *testing.T) {
			at := tlsOrigin(t, certificates, test.serve)
			one := Request{URL: at}
			for name, job := range map[string]Job{
				"requests": {Requests: []Request{one}},
				"flows":    {Flows: []Flow{{Steps: []Step{{Request: one, Checks: []Check{{Of: OfSize, Most: 10}}}}}}},
				"open":     {Requests: []Request{one}, Rate: 50},
			} {
				job.For, job.Timeout, job.Insecure, job.Protocol = 100*time.Millisecond, 500*time.Millisecond, true, "http/1.1"
				if job.Rate == 0 {
					job.Connections = 2
				}
				if test.class != classTimeout {
					job.Timeout = 20 * time.Second
				}
				s, err := Run(t.Context(), job)
				if err != nil || s.Requests == 0 {
					t.Fatalf("%s: %+v, %v", name, s, err)
				}
				if test.class == "" && s.Errors > 0 || test.class != "" && s.Classes[test.class]+s.Classes[classUnfinished] != s.Requests {
					t.Errorf("%s: of %d requests %v", name, s.Requests, s.Classes)
				}
			}
		})
	}
}

// tlsOrigin is origin behind TLS.
func tlsOrigin(t *testing.T, certificates []tls.Certificate, serve func(net.Conn)) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	over := make(chan struct{})
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { <-over; conn.Close() })
			all.Go(func() {
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
		close(over)
		listener.Close()
		all.Wait()
	})
	return "https://" + listener.Addr().String() + "/"
}

// What TLS needs and is not there is told as such.
func TestAServerThatTLSCannotTrustIsToldWithWhatToChange(t *testing.T) {
	plain := httptest.NewServer(nil)
	defer plain.Close()
	own := httptest.NewUnstartedServer(nil)
	own.Config.ErrorLog = log.New(io.Discard, "", 0)
	own.StartTLS()
	defer own.Close()
	for reason, at := range map[string]string{"its own certificate": own.URL, "no TLS": "https" + strings.TrimPrefix(plain.URL, "http")} {
		s, err := Run(t.Context(), Job{Rate: 20, For: 200 * time.Millisecond, Requests: []Request{{URL: at}}})
		if err != nil || s.Classes[classTLS] != s.Requests || !slices.ContainsFunc(s.Certificate.Notes, func(n string) bool { return strings.Contains(n, "--insecure") }) {
			t.Errorf("%s: %+v, %v", reason, s, err)
		}
	}
}
