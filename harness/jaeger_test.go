package harness_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What Jaeger keeps, and what its pages show, otherwise than the shop's
// services and seam's edges sent it. Everything else is equal.
var (
	keptOtherwise  = []jaegertest.Difference{jaegertest.NoSchema}
	shownOtherwise = []jaegertest.Difference{jaegertest.NoSchema, jaegertest.Sorted, jaegertest.ClockSkew}
)

// The whole shop through a real Jaeger: every span that seam's store holds at
// the end is what Jaeger's API answers, and the service graph is the edges.
func TestJaegerHasTheShopAsSeamHasIt(t *testing.T) {
	jaeger := jaegertest.Start(t)
	shop := startShop(t, jaeger)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	drive(ctx, t, shop)
	killService(t, shop, "stock")
	<-shop.Dead()
	for _, path := range []string{"/books", "/books/book-1"} {
		ask(ctx, t, shop, request{path: path}) // fails on gateway->stock
	}
	if err := shop.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := shop.Stop(ctx); err != nil {
		t.Fatal(err)
	}

	t.Logf("stats %+v", shop.Stats())
	traces := shop.Traces().Find(trace.Query{})
	variety(t, traces)
	if s := shop.Stats(); s.Publish[jaeger.OTLP].Sent != int64(s.Store.Added+s.Store.Duplicates) || s.Publish[jaeger.OTLP].Dropped != 0 {
		t.Errorf("not every span was sent: %+v", s)
	}
	equal(t, traces, jaeger.Kept, keptOtherwise)
	equal(t, traces, jaeger.Shown, shownOtherwise)
	graph(t, shop, jaeger)
}

