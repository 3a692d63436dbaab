package expect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// shop is a checkout that calls payments twice and stock slowly.
func shop(t tracetest.T) *trace.Trace {
	return tracetest.One(t, `
entry->gateway POST /checkout 0-200 201
  gateway: POST /checkout 1-199 tenant=blue
    gateway->orders POST /orders 10-110 201
      orders: POST /orders 11-109
        orders->stock POST /reserve/{sku} 20-103 200 path=/reserve/7
        orders->stock GET /items 104-106 200
    gateway->payments POST /charge 120-130 503
      payments: charge 121-129 error tenant=blue
    gateway->payments POST /charge 140-150 200
`)
}

func compile(t testing.TB, text string) *expect.Check {
	t.Helper()
	check, err := expect.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return check
}

func TestHolds(t *testing.T) {
	tr := shop(t)
	for _, text := range []string{
		`calls("payments") == 2`, `calls("gateway->payments") == 2`, `calls("orders -> stock") == 2`, `calls == 6`, `calls() == 6`,
		`calls("POST /charge") == 2`, `calls("/items") == 1`, `calls("stock", "GET /*") == 1`, `calls("/reserve/7") == 1`,
		`calls("/reserve/{sku}") == 1`, `calls("POST *") == 5`, `calls("*") == 6`, `calls("*->stock") == 2`, `calls("entry->gateway") == 1`,
		`calls("nobody") == 0`, `calls("audit") == 0`,
		`errors == 1`, `errors("payments") == 1`, `errors("stock") == 0`,
		`slowest("orders->stock") == 83ms`, `slowest("stock", "GET /items") == 2ms`, `slowest("nobody") == 0s`, `total("stock") == 85ms`,
		`status == 201`, `status("payments") == 503`, `status("nobody") == 0`, `duration == 200ms`, `duration < 1m`,
		`services == ["gateway", "orders", "payments", "stock"]`, `"payments" in services`, `len(services) == 4`,
		`depth == 3`, `order("stock", "payments")`, `order("orders", "payments")`, `not order("payments", "stock")`, `not order("stock", "nobody")`,
		`attr("http.route") == "/checkout"`, `attr("http.response.status_code") == 201`, `attr("payments", "tenant") == "blue"`,
		`attr("nothing") == nil`, `attr("orders->stock", "url.path") == "/reserve/7"`, `attr("gateway", "tenant") startsWith "bl"`,
	} {
		if failure, broken := compile(t, text).Judge(tr); broken {
			t.Errorf("%s: %s", text, failure.Message)
		}
	}
}

