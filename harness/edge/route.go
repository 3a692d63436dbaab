package edge

import "strings"

// routeSegments bounds a guessed route; what lies deeper is {rest}.
const routeSegments = 16

// GuessRoute makes a template of a path, "/orders/{id}" of "/orders/4711", so
// that spans can be grouped where no better route is known. It replaces
// segments that are numbers, UUIDs, dates, hexadecimal or long tokens, e-mail
// addresses, names that end in a number (order-17), and whatever is
// percent-encoded. It is "" for what is no path, such as "*".
func GuessRoute(path string) string {
	if path == "" || path[0] != '/' {
		return ""
	}
	if path == "/" {
		return path
	}
	var b strings.Builder
	b.Grow(len(path))
	rest, more, n := path[1:], true, 0
	for more {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		b.WriteByte('/')
		if n++; n > routeSegments {
			b.WriteString("{rest}")
			break
		}
		b.WriteString(guessSegment(segment))
	}
	return b.String()
}

// guessSegment keeps a short extension, so that 17.json is {id}.json, and drops
// parameters of the segment (;jsessionid=...).
func guessSegment(s string) string {
	const extension = 5
	s, _, _ = strings.Cut(s, ";")
	if isID(s) {
		if dot := strings.LastIndexByte(s, '.'); dot > 0 && len(s)-dot-1 <= extension && onlyLetters(s[dot+1:]) && isID(s[:dot]) {
			return "{id}" + s[dot:]
		}
		return "{id}"
	}
	if dot := strings.LastIndexByte(s, '.'); dot > 0 && len(s)-dot-1 <= extension && isID(s[:dot]) {
		return "{id}" + s[dot:]
	}
	return s
}

// isID tells what names one thing among many from what names a kind of thing.
func isID(s string) bool {
	const long, hexadecimal, longest = 16, 8, 48
	var digits, letters, hex, marks, other int
	for i := range len(s) {
		switch b := s[i]; {
		case '0' <= b && b <= '9':
			digits++
		case 'a' <= b|0x20 && b|0x20 <= 'f':
			letters++
			hex++
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			letters++
		case b == '-' || b == '_' || b == '.' || b == ':' || b == '+' || b == '~':
			marks++
		default:
			other++
		}
	}
	switch {
	case len(s) == 0:
		return false
	case other > 0 || len(s) > longest:
		return true
	case digits == 0:
		return false
	case letters == 0:
		return true
	case len(s) >= long:
		return true
	case letters == hex && marks == 0 && len(s) >= hexadecimal:
		return true
	}
	return endsInNumber(s)
}

// endsInNumber reports whether s is a word, a mark and a number, as in order-17.
func endsInNumber(s string) bool {
	at := strings.LastIndexAny(s, "-_:.~")
	if at <= 0 || at == len(s)-1 {
		return false
	}
	for i := at + 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func onlyLetters(s string) bool {
	for i := range len(s) {
		if b := s[i] | 0x20; b < 'a' || b > 'z' {
			return false
		}
	}
	return s != ""
}
