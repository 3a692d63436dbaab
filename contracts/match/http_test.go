package match_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// seen is a request as it was on the wire: a query string and header lines.
type seen struct {
	method, path, query string
	headers             []string
	body                string
}

func (s seen) request() *contracts.Request {
	r := &contracts.Request{Method: "GET", Path: "/", Query: contracts.ParseQuery(s.query), Headers: map[string][]string{}}
	if s.method != "" {
		r.Method = s.method
	}
	if s.path != "" {
		r.Path = s.path
	}
	for _, line := range s.headers {
		name, v, _ := strings.Cut(line, ": ")
		r.Headers[name] = append(r.Headers[name], v)
		if strings.EqualFold(name, "Content-Type") {
			r.Body.ContentType = v
		}
	}
	if s.body != "" {
		r.Body.Presence, r.Body.Content = contracts.Present, []byte(s.body)
	}
	return r
}

const jsonType = "Content-Type: application/json"

// TestRequests holds requests to what the reference's mock server says of
// them. want is the messages, or nothing for a match.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		reason, pact string // the request in the form of V3
		got          seen
		want         []string
	}{
		{"another method", `{"method": "POST"}`, seen{}, []string{"Expected method POST but received GET"}},
		{"a rule for the method", `{"method": "GET", "matchingRules": {"method": {"matchers": [{"match": "regex", "regex": "GET|HEAD"}]}}}`, seen{method: "head"}, nil},
		{"a rule for the method that does not hold", `{"method": "GET", "matchingRules": {"method": {"matchers": [{"match": "regex", "regex": "GET|HEAD"}]}}}`, seen{method: "PUT"},
			[]string{"Expected 'PUT' to match 'GET|HEAD'"}},
		{"names of headers have no case", `{"headers": {"x-a": "1"}}`, seen{headers: []string{"X-A: 1"}}, nil},
		{"a header is missing", `{"headers": {"X-A": "1"}}`, seen{}, []string{"Expected a header 'X-A' but was missing"}},
		{"white space around commas means nothing", `{"headers": {"X-A": "a, b"}}`, seen{headers: []string{"X-A: a,b"}}, nil},
		{"a list in one line", `{"headers": {"Accept-Language": ["a", "b"]}}`, seen{headers: []string{"Accept-Language: a, b"}}, nil},
		{"a list in two lines", `{"headers": {"X-A": ["a", "b"]}}`, seen{headers: []string{"X-A: a", "X-A: b"}}, nil},
		{"a header that is no known list is one value", `{"headers": {"X-J": "{\"a\":1,\"b\":2}"}}`, seen{headers: []string{`X-J: {"a":1,"b":2}`}}, nil},
		{"one line more", `{"headers": {"X-A": ["a"]}}`, seen{headers: []string{"X-A: a", "X-A: b"}},
			[]string{"Mismatch with header 'X-A': Expected 'b' to be equal to '' for value at index 1"}},
		{"one value less", `{"headers": {"Vary": ["a", "b"]}}`, seen{headers: []string{"Vary: a"}},
			[]string{"Mismatch with header 'Vary': Expected value 'b' at index 1 but was missing (actual has 1 value(s))"}},
		{"order matters", `{"headers": {"X-A": ["a", "b"]}}`, seen{headers: []string{"X-A: b", "X-A: a"}}, []string{
			"Mismatch with header 'X-A': Expected 'b' to be equal to 'a' for value at index 0", "Mismatch with header 'X-A': Expected 'a' to be equal to 'b' for value at index 1"}},
		{"a rule under another spelling", `{"headers": {"X-A": "a"}, "matchingRules": {"header": {"x-a": {"matchers": [{"match": "regex", "regex": "[a-z]"}]}}}}`, seen{headers: []string{"X-A: q"}}, nil},
		{"a rule judges each value", `{"headers": {"X-A": ["a"]}, "matchingRules": {"header": {"X-A": {"matchers": [{"match": "regex", "regex": "[a-z]"}]}}}}`, seen{headers: []string{"X-A: q", "X-A: 1"}},
			[]string{"Mismatch with header 'X-A': Expected '1' to match '[a-z]'"}},
		{"the charset has no case", `{"headers": {"Content-Type": "application/json;charset=UTF-8"}}`, seen{headers: []string{"Content-Type: application/json; charset=utf-8"}}, nil},
		{"a parameter more", `{"headers": {"Content-Type": "application/json"}}`, seen{headers: []string{"Content-Type: application/json; charset=utf-8"}}, nil},
		{"a parameter less", `{"headers": {"Content-Type": "application/json;charset=UTF-8"}}`, seen{headers: []string{jsonType}},
			[]string{"Mismatch with header 'Content-Type': Expected header 'Content-Type' to have value 'application/json;charset=UTF-8' but was 'application/json'"}},
		{"a media type has a case", `{"headers": {"Content-Type": "application/json"}}`, seen{headers: []string{"Content-Type: Application/JSON"}},
			[]string{"Mismatch with header 'Content-Type': Expected header 'Content-Type' to have value 'application/json' but was 'Application/JSON'"}},

		{"the order of names means nothing", `{"query": {"a": ["1"], "b": ["2"]}}`, seen{query: "b=2&a=1"}, nil},
		{"a parameter that nobody expects", `{"query": {"a": ["1"]}}`, seen{query: "a=1&b=2"}, []string{"Unexpected query parameter 'b' received"}},
		{"a query where none is expected", `{}`, seen{query: "a=1"}, []string{"Unexpected query parameter 'a' received"}},
		{"a parameter is missing", `{"query": {"a": ["1"]}}`, seen{}, []string{"Expected query parameter 'a' but was missing"}},
		{"the order of values matters", `{"query": {"a": ["1", "2"]}}`, seen{query: "a=2&a=1"},
			[]string{"Expected query parameter 'a' with value '1' but was '2'", "Expected query parameter 'a' with value '2' but was '1'"}},
		{"a value more", `{"query": {"a": ["1"]}}`, seen{query: "a=1&a=2"},
			[]string{"Expected query parameter 'a' with value '' but was '2'", "Expected query parameter 'a' with 1 value(s) but received 2 value(s)"}},
		{"a type rule allows more values", `{"query": {"a": ["1"]}, "matchingRules": {"query": {"a": {"matchers": [{"match": "type"}]}}}}`, seen{query: "a=1&a=x"}, nil},
		{"a regular expression judges each value", `{"query": {"a": ["1"]}, "matchingRules": {"query": {"a": {"matchers": [{"match": "regex", "regex": "\\d+"}]}}}}`, seen{query: "a=1&a=x"}, []string{`Expected 'x' to match '\d+'`}},
		{"a rule for a[0] is one for that name", `{"query": {"a": ["1"]}, "matchingRules": {"query": {"a[0]": {"matchers": [{"match": "type"}]}}}}`, seen{query: "a=9"}, []string{"Expected query parameter 'a' with value '1' but was '9'"}},
		{"brackets in a name", `{"query": {"a[]": ["1"]}}`, seen{query: "a%5B%5D=1"}, nil},
		{"no value is an empty value", `{"query": {"a": [""]}}`, seen{query: "a"}, nil},
		{"null is no value", `{"query": {"a": [null]}}`, seen{query: "a"}, nil},
		{"a plus is a blank", `{"query": {"a": ["x y"]}}`, seen{query: "a=x+y"}, nil},
		{"an escaped plus is a plus", `{"query": {"a": ["x+y"]}}`, seen{query: "a=x%2By"}, nil},
		{"min counts values", `{"query": {"a": ["1"]}, "matchingRules": {"query": {"a": {"matchers": [{"match": "type", "min": 2}]}}}}`, seen{query: "a=1"}, []string{"Expected [1] (size 1) to have minimum size of 2"}},

		{"the path is compared as it was sent", `{"path": "/a b"}`, seen{path: "/a%20b"}, []string{"Expected path '/a%20b' to be equal to '/a b'"}},
		{"an escape is one", `{"path": "/a%2Fb"}`, seen{path: "/a%2Fb"}, nil},
		{"a slash at the end", `{"path": "/a"}`, seen{path: "/a/"}, []string{"Expected path '/a/' to be equal to '/a'"}},
		{"a rule for the path is anchored", `{"path": "/a", "matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/[a-z]"}]}}}`, seen{path: "/abc"}, []string{"Expected '/abc' to match '/[a-z]'"}},
		{"methods have no case", `{"method": "get"}`, seen{method: "Get"}, nil},
		{"another method", `{"method": "GET"}`, seen{method: "PUT"}, []string{"Expected method GET but received PUT"}},
	} {
		t.Run(c.reason, func(t *testing.T) { c.got.compare(t, c.pact, c.want) })
	}
}

