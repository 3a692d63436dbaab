package match

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a JSON text, and with it every recursion
// over one.
const maxDepth = 1000

// maxValues bounds the values of a JSON text, and the elements of an XML one,
// that are held as a tree: where a body does not match, or is an example.
const maxValues = 1_000_000

// A kind of JSON value. Integer and decimal are told apart by the literal.
type kind uint8

const (
	nullKind kind = iota
	boolKind
	integerKind
	decimalKind
	stringKind
	arrayKind
	objectKind
)

var kindNames = [...]string{"Null", "Boolean", "Integer", "Decimal", "String", "Array", "Object"}

func (k kind) String() string { return kindNames[k] }

func (k kind) number() bool    { return k == integerKind || k == decimalKind }
func (k kind) container() bool { return k >= arrayKind }

// A scalar is one JSON string, number, boolean or null. The text of a string
// is its content, the text of everything else its literal.
type scalar struct {
	kind kind
	text []byte
}

// A scanner reads JSON (RFC 8259) without building anything. After it
// reported false, fault says why and pos where.
type scanner struct {
	data    []byte
	pos     int
	depth   int
	values  int // of the tree
	fault   string
	scratch []byte // holds the last string that had escapes
}

func (s *scanner) fail(why string) bool {
	if s.fault == "" {
		s.fault = why
	}
	return false
}

// err names the fault with its place.
func (s *scanner) err() error {
	line, col := 1, 1
	for _, c := range s.data[:min(s.pos, len(s.data))] {
		if col++; c == '\n' {
			line, col = line+1, 1
		}
	}
	return fmt.Errorf("%s at line %d column %d", s.fault, line, col)
}

// peek skips white space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		s.pos++
	}
	return 0
}

// end reports whether nothing but white space is left.
func (s *scanner) end() bool {
	if s.peek(); s.pos < len(s.data) {
		return s.fail("trailing characters")
	}
	return true
}

// open enters the container whose first byte is next, and reports whether it
// may have members.
func (s *scanner) open(closing byte) (some, ok bool) {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return false, s.fail(fmt.Sprintf("nesting of more than %d levels", maxDepth))
	}
	if s.peek() == closing {
		s.pos++
		s.depth--
		return false, true
	}
	return true, true
}

// more steps over a comma, or over the closing bracket and reports the end.
func (s *scanner) more(closing byte) (more, ok bool) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, true
	case closing:
		s.pos++
		s.depth--
		return false, true
	}
	return false, s.fail("expected `,` or `" + string(closing) + "`")
}

// key reads a member's name and its colon. The name stays valid until the
// next string with escapes.
func (s *scanner) key() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, s.fail("expected a string as key")
	}
	key, ok := s.str()
	if !ok {
		return nil, false
	}
	if s.peek() != ':' {
		return nil, s.fail("expected `:`")
	}
	s.pos++
	return key, true
}

// scalar reads the next value, which must be none of the containers.
func (s *scanner) scalar() (scalar, bool) {
	switch c := s.peek(); {
	case c == '"':
		text, ok := s.str()
		return scalar{stringKind, text}, ok
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true", boolKind)
	case c == 'f':
		return s.literal("false", boolKind)
	case c == 'n':
		return s.literal("null", nullKind)
	case s.pos >= len(s.data):
		return scalar{}, s.fail("EOF while parsing a value")
	}
	return scalar{}, s.fail("expected value")
}

func (s *scanner) literal(word string, k kind) (scalar, bool) {
	end := s.pos + len(word)
	if end > len(s.data) || string(s.data[s.pos:end]) != word {
		return scalar{}, s.fail("expected `" + word + "`")
	}
	text := s.data[s.pos:end]
	s.pos = end
	return scalar{k, text}, true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start || s.fail("invalid number")
}