func startShop(t *testing.T, jaeger *jaegertest.Jaeger) *harness.Harness {
	t.Helper()
	file, err := filepath.Abs("../examples/shop/seam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := system.Read(file, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	spec.Publish = []system.Publish{{OTLP: jaeger.OTLP}}
	shop, err := harness.Start(t.Context(), harness.Config{Spec: spec, Phase: edge.Drive, Log: func(l harness.Line) { t.Logf("%s | %s", l.Service, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // where the test failed before it stopped the shop
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := shop.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return shop
}

type request struct {
	method, path, body string
	header             http.Header
	status             int // wanted; 0: any
}

// drive sends what succeeds and what fails in every way that the shop knows.
func drive(ctx context.Context, t *testing.T, shop *harness.Harness) {
	t.Helper()
	order := func(card string) string {
		return `{"items":[{"sku":"book-1","quantity":2}],"card":"` + card + `"}`
	}
	for _, r := range []request{
		{path: "/books", status: 200},
		{path: "/books/book-1", status: 200},
		{path: "/books/book-99", status: 404},
		{path: "/books/%C3%A9%20%E2%98%83?q=%F0%9D%84%9E&token=secret", status: 404},
		{path: "/nowhere/\xff\xfe", status: 404},
		{method: http.MethodHead, path: "/books"},
		{method: http.MethodDelete, path: "/books", status: 405},
		{method: http.MethodPost, path: "/checkout", body: order("4242424242424242"), status: 201},
		{method: http.MethodPost, path: "/checkout", body: order("4000000000000002"), status: 402},
		{method: http.MethodPost, path: "/checkout", body: "{", status: 400},
		{path: "/orders/1", status: 200},
		{path: "/orders/999", status: 404},
		{path: "/books", status: 200, header: http.Header{
			"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"vendor=1,other=x"},
			"Baggage": {"customer=\u00e9"}, "User-Agent": {"caf\u00e9 \xff"}, "Authorization": {"Bearer secret"},
		}},
		{path: "/books", status: 200, header: http.Header{"Uber-Trace-Id": {"463ac35c9f6413ad48485a3953bb6124:a2fb4a1d1a96d312:0:1"}}},
	} {
		ask(ctx, t, shop, r)
	}
	span := shop.StartSpan("a step of the test")
	ask(ctx, t, shop, request{path: "/books", header: http.Header{"Traceparent": {span.Traceparent()}}, status: 200})
	span.End(io.ErrUnexpectedEOF)
	cancelled, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
	defer cancel()
	ask(cancelled, t, shop, request{method: http.MethodPost, path: "/checkout", body: order("4242424242424242")})
}

// ask sends one request at the entry; without a wanted status the answer may
// be anything, and none at all.
func ask(ctx context.Context, t *testing.T, shop *harness.Harness, r request) {
	t.Helper()
	ask, err := http.NewRequestWithContext(ctx, r.method, shop.Entry(), strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	ask.URL.Opaque = r.path // sent as it stands
	for name, values := range r.header {
		ask.Header[name] = values
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(ask)
	if err != nil {
		if r.status != 0 {
			t.Fatalf("%s %q: %v", r.method, r.path, err)
		}
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body) // what comes of it matters to nobody
	if r.status != 0 && answer.StatusCode != r.status {
		t.Errorf("%s %q answered %s, want %d: %s", r.method, r.path, answer.Status, r.status, text)
	}
}

// killService ends a service as a crash would.
func killService(t *testing.T, shop *harness.Harness, name string) {
	t.Helper()
	port := shop.Service(name).URL[strings.LastIndexByte(shop.Service(name).URL, ':')+1:]
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		environ, err := os.ReadFile(filepath.Join(folder, "environ"))
		entries := bytes.Split(environ, []byte{0})
		has := func(entry string) bool {
			return slices.ContainsFunc(entries, func(e []byte) bool { return string(e) == entry })
		}
		if err != nil || !has("OTEL_SERVICE_NAME="+name) || !has("PORT="+port) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("found no process of %s on port %s", name, port)
}

// variety makes sure that the traces hold what the comparison is to prove.
func variety(t *testing.T, traces []*trace.Trace) {
	t.Helper()
	has := map[string]bool{}
	for _, one := range traces {
		for _, s := range one.Spans {
			has["a span of "+s.Service()] = true
			has["an edge's span"] = has["an edge's span"] || s.IsEdge()
			has["an event"] = has["an event"] || len(s.Events) > 0
			has["a trace state"] = has["a trace state"] || s.State != ""
			has["an error"] = has["an error"] || s.Code == trace.Error
			has["a status message"] = has["a status message"] || s.Message != ""
			has["a child"] = has["a child"] || !s.Parent.IsZero()
		}
	}
	for _, want := range []string{
		"a span of gateway", "a span of orders", "a span of stock", "a span of payments", "a span of seam",
		"an edge's span", "an event", "a trace state", "an error", "a status message", "a child",
	} {
		if !has[want] {
			t.Errorf("the shop's traces show no instance of: %s", want)
		}
	}
}

func equal(t *testing.T, traces []*trace.Trace, ask func(trace.ID) ([]*trace.Span, error), otherwise []jaegertest.Difference) {
	t.Helper()
	ledger := jaegertest.Table(otherwise)
	compared := 0
	for _, ours := range traces {
		compared += len(ours.Spans)
		theirs, err := ask(ours.ID)
		if err != nil {
			t.Error(err)
		} else if diff := ledger.Diff(ours.Spans, theirs); diff != "" {
			t.Errorf("trace %s: Jaeger (+) has it otherwise than seam (-):\n%s", ours.ID, diff)
		}
	}
	t.Logf("compared %d spans of %d traces, whole but for %d named differences", compared, len(traces), len(otherwise))
	for _, name := range ledger.Unused() {
		t.Errorf("no span shows %q any more: strike it off the table", name)
	}
}

// graph wants an arrow for each edge that was called from within the system,
// with as many calls as the edge saw.
func graph(t *testing.T, shop *harness.Harness, jaeger *jaegertest.Jaeger) {
	t.Helper()
	want := map[jaegertest.Call]int{{Parent: "seam", Child: "gateway"}: 1} // the step of the test
	for _, e := range shop.Edges() {
		if e.Name.Consumer != "" {
			want[jaegertest.Call{Parent: e.Name.Consumer, Child: e.Name.Provider}] = e.Seen()
		}
	}
	got, err := jaeger.Graph()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Jaeger's service graph (+) is not seam's edges (-):\n%s", diff)
	}
}
