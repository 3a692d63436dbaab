package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
)

// TestHostileInputEnds gives what is made to hurt: it must be judged within
// seconds, on a slow and busy machine within minutes.
func TestHostileInputEnds(t *testing.T) {
	nested := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	deepRules := map[string]contracts.RuleList{}
	path := "$"
	for range 40 {
		deepRules[path] = contracts.RuleList{Rules: []contracts.Rule{
			{Match: "eachValue", Each: []contracts.Rule{{Match: "type"}}}, {Match: "arrayContains"}, {Match: "type"}}}
		path += "[*]"
	}
	for _, c := range []struct {
		reason, kind, want, got string
		rules                   map[string]contracts.RuleList
		mismatch                bool
	}{
		{"JSON nested too deep", "application/json", `[]`, nested("[", "]", 100_000), nil, true},
		{"JSON nested as deep as it may", "application/json", nested("[", "]", maxDepth), nested("[", "]", maxDepth), nil, false},
		{"an exponent without bound", "application/json", `{"a":1e5}`, `{"a":1e` + strings.Repeat("9", 100_000) + `}`, nil, true},
		{"a number of many digits", "application/json", `{"a":0.` + strings.Repeat("9", 100_000) + `}`, `{"a":0.` + strings.Repeat("9", 100_001) + `}`, nil, true},
		{"many keys", "application/json", manyKeys(20_000, "a"), manyKeys(20_000, "b"), nil, true},
		{"rules that multiply on every level", "application/json", nested("[", "]", 40), strings.Replace(nested("[", "]", 40), "[]", "[1]", 1), deepRules, true},
		{"very many values", "application/json", `[]`, "[" + strings.Repeat("1,", maxValues) + "1]", nil, true},
		{"very many elements", "application/xml", "<a/>", "<a>" + strings.Repeat("<b/>", maxValues) + "</a>", nil, true},
		{"a text of very many pieces", "application/xml", "<a/>", "<a>" + strings.Repeat("x<!---->", maxValues) + "</a>", nil, true},
		{"XML nested too deep", "application/xml", "<a/>", nested("<a>", "</a>", 100_000), nil, true},
		{"an entity of entities", "application/xml", "<a/>", `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]><a>&y;</a>`, nil, true},
		{"many parts", "multipart/form-data; boundary=B", "--B\r\nX-A: 1\r\n\r\n1\r\n--B--\r\n", strings.Repeat("--B\r\nX-A: 1\r\n\r\n1\r\n", 2*maxParts) + "--B--\r\n", nil, true},
		{"many fields", "application/x-www-form-urlencoded", "a=1", strings.Repeat("&k=1", 2*maxFormFields)[1:], nil, true},
		{"an expression that explodes", "text/plain", "a", strings.Repeat("a", 40) + "!", rule1("regex", "regex", `(?=a)(a+)+b`), true},
		{"another one", "text/plain", "a", strings.Repeat("x", 100_000), rule1("regex", "regex", `(x+x+)+y`), true},
		{"an expression that repeats too much", "text/plain", "a", "a", rule1("regex", "regex", `((a{1000}){1000}){1000}`), true},
		{"an expression that explodes at every item", "application/json", `["a"]`, items(400),
			map[string]contracts.RuleList{"$": {Rules: []contracts.Rule{{Match: "type"}}}, "$[*]": {Rules: []contracts.Rule{exploding}}}, true},
		{"an expression that explodes at every key", "application/json", `{"a":1}`, strings.NewReplacer("[", "{", "]", ":1}", ",", ":1,").Replace(numbered(400)),
			rulesAt("$", contracts.Rule{Match: "eachKey", Each: []contracts.Rule{exploding}}), true},
		{"an expression that explodes in the search for a variant", "application/json", `["a"]`, items(400),
			rulesAt("$", contracts.Rule{Match: "arrayContains", Variants: []contracts.Variant{{Rules: rulesAt("$", exploding)}}}), true},
		{"an expression that explodes at every value of a form", "application/x-www-form-urlencoded", "a=1", strings.Repeat("&a="+strings.Repeat("a", 40)+"!", 400)[1:], rulesAt("$.a", exploding), true},
		{"an expression that explodes at every element", "application/xml", "<a><b>1</b></a>", "<a>" + strings.Repeat("<b>"+strings.Repeat("a", 40)+"!</b>", 400) + "</a>",
			map[string]contracts.RuleList{"$.a.b": {Rules: []contracts.Rule{{Match: "type"}}}, "$.a.b['#text']": {Rules: []contracts.Rule{exploding}}}, true},
		{"a format of many digits", "text/plain", "a", strings.Repeat("1", 100_000), rule1("date", "format", strings.Repeat("y", 10_000)), true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			start := time.Now()
			plan, err := newBodyPlan(&contracts.Body{Presence: contracts.Present, Content: []byte(c.want), ContentType: c.kind}, c.rules, false)
			if err != nil {
				t.Fatal(err)
			}
			found := plan.compare(nil, &contracts.Body{Presence: contracts.Present, Content: []byte(c.got), ContentType: c.kind})
			if (len(found) > 0) != c.mismatch {
				t.Errorf("%d mismatches; want some: %t", len(found), c.mismatch)
			}
			if took := time.Since(start); took > 5*time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

// exploding backtracks for as long as it may on forty a and something else.
var exploding = contracts.Rule{Match: "regex", Args: map[string]any{"regex": `(?=a)(a+)+b`}}

func rulesAt(at string, r contracts.Rule) map[string]contracts.RuleList {
	return map[string]contracts.RuleList{at: {Rules: []contracts.Rule{r}}}
}

// items is a list of n strings.
func items(n int) string {
	return "[" + strings.Repeat(`,"`+strings.Repeat("a", 40)+`!"`, n)[1:] + "]"
}

// numbered is items, each another string.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%s!%d"`, strings.Repeat("a", 40), i)
	}
	return "[" + b.String()[1:] + "]"
}

// TestMismatchesAreBounded compares large examples with many small things that
// do not fit them: each mismatch shows the example, and together they would
// fill any memory.
func TestMismatchesAreBounded(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		reason, kind, want, got string
		rules                   map[string]contracts.RuleList
		gaveUp                  bool
	}{
		{"a large example for each of many items", "application/json", `[{"a":"` + large + `"}]`, "[" + strings.Repeat(",1", 20_000)[1:] + "]", rulesAt("$", contracts.Rule{Match: "type"}), true},
		{"a large element for each of many", "application/xml", "<a><b>" + large + "</b></a>", "<a>" + strings.Repeat("<b>1</b>", 20_000) + "</a>",
			map[string]contracts.RuleList{"$.a": {Rules: []contracts.Rule{{Match: "type"}}}, "$.a.b['#text']": {Rules: []contracts.Rule{{Match: "equality"}}}}, true},
		{"many values of one field", "application/x-www-form-urlencoded", "a=" + large, strings.Repeat("&a=1", 20_000)[1:], nil, false},
		{"many fields that nobody expects", "application/x-www-form-urlencoded", "a=1", manyFields(20_000), nil, false},
		{"many values of one field under a rule", "application/x-www-form-urlencoded", "a=" + large, strings.Repeat("&a=1", 20_000)[1:], rulesAt("$.a", contracts.Rule{Match: "equality"}), false},
		{"differences within items that are not the one looked for", "application/json", `[{"a":1,"b":"` + large + `"}]`, "[" + strings.Repeat(`,{"a":2}`, 1_000)[1:] + `,{"a":1,"b":"` + large + `"}]`,
			rulesAt("$", contracts.Rule{Match: "arrayContains"}), false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			plan, err := newBodyPlan(&contracts.Body{Presence: contracts.Present, Content: []byte(c.want), ContentType: c.kind}, c.rules, false)
			if err != nil {
				t.Fatal(err)
			}
			found := plan.compare(nil, &contracts.Body{Presence: contracts.Present, Content: []byte(c.got), ContentType: c.kind})
			held, values := 0, map[string]bool{}
			for _, m := range found {
				held += len(m.Message) + len(m.Path) + len(m.Pointer)
				values[m.Expected], values[m.Actual] = true, true
			}
			for v := range values {
				held += len(v)
			}
			if held > 2*maxRoom+len(c.want)*mostOfField {
				t.Errorf("%d mismatches hold %d bytes; want at most about %d", len(found), held, maxRoom)
			}
			last := ""
			if len(found) > 0 {
				last = found[len(found)-1].Message
			}
			if strings.HasPrefix(last, "Gave up") != c.gaveUp {
				t.Errorf("the last of %d mismatches is %.200q; given up: want %t", len(found), last, c.gaveUp)
			}
		})
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "&k%d=%s", i, strings.Repeat("1", 1000))
	}
	return b.String()[1:]
}

func manyKeys(n int, prefix string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%s%d":%d`, prefix, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

func rule1(match, arg, value string) map[string]contracts.RuleList {
	return map[string]contracts.RuleList{"$": {Rules: []contracts.Rule{{Match: match, Args: map[string]any{arg: value}}}}}
}
