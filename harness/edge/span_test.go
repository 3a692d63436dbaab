package edge

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

func attrs(s *trace.Span) map[string]any {
	m := map[string]any{}
	for _, kv := range s.Attrs {
		m[string(kv.Key)] = kv.Value.AsInterface()
	}
	return m
}

func TestSpanFollowsTheConventions(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, "no")
	})
	r := startEdge(t, to, func(c *Config) { c.Phase = Verify })
	got := r.send(t, "POST /orders/17?page=2&token=hush HTTP/1.1\r\nHost: orders.local:81\r\nUser-Agent: me/1\r\nContent-Length: 4\r\nConnection: close\r\n"+
		"Authorization: Bearer hush\r\nTraceparent: 00-"+traceHex+"-"+spanHex+"-01\r\n\r\nbody")
	if !strings.HasPrefix(got, "HTTP/1.1 409 ") {
		t.Fatalf("answered %q", got)
	}
	_, s := r.only(t)
	want := map[string]any{
		"seam.edge.consumer": "a", "seam.edge.provider": "b", "seam.phase": "verify",
		"http.request.method": "POST", "url.scheme": "http", "url.path": "/orders/17", "url.query": "page=2&token=REDACTED",
		"http.route": "/orders/{id}", "http.response.status_code": int64(409),
		"server.address": "orders.local", "server.port": int64(81), "client.address": "127.0.0.1",
		"network.protocol.version": "1.1", "user_agent.original": "me/1",
		"http.request.body.size": int64(4), "http.response.body.size": int64(2),
	}
	if diff := cmp.Diff(want, attrs(s)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if s.Name != "POST /orders/{id}" || s.Kind != trace.Server || s.Code != trace.Unset || s.Message != "" {
		t.Errorf("span %q, kind %d, code %d %q", s.Name, s.Kind, s.Code, s.Message)
	}
	if s.Service() != "b" || s.Scope.Name != trace.EdgeScope || s.Edge() != "a->b" {
		t.Errorf("service %q, scope %q, edge %q", s.Service(), s.Scope.Name, s.Edge())
	}
	if diff := cmp.Diff([]attribute.KeyValue{attribute.String("service.name", "b")}, s.Resource.Attrs, cmp.AllowUnexported(attribute.Value{})); diff != "" {
		t.Errorf("resource (-want +got):\n%s", diff)
	}
	if s.Flags != flagSampled|flagKnowsRemote|flagParentRemote {
		t.Errorf("flags %#x", s.Flags)
	}
	if strings.Contains(fmt.Sprintf("%+v", *s), "hush") {
		t.Error("a secret is in the span")
	}
}

func TestSpansOfUnusualExchanges(t *testing.T) {
	tests := []struct {
		request, answer, name string
		code                  trace.Code
		has                   map[string]any
		reason                string
	}{
		{"GET /", "500 Oops", "GET /", trace.Error, map[string]any{"error.type": "500", "http.response.status_code": int64(500)}, "a server's error"},
		{"GET /", "404 Not Found", "GET /", trace.Unset, map[string]any{"error.type": nil, "http.response.status_code": int64(404)}, "a consumer's error is none of the server"},
		{"FROB /x", "200 OK", "HTTP /x", trace.Unset, map[string]any{"http.request.method": "_OTHER", "http.request.method_original": "FROB"}, "an unknown method"},
		{"OPTIONS *", "200 OK", "OPTIONS", trace.Unset, map[string]any{"http.route": nil, "url.path": "*"}, "no route"},
		{"GET /?", "200 OK", "GET /", trace.Unset, map[string]any{"url.query": nil, "seam.context": false}, "no query, no context"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			to, _ := answering(t, "HTTP/1.1 "+test.answer+"\r\nContent-Length: 0\r\n\r\n")
			r := startEdge(t, to, nil)
			r.send(t, test.request+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			x, s := r.only(t)
			if s.Name != test.name || s.Code != test.code || x.Fault != "" {
				t.Errorf("span %q, code %d, fault %q, want %q, %d", s.Name, s.Code, x.Fault, test.name, test.code)
			}
			got := attrs(s)
			for key, want := range test.has {
				if got[key] != want {
					t.Errorf("%s = %v, want %v", key, got[key], want)
				}
			}
		})
	}
}

func TestSpanOfTheEntryAndOwnRoutes(t *testing.T) {
	to, _ := answering(t, ok)
	r := startEdge(t, to, func(c *Config) {
		c.Edge = system.Edge{Provider: "gateway"}
		c.Route = func(method, path string) string { return method + "!" + path }
	})
	get(t, client(t), r.URL()+"/a?b")
	x, s := r.only(t)
	if s.Name != "GET GET!/a" || x.Route != "GET!/a" || !s.IsEntry() || s.Edge() != "entry->gateway" {
		t.Errorf("span %q of %s, route %q", s.Name, s.Edge(), x.Route)
	}
}

// TestSpansAreBounded sends as much as a header may hold.
func TestSpansAreBounded(t *testing.T) {
	to, _ := answering(t, ok)
	r := startEdge(t, to, nil)
	long := strings.Repeat("\u00e9", 100_000)
	got := r.send(t, "GET /"+long+"?"+long+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: "+long+"\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Fatalf("answered %.100q", got)
	}
	_, s := r.only(t)
	for _, kv := range s.Attrs {
		if text := kv.Value.String(); len(text) > attrLimit || !utf8.ValidString(text) {
			t.Errorf("%s has %d bytes, valid %v", kv.Key, len(text), utf8.ValidString(text))
		}
	}
	if len(s.Name) > attrLimit+10 {
		t.Errorf("the name has %d bytes", len(s.Name))
	}
}
