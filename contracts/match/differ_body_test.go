//go:build pactffi

package match_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// An agreedBody is what requests, responses and messages have in common: a
// body, what came in its place, and the rules for it.
type agreedBody struct {
	kind, came string // the agreed content type and the one that comes
	want       any    // as it stands in a pact of version 3
	coded      bool   // want is base64
	got        string
	rules      map[string]any
	freed      bool // the Content-Type has a rule that lets any come
	hint       string
}

var kindsOfText = []string{"text/plain", "text/plain;charset=utf-8", "text/csv", "text/html", "text/x+json"}
var kindsOfBytes = []string{"application/octet-stream", "image/png", "application/yaml", "model/x", "*/*"}

// newAgreedBody makes one of any kind.
func newAgreedBody(r *rand.Rand) *agreedBody {
	b := &agreedBody{rules: map[string]any{}}
	switch r.IntN(9) {
	case 0, 1:
		b.json(r)
	case 2:
		b.xml(r)
	case 3:
		b.form(r)
	case 4:
		b.text(r)
	case 5:
		b.bytes(r)
	case 6, 7:
		b.multipart(r)
	default:
		b.kind, b.want, b.got = "text/plain", pick(r, []any{"", "a"}), pick(r, []string{"", "a"})
	}
	if b.came == "" {
		b.came = b.kind
	}
	if r.IntN(4) == 0 {
		b.hint = pick(r, []string{"BINARY", "TEXT", "DEFAULT"})
	}
	if r.IntN(8) == 0 {
		b.freed = true
		if !strings.HasPrefix(b.kind, "multipart/") && r.IntN(2) == 0 {
			b.came = pick(r, slices.Concat(kindsOfText, kindsOfBytes, []string{"application/json", `application/json; charset="utf-8"`, "application/xml", "text/xml", "application/vnd.a+json", "application/x-www-form-urlencoded"}))
		}
	}
	return b
}

func (b *agreedBody) json(r *rand.Rand) {
	one := newDifferCase(r)
	text, err := json.Marshal(respelt(one.got))
	if err != nil {
		panic(err)
	}
	b.want, b.got, b.rules = respelt(one.want), string(text), one.rules
	b.kind = pick(r, []string{"application/json", "application/json", "application/json;charset=utf-8", "application/vnd.a+json"})
	if b.kind == "application/json" {
		b.came = pick(r, []string{"application/json", "application/json; charset=UTF-8", "application/json"})
	}
}

func (b *agreedBody) xml(r *rand.Rand) {
	want := newElement(r, 2)
	got := want.clone()
	for range r.IntN(3) {
		got.mutate(r)
	}
	for range r.IntN(3) {
		at := pick(r, append(want.places("$"), got.places("$")...))
		if r.IntN(4) == 0 {
			at = blur(r, at)
		}
		b.rules[at] = newRules(r, 1)
	}
	b.kind, b.want, b.got = pick(r, []string{"application/xml", "text/xml", "application/a+xml"}), plainXML(want), plainXML(got)
}

// plainXML is without the escapes that the two are known to count unlike.
func plainXML(e *element) string { return strings.ReplaceAll(e.String(), "&lt;a&gt;", "x") }

var formNames = []string{"a", "b", "id"}

func (b *agreedBody) form(r *rand.Rand) {
	want, got := map[string][]string{}, map[string][]string{}
	for range 1 + r.IntN(3) {
		name := pick(r, formNames)
		want[name] = append(want[name], pick(r, queryValues))
		got[name] = want[name]
		switch r.IntN(6) {
		case 0:
			got[name] = []string{pick(r, queryValues)}
		case 1:
			got[name] = append([]string{pick(r, queryValues)}, want[name]...)
		case 2:
			delete(got, name)
		case 3:
			got[pick(r, formNames)] = []string{pick(r, queryValues)}
		}
		if r.IntN(3) == 0 {
			b.rules["$."+name+pick(r, []string{"", "", "", "[0]", "[*]", "[1]"})] = newRules(r, 1)
		}
	}
	if r.IntN(6) == 0 {
		b.rules[pick(r, []string{"$", "$.*"})] = newRules(r, 1)
	}
	b.kind, b.want, b.got = "application/x-www-form-urlencoded", contracts.EncodeQuery(want), contracts.EncodeQuery(got)
}

// whole gives a body that is judged as a whole its content and its rules.
func (b *agreedBody) whole(r *rand.Rand, pool []string) (want string) {
	want = pick(r, pool)
	b.got = want
	if r.IntN(2) == 0 {
		b.got = pick(r, pool)
	}
	if r.IntN(2) == 0 {
		b.rules[pick(r, []string{"$", "$", "$", "$.a", "$.*"})] = newRules(r, 1)
	}
	return want
}

