package match

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A value is a JSON value as a tree: what a contract expects, and what came
// where a mismatch has to be explained.
type value struct {
	scalar  // of containers only the kind
	items   []*value
	members []member       // in the order of the text; of equal names the last value counts
	index   map[string]int // into members; nil while there are few
	least   int            // where the first name in byte order is
}

type member struct {
	key   string
	value *value
}

// few is how many members are looked through one by one.
const few = 12

func (v *value) find(key string) int {
	if v.index != nil {
		if i, ok := v.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range v.members {
		if v.members[i].key == key {
			return i
		}
	}
	return -1
}

// get returns the member of that name, or nil.
func (v *value) get(key string) *value {
	if i := v.find(key); i >= 0 {
		return v.members[i].value
	}
	return nil
}

func (v *value) set(key string, to *value) {
	if i := v.find(key); i >= 0 {
		v.members[i].value = to
		return
	}
	if v.members = append(v.members, member{key, to}); key < v.members[v.least].key {
		v.least = len(v.members) - 1
	}
	if v.index != nil {
		v.index[key] = len(v.members) - 1
	} else if len(v.members) > few {
		v.index = make(map[string]int, 2*few)
		for i, m := range v.members {
			v.index[m.key] = i
		}
	}
}

// parse reads a whole JSON text. The tree does not alias it.
func parse(text []byte) (*value, error) {
	s := &scanner{data: bytes.Clone(text)}
	v := s.tree()
	if v == nil || !s.end() {
		return nil, s.err()
	}
	return v, nil
}

func (s *scanner) tree() *value {
	if s.values++; s.values > maxValues {
		s.fail(fmt.Sprintf("more than %d values", maxValues))
		return nil
	}
	switch s.peek() {
	case '{':
		return s.objectTree()
	case '[':
		return s.arrayTree()
	}
	got, ok := s.scalar()
	if !ok {
		return nil
	}
	if len(got.text) > 0 && len(s.scratch) > 0 && &got.text[0] == &s.scratch[0] {
		got.text = bytes.Clone(got.text)
	}
	return &value{scalar: got}
}

func (s *scanner) objectTree() *value {
	v := &value{scalar: scalar{kind: objectKind}}
	more, ok := s.open('}')
	for ok && more {
		raw, isKey := s.key()
		if !isKey {
			return nil
		}
		key := string(raw)
		child := s.tree()
		if child == nil {
			return nil
		}
		v.set(key, child)
		more, ok = s.more('}')
	}
	if !ok {
		return nil
	}
	return v
}

func (s *scanner) arrayTree() *value {
	v := &value{scalar: scalar{kind: arrayKind}}
	more, ok := s.open(']')
	for ok && more {
		child := s.tree()
		if child == nil {
			return nil
		}
		v.items = append(v.items, child)
		more, ok = s.more(']')
	}
	if !ok {
		return nil
	}
	return v
}

// json appends the value as compact JSON.
func (v *value) json(to []byte) []byte {
	switch v.kind {
	case objectKind:
		to = append(to, '{')
		for i, m := range v.members {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendQuoted(to, m.key), ':')
			to = m.value.json(to)
		}
		return append(to, '}')
	case arrayKind:
		to = append(to, '[')
		for i, item := range v.items {
			if i > 0 {
				to = append(to, ',')
			}
			to = item.json(to)
		}
		return append(to, ']')
	case stringKind:
		return appendQuoted(to, string(v.text))
	}
	return append(to, v.text...)
}

// appendQuoted writes a JSON string; unlike strconv it keeps to JSON's escapes.
func appendQuoted(to []byte, s string) []byte {
	to = append(to, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c == '\n':
			to = append(to, '\\', 'n')
		case c == '\r':
			to = append(to, '\\', 'r')
		case c == '\t':
			to = append(to, '\\', 't')
		case c < ' ':
			to = append(to, `\u00`...)
			to = append(to, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			to = append(to, c)
		}
	}
	return append(to, '"')
}

// String is the form that regular expressions and `include` see: the content
// of a string, the JSON text of everything else.
func (v *value) String() string { return string(v.form()) }

func (v *value) form() []byte {
	if v.kind.container() {
		return v.json(nil)
	}
	return v.text
}

// show is the value in a message: 'x' (String), 1 (Integer), {"a":1}.
func (v *value) show() string {
	if v.kind.container() {
		return v.String()
	}
	return v.quoted() + " (" + v.kind.String() + ")"
}

func (v *value) quoted() string {
	if v.kind == stringKind {
		return "'" + string(v.text) + "'"
	}
	return v.String()
}

// equal is deep equality; an integer never equals a decimal.
func (v *value) equal(w *value) bool {
	if v.kind != w.kind {
		return false
	}
	switch v.kind {
	case objectKind:
		if len(v.members) != len(w.members) {
			return false
		}
		for _, m := range v.members {
			if other := w.get(m.key); other == nil || !m.value.equal(other) {
				return false
			}
		}
		return true
	case arrayKind:
		if len(v.items) != len(w.items) {
			return false
		}
		for i := range v.items {
			if !v.items[i].equal(w.items[i]) {
				return false
			}
		}
		return true
	}
	return v.scalar.equal(w.scalar)
}

func (s scalar) equal(t scalar) bool {
	if s.kind != t.kind {
		return false
	}
	return bytes.Equal(s.text, t.text) || s.kind.number() && sameNumber(s.text, t.text)
}

// An elem is one step from a value to a part of it.
type elem struct {
	key   string
	index int  // of an item; for a key of digits only, the number it spells; else -1
	item  bool // an array's item
}

func itemElem(i int) elem { return elem{index: i, item: true} }

func keyElem(key string) elem {
	e := elem{key: key, index: -1}
	if n, err := strconv.ParseUint(key, 10, 31); err == nil && key[0] != '+' {
		e.index = int(n)
	}
	return e
}

// appendPath writes the step as in a Pact path; a key of digits looks like an
// index there.
func (e elem) appendPath(to []byte) []byte {
	switch {
	case e.item || e.index >= 0:
		return append(strconv.AppendInt(append(to, '['), int64(e.index), 10), ']')
	case isIdent(e.key):
		return append(append(to, '.'), e.key...)
	}
	return append(append(append(to, "['"...), e.key...), "']"...)
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// appendPointer writes the step as in RFC 6901.
func (e elem) appendPointer(to []byte) []byte {
	to = append(to, '/')
	if e.item {
		return strconv.AppendInt(to, int64(e.index), 10)
	}
	return append(to, pointerEscapes.Replace(e.key)...)
}
