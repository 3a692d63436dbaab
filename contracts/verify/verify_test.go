package verify_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
)

const getOrder = `{
	"description": "an order", "request": {"method": "GET", "path": "/orders/7"},
	"response": {"status": 200, "headers": {"Content-Type": "application/json", "X-Kind": "order"},
		"body": {"id": 7, "items": [{"sku": "a1", "count": 2}]},
		"matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}, "$.items": {"matchers": [{"match": "type", "min": 1}]}}}}}`

func TestPlantedFaultsAreFound(t *testing.T) {
	type seen struct{ Part, Pointer string }
	tests := []struct {
		name   string
		status int
		kind   string // of X-Kind
		body   string
		want   []seen
		reason string
	}{
		{"as agreed", 200, "order", `{"id": 99, "items": [{"sku": "zz", "count": 1}, {"sku": "b", "count": 4}], "more": true}`, nil,
			"rules allow other values, and a response may hold more"},
		{"wrong field type", 200, "order", `{"id": "7", "items": [{"sku": "a1", "count": 2}]}`, []seen{{"body", "/id"}},
			"a string is no integer"},
		{"missing field", 200, "order", `{"id": 7, "items": [{"sku": "a1"}]}`, []seen{{"body", "/items/0"}},
			"the consumer reads count"},
		{"wrong status", 404, "order", `{"id": 7, "items": [{"sku": "a1", "count": 2}]}`, []seen{{"status", ""}},
			"the status has no rule"},
		{"wrong header", 200, "invoice", `{"id": 7, "items": [{"sku": "a1", "count": 2}]}`, []seen{{"header", "X-Kind"}},
			"the header has no rule"},
		{"all at once", 500, "invoice", `{"id": "7", "items": [{"sku": "a1", "count": 2}]}`,
			[]seen{{"status", ""}, {"header", "X-Kind"}, {"body", "/id"}}, "every fault is told, not the first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := provider(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Kind", tt.kind)
				sendJSON(w, tt.status, tt.body)
			})
			result := only(t, parse(t, "3.0.0", getOrder), cfg)
			var got []seen
			for _, m := range result.Mismatches {
				got = append(got, seen{string(m.Part), m.Pointer})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			want := verify.Passed
			if tt.want != nil {
				want = verify.Failed
			}
			if result.Outcome != want || result.Err != "" {
				t.Errorf("outcome %s, error %q; want %s without an error", result.Outcome, result.Err, want)
			}
		})
	}
}

