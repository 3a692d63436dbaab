package system

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A reader turns the nodes of a file into a Spec and notes every fault.
type reader struct {
	*faults
	dir     string         // of the file: the root of relative paths
	places  map[string]Pos // of every key that was read
	example string         // of the key that is being read, as a remedy
}

// wrong notes a fault of a value; without a remedy the example of its key is one.
func (r *reader) wrong(n *node, path, message, remedy string) {
	if remedy == "" {
		remedy = r.example
	}
	r.add(Fault{Pos: n.pos, Key: path, Message: message, Remedy: remedy})
}

// at is the place of the key, or of the nearest one around it.
func (r *reader) at(path string) Pos { return nearestPlace(r.places, path) }

func nearestPlace(places map[string]Pos, path string) Pos {
	for path != "" {
		if at, ok := places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return Pos{1, 1}
}

// itemIn is the path of an item of a list, or the path of the list where one
// value stands in its place.
func itemIn(places map[string]Pos, path string, i int) string {
	if item := fmt.Sprintf("%s[%d]", path, i); places[item] != (Pos{}) {
		return item
	}
	return path
}

// A field reads the value of one key.
type field func(n *node, path string)

// section reads a mapping into the struct that to points at, each key by its
// field. What is not given becomes its default.
func (r *reader) section(n *node, path string, to any) {
	into := reflect.ValueOf(to).Elem()
	r.defaults(into)
	if !r.is(n, mapping, path, "a mapping of keys to values") {
		return
	}
	s := shapeOf(into.Type())
	var given []string // with those that a misspelt one most likely means
	for i := range n.pairs {
		p := &n.pairs[i]
		at := join(path, p.key)
		k := s.find(p.key)
		if k == nil {
			given = append(given, r.unknownKey(p, at, s))
			continue
		}
		given = append(given, p.key)
		r.places[at] = p.value.pos
		outer := r.example
		r.example = k.written()
		if !p.value.broken {
			r.field(k, into.Field(k.field).Addr().Interface())(p.value, at)
		}
		r.example = outer
	}
	r.missing(n, path, s, given)
}

// defaults sets what holds for the keys that are not given.
func (r *reader) defaults(into reflect.Value) {
	s := shapeOf(into.Type())
	for i := range s.keys {
		k, to := &s.keys[i], into.Field(s.keys[i].field)
		switch {
		case k.fallback != "" && k.typ.Kind() != reflect.Bool:
			r.field(k, to.Addr().Interface())(&node{kind: text, text: k.fallback, variable: true}, k.name)
		case to.Kind() == reflect.Struct:
			r.defaults(to)
		}
	}
}

// unknownKey notes a key that is none, and returns the one that is near it.
func (r *reader) unknownKey(p *pair, path string, s shape) (near string) {
	f := Fault{Pos: p.pos, Key: path, Message: "there is no key " + quote(p.key) + " here"}
	if near = Nearest(p.key, s.names()); near != "" {
		f.Message += "; did you mean " + quote(near) + "?"
		f.Remedy = s.find(near).written()
	} else {
		f.Remedy = "one of " + sortedList(s.names())
	}
	r.add(f)
	return near
}

// missing notes the keys that must be given and are not, and those that
// exclude one another.
func (r *reader) missing(n *node, path string, s shape, given []string) {
	for _, k := range s.keys {
		if k.required && !slices.Contains(given, k.name) {
			r.add(Fault{Pos: n.pos, Key: join(path, k.name), Message: "the key " + quote(k.name) + " is missing", Remedy: k.written()})
		}
	}
	for _, c := range s.choices {
		var chosen []string
		for _, name := range c.keys {
			if slices.Contains(given, name) {
				chosen = append(chosen, name)
			}
		}
		switch {
		case len(chosen) == 0 && c.required:
			r.add(Fault{Pos: n.pos, Key: path, Message: "one of " + strings.Join(c.keys, ", ") + " must be here", Remedy: c.example})
		case len(chosen) > 1:
			r.add(Fault{Pos: r.at(join(path, chosen[len(chosen)-1])), Key: path, Message: strings.Join(chosen, " and ") + " exclude one another", Remedy: "keep one of them"})
		}
	}
}

// is reports whether the node has the kind, and notes a fault where it has not.
func (r *reader) is(n *node, want kind, path, what string) bool {
	if n.kind == want {
		return true
	}
	if !n.broken {
		r.wrong(n, path, "this must be "+what+", but is "+n.kind.String(), "")
	}
	return false
}

// field is how the value of a key is read into what to points at.
func (r *reader) field(k *key, to any) field {
	switch to := to.(type) {
	case *string:
		return r.textField(k, to)
	case *bool:
		return r.boolean(to)
	case *int:
		if k.form == "sample" {
			return r.sample(to)
		}
		return r.count(to, k.low, k.high)
	case *time.Duration:
		return r.duration(to, k.form == "duration0")
	case *float64:
		return r.figure(to, k.form)
	case *[]byte:
		return r.body(to)
	case *map[string]string:
		return r.texts(to, k.form)
	case *[]string:
		return r.listField(to, k.form)
	default:
		return r.part(to)
	}
}

func (r *reader) textField(k *key, to *string) field {
	if len(k.words) > 0 {
		return r.word(to, k.words)
	}
	return r.formed(to, textForms[k.form])
}

func (r *reader) listField(to *[]string, form string) field {
	switch form {
	case "command":
		return r.command(to)
	case "paths":
		return r.formedList(to, pathForm)
	case "pacts":
		return r.formedList(to, textForms["pact"])
	default:
		return r.formedList(to, textForms["service"])
	}
}

// part is how a value with a structure of its own is read.
func (r *reader) part(to any) field {
	switch to := to.(type) {
	case *[]Service:
		return r.services(to)
	case *Entry:
		return func(n *node, path string) { *to = r.entry(n, path) }
	case *[]Call:
		return each(r, to, r.call)
	case *[]Step:
		return each(r, to, r.step)
	case *[]Contract:
		return each(r, to, r.contract)
	case *[]Expectation:
		return each(r, to, r.expectation)
	case *[]Load:
		return each(r, to, r.load)
	case *[]Stage, *[]Flow, *[]FlowStep, *[]Feeder, *[]Extract, *[]Check, *Think, *RateRange, **LoadCall, **LoadPacts, *Weights, *[]Demand:
		return r.loadPart(to)
	case *[]Publish:
		return each(r, to, r.publish)
	case *[]Request:
		return r.some(each(r, to, r.request))
	case *[]Expr:
		return r.expressions(to)
	case *[]EdgeFault:
		return r.some(each(r, to, r.edgeFault))
	case *Request:
		return func(n *node, path string) { *to = r.request(n, path) }
	case **Request:
		return func(n *node, path string) { q := r.request(n, path); *to = &q }
	case **Stub:
		return func(n *node, path string) { *to = &Stub{}; r.section(n, path, *to) }
	case *Ready:
		return func(n *node, path string) { r.section(n, path, to) }
	case *Stop:
		return func(n *node, path string) { r.section(n, path, to) }
	case *Coverage:
		return func(n *node, path string) { to.Pos = n.pos; r.section(n, path, to) }
	}
	return func(n *node, path string) {
		r.wrong(n, path, fmt.Sprintf("seam cannot read a %T", to), "report this as a fault of seam")
	}
}

// loadPart is how a value within a load is read.
func (r *reader) loadPart(to any) field {
	switch to := to.(type) {
	case *[]Stage:
		return r.some(each(r, to, r.stage))
	case *[]Flow:
		return r.some(each(r, to, r.flow))
	case *[]FlowStep:
		return r.some(each(r, to, r.flowStep))
	case *[]Check:
		return r.some(each(r, to, r.answerCheck))
	case *[]Feeder:
		return named(r, to, r.feeder)
	case *[]Extract:
		return named(r, to, r.extract)
	case *Think:
		return r.think(to)
	case *RateRange:
		return r.rates(to)
	case **LoadCall:
		return func(n *node, path string) { *to = &LoadCall{Pos: n.pos}; r.section(n, path, *to) }
	case **LoadPacts:
		return func(n *node, path string) { *to = &LoadPacts{Pos: n.pos}; r.section(n, path, *to) }
	case *Weights:
		return r.weights(to)
	case *[]Demand:
		return r.demands(to)
	}
	return func(*node, string) {}
}

// some refuses an empty list before it is read.
func (r *reader) some(read field) field {
	return func(n *node, path string) {
		if n.kind == list && len(n.items) == 0 {
			r.wrong(n, path, "this list is empty", "")
			return
		}
		read(n, path)
	}
}

// each reads a list, or a single value as a list of one.
func each[T any](r *reader, to *[]T, read func(n *node, path string) T) field {
	return func(n *node, path string) {
		if n.kind != list {
			*to = append(*to, read(n, path))
			return
		}
		for i, item := range n.items {
			at := fmt.Sprintf("%s[%d]", path, i)
			r.places[at] = item.pos
			if !item.broken {
				*to = append(*to, read(item, at))
			}
		}
	}
}
