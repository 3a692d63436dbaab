package contracts_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

var noon = time.Date(2024, time.January, 31, 12, 34, 56, 789_000_000, time.FixedZone("", 2*3600))

func generation(mode contracts.Mode) *contracts.Generation {
	return &contracts.Generation{
		Mode: mode, Rand: rand.New(rand.NewPCG(1, 2)), Now: func() time.Time { return noon }, Server: "http://127.0.0.1:9000/base",
		Values: map[string]any{"id": json.Number("42"), "name": "ann", "list": []any{json.Number("1")}, "yes": true, "price": json.Number("1.5"), "nothing": nil,
			"providerState": map[string]any{"nested": "n"}},
	}
}

func TestGeneratedValuesHaveTheirShape(t *testing.T) {
	tests := []struct {
		kind   string
		args   string
		shape  string
		reason string
	}{
		{"RandomInt", `{}`, `10|\d`, "0 to 10 by default"},
		{"RandomInt", `{"min": -5, "max": "-5"}`, `-5`, "both bounds are included, also as strings"},
		{"RandomDecimal", `{}`, `\d+\.\d+`, "a point between digits"},
		{"RandomDecimal", `{"digits": 1}`, `\d`, "no room for a point"},
		{"RandomDecimal", `{"digits": 2}`, `\d\.\d`, "one place for the point"},
		{"RandomHexadecimal", `{"digits": 6}`, `[0-9A-F]{6}`, "upper case"},
		{"RandomString", `{"size": 4}`, `[0-9A-Za-z]{4}`, "letters and digits"},
		{"RandomBoolean", `{}`, `true|false`, "one of two"},
		{"Regex", `{"regex": "^(a|b)\\d{2,4}[^x]?\\w+$"}`, `(a|b)\d{2,4}[^x]?\w+`, "anchors are taken as met"},
		{"Regex", `{"regex": "(?=.*\\d)(?!0)[a-z0-9]{4}"}`, `[1-9a-z][0-9a-z]{3}`, "look-ahead is kept to by trying"},
		{"Regex", `{"regex": "(ab|cd)-\\1\\h++(?>x|y)(?<=x)\\Z"}`, `(ab-ab|cd-cd)[0-9a-fA-F]+x`, "back-references, possessive and atomic parts, look-behind"},
		{"Uuid", `{}`, `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`, "version 4"},
		{"Uuid", `{"format": "simple"}`, `[0-9a-f]{32}`, "without hyphens"},
		{"Uuid", `{"format": "upper-case-hyphenated"}`, `[0-9A-F-]{36}`, "upper case"},
		{"Uuid", `{"format": "URN"}`, `urn:uuid:[0-9a-f-]{36}`, "as a URN"},
		{"Date", `{}`, `2024-01-31`, "ISO by default"},
		{"Date", `{"format": "d MMM yy", "expression": "tomorrow + 1 month"}`, `1 Mar 24`, "formats and expressions"},
		{"Time", `{"expression": "+ 1 hour"}`, `13:34:56`, "ISO by default"},
		{"DateTime", `{}`, `2024-01-31T12:34:56\.789\+0200`, "ISO by default"},
		{"DateTime", `{"format": "yyyy-MM-dd'T'HH:mmXXX", "expression": "yesterday @ midnight"}`, `2024-01-30T00:00\+02:00`, "both parts of an expression"},
		{"MockServerURL", `{"example": "http://other/orders/5", "regex": ".*(/orders/\\d+)$"}`, `http://127\.0\.0\.1:9000/base/orders/5`, "the group is put behind the mock's address"},
	}
	for _, tt := range tests {
		for range 20 {
			g := generator(t, tt.kind, tt.args)
			got, err := g.Generate(generation(contracts.ForConsumer), "example")
			if err != nil {
				t.Errorf("%s %s: %v", tt.kind, tt.args, err)
				break
			}
			if text := fmt.Sprint(got); !regexp.MustCompile(`\A(?:` + tt.shape + `)\z`).MatchString(text) {
				t.Errorf("%s %s made %v: %s", tt.kind, tt.args, got, tt.reason)
				break
			}
		}
	}
}

