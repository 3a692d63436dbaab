package match

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The contents of classes that shorthands stand for.
const (
	wordClass   = `\p{L}\p{M}\p{N}\p{Pc}`
	memberClass = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}` // a word character within brackets: not ²
	spaceClass  = "\t-\r \u0085\\p{Z}"
	hexClass    = `0-9a-fA-F`
)

// shorthands are \d and its like, as the content of a class.
var shorthands = map[byte]string{'d': `\p{Nd}`, 'w': wordClass, 's': spaceClass, 'h': hexClass}

// controls are escapes that stand for one character.
var controls = map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'v': '\v', 'a': '\a', 'e': 0x1b}

// newline is what \R matches.
const newline = "(?:\r\n|[\n-\r\u0085\u2028\u2029])"

// escape translates what begins with a backslash, outside of classes.
func (t *translator) escape() error {
	if t.at+1 >= len(t.in) {
		return t.fault("end pattern at escape")
	}
	t.begin()
	c := t.in[t.at+1]
	if class, ok := shorthands[c|0x20]; ok && c != '\\' {
		t.at += 2
		t.out.WriteString(pick(c < 'a', "[^", "[") + class + "]")
		return nil
	}
	switch c {
	case 'A', 'z':
		t.at += 2
		t.out.WriteString(`\` + string(c))
		return nil
	case 'b', 'B', 'Z', 'G':
		t.at += 2
		t.out.WriteString(`\` + string(c))
		return t.need(`\` + string(c))
	case 'R', 'N', 'O':
		t.at += 2
		t.out.WriteString(map[byte]string{'R': newline, 'N': `[^\n]`, 'O': `[\s\S]`}[c])
		return nil
	case 'p', 'P':
		text, err := t.property()
		t.out.WriteString(text)
		return err
	case 'k':
		return t.namedReference()
	case 'X', 'K', 'g', 'C', 'M', 'y', 'Y':
		return t.fault(`\` + string(c) + " is not supported")
	}
	if c >= '1' && c <= '9' {
		n := len(t.rest()) - len(strings.TrimLeft(t.rest()[1:], "0123456789"))
		t.out.WriteString(t.rest()[:n])
		t.at += n
		return t.need("a back-reference")
	}
	r, err := t.character()
	if err == nil && !t.foldedRune(r) {
		t.out.WriteString(quoteRune(r))
	}
	return err
}

func (t *translator) namedReference() error {
	rest := t.rest()[2:]
	end := strings.IndexByte(rest, '>')
	if !strings.HasPrefix(rest, "<") || end < 2 {
		return t.fault("invalid back-reference")
	}
	t.at += end + 3
	t.out.WriteString(`\k` + rest[:end+1])
	return t.need("a back-reference")
}

// character reads an escape that stands for one character.
func (t *translator) character() (rune, error) {
	c := t.in[t.at+1]
	if r, ok := controls[c]; ok {
		t.at += 2
		return r, nil
	}
	digits, braces := "", false
	rest := t.rest()[2:]
	switch {
	case c == 'u' || c == 'x':
		if braces = c == 'x' && strings.HasPrefix(rest, "{"); braces {
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return 0, t.fault("invalid code point")
			}
			digits = rest[1:end]
		} else {
			digits = leading(rest, "0123456789abcdefABCDEF", map[byte]int{'u': 4, 'x': 2}[c])
		}
		return t.codePoint(digits, 16, 2+len(digits)+2*b2i(braces))
	case c == 'c' && rest != "":
		t.at += 3
		return rune(rest[0] & 0x1f), nil
	case c == '0':
		digits = leading(t.rest()[1:], "01234567", 3)
		return t.codePoint(digits, 8, 1+len(digits))
	}
	r, n := utf8.DecodeRuneInString(t.rest()[1:])
	t.at += 1 + n
	return r, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func leading(s, set string, most int) string {
	n := len(s) - len(strings.TrimLeft(s, set))
	return s[:min(n, most)]
}

func (t *translator) codePoint(digits string, base, length int) (rune, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(digits), base, 32)
	if err != nil || n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
		return 0, t.fault("invalid code point")
	}
	t.at += length
	return rune(n), nil
}

// properties are Ruby's names of classes, as the content of a class.
var properties = map[string]string{
	"alpha": `\p{L}\p{M}\p{Nl}`, "digit": `\p{Nd}`, "alnum": `\p{L}\p{M}\p{Nd}\p{Nl}`, "upper": `\p{Lu}`,
	"lower": `\p{Ll}`, "space": spaceClass, "punct": `\p{P}\p{S}`, "xdigit": hexClass, "word": memberClass,
	"cntrl": `\p{Cc}`, "blank": "\t\\p{Zs}", "ascii": "\x00-\x7f",
	"graph": "!-~\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\U0010ffff",
	"print": " -~\u00a0-\u2027\u202a-\U0010ffff",
}

// property translates \p{Alpha}, \p{^L}, \P{Greek}, for use in a class or out
// of one.
func (t *translator) property() (string, error) {
	negated := t.in[t.at+1] == 'P'
	rest := t.rest()[2:]
	end := strings.IndexByte(rest, '}')
	if !strings.HasPrefix(rest, "{") || end < 2 {
		return "", t.fault("invalid character property name")
	}
	name := rest[1:end]
	if strings.HasPrefix(name, "^") {
		negated, name = !negated, name[1:]
	}
	t.at += end + 3
	if class, ok := properties[strings.ToLower(name)]; ok {
		return pick(negated, "[^", "[") + class + "]", nil
	}
	if len(name) > 2 {
		name = strings.ToUpper(name[:1]) + strings.ToLower(name[1:])
	}
	return `\` + pick(negated, "P", "p") + "{" + name + "}", nil
}
