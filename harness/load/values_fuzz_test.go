package load

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// A file of values is refused, or each of its rows has a cell for each column.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{
		"sku,name\ntea,Tea\n", "\ufeffa\n\"x\ny\"\n", "a,b\n1\n", "a,a\n1,2\n", `[{"a":1,"b":null},{"a":"x","b":[1]}]`,
		"{\"a\":1}\n{\"a\":2}\n", `[{"a":1}] x`, `[{"a":1},{"b":1}]`, "{}", "[]", "a\n\n", ",\n,\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := parseTable(data)
		if err != nil {
			return
		}
		if table.rows == 0 || len(table.ends) != table.rows*len(table.columns) {
			t.Fatalf("%d rows of %d columns have %d cells", table.rows, len(table.columns), len(table.ends))
		}
		length := 0
		for row := range table.rows {
			for column := range table.columns {
				length += len(table.cell(row, column))
			}
		}
		if length != len(table.text) {
			t.Errorf("the cells are %d bytes, of %d", length, len(table.text))
		}
	})
}

// What stands at a pointer into JSON is JSON, and its text is what encoding/json reads.
func FuzzPointer(f *testing.F) {
	for _, seed := range [][2]string{
		{"/0/sku", `[{"sku":"tea"}]`}, {"", ` 1 `}, {"/a~1b/~0", `{"a/b":{"~":true}}`}, {"/a", `{"\u0061":"\ud83d\ude00\ud800x"}`},
		{"/1", `[{"a":"]\""},[1,2e5]]`}, {"/a/b", `{"a":`}, {"/a", `{"a" 1}`}, {"/-1", `[1]`}, {"/00", `[1]`}, {"/a", `{"a":"\`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		p, ok := parsePointer(text)
		if !ok {
			return
		}
		raw, found := p.find([]byte(document))
		if !found || !json.Valid([]byte(document)) {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("at %q of %q stands %q, which is no JSON", text, document, raw)
		}
		var want string
		if raw[0] != '"' || !utf8.Valid(raw) || json.Unmarshal(raw, &want) != nil {
			return
		}
		if got, ok := appendText(nil, raw); !ok || string(got) != want {
			t.Errorf("%s is read as %q (%v), want %q", raw, got, ok, want)
		}
	})
}

// A value stays a value wherever a template puts it.
func FuzzTemplate(f *testing.F) {
	for _, seed := range [][2]string{
		{"/orders/{{id}}?q={{ books.sku }}", "a/b ?&"}, {"{{", "x"}, {"{{}}", "x"}, {"{{a}}{{b}}", "\r\nX: y"}, {"no value", "\xff\""}, {"{{a.{{b}}}}", "é\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		all, err := pieces(text)
		for _, p := range all {
			if err == nil && (p.text == "") == (p.name == "") || strings.Contains(p.text, "{{") {
				t.Fatalf("%q has the piece %+v", text, p)
			}
		}
		put := func(as escape) string {
			out, ok := appendEscaped(nil, []byte(value), as)
			if !ok && as != inHeader {
				t.Fatalf("%q is refused", value)
			}
			return string(out)
		}
		if got, err := url.PathUnescape(put(inPath)); err != nil || got != value || strings.ContainsAny(put(inPath), "/?#& ") {
			t.Errorf("in a path %q is %q", value, put(inPath))
		}
		if got, err := url.QueryUnescape(put(inForm)); err != nil || got != value {
			t.Errorf("in a form %q is %q", value, put(inForm))
		}
		if strings.ContainsAny(put(inHeader), "\r\n\x00") {
			t.Errorf("in a header %q is %q", value, put(inHeader))
		}
		var got string
		if err := json.Unmarshal([]byte(`"`+put(inText)+`"`), &got); err != nil || got != string([]rune(value)) {
			t.Errorf("in a string of JSON %q is %q: %v", value, put(inText), err)
		}
		if !json.Valid([]byte(put(inJSON))) {
			t.Errorf("in JSON %q is %q", value, put(inJSON))
		}
	})
}
