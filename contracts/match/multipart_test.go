package match_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/match"
)

// parts writes a multipart body; each part is its headers and its content.
func parts(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		headers, content, _ := strings.Cut(p, "|")
		b.WriteString("--" + boundary + "\r\n" + strings.ReplaceAll(headers, "; \n", "\r\n") + "\r\n\r\n" + content + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

const (
	fieldA = `Content-Disposition: form-data; name="a"`
	fieldB = `Content-Disposition: form-data; name="b"`
	fileA  = `Content-Disposition: form-data; name="a"; filename="x.json"`
	asJSON = "\r\nContent-Type: application/json"
	asText = "\r\nContent-Type: text/plain"
)

// TestMultipart holds multipart bodies to what the reference says of them.
func TestMultipart(t *testing.T) {
	for _, c := range []struct {
		reason    string
		want, got []string
		rules     string // of the body
		messages  []string
	}{
		{"the same field", []string{fieldA + "|1"}, []string{fieldA + "|1"}, "", nil},
		{"another value", []string{fieldA + "|1"}, []string{fieldA + "|2"}, "", []string{"$.a MIME part 'a': Expected '2' to be equal to '1'"}},
		{"a rule for a field", []string{fieldA + "|1"}, []string{fieldA + "|2"}, `{"$.a": {"matchers": [{"match": "type"}]}}`, nil},
		{"a rule that does not hold", []string{fieldA + "|1"}, []string{fieldA + "|q"}, `{"$.a": {"matchers": [{"match": "regex", "regex": "\\d"}]}}`, []string{`$.a MIME part 'a': Expected 'q' to match '\d'`}},
		{"a part is missing", []string{fieldA + "|1", fieldB + "|1"}, []string{fieldA + "|1"}, "", []string{"$ Expected a MIME part 'b' but was missing"}},
		{"a part more", []string{fieldA + "|1"}, []string{fieldA + "|1", fieldB + "|1"}, "", nil},
		{"the order means nothing", []string{fieldA + "|1", fieldB + "|2"}, []string{fieldB + "|2", fieldA + "|1"}, "", nil},
		{"a file of JSON is compared as that", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asJSON + `|{ "x" : 1 }`}, "", nil},
		{"JSON differs", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asJSON + `|{"x":2}`}, "", []string{"$.x MIME part 'a': Expected 2 (Integer) to be equal to 1 (Integer)"}},
		{"a field of JSON is a string", []string{fieldA + asJSON + `|{"x":1}`}, []string{fieldA + asJSON + `|{"x": 1}`}, "", []string{`$.a MIME part 'a': Expected '{"x": 1}' to be equal to '{"x":1}'`}},
		{"a rule at a file cascades into it", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asJSON + `|{"x":2}`}, `{"$.a": {"matchers": [{"match": "type"}]}}`, nil},
		{"a rule inside of a file", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asJSON + `|{"x":2}`}, `{"$.a.x": {"matchers": [{"match": "type"}]}}`, nil},
		{"a rule for another part", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asJSON + `|{"x":2}`}, `{"$.x": {"matchers": [{"match": "type"}]}}`, []string{"$.x MIME part 'a': Expected 2 (Integer) to be equal to 1 (Integer)"}},
		{"another type", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + asText + `|{"x":1}`}, "", []string{
			"$ MIME part 'a': Expected a body of 'application/json' but the actual content type was 'text/plain'",
			"$.a['content-type'] MIME part 'a': header 'content-type': Expected 'text/plain' to be equal to 'application/json'"}},
		{"a file that says no type is taken for what the example is", []string{fileA + asJSON + `|{"x":1}`}, []string{fileA + `|{ "x": 2 }`}, "",
			[]string{"$.x MIME part 'a': Expected 2 (Integer) to be equal to 1 (Integer)"}},
		{"a picture that says no type is known by its bytes", []string{fileA + "\r\nContent-Type: image/png|abc"}, []string{fileA + "|GIF89a"}, `{"$.a": {"matchers": [{"match": "contentType", "value": "image/png"}]}}`,
			[]string{"$ MIME part 'a': Expected binary contents to have content type 'image/png' but detected contents was 'image/gif'"}},
		{"another header", []string{fieldA + "\r\nX-Q: 1|abc"}, []string{fieldA + "\r\nX-Q: 2|abc"}, "", []string{"$.a['x-q'] MIME part 'a': header 'x-q': Expected '2' to be equal to '1'"}},
		{"a header is missing", []string{fileA + "\r\nX-Q: 1|abc"}, []string{fileA + "|abc"}, "", []string{"$.a['x-q'] MIME part 'a': Expected multipart header 'x-q' with value '1' but was missing"}},
		{"a rule for a text file", []string{fileA + asText + "|abc"}, []string{fileA + asText + "|abd"}, `{"$.a": {"matchers": [{"match": "regex", "regex": "ab."}]}}`, nil},
		{"a rule for the bytes of a file", []string{fileA + "\r\nContent-Type: image/png|abc"}, []string{fileA + "\r\nContent-Type: image/png|GIF89a"}, `{"$.a": {"matchers": [{"match": "contentType", "value": "image/png"}]}}`,
			[]string{"$ MIME part 'a': Expected binary contents to have content type 'image/png' but detected contents was 'image/gif'"}},
		{"parts without a name go by their place", []string{"X-A: 1|abc", "X-B: 1|q"}, []string{"X-A: 1|abc", "X-B: 1|r"}, "", []string{"$ MIME part '1': Actual body [*/*, 1 bytes, starting with 72] is not equal to the expected body [*/*, 1 bytes, starting with 71]"}},
		{"a file in place of a field", []string{fieldA + "|1"}, []string{fileA + "|1"}, "", []string{"$ Expected a MIME field 'a' but was file"}},
		{"no parts", []string{fieldA + "|1"}, nil, "", []string{"$ Expected a MIME part 'a' but was missing"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			rules := map[string]any{"header": rawJSON(`{"Content-Type": {"matchers": [{"match": "regex", "regex": "multipart/form-data;.*"}]}}`)}
			if c.rules != "" {
				rules["body"] = rawJSON(c.rules)
			}
			const typed = "multipart/form-data; boundary="
			for _, of := range []string{typed + "B", "multipart/form-data"} { // as older and newer writers have the body's type
				i, err := interaction("4.0", "interactions", map[string]any{"description": "x", "type": "Synchronous/HTTP", "response": map[string]any{},
					"request": map[string]any{"method": "POST", "path": "/", "headers": map[string]any{"Content-Type": []string{typed + "B"}}, "matchingRules": rules,
						"body": map[string]any{"encoded": "base64", "contentType": of, "content": base64.StdEncoding.EncodeToString([]byte(parts("B", c.want...)))}}})
				if err != nil {
					t.Fatal(err)
				}
				got := seen{method: "POST", headers: []string{"Content-Type: " + typed + "C"}, body: parts("C", c.got...)}.request()
				var messages []string
				for _, m := range match.Request(i.Request, got) {
					messages = append(messages, m.Path+" "+m.Message)
				}
				if diff := cmp.Diff(c.messages, messages); diff != "" {
					t.Errorf("an example of the type %s: %s", of, diff)
				}
			}
		})
	}
}

