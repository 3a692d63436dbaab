package live

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pact = `{"consumer": {"name": "web"}, "provider": {"name": "api"}, "interactions": [
	{"description": "a thing", "request": {"method": "GET", "path": "/things/1", "query": "full=yes"},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1, "token": "t"},
	  "matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}, "$.token": {"matchers": [{"match": "regex", "regex": "t+"}]}}}}},
	{"description": "a new thing", "request": {"method": "POST", "path": "/things", "headers": {"Content-Type": "application/json"}, "body": {"name": "x"},
	  "matchingRules": {"body": {"$.name": {"matchers": [{"match": "type"}]}}}}, "response": {"status": 201}},
	{"description": "files", "request": {"method": "GET", "path": "/file"}, "response": {"status": 200}}
 ], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`

func plans(t testing.TB) []*match.Plan {
	t.Helper()
	p, _, err := contracts.Read(strings.NewReader(pact))
	if err != nil {
		t.Fatal(err)
	}
	var all []*match.Plan
	for i := range p.Interactions {
		plan, err := match.Compile(&p.Interactions[i])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, plan)
	}
	return all
}

// A world is an edge between a client of the test and a provider, with a docket.
type world struct {
	*Docket
	judge *Judge
	proxy *edge.Proxy

	mu   sync.Mutex
	said map[cover.Outcome]int // guarded by mu
}

func newWorld(t *testing.T, provider http.HandlerFunc, plans []*match.Plan) *world {
	t.Helper()
	w := &world{judge: Start(), said: map[cover.Outcome]int{}}
	t.Cleanup(w.judge.Close)
	w.Docket = w.judge.Open(plans, func(_ *edge.Exchange, v cover.Verdict) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said[v.Outcome]++
	})
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	proxy, err := edge.Start(edge.Config{
		Edge: system.Edge{Consumer: "web", Provider: "api"}, Phase: edge.Drive, Capture: w.Capture, End: w.End,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := proxy.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy.Forward(target)
	w.proxy = proxy
	return w
}

// call makes a request whose line is such as "GET /things/1".
func (w *world) call(t *testing.T, line, body string) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, w.proxy.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	if answer, err := client.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

func (w *world) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := w.proxy.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.judge.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

func answers(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
		return
	}
	switch r.URL.Path {
	case "/file":
		_, _ = w.Write(make([]byte, edge.CaptureLimit+1))
	case "/broken":
		panic(http.ErrAbortHandler)
	default:
		text := `{"id": 7, "token": "ttt"}`
		if r.URL.Query().Get("wrong") != "" {
			text = `{"id": "7", "token": "the-secret"}`
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(text))
		z.Close()
	}
}

func TestExchangesAreHeldAgainstTheContracts(t *testing.T) {
	for _, c := range []struct {
		reason, line, body string
		want               cover.Outcome
		why                string
	}{
		{"as agreed, compressed", "GET /things/1?full=yes", "", cover.Conforming, ""},
		{"a query that nobody agreed on", "GET /things/1?full=no", "", cover.Uncovered, ""},
		{"as agreed, with a body", "POST /things", `{"name": "y"}`, cover.Conforming, ""},
		{"a body that nobody agreed on", "POST /things", `{"name": 1}`, cover.Uncovered, ""},
		{"a path that nobody agreed on", "GET /other", "", cover.Uncovered, ""},
		{"an answer that is too large", "GET /file", "", cover.Unjudged, TooLarge},
		{"an answer that broke off", "GET /broken", "", cover.Unjudged, "no whole answer"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t, answers, plans(t))
			w.call(t, c.line, c.body)
			w.settle(t)
			w.mu.Lock()
			defer w.mu.Unlock()
			if diff := cmp.Diff(map[cover.Outcome]int{c.want: 1}, w.said); diff != "" {
				t.Errorf("%s\n%+v", diff, w.Coverage())
			}
			for why := range w.Coverage().Reasons {
				if !strings.HasPrefix(why, c.why) || c.why == "" {
					t.Errorf("not judged: %s", why)
				}
			}
		})
	}
}

