package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// start runs a service and returns its base URL, what ends it, and its error.
func start(t *testing.T, s Service, getenv func(string) string) (url string, end context.CancelFunc, ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Run(ctx, s, getenv, write) }()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ = strings.Cut(strings.TrimSpace(line), " listens on ")
	return url, cancel, done
}

func status(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	told, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, strings.TrimSpace(string(told))
}

func TestRun(t *testing.T) {
	states := States{
		"it rains": StateOf(func(p struct{ Hours int }) (any, error) { return map[string]int{"mm": p.Hours * 2}, nil }),
		"it snows": StateOf(func(struct{}) (any, error) { return nil, errors.New("too warm") }),
	}
	own := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "own") })
	for _, test := range []struct {
		reason, method, path, body string
		states                     string // SEAM_PACT_STATES
		status                     int
		want                       string
	}{
		{"readiness", "GET", "/healthz", "", "", 200, "ok"},
		{"everything else is the service's", "GET", "/books", "", "", 200, "own"},
		{"states are not served unless asked for", "POST", "/_pact/states", `{"state":"it rains"}`, "", 200, "own"},
		{"a state returns its values", "POST", "/_pact/states", `{"state":"it rains","params":{"hours":3},"action":"setup"}`, "1", 200, `{"mm":6}`},
		{"a state without parameters", "POST", "/_pact/states", `{"state":"it rains"}`, "1", 200, `{"mm":0}`},
		{"nothing is torn down", "POST", "/_pact/states", `{"state":"it rains","action":"teardown"}`, "1", 200, `{}`},
		{"the empty state always holds", "POST", "/_pact/states", `{"state":"","action":"setup"}`, "1", 200, `{}`},
		{"an unknown state names the known ones", "POST", "/_pact/states", `{"state":"it hails"}`, "1", 400,
			`{"error":"unknown_state","message":"no state \"it hails\"; known are: it rains; it snows"}`},
		{"a state that cannot be set up", "POST", "/_pact/states", `{"state":"it snows"}`, "1", 422,
			`{"error":"state","message":"state \"it snows\": too warm"}`},
		{"parameters of the wrong type", "POST", "/_pact/states", `{"state":"it rains","params":{"hours":"x"}}`, "1", 422, ""},
		{"no JSON at all", "POST", "/_pact/states", `rain`, "1", 400, ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			url, end, ended := start(t, Service{Name: "weather", Handler: own, States: states}, env("SEAM_PACT_STATES", test.states))
			got, body := status(t, test.method, url+test.path, test.body)
			if got != test.status || test.want != "" && body != test.want {
				t.Errorf("%d %s, wanted %d %s", got, body, test.status, test.want)
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRequestsUnderWayFinish(t *testing.T) {
	began, finish := make(chan bool), make(chan bool)
	url, end, ended := start(t, Service{Name: "slow", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		began <- true
		<-finish
		fmt.Fprint(w, "done")
	})}, env())
	told := make(chan string, 1)
	go func() {
		_, body := status(t, "GET", url+"/", "")
		told <- body
	}()
	<-began
	end()
	close(finish)
	if body := <-told; body != "done" {
		t.Errorf("the request under way got %q", body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	err = Run(t.Context(), Service{Name: "books"}, env("PORT", port), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "books: listen on PORT "+port) {
		t.Errorf("error %v", err)
	}
}

func TestFaultOf(t *testing.T) {
	for _, test := range []struct {
		reason, value string
		want          Fault
		wrong         bool
	}{
		{reason: "unset is sound", want: Sound},
		{reason: "alone it is for whoever reads it", value: "slow", want: Slow},
		{reason: "for this service", value: "stock=wrong-type", want: WrongType},
		{reason: "for another", value: "orders=wrong-type", want: Sound},
		{reason: "several", value: "orders=slow,stock=no-context", want: NoContext},
		{reason: "an unknown fault", value: "stock=lazy", wrong: true},
		{reason: "an unknown fault of another service is no less wrong", value: "orders=lazy", wrong: true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, err := FaultOf("stock", env("SHOP_BREAK", test.value))
			if got != test.want || (err != nil) != test.wrong {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestBreak(t *testing.T) {
	broken := Broken{Number: "n", Field: "f"}
	for _, test := range []struct {
		reason string
		fault  Fault
		status int
		body   string
		want   string
	}{
		{"sound", Sound, 201, `{"n":1,"f":2}`, `201 {"n":1,"f":2}`},
		{"a number becomes a string", WrongType, 200, `{"n":1.5,"f":2}`, `200 {"f":2,"n":"1.5"}`},
		{"in each element of an array", WrongType, 200, `[{"n":1},{"x":2}]`, `200 [{"n":"1"},{"x":2}]`},
		{"a field goes missing", MissingField, 200, `{"n":1,"f":2}`, `200 {"n":1}`},
		{"what is no object stays", MissingField, 200, `[1,2]`, `200 [1,2]`},
		{"an answer without body", MissingField, 204, ``, `204 `},
		{"created turns ok", WrongStatus, 201, `{"n":1,"f":2}`, `200 {"n":1,"f":2}`},
		{"other statuses stay", WrongStatus, 404, `{}`, `404 {}`},
		{"lost context does not show in the answer", NoContext, 201, `{"n":1}`, `201 {"n":1}`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			url, end, ended := start(t, Service{Name: "x", Handler: broken.Break(test.fault, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				if test.body != "" {
					fmt.Fprint(w, test.body)
				}
			}))}, env())
			code, body := status(t, "GET", url+"/", "")
			if diff := cmp.Diff(test.want, fmt.Sprint(code, " ", body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var took time.Duration
		handler := Broken{}.Break(Slow, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { took = time.Since(began) }))
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		handler.ServeHTTP(nil, request)
		if took != Delay {
			t.Errorf("the answer began after %s, wanted %s", took, Delay)
		}
	})
}

func TestForget(t *testing.T) {
	var left []string
	handler := Forget(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			left = append(left, name)
		}
	}))
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, name := range []string{"traceparent", "tracestate", "baggage", "uber-trace-id", "b3", "accept"} {
		request.Header.Set(name, "x")
	}
	handler.ServeHTTP(nil, request)
	if diff := cmp.Diff([]string{"Accept"}, left); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func FuzzSpoil(f *testing.F) {
	f.Add([]byte(`{"n":1,"f":[{}]}`))
	f.Add([]byte(`[{"n":"x"},null]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, fault := range []Fault{WrongType, MissingField} {
			if got := (Broken{Number: "n", Field: "f"}).spoil(fault, body); json.Valid(body) && !json.Valid(got) {
				t.Errorf("%s is no JSON any more: %s", body, got)
			}
		}
	})
}
