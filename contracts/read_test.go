package contracts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

// file wraps interactions into a pact file of a version.
func file(version, interactions string) string {
	return `{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [` + interactions + `],
		"metadata": {"pactSpecification": {"version": "` + version + `"}}}`
}

func read(t *testing.T, src string) (*contracts.Pact, []contracts.Warning) {
	t.Helper()
	p, warnings, err := contracts.Read(strings.NewReader(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return p, warnings
}

// body reads the body of a response and holds writing to it.
func body(t *testing.T, version, headers, text string) contracts.Body {
	t.Helper()
	src := `{"type": "Synchronous/HTTP", "description": "d", "request": {"method": "GET", "path": "/"}, "response": {"status": 200, "headers": {` + headers + `}` + text + `}}`
	if version != "4.0" {
		src = strings.Replace(src, `"type": "Synchronous/HTTP", `, "", 1)
	}
	src = file(version, src)
	holdRoundTrip(t, []byte(src))
	p, _ := read(t, src)
	return p.Interactions[0].Response.Body
}

func TestBodiesBeforeV4(t *testing.T) {
	const (
		asJSON   = `"Content-Type": "application/json;charset=utf-8"`
		asText   = `"content-type": "text/plain"`
		asBinary = `"Content-Type": "image/png"`
	)
	present := func(kind, content string) contracts.Body {
		return contracts.Body{Presence: contracts.Present, ContentType: kind, Content: []byte(content)}
	}
	const jsonType = "application/json;charset=utf-8"
	tests := []struct {
		headers, body string
		want          contracts.Body
		reason        string
	}{
		{"", ``, contracts.Body{}, "absent means missing"},
		{"", `, "body": null`, contracts.Body{Presence: contracts.Null}, "null is null"},
		{asJSON, `, "body": ""`, contracts.Body{Presence: contracts.Empty, ContentType: jsonType}, "an empty string is an empty body"},
		{asJSON, `, "body": { "b": 1.0, "a": [ ] }`, present(jsonType, `{"b":1.0,"a":[]}`), "JSON keeps its order and its literals"},
		{asJSON, `, "body": "plain"`, present(jsonType, `"plain"`), "a string is a JSON string where the type says JSON"},
		{asJSON, `, "body": "[1]"`, present(jsonType, `"[1]"`), "an array in a string is a string"},
		{asJSON, `, "body": "{ \"a\": 1 }"`, present(jsonType, `{ "a": 1 }`), "an object in a string is that object, as it is"},
		{asJSON, `, "body": "\"{}\""`, present(jsonType, `"{}"`), "a JSON string in a string is that JSON string"},
		{asText, `, "body": "{\"a\": 1}"`, present("text/plain", `{"a": 1}`), "text is as it is"},
		{asText, `, "body": {"a": 1}`, present("text/plain", `{"a":1}`), "an object is its text"},
		{asBinary, `, "body": "iVBORw=="`, present("image/png", "\x89PNG"), "base64 where the type is binary"},
		{asBinary, `, "body": "not base64!"`, present("image/png", "not base64!"), "as it is where that fails"},
		{"", `, "body": "<a/>"`, present("application/xml", "<a/>"), "without a type it is looked at"},
		{"", `, "body": "hello"`, present("text/plain", "hello"), "without a type it is looked at"},
		{"", `, "body": 5`, present("application/json", "5"), "a number is JSON"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, body(t, "3.0.0", tt.headers, tt.body)); diff != "" {
			t.Errorf("%s %s: %s (-want +got):\n%s", tt.headers, tt.body, tt.reason, diff)
		}
	}
}

func TestBodiesOfV4(t *testing.T) {
	present := func(kind, content string) contracts.Body {
		return contracts.Body{Presence: contracts.Present, ContentType: kind, Content: []byte(content)}
	}
	tests := []struct {
		body   string
		want   contracts.Body
		reason string
	}{
		{``, contracts.Body{}, "absent means missing"},
		{`, "body": null`, contracts.Body{Presence: contracts.Null}, "null is null"},
		{`, "body": {}`, contracts.Body{}, "no content means missing"},
		{`, "body": {"contentType": "a/b"}`, contracts.Body{ContentType: "a/b"}, "a type alone is kept"},
		{`, "body": {"content": null}`, contracts.Body{Presence: contracts.Null}, "null content is null"},
		{`, "body": {"content": ""}`, contracts.Body{Presence: contracts.Empty}, "an empty string is an empty body"},
		{`, "body": {"content": "AAE=", "contentType": "a/b", "encoded": "base64", "contentTypeHint": "BINARY"}`,
			contracts.Body{Presence: contracts.Present, ContentType: "a/b", Content: []byte{0, 1}, Hint: "BINARY"}, "base64 is decoded"},
		{`, "body": {"content": "AAE=", "contentType": "image/gif", "encoded": true}`, present("image/gif", "\x00\x01"), "true means base64"},
		{`, "body": {"content": "{ \"a\": 1}", "contentType": "application/json", "encoded": "JSON"}`, present("application/json", `{ "a": 1}`), "encoded JSON is its text"},
		{`, "body": {"content": "text", "contentType": "application/json", "encoded": false}`, present("application/json", `"text"`), "a string stays a JSON string"},
		{`, "body": {"content": "text", "contentType": "text/csv", "encoded": false}`, present("text/csv", "text"), "text is as it is"},
		{`, "body": {"content": {"a": 1}}`, present("", `{"a":1}`), "without a type none is made up"},
		{`, "body": {"content": "{ \"a\": 1}"}`, present("", `{ "a": 1}`), "a string without a type is the text as it is, and no JSON string"},
		{`, "body": {"a": 1}`, present("application/json", `{"a":1}`), "an object without content is the content"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, body(t, "4.0", "", tt.body)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.body, tt.reason, diff)
		}
	}
}

func TestQueriesAndHeaders(t *testing.T) {
	p, _ := read(t, file("2.0.0", `{"description": "d", "request": {"method": "get", "path": "/%7e",
		"query": "b=1%202&a=x+y&b=3=4&flag&c=%zz", "headers": {"Accept": "text/html, text/plain", "X-Custom": "a, b", "Date": "Mon, 1 Jan"}},
		"response": {"status": 200}}`))
	q := p.Interactions[0].Request
	if diff := cmp.Diff(map[string][]string{"a": {"x y"}, "b": {"1 2", "3=4"}, "flag": {""}, "c": {"%zz"}}, q.Query); diff != "" {
		t.Errorf("query:\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"Accept": {"text/html", "text/plain"}, "X-Custom": {"a, b"}, "Date": {"Mon, 1 Jan"}}, q.Headers); diff != "" {
		t.Errorf("only lists are split at commas:\n%s", diff)
	}
	if q.Method != http.MethodGet || q.Path != "/%7e" {
		t.Errorf("got %s %s", q.Method, q.Path)
	}
}

func TestRulesOfEitherForm(t *testing.T) {
	flat, _ := read(t, file("2.0.0", `{"description": "d", "request": {"method": "GET", "path": "/", "matchingRules": {
		"$.body": {"match": "type"}, "$.body.a[*].b": {"min": 1}, "$.body['x y']": {"regex": "a+"}, "$.headers.X-A": {"match": "regex", "regex": "b"},
		"$.header.X-B[0]": {"match": "type"}, "$.query.q[0]": {"match": "timestamp", "timestamp": "yyyy"}, "$.path": {"match": "regex", "regex": "/.*"}}},
		"response": {"status": 200}}`))
	nested, _ := read(t, file("3.0.0", `{"description": "d", "request": {"method": "GET", "path": "/", "matchingRules": {
		"body": {"$": {"matchers": [{"match": "type"}]}, "$.a[*].b": {"matchers": [{"match": "min", "min": 1}]}, "$['x y']": {"matchers": [{"regex": "a+"}], "combine": "AND"}},
		"header": {"X-A": {"matchers": [{"match": "regex", "regex": "b"}]}, "X-B": {"match": "type"}},
		"query": {"q": {"matchers": [{"match": "datetime", "format": "yyyy"}]}}, "path": {"matchers": [{"match": "regex", "regex": "/.*"}]}}},
		"response": {"status": 200}}`))
	if diff := cmp.Diff(nested.Interactions[0].Request.Rules, flat.Interactions[0].Request.Rules); diff != "" {
		t.Errorf("the forms are not read alike (-V3 +V2):\n%s", diff)
	}
}

func TestRulesWithRulesInside(t *testing.T) {
	src := file("4.0", `{"type": "Synchronous/HTTP", "description": "d", "request": {"method": "GET", "path": "/"}, "response": {"status": 200, "matchingRules": {
		"status": {"matchers": [{"match": "statusCode", "status": "success"}]},
		"body": {
			"$.list": {"matchers": [{"match": "array-contains", "variants": [{"index": 1, "rules": {"$.id": {"combine": "OR", "matchers": [{"match": "integer"}, {"match": "null"}]}}, "generators": {"$.id": {"type": "RandomInt"}}}]}]},
			"$.map": {"matchers": [{"match": "each-key", "value": "x", "rules": [{"match": "regex", "regex": "\\d+"}]}]}}}}}`)
	holdRoundTrip(t, []byte(src))
	p, warnings := read(t, src)
	want := contracts.Rules{
		"status": {"": {Rules: []contracts.Rule{{Match: "statusCode", Args: map[string]any{"status": "success"}}}}},
		"body": {
			"$.list": {Rules: []contracts.Rule{{Match: "arrayContains", Variants: []contracts.Variant{{
				Index:      1,
				Rules:      map[string]contracts.RuleList{"$.id": {Rules: []contracts.Rule{{Match: "integer"}, {Match: "null"}}, Any: true}},
				Generators: map[string]contracts.Generator{"$.id": {Type: "RandomInt"}},
			}}}}},
			"$.map": {Rules: []contracts.Rule{{Match: "eachKey", Args: map[string]any{"value": "x"},
				Each: []contracts.Rule{{Match: "regex", Args: map[string]any{"regex": `\d+`}}}}}},
		},
	}
	if diff := cmp.Diff(want, p.Interactions[0].Response.Rules); diff != "" || len(warnings) > 0 {
		t.Errorf("warnings %v, rules (-want +got):\n%s", warnings, diff)
	}
}

func TestEverythingOfV4IsKept(t *testing.T) {
	src := file("4.0", `
		{"type": "Synchronous/HTTP", "key": "k1", "_id": "77", "description": "a", "pending": true, "transport": "https",
			"providerStates": [{"name": "s", "params": {"n": 12345678901234567890, "deep": {"x": [1.0]}}}],
			"comments": {"testname": "t", "text": ["x"], "references": {"jira": {"id": "SEAM-1"}}},
			"pluginConfiguration": {"csv": {"a": 1}}, "interactionMarkup": {"markup": "m", "markupType": "HTML"}, "later": {"z": 1},
			"request": {"method": "GET", "path": "/", "extra": 1}, "response": {"status": 200}},
		{"type": "Asynchronous/Messages", "description": "b", "contents": {"content": {"a": 1}, "contentType": "application/json"},
			"metadata": {"topic": "t", "n": 1.0}, "matchingRules": {"content": {"$.a": {"matchers": [{"match": "integer"}]}}}},
		{"type": "Synchronous/Messages", "description": "c", "request": {"contents": {"content": "x", "contentType": "text/plain"}},
			"response": [{"contents": {"content": "y", "contentType": "text/plain"}}, {"metadata": {"k": "v"}}]}`)
	holdRoundTrip(t, []byte(src))
	p, warnings := read(t, src)
	first := p.Interactions[0]
	if first.Key != "k1" || first.ID != "77" || !first.Pending || first.Transport != "https" || string(first.Unknown["later"]) != `{"z":1}` ||
		string(first.Comments["references"]) != `{"jira":{"id":"SEAM-1"}}` || string(first.Plugins["csv"]) != `{"a":1}` || len(first.Markup) == 0 {
		t.Errorf("something of the interaction is lost: %+v", first)
	}
	if n := first.States[0].Params["n"]; n != json.Number("12345678901234567890") {
		t.Errorf("a number of a state became %v", n)
	}
	if p.Interactions[1].Messages[0].Rules["body"]["$.a"].Rules[0].Match != "integer" {
		t.Error("rules of the content are not rules of the body")
	}
	if n := len(p.Interactions[2].Messages); n != 3 {
		t.Errorf("%d messages, want the request and two responses", n)
	}
	if len(warnings) != 2 {
		t.Errorf("warnings %v, want one for each unknown member", warnings)
	}
}

func TestEveryFaultIsReportedWithItsPlace(t *testing.T) {
	src := `{
  "consumer": {"name": "web"}, "provider": {"name": 5},
  "metadata": {"pactSpecification": {"version": "4.0"}},
  "interactions": [
    {"type": "Synchronous/HTTP", "description": "größe", "request": {"method": "G T", "path": "/"}, "response": {"status": 99}},
    {"type": "Smoke", "description": 1, "request": {"headers": []}},
    {"type": "Asynchronous/Messages", "description": "m", "pending": "yes", "matchingRules": {"body": {"$.a[": {"matchers": [{"match": "type"}]},
      "$.b": {"matchers": [{"match": "regex"}, {}], "combine": "XOR"}}}}
  ]
}`
	_, _, err := contracts.Read(strings.NewReader(src))
	var refused *contracts.FileError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v", err)
	}
	lines := strings.Split(src, "\n")
	var got []string
	for _, f := range refused.Faults {
		if f.Message == "" {
			t.Errorf("%+v says nothing", f)
		}
		there := []rune(lines[f.Line-1])[f.Column-1:]
		got = append(got, f.Pointer+" at "+string(there[:min(len(there), 8)]))
	}
	want := []string{
		"/provider/name at 5},",
		`/interactions/0/request/method at "G T", "`,
		"/interactions/0/response/status at 99}},",
		`/interactions/1 at {"type":`,
		`/interactions/1/type at "Smoke",`,
		`/interactions/1/description at 1, "requ`,
		"/interactions/1/request/headers at []}},",
		`/interactions/2/pending at "yes", "`,
		`/interactions/2/matchingRules/body/$.a[ at {"matche`,
		`/interactions/2/matchingRules/body/$.b/matchers/0 at {"match"`,
		"/interactions/2/matchingRules/body/$.b/matchers/1 at {}], \"co",
		`/interactions/2/matchingRules/body/$.b/combine at "XOR"}}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v\n(-want +got):\n%s", err, diff)
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"empty", "", "the file is empty"},
		{"not JSON", "{\n  \"a\": tru\n}", "2:11"},
		{"cut off", `{"a": [`, "not JSON"},
		{"trailing", `{} {}`, "1:4"},
		{"not an object", `[]`, "a pact is an object"},
		{"deep", strings.Repeat("[", 100_000), "nested deeper than 200"},
		{"not UTF-8", "{\"a\": \"\xff\"}", "not UTF-8"},
		{"nothing in it", `{}`, "this is no pact: it has no consumer, no provider and no interactions; try: name the pacts alone"},
		{"a pact without any", `{"consumer": {"name": "c"}, "metadata": {"pactSpecification": {"version": "4.0"}}}`, `the pact has no interactions; try: add "interactions"`},
		{"many members", `{"interactions": [` + strings.Repeat("{},", 70_000) + `{}]}`, "more than 65536 members"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := contracts.Read(strings.NewReader(tt.src))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %.300v does not say %q", err, tt.want)
			}
			if refused := (*contracts.FileError)(nil); errors.As(err, &refused) && len(refused.Faults) > 100 {
				t.Errorf("%d faults are more than anyone reads", len(refused.Faults))
			}
		})
	}
}

func TestWhatIsSaidOfAFileIsShort(t *testing.T) {
	long := strings.Repeat("9", 100_000)
	_, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": [
		{"description": "d", "request": {"method": "GET", "path": "/"}, "response": {"status": ` + long + `, "headers": {"` + long + `": 7}}}]}`))
	var refused *contracts.FileError
	if !errors.As(err, &refused) || len(refused.Error()) > 3000 || !strings.Contains(refused.Error(), "… (") || !strings.Contains(refused.Error(), "is no status code") {
		t.Errorf("%.3000s", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, version := range []string{"1.0", "2.0.0", "3.0.0", "4.0"} {
		f.Add([]byte(file(version, `{"type": "Synchronous/HTTP", "description": "d", "providerState": "s", "request": {"method": "GET", "path": "/", "query": "a=1", "body": "x"},
			"response": {"status": 200, "headers": {"Content-Type": ["application/json"]}, "body": {"content": {"a": [1]}, "encoded": false},
			"matchingRules": {"$.body.a": {"match": "type", "min": 1}}, "generators": {"body": {"$.a": {"type": "RandomInt"}}}}}`)))
	}
	for _, seed := range corpusSeeds(f) {
		f.Add(seed)
	}
	f.Add([]byte(`{"consumer": {"name": "c", "x": 1}, "messages": [{"description": "m", "contents": "x", "metaData": {"contentType": "text/plain"}}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, _, err := contracts.Read(bytes.NewReader(src))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := contracts.Write(&written, p); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, _, err := contracts.Read(&written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, src)
		}
		sortAsWritten(p)
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("writing lost something:\n%s", diff)
		}
	})
}
