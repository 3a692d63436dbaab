package system

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// A shape is what a mapping of seam.yaml may hold, as the tags of a type say.
type shape struct {
	keys    []key
	choices []choice
}

// A key of a mapping is a field with the tag `yaml:"name,form,short,or=name"`.
type key struct {
	name     string
	single   string // another name, under which one value stands in place of a list; or ""
	form     string // how the value is written; "" where the type alone says it
	short    bool   // its value alone may stand in place of the whole mapping
	required bool
	fallback string // the value without the key; "" where the comment says it
	example  string
	low      int // with high, the bounds of a number
	high     int
	words    []string // the only ones that it may hold; nil: any
	field    int      // index within the type
	typ      reflect.Type
}

// A choice is between keys that exclude one another.
type choice struct {
	keys     []string
	required bool // one must be there
	example  string
}

// shapes caches what shapeOf found, by reflect.Type.
var shapes sync.Map

// shapeOf reads the tags of a struct type.
func shapeOf(t reflect.Type) shape {
	if s, ok := shapes.Load(t); ok {
		return s.(shape)
	}
	var s shape
	for i := range t.NumField() {
		f := t.Field(i)
		if words, ok := f.Tag.Lookup("exactly"); ok {
			s.choices = append(s.choices, choice{strings.Fields(words), true, f.Tag.Get("eg")})
		}
		if words, ok := f.Tag.Lookup("atmost"); ok {
			s.choices = append(s.choices, choice{strings.Fields(words), false, f.Tag.Get("eg")})
		}
		if tag, ok := f.Tag.Lookup("yaml"); ok {
			s.keys = append(s.keys, keyOf(f, i, tag))
		}
	}
	shapes.Store(t, s)
	return s
}

func keyOf(f reflect.StructField, index int, tag string) key {
	k := key{
		field: index, typ: f.Type, fallback: f.Tag.Get("default"), example: f.Tag.Get("eg"),
		required: f.Tag.Get("required") != "", words: strings.Fields(f.Tag.Get("oneof")),
	}
	for i, part := range strings.Split(tag, ",") {
		name, found := strings.CutPrefix(part, "or=")
		switch {
		case i == 0:
			k.name = part
		case found:
			k.single = name
		case part == "short":
			k.short = true
		default:
			k.form = part
		}
	}
	if bounds := f.Tag.Get("range"); bounds != "" {
		// A tag that does not scan leaves bounds that refuse every number, which the tests of the examples find.
		_, _ = fmt.Sscanf(bounds, "%d %d", &k.low, &k.high)
	}
	return k
}

// find returns the key that goes by the name; nil where there is none.
func (s shape) find(name string) *key {
	for i := range s.keys {
		if k := &s.keys[i]; k.name == name || k.single == name && name != "" {
			return k
		}
	}
	return nil
}

// names lists every name that a key may go by.
func (s shape) names() []string {
	var names []string
	for _, k := range s.keys {
		names = append(names, k.name)
		if k.single != "" {
			names = append(names, k.single)
		}
	}
	return names
}

// written is the key with its example, as one writes it.
func (k *key) written() string { return k.name + ": " + k.example }
