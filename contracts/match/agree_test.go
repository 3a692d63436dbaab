package match_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/seamtest/seam/contracts/match"
)

// ruled is a POST of a body under one rule for it, as a pact has it.
func ruled(t *testing.T, kind, body string, rule any) string {
	t.Helper()
	want := map[string]any{"method": "POST", "headers": map[string]any{"Content-Type": kind}, "body": body,
		"matchingRules": map[string]any{
			"header": map[string]any{"Content-Type": map[string]any{"matchers": []any{map[string]any{"match": "type"}}}},
			"body":   map[string]any{"$": map[string]any{"matchers": []any{rule}}},
		}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func agrees(t *testing.T, pact string, got seen) bool {
	t.Helper()
	i, err := interaction("3.0.0", "interactions", map[string]any{"description": "x", "request": rawJSON(pact), "response": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return len(match.Request(i.Request, got.request())) == 0
}

func typed(kind, body string) seen {
	return seen{method: "POST", headers: []string{"Content-Type: " + kind}, body: body}
}

// TestRegularExpressions holds what Ruby's expressions mean to what the
// reference makes of them.
func TestRegularExpressions(t *testing.T) {
	for _, c := range []struct {
		expr, text string
		match      bool
		reason     string
	}{
		{`[\w.-]+`, "a-b.c", true, "a hyphen at the end stands for itself"},
		{`[\w-]+`, "a-b", true, "the same"},
		{`[\w\-.]+`, "a-b.c", true, "and with a backslash"},
		{`[\w-.]+`, "abc", false, "a shorthand begins no range: the expression is wrong"},
		{`[\d-x]`, "1", false, "the same"},
		{`[\p{L}-.]`, "a", false, "the same of a property"},
		{`[[:alpha:]-.]`, "a", false, "and of a POSIX class"},
		{`[a-\d]`, "a", false, "nor does it end one"},
		{`(?i)ß`, "SS", true, "one character folds into two"},
		{`(?i)ß`, "ẞ", true, "or into its capital"},
		{`(?i)strasse`, "STRAẞE", true, "and two into one"},
		{`(?i)[ßa]+`, "assa", true, "in a class too"},
		{`(?i)[^ß]`, "ss", false, "but not in one that is negated"},
		{`(?i)\u00df`, "ss", true, "however it is written"},
		{`(?i)ffi`, "ﬃ", true, "ligatures are no different"},
		{`(?i)ss+`, "ßs", false, "what is repeated is one character"},
		{`ß`, "ss", false, "only where case does not count"},
		{`(?-i:ß)|(?i:ß)x`, "ss", false, "which ends with its group"},
		{`a(?i)b|c`, "C", false, "an option governs the other branches: a(?i:b|c)"},
		{`a(?i)b|c`, "aC", true, "the same"},
		{`\O`, "\n", true, "any character"},
		{`\N`, "\n", false, "any but a new line"},
		{`\u{41}`, "A", false, "no way to write a character"},
		{`\x{41}`, "A", true, "but this is"},
	} {
		if got := agrees(t, ruled(t, "text/plain", "a", map[string]any{"match": "regex", "regex": c.expr}), typed("text/plain", c.text)); got != c.match {
			t.Errorf("%s on %q: match %t, want %t: %s", c.expr, c.text, got, c.match, c.reason)
		}
	}
}

// TestRulesForText holds rules about numbers, and where they may stand, to
// what the reference says.
func TestRulesForText(t *testing.T) {
	const long = "1234567890"
	for _, c := range []struct {
		rule, text, kind string
		match            bool
		reason           string
	}{
		{"integer", "+1", "text/plain", true, "a sign may come"},
		{"integer", "-1", "text/plain", false, "but not that one"},
		{"integer", "++1", "text/plain", false, "nor two of them"},
		{"integer", "99999999999999999999", "text/plain", false, "64 bits have to hold it"},
		{"number", "1e400", "text/plain", true, "as text, a number is too large for nobody"},
		{"number", "inf", "text/plain", true, "nor is this"},
		{"decimal", "0x10", "text/plain", false, "decimal it has to be"},
		{"number", "1_000", "text/plain", false, "without underscores"},
		{"integer", long, "application/octet-stream", false, "bytes are no number"},
		{"number", long, "image/png", false, "nor is a picture"},
		{"decimal", long, "application/yaml", false, "nor what is not known as text"},
		{"boolean", "true", "application/octet-stream", false, "nor a boolean"},
		{"type", long, "application/octet-stream", true, "any bytes are of one type"},
		{"notEmpty", long, "application/octet-stream", true, "and may be asked for"},
		{"number", long, "*/*", false, "no type at all is bytes as well"},
		{"number", long, "text/plain", true, "text may be a number"},
		{"number", long, "text/x+json", true, "which this is, too"},
		{"semver", "1.0.0", "text/csv", true, "any text"},
	} {
		want := base64.StdEncoding.EncodeToString([]byte("0123456789"))
		if got := agrees(t, ruled(t, c.kind, want, map[string]any{"match": c.rule}), typed(c.kind, c.text)); got != c.match {
			t.Errorf("%s of %q in %s: match %t, want %t: %s", c.rule, c.text, c.kind, got, c.match, c.reason)
		}
	}
}

// TestContentTypeRules holds the types that bytes are found to be to what the
// reference finds.
func TestContentTypeRules(t *testing.T) {
	for _, c := range []struct {
		kind, data string
		match      bool
	}{
		{"text/plain", "hello world", true},
		{"text/csv", "a,b\n1,2", false},
		{"text/plain;charset=utf-8", "hello world", false},
		{"application/json", `{"a": 1}`, true},
		{"text/plain", `{"a": 1}`, true},
		{"text/xml", `<?xml version="1.0"?><a/>`, true},
		{"application/xml", `<?xml version="1.0"?><a/>`, false},
		{"application/xml", "<root><a/></root>", true},
		{"text/html", "<a>hello</a>", true},
		{"text/x-shellscript", "#!/bin/sh", true},
		{"image/gif", "GIF89a hello", true},
		{"application/pdf", "%PDF-1.4 hello", true},
		{"application/octet-stream", "GIF89a hello", false},
		{"image/png", "\x89PNG", true},
		{"image/png", "\x89PNG\n\x1a\n", true},
		{"image/gif", "GIF", true},
		{"image/jpeg", "\xff\xd8", true},
		{"application/pdf", "%PDF", true},
		{"audio/mpeg", "\xff\xfb\x90\x00", true},
		{"application/gzip", "\x1f\x8b", true},
	} {
		rule := map[string]any{"match": "contentType", "value": c.kind}
		for _, of := range []string{"text/plain", "application/octet-stream"} {
			if got := agrees(t, ruled(t, of, "aGVsbG8gd29ybGQ=", rule), typed(of, c.data)); got != c.match {
				t.Errorf("%q as %s in %s: match %t, want %t", c.data, c.kind, of, got, c.match)
			}
		}
	}
}

// TestContentTypes holds which types may stand for which to what the reference
// says.
func TestContentTypes(t *testing.T) {
	const object = `{"a":1}`
	plain := func(kind string) string {
		return `{"method": "POST", "headers": {"Content-Type": ` + string(quoted(kind)) + `}, "body": {"a": 1}}`
	}
	free := func(kind string) string {
		return plain(kind)[:len(plain(kind))-1] + `, "matchingRules": {"header": {"Content-Type": {"matchers": [{"match": "type"}]}}}}`
	}
	for _, c := range []struct {
		reason, pact, kind, body string
		match                    bool
	}{
		{"a quoted charset is another text", plain(`application/json;charset=utf-8`), `application/json; charset="utf-8"`, object, false},
		{"under a rule it is the same type", free(`application/json;charset=utf-8`), `application/json; charset="UTF-8"`, object, true},
		{"blanks around the equals sign", plain(`application/json;charset=utf-8`), `application/json;charset = utf-8`, object, false},
		{"a semicolon at the end", plain(`application/json;charset=utf-8`), `application/json;charset=utf-8;`, object, true},
		{"the name of a parameter has a case", plain(`application/json;charset=utf-8`), `application/json;Charset=utf-8`, object, false},
		{"*/* under a rule is bytes", free("*/*"), "*/*", `{"a": 1}`, false},
		{"*/* that came is any type", free("application/json"), "*/*", `{ "a": 1 }`, true},
		{"no type of the kind is found in the content", free("garbage"), "application/json", `{ "a": 1 }`, true},
		{"a picture of XML is a picture", free("image/svg+xml"), "image/svg+xml", `{ "a": 1 }`, false},
		{"a number out of range is no JSON", plain("application/json"), "application/json", `{"a":1e400}`, false},
	} {
		if got := agrees(t, c.pact, typed(c.kind, c.body)); got != c.match {
			t.Errorf("%s: match %t, want %t", c.reason, got, c.match)
		}
	}
}

func quoted(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return text
}

// TestListsOfStrings holds rules for several values to what the reference says.
func TestListsOfStrings(t *testing.T) {
	rule := func(rules string) string {
		return `{"query": {"a": ["1", "x"]}, "matchingRules": {"query": {"a": ` + rules + `}}}`
	}
	for _, c := range []struct {
		reason, rules, query string
		match                bool
	}{
		{"eachValue judges every value", `{"matchers": [{"match": "eachValue", "rules": [{"match": "regex", "regex": "\\w"}]}]}`, "a=2&a=y&a=z", true},
		{"eachValue that one does not fit", `{"matchers": [{"match": "eachValue", "rules": [{"match": "regex", "regex": "\\w"}]}]}`, "a=2&a=yy", false},
		{"arrayContains looks for each", `{"matchers": [{"match": "arrayContains", "variants": []}]}`, "a=x&a=q&a=1", true},
		{"arrayContains that misses one", `{"matchers": [{"match": "arrayContains", "variants": []}]}`, "a=x&a=q", false},
		{"arrayContains with rules", `{"matchers": [{"match": "arrayContains", "variants": [{"index": 1, "rules": {"$": {"matchers": [{"match": "regex", "regex": "y+"}]}}}]}]}`, "a=1&a=yy", true},
		{"under OR each value needs one rule, not all the same", `{"combine": "OR", "matchers": [{"match": "regex", "regex": "\\d"}, {"match": "regex", "regex": "[a-z]"}]}`, "a=a&a=1", true},
		{"eachKey has no keys to judge", `{"matchers": [{"match": "eachKey", "rules": [{"match": "type"}]}]}`, "a=1&a=x", false},
		{"null is no list", `{"matchers": [{"match": "null"}]}`, "a=1&a=x", false},
	} {
		if got := agrees(t, rule(c.rules), seen{query: c.query}); got != c.match {
			t.Errorf("%s: match %t, want %t", c.reason, got, c.match)
		}
	}
}

// TestEmptyLists holds what no value at all means to what the reference says.
func TestEmptyLists(t *testing.T) {
	for _, c := range []struct {
		reason, pact string
		got          seen
		match        bool
	}{
		{"no value is not an empty value", `{"query": {"a": []}}`, seen{query: "a"}, false},
		{"a header without values", `{"headers": {"X-A": []}}`, seen{headers: []string{"X-A: "}}, false},
		{"a header with an empty value", `{"headers": {"X-A": [""]}}`, seen{headers: []string{"X-A: "}}, true},
		{"bytes that are no characters are one as good as the other", `{"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=%ff"}`,
			seen{headers: []string{"Content-Type: application/x-www-form-urlencoded"}, body: "a=%fe"}, true},
	} {
		if got := agrees(t, c.pact, c.got); got != c.match {
			t.Errorf("%s: match %t, want %t", c.reason, got, c.match)
		}
	}
}
