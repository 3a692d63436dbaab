package match

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escaped reads the rest of a string from its first backslash on, past the
// closing quote, and appends what it means to scratch if keep is set.
func (s *scanner) escaped(keep bool) bool {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return true
		case c < ' ':
			return s.fail("control character in a string")
		case c == '\\':
			r, ok := s.escape()
			if !ok {
				return false
			}
			if keep {
				s.scratch = utf8.AppendRune(s.scratch, r)
			}
		default:
			start := s.pos
			s.plain()
			if keep {
				s.scratch = append(s.scratch, s.data[start:s.pos]...)
			}
		}
	}
	return s.fail("EOF while parsing a string")
}

// escape reads one escape, or the two of a surrogate pair.
func (s *scanner) escape() (rune, bool) {
	s.pos++
	if s.pos >= len(s.data) {
		return 0, s.fail("EOF while parsing a string")
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return s.unicode()
	}
	return 0, s.fail("invalid escape")
}

func (s *scanner) unicode() (rune, bool) {
	r, ok := s.hex4()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if s.pos+1 < len(s.data) && s.data[s.pos] == '\\' && s.data[s.pos+1] == 'u' {
		s.pos += 2
		low, ok := s.hex4()
		if !ok {
			return 0, false
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, true
		}
	}
	return 0, s.fail("lone surrogate in a string")
}

func (s *scanner) hex4() (rune, bool) {
	if s.pos+4 > len(s.data) {
		return 0, s.fail("EOF while parsing a string")
	}
	var r rune
	for _, c := range s.data[s.pos : s.pos+4] {
		d, ok := hexDigit(c)
		if !ok {
			return 0, s.fail("invalid escape")
		}
		r = r<<4 | rune(d)
	}
	s.pos += 4
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
