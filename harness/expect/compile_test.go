package expect_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/expect"
)

func TestCompileSaysWhereAndWhatInstead(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         expect.SyntaxError
	}{
		{"a word that is nearly one", `call("payments") == 1`, expect.SyntaxError{Column: 1, Message: "unknown name call", Remedy: "did you mean calls?"}},
		{"columns are of the text as written", `duration <= 50ms and slow("a") < 1s`, expect.SyntaxError{Column: 22, Message: "unknown name slow",
			Remedy: "the words are attr, calls, depth, duration, errors, order, services, slowest, status, total; names stand in quotes"}},
		{"columns count characters", `"ü" in services and nope`, expect.SyntaxError{Column: 21, Message: "unknown name nope",
			Remedy: "the words are attr, calls, depth, duration, errors, order, services, slowest, status, total; names stand in quotes"}},
		{"a unit that is none", `slowest("a") <= 50sec`, expect.SyntaxError{Column: 17, Message: `"50sec" is neither a number nor a duration`, Remedy: "write durations as 50ms, 1.5s or 2m30s (units ns, us, ms, s, m, h)"}},
		{"a duration without a unit", `slowest("a") <= 50`, expect.SyntaxError{Column: 14, Message: "invalid operation: <= (mismatched types duration and int)", Remedy: "durations have units: write 50ms, not 50"}},
		{"equality without a unit", `slowest("a") == 50`, expect.SyntaxError{Column: 14, Message: "invalid operation: == (mismatched types duration and int)", Remedy: "durations have units: write 50ms, not 50"}},
		{"a fraction of a duration would be cut to none", `slowest("a") <= 0.5 * duration`, expect.SyntaxError{Column: 21, Message: "a duration is multiplied by a fraction", Remedy: `multiply the other side by a whole number: 2 * slowest("a->b") <= duration`}},
		{"one equals sign", `status = 200`, expect.SyntaxError{Column: 8, Message: `unexpected token Operator("=")`, Remedy: "write == to compare"}},
		{"no condition", `calls("payments")`, expect.SyntaxError{Column: 1, Message: "expected bool, but got int", Remedy: `write a condition, such as calls("payments") == 1`}},
		{"nothing", ``, expect.SyntaxError{Column: 1, Message: "unexpected token EOF", Remedy: "see docs/expectations.md"}},
		{"a name without quotes", `calls(payments) == 1`, expect.SyntaxError{Column: 7, Message: "calls takes names in quotes", Remedy: `write calls("payments") or calls("orders->stock", "POST /reserve")`}},
		{"half an edge", `calls("->stock") == 1`, expect.SyntaxError{Column: 7, Message: `"->stock" is no edge`, Remedy: `write "consumer->provider"; the world outside is "entry"`}},
		{"an order of one", `order("stock")`, expect.SyntaxError{Column: 1, Message: "order takes at least 2 names", Remedy: `write order("stock", "payments")`}},
		{"no loops", `len(1..1000000000) > 1`, expect.SyntaxError{Column: 6, Message: "ranges are not part of expectations", Remedy: "compare with < and <= instead"}},
		{"no variables", `let a = 1; a == 1`, expect.SyntaxError{Column: 5, Message: "an expectation is a condition over a trace: no loops, members, variables or maps", Remedy: "see docs/expectations.md"}},
		{"no loops by another name", `any(services, # == "a")`, expect.SyntaxError{Column: 1, Message: "unknown name any",
			Remedy: "the words are attr, calls, depth, duration, errors, order, services, slowest, status, total; names stand in quotes"}},
		{"a short text that stands for a tree of 2^300 parts", strings.Repeat("1<(", 300) + "1<1" + strings.Repeat(")<1", 300),
			expect.SyntaxError{Column: 1502, Message: "an expression has at most 300 parts", Remedy: "split it into several"}},
		{"the inner word is not for people", `duration_of("x") == 1s`, expect.SyntaxError{Column: 1, Message: "unknown name duration_of", Remedy: "write durations as 50ms"}},
		{"too long", strings.Repeat(" ", 5000), expect.SyntaxError{Column: 1, Message: "an expression is UTF-8 of at most 4096 bytes", Remedy: "split it into several"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			_, err := expect.Compile(row.text)
			var got *expect.SyntaxError
			if !errors.As(err, &got) {
				t.Fatalf("%v is no SyntaxError", err)
			}
			if diff := cmp.Diff(&row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompileTakes(t *testing.T) {
	for _, text := range []string{
		`calls("payments") == 1`,
		`slowest("orders->stock") <= 50ms`,
		`calls("payments") == 1 and slowest("orders->stock") <= 50ms and status < 400`,
		`calls == 3 && errors == 0 || depth > 2`,
		`duration() < 1m30s and total("stock") < 1.5s`,
		`not ("payments" in services)`,
		`len(services) == 3`,
		`attr("http.route") == "/checkout" and attr("payments", "tenant") matches "^b"`,
		`1 <= calls("stock") <= 3`,
		`calls('payments', 'POST /charge') == 1`,
		"calls(`payments`) in [1, 2]",
		`status == (errors > 0 ? 500 : 200)`,
		`1e3 > 0x10 and 1_000 > 3`,
		`"50ms" == "50ms"`,
	} {
		check, err := expect.Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if check.String() != text {
			t.Errorf("%s became %s", text, check)
		}
	}
}

func TestNames(t *testing.T) {
	check, err := expect.Compile(`duration < 5s and calls("payments", "POST /charge") == calls("a -> b") and attr("stock", "key") == 1 and order("x", "y*")`)
	if err != nil {
		t.Fatal(err)
	}
	want := []expect.Name{{"payments", 25}, {"a -> b", 62}, {"stock", 81}, {"x", 112}, {"y*", 117}}
	if diff := cmp.Diff(want, check.Names()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`calls("payments") == 1 and slowest("orders->stock") <= 50ms`, `1 <= calls('a', "POST /x/{id}") <= 3`, `not order("a", "b")`,
		`"\"50ms" == attr("k")`, `50ms50`, "`", `1e5ms`, `"x" in services ? 1 == 1 : duration_of("5s") > 1s`, `((((((((`, `len(services()) == 1 // "`, `1<(1<(1<(1<1)<1)<1)<1`, `attr("a") matches "(("`,
	} {
		f.Add(seed)
	}
	tr := shop(f)
	f.Fuzz(func(t *testing.T, text string) {
		check, err := expect.Compile(text)
		if err != nil {
			var syntax *expect.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("%T: %v", err, err)
			}
			if n := len([]rune(text)); syntax.Column < 1 || syntax.Column > n+1 || syntax.Message == "" {
				t.Fatalf("of %d characters: %+v", n, syntax)
			}
			return
		}
		if failure, broken := check.Judge(tr); broken && failure.Message == "" {
			t.Fatalf("%q failed without a word", text)
		}
	})
}

func TestResolve(t *testing.T) {
	edges := []string{"entry->gateway", "gateway->orders", "gateway->payments", "orders->stock"}
	for _, row := range []struct{ reason, text, want string }{
		{"services, edges, routes and stars", `calls("stock", "POST /x") == calls("entry->gateway") and calls("*->stock") == calls("/nothing")`, ""},
		{"a service that is misspelt", `calls("stock") == 1 and calls("paymnts") == 1`, `column 31: the system has no service "paymnts"; did you mean "payments"?`},
		{"an edge that is misspelt", `slowest("order->stock") < 1s`, `column 9: the system has no edge "order->stock"; did you mean "orders->stock"?`},
		{"an edge the wrong way round", `calls("stock->orders") < 1`, `column 7: the system has no edge "stock->orders"; there are entry->gateway, gateway->orders, gateway->payments, orders->stock`},
		{"a star that stands for nothing", `calls("mail*") < 1`, `column 7: the system has no service "mail*"; there are gateway, orders, payments, stock`},
		{"a key is no name", `attr("gateway", "mail") == 1`, ""},
	} {
		check, err := expect.Compile(row.text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := check.Resolve(edges); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%s: %q", row.reason, got)
		}
	}
}