func TestFailures(t *testing.T) {
	tr := shop(t)
	for _, row := range []struct {
		reason, text, message, edge string
		marks                       map[int]string
	}{
		{"one call too many", `calls("payments") == 1`, `calls("payments") is 2, wanted 1`, "gateway->payments", map[int]string{7: "1 of 2", 9: "2 of 2"}},
		{"too slow on an edge", `slowest("orders->stock") <= 50ms`, `slowest("orders->stock") is 83ms, wanted at most 50ms`, "orders->stock", map[int]string{5: "the slowest of 2"}},
		{"of a conjunction the part that breaks", `calls("payments") == 2 and slowest("stock") < 80ms and 1 == 2`, `slowest("stock") is 83ms, wanted less than 80ms`, "orders->stock", map[int]string{5: "the slowest of 2"}},
		{"a chain of comparisons", `3 <= calls("stock") <= 5`, `calls("stock") is 2, wanted at least 3`, "orders->stock", map[int]string{5: "1 of 2", 6: "2 of 2"}},
		{"two measures", `calls("stock") > calls("payments")`, `calls("stock") is 2, wanted more than calls("payments") (2)`, "orders->stock", map[int]string{5: "1 of 2", 6: "2 of 2", 7: "1 of 2", 9: "2 of 2"}},
		{"an error is where it began", `errors == 0`, `errors is 1, wanted 0`, "gateway->payments", map[int]string{7: "it went wrong here"}},
		{"a status that was wanted otherwise", `status == 200`, `status is 201, wanted 200`, "gateway->payments", map[int]string{7: "it went wrong here"}},
		{"the highest status of a party", `status("payments") < 500`, `status("payments") is 503, wanted less than 500`, "gateway->payments", map[int]string{7: "status 503"}},
		{"the time of its own counts", `duration < 100ms`, `duration is 200ms, wanted less than 100ms`, "orders->stock", map[int]string{5: "83ms of its own"}},
		{"who never was called", `calls("mail") >= 1`, `calls("mail") is 0, wanted at least 1; the trace reached gateway, orders, payments, stock`, "orders->mail", map[int]string{}},
		{"an edge that saw nothing is named all the same", `calls("stock->mail") != 0`, `calls("stock->mail") is 0, wanted anything but 0; the trace reached gateway, orders, payments, stock`, "stock->mail", map[int]string{}},
		{"the wrong way round", `order("payments", "stock")`, `order("payments", "stock") does not hold: stock began 130ms before payments had ended`, "orders->stock", map[int]string{5: "stock began before", 9: "payments ended here"}},
		{"no comparison: what it was made from", `errors == 0 or calls("orders") > 1`, `errors == 0 or calls("orders") > 1 does not hold: errors is 1, calls("orders") is 1`, "gateway->payments", map[int]string{3: "1 of 1", 7: "it went wrong here"}},
		{"depth is nobody's", `depth < 3`, `depth is 3, wanted less than 3`, "entry->gateway", map[int]string{}},
		{"an absent attribute", `attr("tenant") == "red"`, `attr("tenant") is absent, wanted "red"`, "entry->gateway", map[int]string{}},
		{"what cannot be compared", `attr("nothing") < 5`, `attr("nothing") < 5 cannot be judged: invalid operation: <nil> < int (1:17)`, "entry->gateway", map[int]string{}},
		{"a constant", `1 > 2`, `1 > 2 does not hold`, "entry->gateway", map[int]string{}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			e := expect.Expectation{Name: "n", Trace: "POST /checkout", That: []*expect.Check{compile(t, row.text)}, Edges: []string{"gateway->orders", "orders->mail"}}
			verdict := e.Judge([]*trace.Trace{tr})
			if len(verdict.Failures) != 1 || verdict.Judged != 1 {
				t.Fatalf("%+v", verdict)
			}
			f := verdict.Failures[0]
			if f.Message != row.message || f.Edge != row.edge || f.Trace != tr.ID || f.Text != row.text || f.Name != "n" {
				t.Errorf("blames %q: %s", f.Edge, f.Message)
			}
			marks := map[trace.SpanID]string{}
			for line, note := range row.marks {
				marks[tracetest.SpanID(line)] = note
			}
			if diff := cmp.Diff(marks, f.Marks); diff != "" {
				t.Errorf("marks (-want +got):\n%s", diff)
			}
			for _, note := range row.marks {
				if !strings.Contains(f.Drawing(100), "^ "+note) {
					t.Errorf("the drawing does not say %q:\n%s", note, f.Drawing(100))
				}
			}
		})
	}
}

const day = `
entry->gateway POST /checkout 0-10 201
  gateway->payments POST /charge 1-2 200

entry->gateway GET /orders/{id} 20-30 200 path=/orders/7

entry->gateway GET /orders/{id} 20-30 200 path=/orders/8

entry->gateway POST /checkout 0-900 201 phase=load

gateway->payments POST /charge 1-2 200 context=false
`