func generator(t *testing.T, kind, args string) contracts.Generator {
	t.Helper()
	g := contracts.Generator{Type: kind}
	d := json.NewDecoder(strings.NewReader(args))
	d.UseNumber()
	if err := d.Decode(&g.Args); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTheExamplesTypeIsKept(t *testing.T) {
	tests := []struct {
		kind, args string
		example    any
		want       any
		reason     string
	}{
		{"RandomInt", `{"min": 3, "max": 3}`, json.Number("1"), json.Number("3"), "a number stays a number"},
		{"RandomInt", `{"min": 3, "max": 3}`, "1", "3", "a string stays a string"},
		{"RandomInt", `{"min": 3, "max": 3}`, nil, json.Number("3"), "without an example the generator decides"},
		{"RandomString", `{"size": 0}`, json.Number("1"), "", "text is text, whatever the example"},
		{"RandomInt", `{"min": 3, "max": 3}`, true, json.Number("3"), "a number too"},
		{"RandomInt", `{"min": 3, "max": 2}`, "1", nil, "bounds in the wrong order"},
		{"Regex", `{"regex": "(?=a)b"}`, "1", nil, "nothing matches"},
		{"Regex", `{"regex": "(?"}`, "1", nil, "nobody can read it"},
		{"Smoke", `{}`, "1", nil, "a plugin's generator"},
		{"ProviderState", `{"expression": "${id}"}`, "x", json.Number("42"), "one expression keeps the value's type"},
		{"ProviderState", `{"expression": "id"}`, "x", json.Number("42"), "a bare name does too"},
		{"ProviderState", `{"expression": "/a/${id}/${name}"}`, "x", "/a/42/ann", "among text it is a string"},
		{"ProviderState", `{"expression": "${list}"}`, "x", []any{json.Number("1")}, "any JSON value"},
		{"ProviderState", `{"expression": "${nested}"}`, "x", "n", "values may be nested"},
		{"ProviderState", `{"expression": "${id}", "dataType": "STRING"}`, "x", "42", "made a string"},
		{"ProviderState", `{"expression": "${yes}", "dataType": "BOOLEAN"}`, "x", true, "a boolean"},
		{"ProviderState", `{"expression": "${name}", "dataType": "INTEGER"}`, "x", nil, "ann is no integer"},
		{"ProviderState", `{"expression": "${id}", "dataType": "DECIMAL"}`, "x", json.Number("42.0"), "a number that a rule for decimals takes"},
		{"ProviderState", `{"expression": "${price}", "dataType": "FLOAT"}`, "x", json.Number("1.5"), "a number with a point stays"},
		{"ProviderState", `{"expression": "${price}", "dataType": "INTEGER"}`, "x", json.Number("1"), "cut to a whole number"},
		{"ProviderState", `{"expression": "${yes}", "dataType": "INTEGER"}`, "x", json.Number("1"), "true is one"},
		{"ProviderState", `{"expression": "${nothing}", "dataType": "DECIMAL"}`, "x", json.Number("0.0"), "null is nothing"},
		{"ProviderState", `{"expression": "${nothing}", "dataType": "BOOLEAN"}`, "x", false, "and untrue"},
		{"ProviderState", `{"expression": "${id}", "dataType": "BOOLEAN"}`, "x", true, "a number above zero is true"},
		{"ProviderState", `{"expression": "${absent}"}`, "x", nil, "nobody gave it"},
		{"ProviderState", `{"expression": "${id"}`, "x", nil, "a brace is missing"},
	}
	for _, tt := range tests {
		got, err := generator(t, tt.kind, tt.args).Generate(generation(contracts.ForProvider), tt.example)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want != nil) {
			t.Errorf("%s %s for %v: error %v, %s:\n%s", tt.kind, tt.args, tt.example, err, tt.reason, diff)
		}
	}
}

func TestGeneratorsReplaceWhatTheyPointAt(t *testing.T) {
	p, _ := read(t, file("3.0.0", `{"description": "d",
		"request": {"method": "GET", "path": "/1", "query": {"q": ["a", "b"]}, "headers": {"x-a": "1"}, "generators": {
			"path": {"type": "ProviderState", "expression": "/${id}"}, "query": {"q[1]": {"type": "ProviderState", "expression": "name"}},
			"header": {"X-A": {"type": "ProviderState", "expression": "name"}}}},
		"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"z": 1, "list": [{"a": "x"}, {"a": "y", "b": 1}], "deep": {"k": "v"}},
			"generators": {"status": {"type": "RandomInt", "min": 201, "max": 201}, "body": {
				"$.list[*].a": {"type": "ProviderState", "expression": "${id}"}, "$.deep.*": {"type": "RandomString", "size": 0},
				"$.list[1].b": {"type": "RandomInt", "min": 7, "max": 7}, "$.absent": {"type": "Uuid"}, "$.z": {"type": "MockServerURL"}}}}}`))
	i := p.Interactions[0]
	q, errs := generation(contracts.ForProvider).Request(i.Request)
	if diff := cmp.Diff([]any{"/42", map[string][]string{"q": {"a", "ann"}}, map[string][]string{"x-a": {"ann"}}}, []any{q.Path, q.Query, q.Headers}); diff != "" || errs != nil {
		t.Errorf("errors %v:\n%s", errs, diff)
	}
	got, errs := generation(contracts.ForProvider).Response(i.Response)
	if diff := cmp.Diff(`{"deep":{"k":""},"list":[{"a":42},{"a":42,"b":7}],"z":1}`, string(got.Body.Content)); diff != "" || errs != nil || got.Status != 201 {
		t.Errorf("status %d, errors %v:\n%s", got.Status, errs, diff)
	}
	if i.Request.Path != "/1" || i.Request.Query["q"][1] != "b" || string(i.Response.Body.Content) == string(got.Body.Content) {
		t.Error("the pact itself was changed")
	}
}

func TestVariantsGenerateInTheirElements(t *testing.T) {
	p, _ := read(t, file("4.0", `{"type": "Synchronous/HTTP", "description": "d", "request": {"method": "GET", "path": "/"},
		"response": {"status": 200, "body": {"content": {"list": [{"n": 1}, {"n": 2}]}, "contentType": "application/json"}, "generators": {"body": {
			"$.list": {"type": "ArrayContains", "variants": [{"index": 1, "generators": {"$.n": {"type": "RandomInt", "min": 9, "max": 9}}}]}}}}}`))
	got, errs := generation(contracts.ForConsumer).Response(p.Interactions[0].Response)
	if diff := cmp.Diff(`{"list":[{"n":1},{"n":9}]}`, string(got.Body.Content)); diff != "" || errs != nil {
		t.Errorf("errors %v:\n%s", errs, diff)
	}
}

func TestHostileRegularExpressionsEnd(t *testing.T) {
	for _, pattern := range []string{"(?=" + strings.Repeat("(a*)*", 20) + "b)c", `(?!x)((a+)+)+\1\1\1`, strings.Repeat("(", 200) + strings.Repeat(")*", 200), "(((a{1000})*)*)*{1000}", "((((x*)*)*)*)*", `[^\x00-\x{10FFFF}]`} {
		start := time.Now()
		_, _ = contracts.Generator{Type: "Regex", Args: map[string]any{"regex": pattern}}.Generate(generation(contracts.ForConsumer), "")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.40s took %s", pattern, took)
		}
	}
}
