package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/dashboards"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Unix(100, 0)

// spanOf is a span of the trace 0xab with its bounds in milliseconds.
func spanOf(id, parent byte, name string, bounds [2]int) *trace.Span {
	s := &trace.Span{
		Trace: trace.ID{0xab}, ID: trace.SpanID{id}, Name: name, Kind: trace.Server,
		Start: start.Add(time.Duration(bounds[0]) * time.Millisecond), End: start.Add(time.Duration(bounds[1]) * time.Millisecond),
		Resource: &trace.Resource{Service: "web", Attrs: []attribute.KeyValue{attribute.String("host.name", "h")}}, Scope: &trace.Scope{Name: "lib"},
	}
	if parent != 0 {
		s.Parent = trace.SpanID{parent}
	}
	return s
}

func filled() *trace.Store {
	store := trace.NewStore(trace.StoreConfig{})
	root := spanOf(1, 0, "GET /<x>", [2]int{0, 10})
	root.Attrs = []attribute.KeyValue{attribute.String("z.first", "1"), attribute.String("a.second", "Needle")}
	child := spanOf(2, 1, "query", [2]int{2, 8})
	child.Code, child.Message = trace.Error, "no rows"
	child.Events = []trace.Event{{Name: "exception", Time: start.Add(7 * time.Millisecond), Attrs: []attribute.KeyValue{attribute.String("exception.message", "boom")}}}
	child.Links = []trace.Link{{Trace: trace.ID{0xcd}, Span: trace.SpanID{9}}}
	store.Add(root, child)
	other := spanOf(1, 0, "GET /other", [2]int{20, 21})
	other.Trace = trace.ID{0xcd}
	store.Add(other)
	return store
}

func source() Source {
	return Source{
		Name: "shop", Entry: "http://127.0.0.1:1", Started: start, Hosts: []string{"seam"}, Store: filled(), Metrics: http.NotFoundHandler(),
		Services: func() []Service { return []Service{{Name: "web", Kind: "run", State: "ready"}} },
		Edges:    func() []Edge { return []Edge{{Edge: "entry->web", Requests: 3}} },
		Logs: func(after uint64) ([]Line, uint64) {
			return []Line{{N: after + 1, Service: "web", Text: "hello"}}, after + 1
		},
	}
}