func (s *scanner) number() (scalar, bool) {
	start, k := s.pos, integerKind
	if s.data[s.pos] == '-' {
		s.pos++
	}
	first := s.pos
	if !s.digits() {
		return scalar{}, false
	}
	if s.data[first] == '0' && s.pos > first+1 {
		return scalar{}, s.fail("invalid number")
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		k = decimalKind
		if s.pos++; !s.digits() {
			return scalar{}, false
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		k = decimalKind
		if s.pos++; s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return scalar{}, false
		}
	}
	text := s.data[start:s.pos]
	if k == integerKind && !fits64(text) {
		k = decimalKind
	}
	if k == decimalKind && tooLarge(text) {
		return scalar{}, s.fail("number out of range")
	}
	return scalar{k, text}, true
}

// tooLarge says whether a number is beyond what a float64 holds, such as
// 1e400: no other party could read it.
func tooLarge(lit []byte) bool {
	if len(lit) < len("1e309") {
		return false
	}
	const digits = 200 // so many are not too large under any exponent of two digits
	if exp := bytes.IndexAny(lit, "eE"); len(lit) < digits && (exp < 0 || len(lit)-exp < len("e309")) {
		return false
	}
	_, err := strconv.ParseFloat(string(lit), 64)
	return err != nil
}

// fits64 reports whether an integer literal fits int64 or uint64. Those that
// do not are decimals, as in the reference implementation; so is -0.
func fits64(lit []byte) bool {
	if string(lit) == "-0" {
		return false
	}
	if len(lit) < 19 {
		return true
	}
	if lit[0] == '-' {
		lit = lit[1:]
		return len(lit) < 19 || len(lit) == 19 && string(lit) <= "9223372036854775808"
	}
	return len(lit) < 20 || len(lit) == 20 && string(lit) <= "18446744073709551615"
}

// skip passes over one value of any kind and checks its syntax.
func (s *scanner) skip() bool {
	switch s.peek() {
	case '{':
		return s.skipContainer('}')
	case '[':
		return s.skipContainer(']')
	case '"':
		return s.skipString()
	}
	_, ok := s.scalar()
	return ok
}

func (s *scanner) skipContainer(closing byte) bool {
	more, ok := s.open(closing)
	for ok && more {
		if closing == '}' {
			if s.peek() != '"' {
				return s.fail("expected a string as key")
			}
			if !s.skipString() {
				return false
			}
			if s.peek() != ':' {
				return s.fail("expected `:`")
			}
			s.pos++
		}
		if !s.skip() {
			return false
		}
		more, ok = s.more(closing)
	}
	return ok
}

// plain passes over the part of a string that stands for itself: it stops at
// a quote, a backslash, a control character or the end, and reports whether
// all of it was ASCII.
func (s *scanner) plain() (ascii bool) {
	var high byte
	data, i := s.data, s.pos
	for i < len(data) {
		c := data[i]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		high |= c
		i++
	}
	s.pos = i
	return high < utf8.RuneSelf
}

// str reads a string; the result aliases data, or scratch if it had escapes.
func (s *scanner) str() ([]byte, bool) {
	s.pos++
	start := s.pos
	ascii := s.plain()
	if s.pos < len(s.data) && s.data[s.pos] == '"' {
		text := s.data[start:s.pos]
		if !ascii && !utf8.Valid(text) {
			return nil, s.fail("invalid UTF-8 in a string")
		}
		s.pos++
		return text, true
	}
	s.scratch = append(s.scratch[:0], s.data[start:s.pos]...)
	ok := s.escaped(true)
	if ok && !utf8.Valid(s.scratch) {
		return nil, s.fail("invalid UTF-8 in a string")
	}
	return s.scratch, ok
}

func (s *scanner) skipString() bool {
	s.pos++
	start := s.pos
	ascii := s.plain()
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		if ok := s.escaped(false); !ok {
			return false
		}
		ascii = false
	} else {
		s.pos++
	}
	return ascii || utf8.Valid(s.data[start:s.pos-1]) || s.fail("invalid UTF-8 in a string")
}
