package system

import (
	"encoding/json"
	"reflect"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

// odd are values that are wrong at most keys, and right at some.
var odd = []any{
	nil, true, false, 0, 1, 5, -1, 80, 1.5, 70000, 1e12, "", " ", "x", "orders", "web", "5s", "0s", "5", "200/s", "90%", "http", "tcp", "stub",
	"/x", "/a b", "http://127.0.0.1:1", "127.0.0.1:80", ":0", "${SET}", "${SET:-1}", "$${SET}", "$$", "a$$b", "${NOT_SET}", "[", "GET", "true", "1e3/s", ".5", "5.", "é",
	[]any{}, []any{nil}, []any{"x"}, []any{1}, []any{[]any{}}, map[string]any{}, map[string]any{"a": 1}, map[string]any{"a": nil}, map[string]any{"a": "b"},
	map[string]any{"A": []any{}}, map[string]any{"1": "x"}, []any{map[string]any{}},
}

// drawFile draws a file that is right in most of its parts.
func drawFile(t *rapid.T) map[string]any {
	d := &drawer{t: t, wrong: rapid.IntRange(0, 12).Draw(t, "one wrong in")}
	file := d.section(reflect.TypeFor[Spec]())
	if services, ok := file["services"].(map[string]any); ok {
		for _, name := range []string{"orders", "db"} { // the examples call them
			services[name] = map[string]any{"run": []any{"x"}}
		}
		if _, ok := file["entry"]; !ok {
			file["entry"] = "web"
		}
	}
	return file
}

type drawer struct {
	t     *rapid.T
	wrong int // one value of so many is odd; 0: none
}

func (d *drawer) often(n int) bool { return rapid.IntRange(0, n).Draw(d.t, "often") > 0 }

// section draws a mapping of the type: what it must hold, and more.
func (d *drawer) section(t reflect.Type) map[string]any {
	s, m := shapeOf(t), map[string]any{}
	exclusive := map[string]bool{}
	for _, c := range s.choices {
		for _, name := range c.keys {
			exclusive[name] = true
		}
		if chosen := rapid.SampledFrom(c.keys).Draw(d.t, "choice"); c.required || d.often(1) {
			m[chosen] = d.value(*s.find(chosen))
		}
	}
	for _, k := range s.keys {
		if k.required || !exclusive[k.name] && rapid.IntRange(0, 3).Draw(d.t, k.name) == 0 {
			m[k.name] = d.value(k)
		}
	}
	if d.wrong > 0 && !d.often(2*d.wrong) {
		name := rapid.SampledFrom([]string{"nme", "<", "x y", "runs", "url", "run", "path", "listen"}).Draw(d.t, "another key")
		m[name] = rapid.SampledFrom(odd).Draw(d.t, "another value")
	}
	if d.wrong > 0 && !d.often(2*d.wrong) && len(s.keys) > 0 {
		delete(m, s.keys[rapid.IntRange(0, len(s.keys)-1).Draw(d.t, "left out")].name)
	}
	return m
}

// value draws what a key may hold.
func (d *drawer) value(k key) any {
	if d.wrong > 0 && !d.often(d.wrong) {
		return rapid.SampledFrom(odd).Draw(d.t, k.name)
	}
	t := k.typ
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	deeper := t.Kind() == reflect.Struct && k.form == "" && t != reflect.TypeFor[Expr]() && d.often(2)
	switch {
	case deeper && t == reflect.TypeFor[Service]():
		return map[string]any{"web": d.section(t)}
	case deeper && isNamed(k.typ):
		return map[string]any{"books": d.section(t)}
	case deeper && k.typ.Kind() == reflect.Slice && d.often(1):
		return []any{d.section(t)}
	case deeper:
		return d.section(t)
	}
	return plain(k.example)
}

// plain is the value of an example as JSON knows it.
func plain(example string) any {
	encoded, err := yaml.YAMLToJSON([]byte(example))
	if err != nil {
		panic(err) // held by the test of the examples
	}
	var v any
	if err := json.Unmarshal(encoded, &v); err != nil {
		panic(err)
	}
	return v
}