func handler(t *testing.T, s Source) http.Handler {
	t.Helper()
	h, err := Handler(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path, host, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestThePageAndItsAPI(t *testing.T) {
	h := handler(t, source())
	id := trace.ID{0xab}.String()
	for _, test := range []struct {
		path, accept string
		status       int
		want, not    string
	}{
		{path: "/", status: 200, want: `id="view"`},
		{path: "/main.js", status: 200, want: "hashchange"},
		{path: "/api/system", status: 200, want: `"edge":"entry->web"`},
		{path: "/api/system", status: 200, want: `"contracts":[]`},
		{path: "/api/traces", status: 200, want: id},
		{path: "/api/traces?text=needle", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?text=BOOM", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?text=no+rows", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?text=nothing+of+the+kind", status: 200, want: "[]"},
		{path: "/api/traces?failed=true", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?operation=GET+/other", status: 200, want: "GET /other", not: id},
		{path: "/api/traces?min=5ms", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?service=nobody", status: 200, want: "[]"},
		{path: "/api/traces", accept: "text/plain", status: 200, want: "  2 spans  web GET /<x>  1 error\n"},
		{path: "/api/traces?min=-1s", status: 400, want: "duration"},
		{path: "/api/traces?limit=201", status: 400, want: "from 1 to 200"},
		{path: "/api/traces?strict=true&service=nobody", status: 404, want: `no service "nobody"; there are `},
		{path: "/api/traces?strict=true&edge=web->nobody", status: 404, want: `no edge "web->nobody"; there are entry->web`},
		{path: "/api/traces?strict=true&edge=entry->web", status: 200, want: "[]"},
		{path: "/api/traces/" + id[:4], status: 200, want: id},
		{path: "/api/traces/" + strings.ToUpper(id[:8]), status: 200, want: id},
		{path: "/api/traces/abc", status: 400, want: "4 at least"},
		{path: "/api/traces/abcd", status: 400, want: "begins with abcd"},
		{path: "/api/traces/" + id, accept: "text/plain", status: 200, want: "query", not: "a.second = Needle"},
		{path: "/api/traces/" + id + "?details=true", accept: "text/plain", status: 200, want: "a.second = Needle"},
		{path: "/api/traces/" + id, accept: "text/plain", status: 200, want: "query"},
		{path: "/api/traces/" + strings.Repeat("0", 32), status: 404, want: "never came"},
		{path: "/api/traces/xyz", status: 400, want: "32 hexadecimal"},
		{path: "/api/traces?limit=none", status: 400, want: "limit"},
		{path: "/api/traces?min=1", status: 400, want: "duration"},
		{path: "/api/traces?sort=slowest&limit=1", status: 200, want: id, not: "GET /other"},
		{path: "/api/traces?sort=slowest&text=other", status: 200, want: "GET /other", not: id},
		{path: "/api/traces?sort=oldest", status: 400, want: "slowest"},
		{path: "/api/operations?service=web", status: 200, want: `"query"`},
		{path: "/api/operations?service=nobody", status: 200, want: "[]"},
		{path: "/api/logs?after=7", status: 200, want: `"next":8`},
		{path: "/api/logs?after=x", status: 400, want: "after"},
	} {
		w := get(h, test.path, "127.0.0.1:7326", test.accept)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want %d with %q", test.path, w.Code, w.Body, test.status, test.want)
		}
		if test.not != "" && strings.Contains(w.Body.String(), test.not) {
			t.Errorf("%s: %s has %q", test.path, w.Body, test.not)
		}
	}
}

// The slowest of an edge go by their call on it, whatever else a trace did.
func TestTheSlowestOfAnEdge(t *testing.T) {
	store := trace.NewStore(trace.StoreConfig{})
	for i, bounds := range [][2]int{{0, 5}, {0, 9}, {0, 7}} {
		root, call := spanOf(1, 0, "root", [2]int{0, 100 - 10*i}), spanOf(2, 1, "call", bounds)
		root.Trace, call.Trace = trace.ID{byte(i + 1)}, trace.ID{byte(i + 1)}
		call.Scope = &trace.Scope{Name: trace.EdgeScope}
		call.Attrs = []attribute.KeyValue{attribute.String("seam.edge.consumer", "web"), attribute.String("seam.edge.provider", "db")}
		store.Add(root, call)
	}
	s := source()
	s.Store = store
	var got []row
	if err := json.Unmarshal(get(handler(t, s), "/api/traces?sort=slowest&edge=web-%3Edb", "localhost", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range got {
		order = append(order, fmt.Sprintf("%s %g", r.ID[:2], r.OnEdge))
	}
	if diff := cmp.Diff([]string{"02 9", "03 7", "01 5"}, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATraceAsAWaterfall(t *testing.T) {
	var got struct {
		Spans []bar
		Path  []stretch
	}
	body := get(handler(t, source()), "/api/traces/"+trace.ID{0xab}.String(), "localhost", "").Body
	if err := json.Unmarshal(body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	root, child := trace.SpanID{1}.String(), trace.SpanID{2}.String()
	sent := []pair{{"host.name", "h"}}
	want := []bar{
		{ID: root, Name: "GET /<x>", Service: "web", Kind: "server", Millis: 10, Scope: "lib", Resource: sent, Attrs: []pair{{"z.first", "1"}, {"a.second", "Needle"}}},
		{
			ID: child, Parent: root, Depth: 1, Name: "query", Service: "web", Kind: "server", Offset: 2, Millis: 6, Failed: true, Message: "no rows", Scope: "lib",
			Resource: sent, Attrs: []pair{}, Events: []moment{{"exception", 7, []pair{{"exception.message", "boom"}}}},
			Links: []link{{trace.ID{0xcd}.String(), trace.SpanID{9}.String()}},
		},
	}
	if diff := cmp.Diff(want, got.Spans); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]stretch{{root, 0, 2}, {child, 2, 6}, {root, 8, 2}}, got.Path); diff != "" {
		t.Errorf("critical path (-want +got):\n%s", diff)
	}
}

func TestANameThatPointsHereIsRefused(t *testing.T) {
	h := handler(t, source())
	for host, status := range map[string]int{
		"evil.test": 403, "127.0.0.1.evil.test:7326": 403, "localhost.evil.test": 403, "": 403,
		"localhost:7326": 200, "[::1]:7326": 200, "shop.localhost": 200, "LOCALHOST": 200, "seam:7326": 200, "notseam": 403,
	} {
		if w := get(h, "/api/system", host, ""); w.Code != status {
			t.Errorf("%q: %d, want %d", host, w.Code, status)
		}
	}
}

func TestAPageElsewhereGetsNoData(t *testing.T) {
	h := handler(t, source())
	for _, test := range []struct {
		path, site string
		status     int
	}{
		{"/api/system", "cross-site", 403}, {"/api/events", "cross-site", 403}, {"/", "cross-site", 200},
		{"/api/system", "same-origin", 200}, {"/api/system", "none", 200}, {"/api/system", "", 200},
	} {
		r := httptest.NewRequest(http.MethodGet, test.path, nil)
		r.Host = "localhost:7326"
		r.Header.Set("Sec-Fetch-Site", test.site)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s from %q: %d, want %d", test.path, test.site, w.Code, test.status)
		}
	}
}

func TestThePageMayLoadOnlyItsOwnFiles(t *testing.T) {
	header := get(handler(t, source()), "/", "localhost", "").Header()
	got := header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(got, want) {
			t.Errorf("the policy %q lacks %q", got, want)
		}
	}
	if header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a browser may guess types")
	}
	for _, word := range []string{"unsafe", "http:", "*", "data:"} {
		if strings.Contains(got, word) {
			t.Errorf("the policy %q has %q", got, word)
		}
	}
}

func TestTheFilesOfThePageKeepToTheirRules(t *testing.T) {
	files := 0
	err := fs.WalkDir(dashboards.UI, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := fs.ReadFile(dashboards.UI, path)
		if err != nil {
			return err
		}
		text := string(data)
		if n := strings.Count(text, "\n"); n > 400 {
			t.Errorf("%s has %d lines, more than 400", path, n)
		}
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://", "//cdn", "@import"} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %s", path, word)
			}
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("%d files, %v", files, err)
	}
}

// listen reads events until enough is reached.
func listen(t *testing.T, base string, enough func(kinds []string) bool, then func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	var kinds []string
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		kind, ok := strings.CutPrefix(lines.Text(), "event: ")
		if !ok {
			continue
		}
		kinds = append(kinds, kind)
		if enough(kinds) {
			return
		}
		if then != nil {
			then()
			then = nil
		}
	}
	t.Errorf("the events ended with %v: %v", kinds, lines.Err())
}

func TestEventsTellWhenSpansCome(t *testing.T) {
	s := source()
	server := httptest.NewServer(handler(t, s))
	defer server.Close()
	listen(t, server.URL, func(kinds []string) bool { return slices.Contains(kinds, "traces") }, func() { s.Store.Add(spanOf(3, 1, "late", [2]int{3, 4})) })
}

func TestListenersAreBounded(t *testing.T) {
	server := httptest.NewServer(handler(t, source()))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer http.DefaultClient.CloseIdleConnections()
	var open []*http.Response
	for range mostListeners {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/events", nil)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, answer)
	}
	answer, err := http.Get(server.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("listener %d is answered with %d", mostListeners+1, answer.StatusCode)
	}
	cancel()
	for _, answer := range open {
		answer.Body.Close()
	}
}

func TestATallyForgetsAfterAMinute(t *testing.T) {
	var tally Tally
	now := time.Unix(1000, 0)
	tally.Add(now.Add(-70*time.Second), true) // shares a place with the one 10 s ago
	tally.Add(now.Add(-10*time.Second), false)
	tally.Add(now.Add(-1*time.Second), true)
	tally.Add(now, false) // this second is not over
	var e Edge
	e.Over(&tally, now)
	want := Edge{Calls: make([]int, 60), Failed: make([]int, 60), Rate: 0.2, Share: 0.5}
	want.Calls[50], want.Calls[59], want.Failed[59] = 1, 1, 1
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALogIsBounded(t *testing.T) {
	var log Log
	for i := range mostLines + 10 {
		log.Add("web", fmt.Sprint("line ", i))
	}
	lines, last := log.After(0)
	if len(lines) != mostLines || lines[0].Text != "line 10" || last != mostLines+10 {
		t.Errorf("%d lines from %q, the last is %d", len(lines), lines[0].Text, last)
	}
	if more, again := log.After(last); more != nil || again != last {
		t.Errorf("%d lines after the last, %d", len(more), again)
	}
	for range 1000 {
		log.Add("web", strings.Repeat("x", 10_000))
	}
	lines, _ = log.After(0)
	size := 0
	for _, line := range lines {
		size += len(line.Text)
	}
	if size > mostText || size < mostText-2*longLine {
		t.Errorf("%d bytes are kept, want nearly %d", size, mostText)
	}
}