func (s seen) compare(t *testing.T, pact string, want []string) {
	t.Helper()
	i, err := interaction("3.0.0", "interactions", map[string]any{"description": "x", "request": rawJSON(pact), "response": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, m := range match.Request(i.Request, s.request()) {
		messages = append(messages, m.Message)
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
}

// TestRequestBodies holds the choice of the way to compare bodies to what the
// reference's mock server says.
func TestRequestBodies(t *testing.T) {
	const object = `{"method": "POST", "headers": {"Content-Type": "application/json"}, "body": {"a": 1}}`
	form := seen{method: "POST", headers: []string{"Content-Type: application/x-www-form-urlencoded"}, body: "b=2&a=1"}
	for _, c := range []struct {
		reason, pact string
		got          seen
		want         []string
	}{
		{"without a type it is sniffed", `{"method": "POST", "body": {"a": 1}}`, seen{method: "POST", body: `{"a":1}`}, nil},
		{"another type", `{"method": "POST", "body": {"a": 1}}`, seen{method: "POST", headers: []string{"Content-Type: text/plain"}, body: `{"a":1}`},
			[]string{"Expected a body of 'application/json' but the actual content type was 'text/plain'"}},
		{"a kind of JSON is JSON", `{"method": "POST", "body": {"a": 1}}`, seen{method: "POST", headers: []string{"Content-Type: application/vnd.x+json"}, body: `{"a":1}`}, nil},
		{"JSON is not that kind", `{"method": "POST", "headers": {"Content-Type": "application/vnd.x+json"}, "body": {"a": 1}, "matchingRules": {"header": {"Content-Type": {"matchers": [{"match": "include", "value": "vnd"}]}}}}`,
			seen{method: "POST", headers: []string{jsonType}, body: `{"a":1}`}, []string{"Mismatch with header 'Content-Type': Expected 'application/json' (String) to include 'vnd'",
				"Expected a body of 'application/vnd.x+json' but the actual content type was 'application/json'"}},
		{"a rule for the header decides about the type", `{"method": "POST", "headers": {"Content-Type": "application/vnd.x+json"}, "body": {"a": 1}, "matchingRules": {"header": {"Content-Type": {"matchers": [{"match": "regex", "regex": "application/.*json"}]}}}}`,
			seen{method: "POST", headers: []string{jsonType}, body: `{"a":1}`}, nil},
		{"the same of a type that the example does not name", `{"method": "POST", "body": {"a": 1}, "matchingRules": {"header": {"content-type": {"matchers": [{"match": "regex", "regex": "text/.*"}]}}}}`,
			seen{method: "POST", headers: []string{"Content-Type: text/plain"}, body: `{"a":1}`}, nil},
		{"a key more", object, seen{method: "POST", headers: []string{jsonType}, body: `{"a":1,"b":2}`}, []string{"Expected a Map with keys [a] but received one with keys [a, b]"}},
		{"nothing is expected", `{"method": "POST"}`, seen{method: "POST", body: "x"}, nil},
		{"an empty body is expected", `{"method": "POST", "body": ""}`, seen{method: "POST", headers: []string{jsonType}, body: `{"a":1}`}, []string{"Expected empty body but received Present(7 bytes, application/json)"}},
		{"null is expected", `{"method": "POST", "body": null}`, seen{method: "POST"}, nil},
		{"null is expected and sent", `{"method": "POST", "body": null}`, seen{method: "POST", headers: []string{jsonType}, body: `null`}, nil},
		{"nothing came", object, seen{method: "POST", headers: []string{jsonType}}, []string{"Expected body Present(7 bytes, application/json) but was missing"}},
		{"no JSON came", object, seen{method: "POST", headers: []string{jsonType}, body: `{"a":`}, []string{"Failed to parse the actual body: 'EOF while parsing a value at line 1 column 6'"}},
		{"the order of fields of a form", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=1&b=2"}`, form, nil},
		{"a field more", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=1"}`, form, []string{"Unexpected form post parameter 'b' received"}},
		{"a rule for one value of a field", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=7&b=2", "matchingRules": {"body": {"$.a[0]": {"matchers": [{"match": "integer"}]}}}}`, form, nil},
		{"a rule for a second value that does not come", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=7&b=2", "matchingRules": {"body": {"$.a[1]": {"matchers": [{"match": "integer"}]}}}}`, form,
			[]string{"Expected form post parameter 'a' with value '7' but was '1'"}},
		{"a rule for each value beside one for the field", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=7&b=2",
			"matchingRules": {"body": {"$.a": {"matchers": [{"match": "type", "min": 2}]}, "$.a[*]": {"matchers": [{"match": "regex", "regex": "[7-9]"}]}}}}`, form,
			[]string{"Expected [1] (size 1) to have minimum size of 2", "Expected '1' to match '[7-9]'"}},
		{"a rule for a field", `{"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=1&b=3", "matchingRules": {"body": {"$.b": {"matchers": [{"match": "type"}]}}}}`, form, nil},
		{"text is compared as a whole", `{"method": "POST", "headers": {"Content-Type": "text/plain"}, "body": "abc"}`, seen{method: "POST", headers: []string{"Content-Type: text/plain"}, body: "abc\n"},
			[]string{"Expected body 'abc' to match 'abc\n' using equality but did not match"}},
		{"bytes differ", `{"method": "POST", "headers": {"Content-Type": "application/octet-stream"}, "body": "AAEC"}`, seen{method: "POST", headers: []string{"Content-Type: application/octet-stream"}, body: "\x00\x01\x03"},
			[]string{"Actual body [application/octet-stream, 3 bytes, starting with 000103] is not equal to the expected body [application/octet-stream, 3 bytes, starting with 000102]"}},
		{"a picture is known by its first bytes", `{"method": "POST", "headers": {"Content-Type": "image/png"}, "body": "AAEC", "matchingRules": {"body": {"$": {"matchers": [{"match": "contentType", "value": "image/png"}]}}}}`,
			seen{method: "POST", headers: []string{"Content-Type: image/png"}, body: "\x89PNG\r\n\x1a\nrest"}, nil},
		{"an attribute more", `{"method": "POST", "headers": {"Content-Type": "application/xml"}, "body": "<a x='1'/>"}`, seen{method: "POST", headers: []string{"Content-Type: application/xml"}, body: "<a x='1' y='2'/>"},
			[]string{"Expected 1 attribute(s) but received 2 attribute(s)"}},
	} {
		t.Run(c.reason, func(t *testing.T) { c.got.compare(t, c.pact, c.want) })
	}
}

// TestStatus judges the status by its rules.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		reason, rules string
		status        int
		want          string
	}{
		{"equality", `{}`, 404, "expected 200 but was 404"},
		{"a class", `{"status": {"matchers": [{"match": "statusCode", "status": "success"}]}}`, 204, ""},
		{"success where nothing is said", `{"status": {"matchers": [{"match": "statusCode"}]}}`, 400, "Expected status code 400 to be a Successful response (200–299)"},
		{"no error", `{"status": {"matchers": [{"match": "statusCode", "status": "nonError"}]}}`, 302, ""},
		{"one of a list", `{"status": {"matchers": [{"match": "statusCode", "status": [200, 201]}]}}`, 202, "Expected status code 202 to be one of [200, 201]"},
		{"another rule", `{"status": {"matchers": [{"match": "regex", "regex": "2\\d\\d"}]}}`, 299, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			i, err := interaction("4.0", "interactions", map[string]any{"description": "x", "type": "Synchronous/HTTP", "request": map[string]any{},
				"response": map[string]any{"status": 200, "matchingRules": rawJSON(c.rules)}})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, m := range match.Response(i.Response, &contracts.Response{Status: c.status}) {
				got += m.Message
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
