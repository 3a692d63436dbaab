package receive

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON (RFC 8259) strictly, value by value. After its first
// error it reads nothing more: every loop over it ends.
type scanner struct {
	in    string
	at    int
	depth int  // of the objects and arrays that are open
	new   bool // the innermost of them has just begun
	err   error
}

// maxJSONDepth leaves room for maxDepth: an attribute takes up to five levels
// for each of its own.
const maxJSONDepth = 256

var (
	errSyntax = errors.New("it is not JSON")
	errDeep   = fmt.Errorf("it is nested more than %d deep", maxJSONDepth)
)

func (s *scanner) check(err error) {
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("at byte %d: %w", s.at, err)
	}
	if s.err != nil {
		s.at = len(s.in)
	}
}

// next is the first byte of what comes, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) {
	if s.next() != c || s.err != nil {
		s.check(errSyntax)
		return
	}
	s.at++
}

// enter begins an object or an array; more is then asked before each element.
func (s *scanner) enter(c byte) {
	s.take(c)
	if s.depth++; s.depth > maxJSONDepth {
		s.check(errDeep)
	}
	s.new = true
}

// more reports whether another element comes, and leaves where none does.
func (s *scanner) more(end byte) bool {
	first := s.new
	s.new = false
	switch {
	case s.err != nil:
		return false
	case s.next() == end:
		s.at++
		s.depth--
		return false
	case !first:
		s.take(',')
		if s.next() == end {
			s.check(errSyntax)
		}
	}
	return s.err == nil
}

// key reads the name of a member.
func (s *scanner) key() string {
	name := s.text()
	s.take(':')
	return name
}

// text reads a string. It shares the scanner's memory where nothing is escaped.
func (s *scanner) text() string {
	s.take('"')
	from := s.at
	for ; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; {
		case c == '"':
			s.at++
			return s.in[from : s.at-1]
		case c == '\\':
			return s.escaped([]byte(s.in[from:s.at]))
		case c < ' ':
			s.check(errSyntax)
			return ""
		}
	}
	s.check(errSyntax)
	return ""
}

// escaped reads the rest of a string from its first backslash on.
func (s *scanner) escaped(text []byte) string {
	for s.at < len(s.in) {
		c := s.in[s.at]
		s.at++
		switch {
		case c == '"':
			return string(text)
		case c == '\\':
			text = utf8.AppendRune(text, s.escape())
		case c < ' ':
			s.check(errSyntax)
		default:
			text = append(text, c)
		}
	}
	s.check(errSyntax)
	return ""
}

func (s *scanner) escape() rune {
	if s.at >= len(s.in) {
		s.check(errSyntax)
		return 0
	}
	c := s.in[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		return s.unicode()
	}
	s.check(errSyntax)
	return 0
}

// unicode reads the digits of an escape, and a second one where both make one
// character. Half a pair is mended.
func (s *scanner) unicode() rune {
	r := s.digits()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if at := s.at; at+1 < len(s.in) && s.in[at] == '\\' && s.in[at+1] == 'u' {
		s.at += 2
		if pair := utf16.DecodeRune(r, s.digits()); pair != utf8.RuneError || s.err != nil {
			return pair
		}
		s.at = at // the second is a character of its own
	}
	return utf8.RuneError
}

func (s *scanner) digits() rune {
	if len(s.in)-s.at < 4 {
		s.check(errSyntax)
		return 0
	}
	n, err := strconv.ParseUint(s.in[s.at:s.at+4], 16, 32)
	if err != nil {
		s.check(errSyntax)
		return 0
	}
	s.at += 4
	return rune(n)
}

// numeral is a number as it is written, or what stands in a string.
func (s *scanner) numeral() string {
	if s.next() == '"' {
		return s.text()
	}
	return s.number()
}

func (s *scanner) number() string {
	s.next()
	from := s.at
	if s.at < len(s.in) && s.in[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.in) && s.in[s.at] == '0' {
		s.at++
	} else {
		s.some()
	}
	if s.at < len(s.in) && s.in[s.at] == '.' {
		s.at++
		s.some()
	}
	if s.at < len(s.in) && (s.in[s.at] == 'e' || s.in[s.at] == 'E') {
		s.at++
		if s.at < len(s.in) && (s.in[s.at] == '+' || s.in[s.at] == '-') {
			s.at++
		}
		s.some()
	}
	return s.in[from:s.at]
}

// some reads decimal digits, at least one.
func (s *scanner) some() {
	from := s.at
	for s.at < len(s.in) && s.in[s.at] >= '0' && s.in[s.at] <= '9' {
		s.at++
	}
	if s.at == from {
		s.check(errSyntax)
	}
}

func (s *scanner) boolean() bool {
	if s.next() == 't' {
		s.word("true")
		return true
	}
	s.word("false")
	return false
}

func (s *scanner) word(w string) {
	if s.next() == 0 || len(s.in)-s.at < len(w) || s.in[s.at:s.at+len(w)] != w {
		s.check(errSyntax)
		return
	}
	s.at += len(w)
}

// skip passes over one value of any kind.
func (s *scanner) skip() {
	switch s.next() {
	case '{':
		for s.enter('{'); s.more('}'); {
			s.key()
			s.skip()
		}
	case '[':
		for s.enter('['); s.more(']'); {
			s.skip()
		}
	case '"':
		s.text()
	case 't', 'f':
		s.boolean()
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

// end checks that nothing follows.
func (s *scanner) end() {
	if s.next() != 0 || s.at < len(s.in) {
		s.check(errSyntax)
	}
}
