package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Mode says on whose behalf values are generated.
type Mode uint8

// The modes. ProviderState generators work for a provider under
// verification only, MockServerURL for a consumer under test only.
const (
	ForProvider Mode = iota
	ForConsumer
)

// A Generation is what generators draw on. It is not safe for use by several
// goroutines at once, because Rand is not.
type Generation struct {
	Mode   Mode
	Values map[string]any   // for ProviderState: parameters and what the state handler returned
	Server string           // for MockServerURL: base URL of the mock
	Rand   *rand.Rand       // nil: seeded by chance
	Now    func() time.Time // nil: time.Now
}

// Request returns a copy of q in which generators have replaced examples. A
// generator that has nothing to offer leaves its example; the errors say why.
func (g *Generation) Request(q *Request) (*Request, []error) {
	if len(q.Generators) == 0 {
		return q, nil
	}
	out := *q
	out.Headers, out.Query = cloneValues(q.Headers), cloneValues(q.Query)
	run := generating{Generation: g, all: q.Generators}
	run.one("path", &out.Path)
	run.fields("header", out.Headers, strings.EqualFold)
	run.fields("query", out.Query, func(a, b string) bool { return a == b })
	out.Body = run.body(q.Body)
	return &out, run.errs
}

// Response returns a copy of p in which generators have replaced examples.
func (g *Generation) Response(p *Response) (*Response, []error) {
	if len(p.Generators) == 0 {
		return p, nil
	}
	out := *p
	out.Headers = cloneValues(p.Headers)
	run := generating{Generation: g, all: p.Generators}
	status := strconv.Itoa(p.Status)
	run.one("status", &status)
	if code, err := strconv.Atoi(status); err == nil && code >= 100 && code <= 599 {
		out.Status = code
	}
	run.fields("header", out.Headers, strings.EqualFold)
	out.Body = run.body(p.Body)
	return &out, run.errs
}

// Message returns a copy of m in which generators have replaced examples.
func (g *Generation) Message(m *Message) (*Message, []error) {
	if len(m.Generators) == 0 {
		return m, nil
	}
	out := *m
	out.Metadata = maps.Clone(m.Metadata)
	run := generating{Generation: g, all: m.Generators}
	for _, key := range slices.Sorted(maps.Keys(m.Generators["metadata"])) {
		one := m.Generators["metadata"][key]
		name := strings.TrimPrefix(key, "$.")
		if old, has := out.Metadata[name]; has {
			run.replace(one, "metadata "+name, old, func(v any) { out.Metadata[name] = v })
		}
	}
	out.Contents = run.body(m.Contents)
	return &out, run.errs
}

func cloneValues(m map[string][]string) map[string][]string {
	out := make(map[string][]string, len(m))
	for k, v := range m {
		out[k] = slices.Clone(v)
	}
	return out
}

// generating is one application of a set of generators.
type generating struct {
	*Generation
	all  Generators
	errs []error
}

// replace puts a fresh value in place of an example, or notes why not.
func (run *generating) replace(one Generator, where string, example any, put func(any)) {
	if !one.fits(run.Mode) {
		return
	}
	v, err := one.Generate(run.Generation, example)
	if err != nil {
		run.errs = append(run.errs, fmt.Errorf("generator %s for %s: %w", one.Type, where, err))
		return
	}
	put(v)
}

func (run *generating) one(category string, text *string) {
	if one, has := run.all[category][""]; has {
		run.replace(one, category, *text, func(v any) { *text = one.plain(v) })
	}
}

// fields fills in headers or query parameters. A key may end in [0] to mean
// one value of several. One that the example lacks is added.
func (run *generating) fields(category string, fields map[string][]string, same func(a, b string) bool) {
	for _, key := range slices.Sorted(maps.Keys(run.all[category])) {
		wanted, index := splitIndex(strings.TrimPrefix(key, "$."))
		one := run.all[category][key]
		known := false
		for name, values := range fields {
			if !same(name, wanted) && !same(name, key) {
				continue
			}
			known = true
			for i := range values {
				if index < 0 || index == i || same(name, key) {
					run.replace(one, category+" "+name, values[i], func(v any) { values[i] = one.plain(v) })
				}
			}
		}
		if !known {
			run.replace(one, category+" "+wanted, "", func(v any) { fields[wanted] = []string{one.plain(v)} })
		}
	}
}