func TestRequestIsRenderedAsAgreed(t *testing.T) {
	tests := []struct {
		name, request, want, reason string
	}{
		{"no type", `{"method": "POST", "path": "/t", "body": {"content": "{\"a\": 1}"}}`, `POST /t {"a": 1}`, "a type that the pact does not name is not sent, and text is sent as it is"},
		{"type of a body", `{"method": "POST", "path": "/t", "body": {"content": {"a": 1}, "contentType": "application/json"}}`, `POST /t Content-Type=application/json {"a":1}`, "a body says its type"},
		{"escaped path", `{"method": "GET", "path": "/a%2Fb/%7ec"}`, "GET /a%2Fb/%7ec", "the path goes out byte for byte"},
		{"unusual path", `{"method": "GET", "path": "/a|b/[c]/d;e"}`, "GET /a|b/[c]/d;e", "what need not be escaped is not"},
		{"blank in path", `{"method": "GET", "path": "/a b/ü"}`, "GET /a%20b/%C3%BC", "a request line has no blanks"},
		{"double slash", `{"method": "GET", "path": "//a"}`, "GET //a", "an empty segment stays"},
		{"query", `{"method": "GET", "path": "/q", "query": {"z": ["1"], "a": ["x y", "+&="]}}`, "GET /q?a=x%20y&a=%2B%26%3D&z=1", "names are sorted, values keep their order"},
		{"null body", `{"method": "POST", "path": "/n", "headers": {"Content-Type": "application/json"}, "body": null}`, "POST /n Content-Type=application/json null", "a null of type JSON is sent"},
		{"no body", `{"method": "DELETE", "path": "/d"}`, "DELETE /d", "nothing is sent where nothing was agreed"},
		{"form", `{"method": "PUT", "path": "/f", "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "a=1&b=2"}`, "PUT /f Content-Type=application/x-www-form-urlencoded a=1&b=2", "header names have no case"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			cfg := provider(t, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				parts := []string{r.Method, r.RequestURI}
				if kind := r.Header.Get("Content-Type"); kind != "" {
					parts = append(parts, "Content-Type="+kind)
				}
				got = strings.TrimSpace(strings.Join(append(parts, string(body)), " "))
			})
			version := "3.0.0"
			if strings.Contains(tt.request, `"content"`) {
				version = "4.0"
			}
			p := parse(t, version, `{"type": "Synchronous/HTTP", "description": "d", "request": `+tt.request+`, "response": {"status": 200}}`)
			if result := only(t, p, cfg); result.Outcome != verify.Passed {
				t.Fatalf("outcome %s: %s %v", result.Outcome, result.Err, result.Mismatches)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestBasePathAndOwnHeaders(t *testing.T) {
	var got *http.Request
	cfg := provider(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	cfg.Provider.Path = "/v1/"
	cfg.Header = http.Header{"authorization": {"Bearer real"}}
	cfg.Before = func(i *contracts.Interaction, r *http.Request) {
		r.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
		r.Header.Set("X-Description", i.Description)
	}
	result := only(t, parse(t, "4.0", `{"type": "Synchronous/HTTP", "description": "d",
		"request": {"method": "GET", "path": "/x", "headers": {"Authorization": ["Bearer example"], "Accept": ["text/plain", "text/html"], "X-Two": ["1", "2"]}},
		"response": {"status": 200}}`), cfg)
	if got.URL.Path != "/v1/x" || got.Header.Get("Authorization") != "Bearer real" || got.Header.Get("X-Description") != "d" {
		t.Errorf("got %s with %v; the base path, the own header and that of Before are missing", got.URL, got.Header)
	}
	if diff := cmp.Diff([]string{"text/plain, text/html"}, got.Header["Accept"]); diff != "" {
		t.Errorf("a header that is a list is one line:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1", "2"}, got.Header["X-Two"]); diff != "" {
		t.Errorf("values of other headers have lines of their own:\n%s", diff)
	}
	if result.TraceID != "0123456789abcdef0123456789abcdef" {
		t.Errorf("trace %q is not that of traceparent", result.TraceID)
	}
}

func TestRedirects(t *testing.T) {
	cfg := provider(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
		}
	})
	for status, reason := range map[string]string{"200": "is followed", "302": "is judged where it was agreed"} {
		p := parse(t, "3.0.0", `{"description": "d", "request": {"method": "GET", "path": "/old"}, "response": {"status": `+status+`}}`)
		if result := only(t, p, cfg); result.Outcome != verify.Passed {
			t.Errorf("a redirect %s; agreed %s, outcome %s: %v", reason, status, result.Outcome, result.Mismatches)
		}
	}
}

const several = `
	{"type": "Synchronous/HTTP", "description": "list", "providerStates": [{"name": "two orders"}], "request": {"method": "GET", "path": "/"}, "response": {"status": 200}},
	{"type": "Synchronous/HTTP", "description": "create", "pending": true, "request": {"method": "POST", "path": "/"}, "response": {"status": 201}},
	{"type": "Synchronous/HTTP", "description": "delete", "providerStates": [{"name": "one order"}], "request": {"method": "DELETE", "path": "/"}, "response": {"status": 204}},
	{"type": "Synchronous/HTTP", "description": "list again", "request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`

func TestFiltersPendingAndFailFast(t *testing.T) {
	base := provider(t, func(http.ResponseWriter, *http.Request) {}) // 200 to everything
	tests := []struct {
		name   string
		change func(*verify.Config)
		want   []string
	}{
		{"all", func(*verify.Config) {}, []string{"list passed", "create pending", "delete failed", "list again passed"}},
		{"description", func(c *verify.Config) { c.Description = regexp.MustCompile("^list") }, []string{"list passed", "list again passed"}},
		{"state", func(c *verify.Config) { c.State = regexp.MustCompile("two") }, []string{"list passed"}},
		{"no state", func(c *verify.Config) { c.State = regexp.MustCompile("^$") }, []string{"create pending", "list again passed"}},
		{"consumer", func(c *verify.Config) { c.Consumers = []string{"app"} }, nil},
		{"fail fast", func(c *verify.Config) { c.FailFast = true }, []string{"list passed", "create pending", "delete failed", "list again skipped"}},
		{"whole pact pending", func(c *verify.Config) { c.Pending = true }, []string{"list passed", "create pending", "delete pending", "list again passed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := base
			tt.change(&cfg)
			var got []string
			for _, r := range all(t, parse(t, "4.0", several), cfg) {
				got = append(got, r.Description+" "+string(r.Outcome))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatCannotBeRunSaysWhy(t *testing.T) {
	dead := verify.Config{Provider: mustURL(t, "http://"+nobody(t))}
	live := provider(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
	small := live
	small.MaxBody = 10
	tests := []struct {
		name, interaction string
		cfg               verify.Config
		want              []string
	}{
		{"nobody listens", getOrder, dead, []string{"orders", "connection refused", "try:"}},
		{"no address", getOrder, verify.Config{}, []string{"no address", "try:"}},
		{"large answer", getOrder, small, []string{"larger than 10 bytes"}},
		{"plugin", `{"type": "Synchronous/HTTP", "description": "p", "pluginConfiguration": {"protobuf": {}},
			"request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`, live, []string{"needs the Pact plugin protobuf"}},
		{"transport", `{"type": "Synchronous/HTTP", "description": "p", "transport": "grpc",
			"request": {"method": "GET", "path": "/"}, "response": {"status": 200}}`, live, []string{`transport "grpc"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			version := "4.0"
			if tt.interaction == getOrder {
				version = "3.0.0"
			}
			result := only(t, parse(t, version, tt.interaction), tt.cfg)
			if result.Outcome != verify.Failed {
				t.Errorf("outcome %s, want failed", result.Outcome)
			}
			for _, part := range tt.want {
				if !strings.Contains(result.Err, part) {
					t.Errorf("error %q does not say %q", result.Err, part)
				}
			}
		})
	}
}

func TestACancelledRunSkipsTheRest(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var got []verify.Outcome
	for r := range verify.Pact(ctx, parse(t, "4.0", several), cfg) {
		got = append(got, r.Outcome)
		cancel()
	}
	if want := []verify.Outcome{verify.Passed, verify.Skipped, verify.Skipped, verify.Skipped}; !slices.Equal(want, got) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnswerIsKept(t *testing.T) {
	cfg := provider(t, func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, 200, `{"id": 1}`) })
	result := only(t, parse(t, "3.0.0", getOrder), cfg)
	if result.Response == nil || string(result.Response.Body.Content) != `{"id": 1}` {
		t.Errorf("the answer %+v is not what came", result.Response)
	}
	if !slices.ContainsFunc(result.Mismatches, func(m match.Mismatch) bool { return m.Part == match.PartBody }) {
		t.Errorf("the missing items are not among %v", result.Mismatches)
	}
}

// nobody is an address where nobody listens, and nobody can while the test
// runs: that of the near end of a connection.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