func TestExpectationPicksItsTraces(t *testing.T) {
	traces := tracetest.Read(t, day)
	for _, row := range []struct {
		reason, pattern string
		phases          []string
		judged          int
		message         string
	}{
		{"method and route", "POST /checkout", nil, 1, ""},
		{"any method", "/orders/{id}", nil, 2, ""},
		{"a path as it was", "GET /orders/7", nil, 1, ""},
		{"a star", "GET /ord*", nil, 2, ""},
		{"all", "*", nil, 3, ""},
		{"nothing said means all", "", nil, 3, ""},
		{"another phase", "POST /checkout", []string{"load"}, 1, ""},
		{"the wrong method finds nothing, and that is a failure", "GET /checkout", nil, 0,
			`no trace matched "GET /checkout"; seen: GET /orders/{id} (2), POST /checkout (1)`},
		{"a phase without traffic", "POST /checkout", []string{"live"}, 0, `no trace matched "POST /checkout"; nothing came from outside in live`},
	} {
		e := expect.Expectation{Name: row.reason, Trace: row.pattern, Phases: row.phases, That: []*expect.Check{compile(t, `status < 400`)}}
		verdict := e.Judge(traces)
		message := ""
		if len(verdict.Failures) > 0 {
			message = verdict.Failures[0].Message
		}
		if verdict.Judged != row.judged || message != row.message {
			t.Errorf("%s: judged %d: %q", row.reason, verdict.Judged, message)
		}
	}
}

// A command that is given a trace context makes one trace of many requests:
// each is judged by what came about during it.
func TestEachExchangeFromOutsideIsJudgedByItself(t *testing.T) {
	traces := tracetest.Read(t, `
seam: drive 0-100 client
  entry->gateway POST /checkout 0-10 201
    gateway->payments POST /charge 1-2 200
  entry->gateway POST /checkout 20-30 201
    gateway->payments POST /charge 21-22 200
    gateway->payments POST /charge 23-24 200
`)
	e := expect.Expectation{Trace: "POST /checkout", That: []*expect.Check{compile(t, `calls("payments") == 1`)}}
	verdict := e.Judge(traces)
	if verdict.Judged != 2 || len(verdict.Failures) != 1 || verdict.Failures[0].Message != `calls("payments") is 2, wanted 1` {
		t.Errorf("%+v", verdict)
	}
	anyMethod := expect.Expectation{Trace: "/checkout", That: e.That}
	if verdict := anyMethod.Judge(traces); verdict.Judged != 2 {
		t.Errorf("without a method %d are judged, want 2", verdict.Judged)
	}
}

func TestJudgeWithoutAnythingFromOutside(t *testing.T) {
	for _, text := range []string{"", "payments: x 0-1", "a->b GET / 0-5 200"} {
		traces := tracetest.Read(t, text)
		tr := trace.New(tracetest.ID(1))
		if len(traces) > 0 {
			tr = traces[0]
		}
		if f, broken := compile(t, `status == 201 and duration < 1s and attr("x") == 1`).Judge(tr); !broken || !strings.HasPrefix(f.Message, "status is ") {
			t.Errorf("%q: %+v", text, f)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	tr := shop(b)
	check := compile(b, `calls("payments") == 2 and slowest("orders->stock") <= 500ms`)
	b.ReportAllocs()
	for b.Loop() {
		if f, broken := check.Judge(tr); broken {
			b.Fatal(f.Message)
		}
	}
}

// TestWorkAfterTheAnswerCounts in whatever phase it begins.
func TestWorkAfterTheAnswerCounts(t *testing.T) {
	tr := tracetest.One(t, `
entry->gateway POST /checkout 0-10 202
  gateway: POST /checkout 1-9
    gateway->mail POST /letters 700-710 200 phase=verify
    gateway->audit POST /log 900-910 200 phase=load
`)
	e := expect.Expectation{That: []*expect.Check{compile(t, `calls("mail") == 1 and calls("audit") == 1`), compile(t, `calls == 3`), compile(t, `duration == 10ms`)}}
	if v := e.Judge([]*trace.Trace{tr}); v.Judged != 1 || len(v.Failures) != 0 {
		t.Errorf("judged %d: %+v", v.Judged, v.Failures)
	}
}