// splitIndex takes name[2] apart; without an index it is -1.
func splitIndex(key string) (name string, index int) {
	if open := strings.LastIndexByte(key, '['); open > 0 && strings.HasSuffix(key, "]") {
		if i, err := strconv.Atoi(key[open+1 : len(key)-1]); err == nil {
			return key[:open], i
		}
	}
	return key, -1
}

func (run *generating) body(b Body) Body {
	keys := run.all["body"]
	if len(keys) == 0 || b.Presence != Present {
		return b
	}
	switch media := b.MediaType(); {
	case media.IsJSON():
		b.Content = run.jsonBody(b.Content, keys)
	case media.IsXML():
		b.Content = run.xmlBody(b.Content, keys)
	case media.IsForm():
		form := ParseQuery(string(b.Content))
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			path, err := ParsePath(key)
			if err == nil && len(path) > 1 && path[1].Kind == Field {
				values := form[path[1].Name]
				for i := range values {
					run.replace(keys[key], "form field "+path[1].Name, values[i], func(v any) { values[i] = valueText(v) })
				}
			}
		}
		b.Content = []byte(EncodeQuery(form))
	}
	return b
}

func (run *generating) jsonBody(content []byte, keys map[string]Generator) []byte {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		run.errs = append(run.errs, fmt.Errorf("generators for the body: %w", err))
		return content
	}
	run.at(&root, keys, "$")
	text, err := encodeJSON(root)
	if err != nil {
		run.errs = append(run.errs, fmt.Errorf("generators for the body: %w", err))
		return content
	}
	return text
}

// at applies generators whose paths start at root.
func (run *generating) at(root *any, keys map[string]Generator, where string) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		path, err := ParsePath(key)
		if err != nil {
			run.errs = append(run.errs, err)
			continue
		}
		one := keys[key]
		walkJSON(*root, path[1:], func(v any) { *root = v }, func(old any, put func(any)) {
			if one.Type == "ArrayContains" {
				run.variants(one, old, where)
				return
			}
			run.replace(one, "body "+key, old, put)
		})
	}
}

// variants applies the generators of each variant to the element that is
// the variant's example.
func (run *generating) variants(one Generator, old any, where string) {
	list, _ := old.([]any)
	described, _ := one.Args["variants"].([]any)
	for _, d := range described {
		variant, _ := d.(map[string]any)
		index, err := strconv.Atoi(valueText(variant["index"]))
		if err != nil || index < 0 || index >= len(list) {
			continue
		}
		keys := map[string]Generator{}
		nested, _ := variant["generators"].(map[string]any)
		for path, v := range nested {
			args, _ := v.(map[string]any)
			kind, _ := args["type"].(string)
			if kind != "ArrayContains" { // nesting would let a pact recurse without end
				keys[path] = Generator{Type: kind, Args: args}
			}
		}
		run.at(&list[index], keys, fmt.Sprintf("%s[%d]", where, index))
	}
}

// walkJSON calls visit for every value at a path, with the way to replace it.
func walkJSON(v any, path Path, put func(any), visit func(old any, put func(any))) {
	if len(path) == 0 {
		visit(v, put)
		return
	}
	step := path[0]
	switch at := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(at)) {
			if step.Kind == AnyField || step.Kind == Field && step.Name == name || step.Kind == Index && strconv.Itoa(step.Index) == name {
				walkJSON(at[name], path[1:], func(v any) { at[name] = v }, visit)
			}
		}
	case []any:
		for i := range at {
			if step.Kind == AnyIndex || step.Kind == Index && step.Index == i {
				walkJSON(at[i], path[1:], func(v any) { at[i] = v }, visit)
			}
		}
	}
}