// TestHowMultipartIsWritten holds what is multipart at all to what the
// reference says of it.
func TestHowMultipartIsWritten(t *testing.T) {
	const kind = "multipart/form-data; boundary=B"
	good := parts("B", fieldA+"|1")
	for _, c := range []struct {
		reason, got string
		reads       bool
	}{
		{"as it should be", good, true},
		{"something before the first boundary", "hello\r\n" + good, true},
		{"something after the last", good + "bye", true},
		{"no end of line after the last", strings.TrimSuffix(good, "\r\n"), true},
		{"blanks after a boundary", strings.Replace(good, "--B\r\n", "--B \t\r\n", 1), true},
		{"the name without quotes", strings.Replace(good, `"a"`, "a", 1), true},
		{"bare line feeds", strings.ReplaceAll(good, "\r\n", "\n"), false},
		{"a bare line feed after the boundary", strings.Replace(good, "--B\r\n", "--B\n", 1), false},
		{"a bare line feed before the last boundary", strings.Replace(good, "1\r\n", "1\n", 1), false},
		{"a folded line", strings.Replace(good, "; name", ";\r\n name", 1), false},
		{"a line that is no header", strings.Replace(good, "\r\n\r\n", "\r\nX\r\n\r\n", 1), false},
		{"no last boundary", strings.TrimSuffix(good, "--B--\r\n"), false},
		{"nothing of the kind", "garbage", false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			one := seen{method: "POST", headers: []string{"Content-Type: " + kind}, body: good}.request()
			two := seen{method: "POST", headers: []string{"Content-Type: " + kind}, body: c.got}.request()
			if found := match.Request(one, two); (len(found) == 0) != c.reads {
				t.Errorf("found %v; want a match: %t", found, c.reads)
			}
			two.Headers, one.Headers = one.Headers, two.Headers
			if found := match.Request(two, one); (len(found) == 0) != c.reads {
				t.Errorf("as the example: found %v; want a match: %t", found, c.reads)
			}
		})
	}
}
