package match

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
)

// selfMatch fails where a body does not match itself, or where a comparison
// with another body is not the same twice.
func selfMatch(t *testing.T, kind string, want, got []byte) {
	t.Helper()
	body := func(content []byte) *contracts.Body {
		return &contracts.Body{Presence: contracts.Present, Content: content, ContentType: kind}
	}
	for _, strict := range []bool{false, true} {
		plan, err := newBodyPlan(body(want), map[string]contracts.RuleList{"$.a": {Rules: []contracts.Rule{{Match: "type"}}}}, strict)
		if err != nil {
			return
		}
		if found := plan.compare(nil, body(want)); len(found) > 0 {
			t.Fatalf("%q as %s does not match itself: %v", want, kind, found)
		}
		first, second := plan.compare(nil, body(got)), plan.compare(nil, body(got))
		if len(first) != len(second) {
			t.Fatalf("%q against %q: %d mismatches, then %d", want, got, len(first), len(second))
		}
		for i := range first {
			if first[i] != second[i] {
				t.Fatalf("%q against %q: mismatch %d is %v, then %v", want, got, i, first[i], second[i])
			}
			if first[i].Message == "" || first[i].Path == "" {
				t.Fatalf("%q against %q: a mismatch without words or place: %+v", want, got, first[i])
			}
		}
	}
}

func FuzzJSONBody(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"c d":"é"}`), []byte(`{"a":[],"c d":1}`))
	f.Add([]byte(strings.Repeat("[", 1001)), []byte(`[[1]]`))
	f.Fuzz(func(t *testing.T, want, got []byte) { selfMatch(t, "application/json", want, got) })
}

func FuzzXMLBody(f *testing.F) {
	f.Add([]byte(`<a x="1"><b>t</b><b/></a>`), []byte(`<n:a xmlns:n="u"><![CDATA[x]]></n:a>`))
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`), []byte(`<a><a><a></a></a></a>`))
	f.Fuzz(func(t *testing.T, want, got []byte) { selfMatch(t, "application/xml", want, got) })
}

func FuzzFormBody(f *testing.F) {
	f.Add([]byte("a=1&b=%20&c"), []byte("a=2&a=3&%zz"))
	f.Add([]byte("0"), []byte("\xb5&\x8f=90"))
	f.Fuzz(func(t *testing.T, want, got []byte) { selfMatch(t, "application/x-www-form-urlencoded", want, got) })
}

func FuzzMultipartBody(f *testing.F) {
	const one = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n"
	f.Add([]byte(one), []byte(strings.ReplaceAll(one, `"a"`, `"b"; filename="x"`)))
	f.Fuzz(func(t *testing.T, want, got []byte) { selfMatch(t, "multipart/form-data; boundary=B", want, got) })
}

func FuzzTextAndBinaryBody(f *testing.F) {
	f.Add([]byte("text"), []byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, want, got []byte) {
		selfMatch(t, "text/plain", want, got)
		selfMatch(t, "application/octet-stream", want, got)
		selfMatch(t, "", want, got)
	})
}

// FuzzLayout reads formats and texts; whatever a format accepts, it accepts
// again, and a format made of digits of the text only reads that.
func FuzzLayout(f *testing.F) {
	for _, format := range []string{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "EEE, d MMM yyyy HH:mm:ss z", "''h 'o''clock' a", "VV OOOO QQQQ G", "'"} {
		f.Add(format, "2020-02-03T10:11:12.123+01:00")
	}
	f.Fuzz(func(t *testing.T, format, text string) {
		l, err := newLayout(format)
		if err != nil {
			return
		}
		first := l.match([]byte(text))
		if second := l.match([]byte(text)); first != second {
			t.Errorf("%q read %q: %q, then %q", format, text, first, second)
		}
		if first == "" && len(text) > 0 && l.match([]byte(text+"\x00")) == "" {
			t.Errorf("%q read past the end of %q", format, text)
		}
	})
}

// FuzzTranslate holds the translation of regular expressions to Go's own
// reading of those that mean the same in both.
func FuzzTranslate(f *testing.F) {
	for _, expr := range []string{"a+b", "[a-c]{2,3}|x", "(a|b)*", `[^a]\.`, "a++", "(?<n>a)\\k<n>", "[[:alpha:]&&[^a]]", "(?i)a", "{,2}", `\x{41}`, "(?i)[ß-ﬆ]ss|a(?i)b", `[\w-.]`, "[a-", "((("} {
		f.Add(expr, "aab")
	}
	same := regexp.MustCompile(`^([a-z.]|\[[a-z]+\]|\((\?:)?|[)|*+?])*$`)
	stacked := regexp.MustCompile(`[*+?][*+?]`)
	f.Fuzz(func(t *testing.T, expr, text string) {
		p, err := newPattern(expr)
		if err != nil {
			return
		}
		start := time.Now()
		got := p.match([]byte(text))
		if p.matchString(text) != got {
			t.Errorf("%q on %q: bytes and string differ", expr, text)
		}
		if took := time.Since(start); took > 20*patternTimeout {
			t.Errorf("%q took %s on %q", expr, took, text)
		}
		if p.linear != nil {
			if table := newDFA(p.source); table != nil {
				if ok, sure := run(table, text); sure && ok != got {
					t.Errorf("%q on %q: the table says %t", expr, text, ok)
				}
			}
		}
		if !same.MatchString(expr) || stacked.MatchString(expr) || strings.Contains(text, "\n") {
			return
		}
		if re, err := regexp.Compile(`\A(?:` + expr + `)\z`); err == nil && re.MatchString(text) != got {
			t.Errorf("%q on %q: %t, Go says %t", expr, text, got, !got)
		}
	})
}

