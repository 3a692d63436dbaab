package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

func handler(t *testing.T) http.Handler {
	t.Helper()
	start := time.Unix(100, 0)
	one := trace.New(trace.ID{0xab}, &trace.Span{
		Trace: trace.ID{0xab}, ID: trace.SpanID{1}, Name: "GET /<x>", Start: start, End: start.Add(time.Millisecond),
		Resource: &trace.Resource{Service: "web"}, Scope: &trace.Scope{},
	})
	h, err := Handler(Source{
		Name: "shop", Entry: "http://127.0.0.1:1", Services: func() []Service { return []Service{{"web", "run", "ready"}} },
		Edges: func() []Edge { return []Edge{{Edge: "entry->web", Requests: 3}} },
		Find:  func(q trace.Query) []*trace.Trace { return []*trace.Trace{one}[:min(q.Limit, 1)] },
		Trace: func(id trace.ID) (*trace.Trace, bool) { return one, id == one.ID }, Metrics: http.NotFoundHandler(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, path, host, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestThePageAndItsAPI(t *testing.T) {
	h := handler(t)
	id := trace.ID{0xab}.String()
	for _, test := range []struct {
		path, accept string
		status       int
		want         string
	}{
		{"/", "", 200, "Latest traces"},
		{"/seam.js", "", 200, "refresh"},
		{"/api/system", "", 200, `"edge":"entry-\u003eweb"`},
		{"/api/traces", "", 200, id},
		{"/api/traces", "text/plain", 200, "1 span  web GET /"},
		{"/api/traces/" + id, "", 200, `"depth":0`},
		{"/api/traces/" + id, "text/plain", 200, "web"},
		{"/api/traces/" + strings.Repeat("0", 32), "", 404, "never came"},
		{"/api/traces/xyz", "", 400, "32 hexadecimal"},
		{"/api/traces?limit=none", "", 400, "limit"},
		{"/api/traces?min=1", "", 400, "duration"},
	} {
		w := ask(h, test.path, "127.0.0.1:7326", test.accept)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want %d with %q", test.path, w.Code, w.Body, test.status, test.want)
		}
	}
	if body := ask(h, "/api/system", "localhost", "").Body; !json.Valid(body.Bytes()) {
		t.Errorf("no JSON: %s", body)
	}
}

func TestANameThatPointsHereIsRefused(t *testing.T) {
	for host, status := range map[string]int{"evil.test": 403, "127.0.0.1.evil.test:7326": 403, "localhost:7326": 200, "[::1]:7326": 200, "shop.localhost": 200} {
		if w := ask(handler(t), "/api/system", host, ""); w.Code != status {
			t.Errorf("%s: %d, want %d", host, w.Code, status)
		}
	}
}
