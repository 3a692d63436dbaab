package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
)

// TestHostileInputEnds gives what is made to hurt: it must be judged within
// seconds.
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
		{"a number of many digits", "application/json", `{"a":` + strings.Repeat("9", 100_000) + `}`, `{"a":` + strings.Repeat("9", 100_001) + `}`, nil, true},
		{"many keys", "application/json", manyKeys(20_000, "a"), manyKeys(20_000, "b"), nil, true},
		{"rules that multiply on every level", "application/json", nested("[", "]", 40), strings.Replace(nested("[", "]", 40), "[]", "[1]", 1), deepRules, true},
		{"XML nested too deep", "application/xml", "<a/>", nested("<a>", "</a>", 100_000), nil, true},
		{"an entity of entities", "application/xml", "<a/>", `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]><a>&y;</a>`, nil, true},
		{"many parts", "multipart/form-data; boundary=B", "--B\r\n\r\n1\r\n--B--\r\n", strings.Repeat("--B\r\n\r\n1\r\n", 2*maxParts) + "--B--\r\n", nil, true},
		{"an expression that explodes", "text/plain", "a", strings.Repeat("a", 40) + "!", rule1("regex", "regex", `(?=a)(a+)+b`), true},
		{"another one", "text/plain", "a", strings.Repeat("x", 100_000), rule1("regex", "regex", `(x+x+)+y`), true},
		{"an expression that repeats too much", "text/plain", "a", "a", rule1("regex", "regex", `((a{1000}){1000}){1000}`), true},
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
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
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
