package load

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A pointer is a JSON pointer (RFC 6901) with its escapes resolved; none is
// the whole document.
type pointer []string

// parsePointer reads a pointer; false: it is none.
func parsePointer(text string) (pointer, bool) {
	if text == "" {
		return nil, true
	}
	if text[0] != '/' {
		return nil, false
	}
	var p pointer
	for _, token := range strings.Split(text[1:], "/") {
		for i := range len(token) {
			if token[i] == '~' && (i+1 == len(token) || (token[i+1] != '0' && token[i+1] != '1')) {
				return nil, false
			}
		}
		p = append(p, strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
	}
	return p, true
}

// find returns the value at the pointer as it is written in the document. It
// reads no further than it must, allocates nothing but for names with escapes,
// and never recurses; of members with the same name it takes the first.
func (p pointer) find(document []byte) (raw []byte, ok bool) {
	s := scanner{b: document}
	for _, token := range p {
		switch s.next() {
		case '{':
			ok = s.member(token)
		case '[':
			ok = s.item(token)
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return s.value()
}

// A scanner goes through JSON (RFC 8259) value by value.
type scanner struct {
	b  []byte
	at int
}

// next passes over blanks and returns the byte there, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// member goes to the value of the member of an object.
func (s *scanner) member(name string) bool {
	s.at++ // the brace
	for s.next() == '"' {
		key, ok := s.value()
		if !ok || s.next() != ':' {
			return false
		}
		s.at++
		if sameName(key, name) {
			return true
		}
		if _, ok := s.value(); !ok || s.next() != ',' {
			return false
		}
		s.at++
	}
	return false
}

// item goes to an item of an array.
func (s *scanner) item(token string) bool {
	index, err := strconv.Atoi(token)
	if err != nil || index < 0 || strconv.Itoa(index) != token {
		return false
	}
	s.at++ // the bracket
	for ; index > 0; index-- {
		if _, ok := s.value(); !ok || s.next() != ',' {
			return false
		}
		s.at++
	}
	return s.next() != ']'
}

// value passes over a value and returns it.
func (s *scanner) value() (raw []byte, ok bool) {
	c := s.next()
	from := s.at
	switch c {
	case '"':
		ok = s.text()
	case '{', '[':
		ok = s.nested()
	default:
		for s.at < len(s.b) && scalarByte(s.b[s.at]) {
			s.at++
		}
		ok = isScalar(s.b[from:s.at])
	}
	return s.b[from:s.at], ok
}

// text passes over a string.
func (s *scanner) text() bool {
	for s.at++; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; {
		case c == '"':
			s.at++
			return true
		case c == '\\':
			s.at++
		case c < ' ':
			return false
		}
	}
	s.at = len(s.b)
	return false
}

// nested passes over an object or an array by its brackets.
func (s *scanner) nested() bool {
	depth := 0
	for s.at < len(s.b) {
		switch s.b[s.at] {
		case '"':
			if !s.text() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.at++
				return true
			}
		}
		s.at++
	}
	return false
}

func scalarByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

func isScalar(b []byte) bool {
	return isNumber(b) || string(b) == "true" || string(b) == "false" || string(b) == "null"
}

// isNumber reports whether b is a number of JSON (RFC 8259, section 6).
func isNumber(b []byte) bool {
	b, _ = bytes.CutPrefix(b, []byte{'-'})
	digits := func() bool {
		n := 0
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
		b = b[n:]
		return n > 0
	}
	zero := len(b) > 0 && b[0] == '0'
	whole := len(b)
	if !digits() || (zero && whole-len(b) > 1) {
		return false
	}
	if len(b) > 0 && b[0] == '.' {
		if b = b[1:]; !digits() {
			return false
		}
	}
	if len(b) > 0 && b[0]|0x20 == 'e' {
		if b = b[1:]; len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if !digits() {
			return false
		}
	}
	return len(b) == 0
}

// sameName reports whether a string of the document is the name.
func sameName(raw []byte, name string) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1:len(raw)-1]) == name
	}
	text, ok := appendText(nil, raw)
	return ok && string(text) == name
}

// appendText adds what a value is as text: a string without its quotes and
// escapes, anything else as it is written. False: the string is malformed.
func appendText(dst, raw []byte) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return append(dst, raw...), true
	}
	raw = raw[1 : len(raw)-1]
	for {
		at := bytes.IndexByte(raw, '\\')
		if at < 0 {
			return append(dst, raw...), true
		}
		dst = append(dst, raw[:at]...)
		c, used := unescape(raw[at:])
		if used == 0 {
			return dst, false
		}
		dst = utf8.AppendRune(dst, c)
		raw = raw[at+used:]
	}
}

// unescape reads the escape that b begins with; used is 0 where it is none.
func unescape(b []byte) (c rune, used int) {
	if len(b) < 2 {
		return 0, 0
	}
	if b[1] != 'u' {
		at := strings.IndexByte(`"\/bfnrt`, b[1])
		if at < 0 {
			return 0, 0
		}
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	c, ok := unit(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(c) {
		return c, 6
	}
	if low, ok := unit(b[6:]); ok {
		if whole := utf16.DecodeRune(c, low); whole != utf8.RuneError {
			return whole, 12
		}
	}
	return utf8.RuneError, 6
}

// unit reads \uXXXX.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := number(b[2:6], 16)
	return rune(n), err == nil
}