func (b *agreedBody) text(r *rand.Rand) {
	b.kind = pick(r, kindsOfText)
	b.want = b.whole(r, stringPool)
}

// bytePool is of ten bytes at least: the reference fails on fewer.
var bytePool = []string{"0123456789", "1234567890.5", "\x00\x01\xff\xfe0123456789", "GIF89a 0123456789", "hello hello hello", "%PDF-1.4 0123456789", `{"a": "0123456789"}`, "true true true true"}

func (b *agreedBody) bytes(r *rand.Rand) {
	b.kind, b.coded = pick(r, kindsOfBytes), true
	want := b.whole(r, bytePool)
	b.want = base64.StdEncoding.EncodeToString([]byte(want))
	if r.IntN(4) == 0 {
		b.rules["$"] = map[string]any{"matchers": []any{map[string]any{"match": "contentType", "value": pick(r, []string{"image/gif", "application/pdf", "text/plain", "application/json"})}}}
	}
}

var partHeads = []string{
	`Content-Disposition: form-data; name="a"`, `Content-Disposition: form-data; name="b"`, `Content-Disposition: form-data; name=a`,
	`Content-Disposition: form-data; name="a"; filename="f"`, `X-Q: 1`,
}

// A mimePiece is one part of a multipart body.
type mimePiece struct{ head, body string }

func newPiece(r *rand.Rand) mimePiece {
	p := mimePiece{head: pick(r, partHeads), body: pick(r, bytePool)}
	switch r.IntN(8) {
	case 0:
		p.head += "\r\nContent-Type: " + pick(r, []string{"text/plain", "text/plain; charset=utf-8", "image/png"})
		p.body = pick(r, bytePool)
	case 1, 2:
		text, err := json.Marshal(respelt(newValue(r, 2)))
		if err != nil {
			panic(err)
		}
		p.head += "\r\nContent-Type: application/json"
		p.body = string(text)
	case 3:
		p.head += "\r\nContent-Type: application/xml"
		p.body = plainXML(newElement(r, 1))
	case 4:
		p.head += "\r\nX-Q: " + pick(r, []string{"1", "2"})
	case 5:
		p.head += "\r\nContent-Transfer-Encoding: base64"
		p.body = base64.StdEncoding.EncodeToString([]byte(p.body))
	}
	return p
}

func (b *agreedBody) multipart(r *rand.Rand) {
	var want []mimePiece
	for range 1 + r.IntN(3) {
		want = append(want, newPiece(r))
	}
	got := slices.Clone(want)
	for range r.IntN(3) {
		switch at := r.IntN(len(got)); r.IntN(5) {
		case 0:
			got[at].body = newPiece(r).body
		case 1:
			got[at] = newPiece(r)
		case 2:
			got = append(got, newPiece(r))
		case 3:
			got[at], got[0] = got[0], got[at]
		case 4:
			got[at].head = newPiece(r).head
		}
	}
	for range r.IntN(3) {
		at := pick(r, []string{"$", "$.a", "$.a", "$.b", "$.*", "$.a.a", "$.a['content-type']", "$.a['x-q']", "$.a['X-Q']", "$['0']", "$.a.*", "$.a[*]"})
		b.rules[at] = newRules(r, 1)
	}
	b.kind = "multipart/form-data; boundary=B"
	b.want, b.got = piecesText(want, "B", "\r\n"), piecesText(got, "B", "\r\n")
	if r.IntN(12) == 0 {
		b.got = piecesText(got, "B", "\n")
	}
}

func piecesText(pieces []mimePiece, boundary, line string) string {
	var text strings.Builder
	for _, p := range pieces {
		text.WriteString("--" + boundary + line + strings.ReplaceAll(p.head, "\r\n", line) + line + line + p.body + line)
	}
	return text.String() + "--" + boundary + "--" + line
}

// inV4 is the body as it stands in a pact of version 4.
func (b *agreedBody) inV4() map[string]any {
	v4 := map[string]any{"content": b.want, "contentType": b.kind, "encoded": false}
	if b.hint != "" {
		v4["contentTypeHint"] = b.hint
	}
	if b.coded {
		v4["encoded"] = "base64"
	}
	return v4
}

// flatRules writes the rules of one category as version 2 has them: one
// matcher for each place.
func flatRules(into map[string]any, prefix string, rules map[string]any) {
	for at, set := range rules {
		matcher := set.(map[string]any)["matchers"].([]any)[0]
		switch prefix {
		case "$.body":
			into[prefix+strings.TrimPrefix(at, "$")] = matcher
		default:
			into[prefix+"."+at] = matcher
		}
	}
}
