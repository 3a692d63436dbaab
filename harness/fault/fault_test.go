package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider answers with ten bytes, and counts how often it is asked.
func provider(t *testing.T) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, "0123456789")
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// over sends a request over a transport of its own that has the faults.
func over(t *testing.T, method, url string, faults ...Fault) (status int, body string, err error) {
	t.Helper()
	way := &http.Transport{}
	t.Cleanup(way.CloseIdleConnections)
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("asked"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := Struck(faults).Over(way).RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestWhatFaultsDo(t *testing.T) {
	url, asked := provider(t)
	for _, test := range []struct {
		reason string
		faults []Fault
		status int
		body   string
		err    error
		asked  int64
	}{
		{"none", nil, 200, "0123456789", nil, 1},
		{"late", []Fault{{Latency: time.Millisecond}}, 200, "0123456789", nil, 1},
		{"answered in the provider's place", []Fault{{Status: 503}}, 503, `{"error":"an injected fault stands for the provider's answer","fault":"status 503"}` + "\n", nil, 0},
		{"an answer that has no body", []Fault{{Status: 204}}, 204, "", nil, 0},
		{"broken", []Fault{{Reset: true}}, 0, "", ErrReset, 0},
		{"cut", []Fault{{Cut: 4}}, 200, "0123", io.ErrUnexpectedEOF, 1},
		{"cut behind its end", []Fault{{Cut: 11}}, 200, "0123456789", nil, 1},
		{"slow", []Fault{{Rate: 1000}}, 200, "0123456789", nil, 1},
		{"slow and cut", []Fault{{Rate: 1000, Cut: 2}}, 200, "01", io.ErrUnexpectedEOF, 1},
		{"two, of which the first is the outermost", []Fault{{Status: 500}, {Reset: true}}, 500, `{"error":"an injected fault stands for the provider's answer","fault":"status 500"}` + "\n", nil, 0},
	} {
		asked.Store(0)
		status, body, err := over(t, http.MethodPost, url, test.faults...)
		if status != test.status || body != test.body || !errors.Is(err, test.err) || test.err == nil && err != nil {
			t.Errorf("%s: %d %q %v, want %d %q %v", test.reason, status, body, err, test.status, test.body, test.err)
		}
		if asked.Load() != test.asked {
			t.Errorf("%s: the provider was asked %d times, want %d", test.reason, asked.Load(), test.asked)
		}
	}
	if _, body, err := over(t, http.MethodHead, url, Fault{Status: 503}); body != "" || err != nil {
		t.Errorf("an answer to HEAD has the body %q, %v", body, err)
	}
	if !errors.Is(ErrReset, http.ErrAbortHandler) {
		t.Error("a reset does not say that the connection is to be broken")
	}
}

// A pause ends with the request that it holds up, and takes the body along.
func TestLatencyEndsWithItsRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	closed := &closing{Reader: strings.NewReader("x")}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/", closed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Struck{{Latency: time.Hour}}.Over(nil).RoundTrip(request)
	if !errors.Is(err, context.Canceled) || !closed.done {
		t.Errorf("%v, body closed: %t", err, closed.done)
	}
	if err := (Struck{{Latency: time.Hour}}).Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Connect: %v", err)
	}
	if err := (Struck{{Latency: time.Nanosecond}, {Reset: true}}).Connect(t.Context()); !errors.Is(err, ErrReset) {
		t.Errorf("Connect: %v", err)
	}
	if err := Struck(nil).Connect(ctx); err != nil {
		t.Errorf("nothing struck, and Connect ends with %v", err)
	}
}

type closing struct {
	io.Reader
	done bool
}

func (c *closing) Close() error { c.done = true; return nil }

// Read gives a slow body piece by piece, never more than is due in a fiftieth
// of a second.
func TestASlowBodyComesInPieces(t *testing.T) {
	var pauses []time.Duration
	s := &slow{
		ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 250))), rate: 5000,
		pause: func(d time.Duration) error { pauses = append(pauses, d); return nil },
	}
	if _, err := io.ReadAll(s); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{20 * time.Millisecond, 20 * time.Millisecond, 10 * time.Millisecond}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

func TestWhichRequestsAreStruck(t *testing.T) {
	for _, test := range []struct {
		reason, method, path string
		fault                Fault
		want                 bool
	}{
		{"any", "GET", "/a", Fault{}, true},
		{"of its method", "GET", "/a", Fault{Method: "get"}, true},
		{"of another method", "POST", "/a", Fault{Method: "GET"}, false},
		{"of its path", "GET", "/a", Fault{Path: "/a"}, true},
		{"of a longer path", "GET", "/a/b", Fault{Path: "/a"}, false},
		{"behind its path", "GET", "/a/b/c", Fault{Path: "/a/*"}, true},
		{"beside its path", "GET", "/b/a/", Fault{Path: "/a/*"}, false},
		{"around its path", "GET", "/v1/orders/7/lines", Fault{Path: "/v1/*/lines"}, true},
		{"around its path, but longer", "GET", "/v1/orders/7/lines/2", Fault{Path: "/v1/*/lines"}, false},
		{"several stars", "GET", "/v1/orders/7/lines/2", Fault{Path: "/*/orders/*/lines/*"}, true},
		{"stars do not overlap", "GET", "/ab", Fault{Path: "/ab*b"}, false},
		{"what begins with a star", "GET", "/x/health", Fault{Path: "*/health"}, true},
		{"a star for nothing", "GET", "/a", Fault{Path: "/a*"}, true},
	} {
		test.fault.Latency = 1
		var s Set
		s.Put(test.fault)
		if got := s.Strike(test.method, test.path) != nil; got != test.want {
			t.Errorf("%s: %s %s against %+v is %t", test.reason, test.method, test.path, test.fault, got)
		}
	}
}