func TestPhasesAreToldApart(t *testing.T) {
	w := newWorld(t, answers, plans(t))
	for _, phase := range []edge.Phase{edge.Drive, edge.Live, edge.Verify, edge.WarmUp, edge.Load} {
		w.proxy.SetPhase(phase)
		w.call(t, "GET /things/1?full=yes", "")
	}
	w.settle(t)
	main, loaded := w.Coverage(), w.UnderLoad()
	if main.Calls() != 2 || loaded.Calls() != 1 {
		t.Errorf("%d calls in drive and live, %d under load; want 2 and 1: verify and warm-up count nowhere", main.Calls(), loaded.Calls())
	}
}

func TestWhatIsKeptBearsNoSecret(t *testing.T) {
	p := plans(t)
	p[0].Interaction().Request.Query = nil
	plan, err := match.Compile(p[0].Interaction())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = "wrong=1"
		answers(rw, r)
	}, []*match.Plan{plan})
	w.call(t, "GET /things/1", "")
	w.settle(t)
	c := w.Coverage()
	if len(c.Violations) != 1 || len(c.Violations[0].Mismatches) != 2 || len(c.Violations[0].Example) != 32 {
		t.Fatalf("%+v", c.Violations)
	}
	for _, m := range c.Violations[0].Mismatches {
		if strings.Contains(m.Actual+m.Message, "the-secret") {
			t.Errorf("kept %+v", m)
		}
	}
	if m := c.Violations[0].Mismatches[1]; m.Actual != edge.Redacted || m.Pointer != "/token" {
		t.Errorf("kept %+v", m)
	}
}

func TestSecretsAreKnownByTheirPlace(t *testing.T) {
	for _, c := range []struct {
		reason string
		m      match.Mismatch
		want   bool
	}{
		{"a header", match.Mismatch{Part: match.PartHeader, Pointer: "Authorization"}, true},
		{"a parameter", match.Mismatch{Part: match.PartQuery, Pointer: "api_key"}, true},
		{"a member below a secret one", match.Mismatch{Part: match.PartBody, Pointer: "/credentials/0/name"}, true},
		{"a member of a body that has paths only", match.Mismatch{Part: match.PartBody, Path: "$.form.password"}, true},
		{"a status", match.Mismatch{Part: match.PartStatus, Pointer: "password"}, false},
		{"another member", match.Mismatch{Part: match.PartBody, Pointer: "/id", Path: "$.id"}, false},
	} {
		if secret(c.m) != c.want {
			t.Errorf("%s: %v", c.reason, !c.want)
		}
	}
	kept := Redact(match.Mismatch{Part: match.PartBody, Path: "$", Actual: `{"password":"p1"}`, Message: `Expected {"password":"p1"} to be a list`})
	if strings.Contains(kept.Actual+kept.Message, "p1") {
		t.Errorf("kept %+v", kept)
	}
	kept = Redact(match.Mismatch{Part: match.PartBody, Path: "$.next", Pointer: "/next", Expected: "7", Actual: "/x?token=p 1", Message: `Expected '/x?token=p 1' (String) to be a number`})
	if kept.Actual != "/x?token=REDACTED" || kept.Message != "Expected '/x?token=REDACTED' (String) to be a number" {
		t.Errorf("kept %+v", kept)
	}
	kept = Redact(match.Mismatch{Part: match.PartBody, Path: "$.card", Pointer: "/card", Expected: "4242424242424242", Actual: "4000000000000002", Message: "Expected '4000000000000002' (String) to be equal to '4242424242424242' (String)"})
	if kept.Expected != edge.Redacted || kept.Message != "the value, which is a secret, is not as agreed" {
		t.Errorf("of two cards that differ is kept: %+v", kept)
	}
	kept = Redact(match.Mismatch{Part: match.PartHeader, Pointer: "Authorization", Expected: "Bearer p1", Actual: "Bearer p2", Message: "p1 is not p2"})
	if said := kept.Expected + kept.Actual + kept.Message; strings.Contains(said, "p1") || strings.Contains(said, "p2") {
		t.Errorf("kept %+v", kept)
	}
}