// FuzzSemver holds versions to the expression that semver.org publishes.
func FuzzSemver(f *testing.F) {
	published := regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)
	for _, v := range []string{"1.2.3", "1.0.0-rc.1+b.007", "01.0.0", "1.0", "1.0.0-01", "1.0.0--", "v1.0.0", "99999999999999999999.0.0"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault := semverFault([]byte(text))
		if strings.Contains(fault, "64 bits") {
			return // the grammar has no bound, the reference has
		}
		if (fault == "") != published.MatchString(text) {
			t.Errorf("%q: %q", text, fault)
		}
	})
}

// FuzzPact compiles whatever can be read and holds it against its own
// examples, messages included, with and without their generators.
func FuzzPact(f *testing.F) {
	for _, interaction := range []string{
		`{"type": "Synchronous/HTTP", "description": "d", "request": {"method": "GET", "path": "/a/1", "query": {"q": ["1", "2"]}, "headers": {"Accept": ["text/plain"]},
			"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/a/\\d+"}]}, "query": {"q": {"matchers": [{"match": "type", "min": 1}]}}}},
			"response": {"status": 200, "body": {"content": {"a": [{"b": 1}]}, "contentType": "application/json"}, "matchingRules": {"body": {
			"$.a": {"matchers": [{"match": "arrayContains", "variants": [{"index": 0, "rules": {"$.b": {"matchers": [{"match": "integer"}]}}}]}]},
			"$.*": {"matchers": [{"match": "eachKey", "rules": [{"match": "regex", "regex": "a+"}]}, {"match": "notEmpty"}], "combine": "OR"}}, "status": {"matchers": [{"match": "statusCode", "status": "success"}]}},
			"generators": {"body": {"$.a[0].b": {"type": "RandomInt", "min": 1, "max": 3}}, "status": {"type": "RandomInt"}}}}`,
		`{"type": "Asynchronous/Messages", "description": "m", "contents": {"content": {"at": "2020-01-02"}, "contentType": "application/json"}, "metadata": {"topic": "a", "n": 1.50},
			"matchingRules": {"body": {"$.at": {"matchers": [{"match": "date", "format": "yyyy-MM-dd"}]}}, "metadata": {"topic": {"matchers": [{"match": "include", "value": "a"}]}}},
			"generators": {"metadata": {"topic": {"type": "Regex", "regex": "[a-c]{2}"}}, "body": {"$.at": {"type": "Date", "format": "yyyy-MM-dd", "expression": "+ 1 day"}}}}`,
		`{"type": "Synchronous/Messages", "description": "s", "request": {"contents": {"content": "eA==", "encoded": "base64", "contentType": "application/octet-stream"}},
			"response": [{"contents": {"content": "<a>1</a>", "contentType": "text/xml"}, "matchingRules": {"body": {"$.a['#text']": {"matchers": [{"match": "number"}]}}}}]}`,
	} {
		f.Add(`{"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": [` + interaction + `], "metadata": {"pactSpecification": {"version": "4.0"}}}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pact, _, err := contracts.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for n := range pact.Interactions {
			ownExamples(t, &pact.Interactions[n])
		}
	})
}

func ownExamples(t *testing.T, i *contracts.Interaction) {
	t.Helper()
	plan, err := Compile(i)
	if err != nil {
		return
	}
	fresh := contracts.Generation{Mode: contracts.ForConsumer, Rand: rand.New(rand.NewPCG(1, 2)), Now: func() time.Time { return time.Unix(0, 0) }}
	twice := func(what string, compare func() []Mismatch) {
		if first, second := compare(), compare(); len(first) != len(second) {
			t.Errorf("%s: %d mismatches, then %d", what, len(first), len(second))
		}
	}
	if i.Kind == contracts.HTTP && i.Request != nil && i.Response != nil {
		request, _ := fresh.Request(i.Request)
		response, _ := fresh.Response(i.Response)
		for _, q := range []*contracts.Request{i.Request, request} {
			twice("request", func() []Mismatch { return plan.Request(q) })
		}
		for _, p := range []*contracts.Response{i.Response, response} {
			twice("response", func() []Mismatch { return plan.Response(p) })
		}
	}
	for n := range i.Messages {
		made, _ := fresh.Message(&i.Messages[n])
		for _, m := range []*contracts.Message{&i.Messages[n], made} {
			twice("message", func() []Mismatch { return plan.Message(n, m) })
		}
	}
}