func TestSharesAreSpreadEvenlyAndTimesEnd(t *testing.T) {
	for _, test := range []struct {
		share float64
		times int
		want  string
	}{
		{0, 0, "xxxxxxxxxx"}, {1, 0, "xxxxxxxxxx"}, {.5, 0, ".x.x.x.x.x"}, {.1, 0, ".........x"}, {.3, 0, "...x..x..x"},
		{0, 3, "xxx......."}, {.5, 2, ".x.x......"},
	} {
		var s Set
		i := s.Put(Fault{Status: 503, Share: test.share, Times: test.times})
		got := ""
		for range 10 {
			if s.Strike("GET", "/") == nil {
				got += "."
			} else {
				got += "x"
			}
		}
		if got != test.want || i.Strikes() != strings.Count(got, "x") {
			t.Errorf("a share of %g, at most %d times: %s, want %s; %d counted", test.share, test.times, got, test.want, i.Strikes())
		}
	}
}

func TestASetChangesWhileItIsAsked(t *testing.T) {
	var s Set
	if s.Strike("GET", "/") != nil {
		t.Error("an empty set strikes")
	}
	always := s.Put(Fault{Latency: 2 * time.Second})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for range 500 {
				i := s.Put(Fault{Reset: true})
				if struck := s.Strike("GET", "/"); len(struck) == 0 || struck[0] != always.Fault {
					t.Error("what was always in force did not strike first")
				}
				i.Remove()
				i.Remove()
			}
		})
	}
	asking.Wait()
	if struck := s.Strike("GET", "/"); struck.String() != "latency 2s" || struck.Replace() || always.Strikes() != 2001 {
		t.Errorf("%s strikes, %d strikes", struck, always.Strikes())
	}
	always.Remove()
	if s.Strike("GET", "/") != nil || s.force.Load() != nil {
		t.Error("what was removed strikes")
	}
}

func TestWhatIsNoFault(t *testing.T) {
	for _, test := range []struct {
		fault Fault
		want  string
		raw   string
	}{
		{Fault{}, "does nothing", "does nothing"},
		{Fault{Path: "/a", Share: .5, Times: 2, Method: "GET"}, "does nothing", "unread"},
		{Fault{Latency: -1}, "below zero", "below zero"},
		{Fault{Latency: 1, Share: 1.5}, "share", "share"},
		{Fault{Status: 99}, "no status", "unread"},
		{Fault{Status: 600}, "no status", "unread"},
		{Fault{Reset: true, Path: "a"}, "begins with neither", "unread"},
		{Fault{Reset: true, Status: 503}, "exclude one another", "unread"},
		{Fault{Reset: true, Cut: 3}, "need the provider's answer", "unread"},
		{Fault{Latency: 1, Status: 503}, "", "unread"},
		{Fault{Latency: 1, Cut: 10, Rate: 10, Path: "*/a"}, "", "unread"},
		{Fault{Latency: 1, Reset: true}, "", ""},
	} {
		said := func(err error) string {
			if err == nil {
				return ""
			}
			return err.Error()
		}
		if got := said(test.fault.Check(false)); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%+v: %q, want %q", test.fault, got, test.want)
		}
		if got := said(test.fault.Check(true)); !strings.Contains(got, test.raw) || (got == "") != (test.raw == "") {
			t.Errorf("%+v on unread connections: %q, want %q", test.fault, got, test.raw)
		}
	}
	f := Fault{Latency: time.Second, Status: 503}
	if s := (Struck{f, {Reset: true}, {Cut: 3, Rate: 9}}).String(); s != "latency 1s, status 503, reset, cut after 3 bytes, 9 bytes/s" {
		t.Errorf("%s", s)
	}
}

func BenchmarkStrike(b *testing.B) {
	for _, n := range []int{0, 1, 10} {
		b.Run(fmt.Sprintf("%d in force", n), func(b *testing.B) {
			var s Set
			for range n {
				s.Put(Fault{Latency: 1, Path: "/other"})
			}
			b.ReportAllocs()
			for b.Loop() {
				if s.Strike("GET", "/orders/7") != nil {
					b.Fatal("struck")
				}
			}
		})
	}
}