func TestAnEdgeWithoutContractsTalliesItsCalls(t *testing.T) {
	w := newWorld(t, answers, nil)
	w.call(t, "GET /things/17", "")
	w.call(t, "GET /things/18?token=abc", "")
	w.settle(t)
	c := w.Coverage()
	if c.Uncovered != 2 || len(c.Undescribed) != 1 || c.Undescribed[0].Path != "/things/{id}" || c.Undescribed[0].Count != 2 {
		t.Errorf("%+v", c)
	}
	if (*Docket)(nil).Capture(&edge.Exchange{}) != (edge.Capture{}) {
		t.Error("an edge without a docket captures nothing")
	}
	(*Docket)(nil).End(&edge.Exchange{Status: 200})
}

// stuffed is a judge that does not work, with a full queue.
func stuffed(t *testing.T) (*Judge, *Docket) {
	t.Helper()
	j := &Judge{}
	j.change.L = &j.mu
	d := j.Open(plans(t), func(*edge.Exchange, cover.Verdict) {})
	for j.take(filed{exchange: edge.Exchange{Phase: edge.Load}, docket: d, ledger: d.loaded}) {
		continue
	}
	return j, d
}

func TestAFullQueueMakesNoCallWait(t *testing.T) {
	j, d := stuffed(t)
	x := &edge.Exchange{Phase: edge.Load, Status: 200}
	if d.Capture(x) != (edge.Capture{}) {
		t.Error("bodies are captured although nothing will look at them")
	}
	d.End(x)
	if c := d.UnderLoad(); c.Unjudged != 1 || c.Reasons[Overload] != 1 {
		t.Errorf("%+v", c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Settle(ctx); err == nil || !strings.Contains(err.Error(), "4096 exchanges") {
		t.Errorf("%v", err)
	}
	j.work.Go(j.run)
	j.Close()
	if c := d.UnderLoad(); c.Calls() != mostFiled+1 {
		t.Errorf("%d calls counted, want %d: what was filed is judged before the end", c.Calls(), mostFiled+1)
	}
}

func TestInTheDriveACallWaitsForItsPlace(t *testing.T) {
	j, d := stuffed(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.End(&edge.Exchange{Phase: edge.Drive, Status: 200, Method: "GET", Target: "/x"})
	}()
	select {
	case <-done:
		t.Error("it did not wait")
	case <-time.After(20 * time.Millisecond):
	}
	j.work.Go(j.run)
	<-done
	j.Close()
	if c := d.Coverage(); c.Uncovered != 1 {
		t.Errorf("%+v", c)
	}
	d.End(&edge.Exchange{Phase: edge.Drive, Status: 200})
	if c := d.Coverage(); c.Unjudged != 1 {
		t.Errorf("after the end: %+v", c)
	}
}

func TestTheQueueIsBoundedByBytes(t *testing.T) {
	j := &Judge{}
	j.change.L = &j.mu
	n := 0
	for j.take(filed{exchange: edge.Exchange{Phase: edge.Live, RequestBytes: 5 << 20, ResponseBytes: 1 << 30}}) {
		n++
	}
	if n != mostBytes/(2*edge.CaptureLimit) {
		t.Errorf("%d exchanges of the largest size were taken", n)
	}
}

// BenchmarkEnd is what an exchange costs its edge and the worker.
func BenchmarkEnd(b *testing.B) {
	j := Start()
	defer j.Close()
	d := j.Open(plans(b), func(*edge.Exchange, cover.Verdict) {})
	x := &edge.Exchange{Phase: edge.Live, Status: 200, Method: "GET", Target: "/none", Route: "/none"}
	b.ReportAllocs()
	for b.Loop() {
		d.End(x)
	}
	b.StopTimer()
	if err := j.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	c := d.Coverage()
	b.ReportMetric(float64(c.Unjudged)/float64(b.N), "unjudged/op")
}
