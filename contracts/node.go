package contracts

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// A node is a JSON value at its place in the file. Its members are found on
// demand, so that a large body costs no more than its bytes.
type node struct {
	src     []byte // the whole file, known to be valid JSON
	at, end int
	parent  *node
	key     string // name or index below parent
}

type shape string

const (
	isObject shape = "an object"
	isArray  shape = "an array"
	isString shape = "a string"
	isNumber shape = "a number"
	isBool   shape = "a boolean"
	isNull   shape = "null"
)

func (n *node) shape() shape {
	switch n.src[n.at] {
	case '{':
		return isObject
	case '[':
		return isArray
	case '"':
		return isString
	case 't', 'f':
		return isBool
	case 'n':
		return isNull
	}
	return isNumber
}

func (n *node) raw() []byte { return n.src[n.at:n.end] }

// compact returns the value's text without the blanks between its tokens.
func (n *node) compact() []byte {
	var b bytes.Buffer
	b.Grow(n.end - n.at)
	if err := json.Compact(&b, n.raw()); err != nil {
		return bytes.Clone(n.raw())
	}
	return b.Bytes()
}

// value decodes the node; numbers are json.Number.
func (n *node) value() any {
	return decodeJSON(n.raw())
}

// text is the string that a string node holds, and the JSON text of others.
func (n *node) text() string {
	if n.shape() != isString {
		return string(n.compact())
	}
	return unquote(n.raw())
}

func (n *node) pointer() string {
	if n == nil || n.parent == nil {
		return ""
	}
	return n.parent.pointer() + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(n.key)
}

// maxMembers bounds how many members of one object or array are looked at.
const maxMembers = 1 << 16

// members lists what is directly inside an object or array, in file order.
// It reports false when there is more than maxMembers.
func (n *node) members() ([]*node, bool) {
	object := n.shape() == isObject
	var list []*node
	at := skipBlank(n.src, n.at+1)
	for at < n.end-1 {
		if len(list) == maxMembers {
			return list, false
		}
		m := &node{src: n.src, parent: n, key: strconv.Itoa(len(list))}
		if object {
			end := skipValue(n.src, at)
			m.key = unquote(n.src[at:end])
			at = skipBlank(n.src, skipBlank(n.src, end)+1)
		}
		m.at, m.end = at, skipValue(n.src, at)
		list = append(list, m)
		at = skipBlank(n.src, m.end)
		if n.src[at] == ',' {
			at = skipBlank(n.src, at+1)
		}
	}
	return list, true
}

// unquote decodes a JSON string.
func unquote(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text[1 : len(text)-1])
	}
	s, _ := decodeJSON(text).(string)
	return s
}

func decodeJSON(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func skipBlank(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\n' || src[at] == '\t' || src[at] == '\r') {
		at++
	}
	return at
}

// skipValue returns the offset behind the value that begins at at. The text
// is known to be valid JSON.
func skipValue(src []byte, at int) int {
	depth := 0
	for ; at < len(src); at++ {
		switch src[at] {
		case '"':
			at = skipString(src, at) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			if depth > 0 {
				continue
			}
			return at + scalarLen(src[at:])
		}
		if depth == 0 {
			return at + 1
		}
	}
	return at
}

func scalarLen(src []byte) int {
	if end := bytes.IndexAny(src, ",]} \n\t\r"); end >= 0 {
		return end
	}
	return len(src)
}

func skipString(src []byte, at int) int {
	for at++; at < len(src); at++ {
		switch src[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return at
}

// tooDeep returns the offset at which the nesting passes max, or -1.
func tooDeep(src []byte, limit int) int {
	depth := 0
	for at := 0; at < len(src); at++ {
		switch src[at] {
		case '"':
			at = skipString(src, at) - 1
		case '{', '[':
			if depth++; depth > limit {
				return at
			}
		case '}', ']':
			depth--
		}
	}
	return -1
}
