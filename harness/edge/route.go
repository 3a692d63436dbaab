package edge

import "strings"

// longestSegment is the longest, in bytes, that is taken for a name.
const longestSegment = 48

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

// guessSegment drops parameters of the segment (;jsessionid=...), and keeps a
// short extension, so that 17.json is {id}.json.
func guessSegment(s string) string {
	const extension = 5
	s, _, _ = strings.Cut(s, ";")
	dot := strings.LastIndexByte(s, '.')
	if dot > 0 && dot <= longestSegment && len(s)-dot-1 <= extension && onlyLetters(s[dot+1:]) {
		if stem := s[:dot]; isID(stem) && !inspect(stem).foreign {
			return "{id}" + s[dot:]
		}
	}
	if isID(s) {
		return "{id}"
	}
	return s
}

// isID tells what names one thing among many from what names a kind of thing.
func isID(s string) bool {
	const long, hexadecimal, mixed = 16, 8, 6
	look := inspect(s)
	switch {
	case s == "":
		return false
	case look.foreign || len(s) > longestSegment:
		return true
	case look.digits == 0:
		return false
	case look.letters == 0:
		return true
	case look.hex && len(s) >= hexadecimal:
		return true
	case look.number: // order-17
		return true
	case look.codes && len(s) >= long: // a UUID, a date with its time
		return true
	}
	return look.switches > 2 && len(s) >= mixed // a1b2c3
}

// A segment's features, as isID weighs them.
type features struct {
	digits, letters int
	switches        int  // the most changes between letters and digits within one word
	hex             bool // hexadecimal digits only
	foreign         bool // bytes that names are not made of
	codes           bool // a word that is no name with a short number, as v1 or sha256 are
	number          bool // the last of several words is a number
}

func inspect(s string) features {
	f := features{hex: true}
	words, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && !isMark(s[i]) {
			continue
		}
		if word := s[start:i]; word != "" {
			words++
			f.word(word)
		}
		start = i + 1
	}
	f.number = f.number && words > 1 && s[strings.LastIndexAny(s, "-_.:+~")] != '.'
	f.hex = f.hex && words == 1
	return f
}

// word adds a word's features.
func (f *features) word(s string) {
	const short = 3
	digits, switches, last := 0, 0, byte(0)
	for i := range len(s) {
		kind := kindOf(s[i])
		switch kind {
		case 'd':
			digits++
		case 'g':
			f.hex = false
		case 0:
			f.foreign = true
		}
		if i > 0 && (kind == 'd') != (last == 'd') {
			switches++
		}
		last = kind
	}
	f.digits += digits
	f.letters += len(s) - digits
	f.switches = max(f.switches, switches)
	named := switches <= 1 && last == 'd' && digits <= short && digits < len(s)
	f.codes = f.codes || digits > 0 && !named && len(s) >= short
	f.number = digits == len(s)
}

// kindOf is 'd' for a digit, 'a' for a letter that is hexadecimal, 'g' for
// another letter, and 0 for any other byte.
func kindOf(b byte) byte {
	switch l := b | 0x20; {
	case '0' <= b && b <= '9':
		return 'd'
	case 'a' <= l && l <= 'f':
		return 'a'
	case 'a' <= l && l <= 'z':
		return 'g'
	}
	return 0
}

func isMark(b byte) bool { return strings.IndexByte("-_.:+~", b) >= 0 }

func onlyLetters(s string) bool {
	for i := range len(s) {
		if b := s[i] | 0x20; b < 'a' || b > 'z' {
			return false
		}
	}
	return s != ""
}
