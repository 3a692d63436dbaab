package live

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
)

// BenchmarkEdge is what a call over an edge takes, with and without its
// contracts; the difference is the price of judging, the worker's included.
func BenchmarkEdge(b *testing.B) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id": 7, "token": "ttt"}`))
	}))
	defer provider.Close()
	target, err := url.Parse(provider.URL)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		judged bool
	}{{"plain", false}, {"judged", true}} {
		b.Run(c.name, func(b *testing.B) {
			j := Start()
			defer j.Close()
			var d *Docket
			if c.judged {
				d = j.Open(plans(b), func(*edge.Exchange, cover.Verdict) {})
			}
			proxy, err := edge.Start(edge.Config{Edge: system.Edge{Consumer: "web", Provider: "api"}, Capture: d.Capture, End: d.End})
			if err != nil {
				b.Fatal(err)
			}
			defer proxy.Close(b.Context())
			proxy.Forward(target)
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			b.ReportAllocs()
			for b.Loop() {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, proxy.URL()+"/things/1?full=yes", http.NoBody)
				if err != nil {
					b.Fatal(err)
				}
				answer, err := transport.RoundTrip(request)
				if err != nil {
					b.Fatal(err)
				}
				answer.Body.Close()
			}
			if c := d.Coverage(); c.Conforming+c.Unjudged != c.Calls() {
				b.Errorf("%+v", c)
			}
		})
	}
}

// BenchmarkRule is the worker's time for one call that was captured: request
// and answer made into the words of contracts, looked up, and matched.
func BenchmarkRule(b *testing.B) {
	provider := httptest.NewServer(http.HandlerFunc(answers))
	defer provider.Close()
	target, err := url.Parse(provider.URL)
	if err != nil {
		b.Fatal(err)
	}
	j := Start()
	defer j.Close()
	d := j.Open(plans(b), func(*edge.Exchange, cover.Verdict) {})
	captured := make(chan edge.Exchange, 1)
	proxy, err := edge.Start(edge.Config{Edge: system.Edge{Consumer: "web", Provider: "api"}, Capture: d.Capture, End: func(x *edge.Exchange) { captured <- *x }})
	if err != nil {
		b.Fatal(err)
	}
	proxy.Forward(target)
	answer, err := http.Get(proxy.URL() + "/things/1?full=yes")
	if err != nil {
		b.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	x := <-captured
	if err := proxy.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.rule(d.ledger, &x)
	}
	if c := d.Coverage(); c.Conforming != c.Calls() {
		b.Errorf("%+v", c)
	}
}
