package match

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// translate turns an expression of Ruby (Oniguruma) into one of RE2, or with
// backtrack set into one of regexp2. What differs:
//   - ^ and $ match at line boundaries; (?m) means that a dot matches all;
//   - \d, \w, \s and [[:alpha:]] are Unicode; \h is a hexadecimal digit;
//   - a++ is possessive, {,n} begins at 0, (?<n>..) names, (?P<n>..) is wrong;
//   - classes nest and intersect: [a-z&&[^aeiou]];
//   - (?i) takes ß for ss and the like.
func translate(expr string, backtrack bool) (string, error) {
	t := &translator{in: expr, backtrack: backtrack, atom: -1}
	if err := t.alternatives(0); err != nil {
		return "", err
	}
	if t.at < len(t.in) {
		return "", t.fault("unmatched close parenthesis")
	}
	return t.out.String(), nil
}

// maxGroups bounds the nesting of groups and classes.
const maxGroups = 200

type translator struct {
	in        string
	at        int
	out       strings.Builder
	atom      int // where in out the last atom begins; -1 for none
	repeated  bool
	backtrack bool
	fold      bool // (?i) is on
}

func (t *translator) fault(reason string) error { return &patternError{reason, t.at, false} }

// need asks for the backtracking engine.
func (t *translator) need(what string) error {
	if t.backtrack {
		return nil
	}
	return &patternError{what + " needs backtracking", t.at, true}
}

func (t *translator) rest() string { return t.in[t.at:] }

// begin notes that an atom begins here.
func (t *translator) begin() { t.atom, t.repeated = t.out.Len(), false }

// wrap puts something around the last atom.
func (t *translator) wrap(before, after string) {
	s := t.out.String()
	t.out.Reset()
	t.out.WriteString(s[:t.atom] + before + s[t.atom:] + after)
}

// alternatives translates up to the closing parenthesis or the end.
func (t *translator) alternatives(depth int) error {
	if depth > maxGroups {
		return t.fault("too many nested groups")
	}
	t.atom = -1
	start := t.at
	for t.at < len(t.in) {
		var err error
		switch c := t.in[t.at]; c {
		case ')':
			return nil
		case '|':
			t.at++
			t.out.WriteByte('|')
			t.atom, start = -1, t.at
		case '(':
			if t.isolated() {
				return t.option(depth, t.at == start)
			}
			err = t.group(depth)
		case '[':
			t.begin()
			err = t.class(depth)
		case '*', '+', '?', '{':
			err = t.repeat(c)
		case '\\':
			err = t.escape()
		case '^', '$':
			t.anchor(c, depth == 0 && (c == '^' && t.at == start || c == '$' && t.lastOfBranch()))
		case '.':
			t.begin()
			t.at++
			t.out.WriteByte('.')
		default:
			if t.folded() {
				break
			}
			r, n := utf8.DecodeRuneInString(t.rest())
			t.at += n
			t.literal(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *translator) lastOfBranch() bool {
	return t.at+1 == len(t.in) || t.in[t.at+1] == '|'
}

// anchor drops what the match of the whole text implies.
func (t *translator) anchor(c byte, implied bool) {
	t.at++
	t.begin()
	if !implied {
		t.out.WriteString("(?m:" + string(c) + ")")
		return
	}
	t.out.WriteString("(?:)")
}

func (t *translator) literal(r rune) {
	t.begin()
	t.out.WriteString(quoteRune(r))
}

func quoteRune(r rune) string {
	if r < utf8.RuneSelf && strings.ContainsRune(`\.+*?()|[]{}^$-&~#`+"`", r) {
		return `\` + string(r)
	}
	return string(r)
}

func (t *translator) group(depth int) error {
	start, fold := t.out.Len(), t.fold
	t.at++
	if !strings.HasPrefix(t.rest(), "?") {
		t.out.WriteByte('(')
	} else if done, err := t.special(); done || err != nil {
		return err
	}
	if err := t.alternatives(depth + 1); err != nil {
		return err
	}
	if t.at >= len(t.in) {
		return t.fault("end pattern with unmatched parenthesis")
	}
	t.at++
	t.fold = fold
	t.out.WriteByte(')')
	t.atom, t.repeated = start, false
	return nil
}

// special translates what follows "(?". It reports done when there is no body.
func (t *translator) special() (done bool, err error) {
	rest := t.rest()
	for _, p := range []string{"?=", "?!", "?<=", "?<!", "?>"} {
		if strings.HasPrefix(rest, p) {
			t.at += len(p)
			t.out.WriteString("(" + p)
			return false, t.need("(" + p)
		}
	}
	switch {
	case strings.HasPrefix(rest, "?:"):
		t.at += 2
		t.out.WriteString("(?:")
		return false, nil
	case strings.HasPrefix(rest, "?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return false, t.fault("end pattern in comment")
		}
		t.at += end + 1
		return true, nil
	case strings.HasPrefix(rest, "?<"):
		return false, t.named('>')
	case strings.HasPrefix(rest, "?'"):
		return false, t.named('\'')
	}
	return false, t.flags(':')
}

func (t *translator) named(closing byte) error {
	end := strings.IndexByte(t.rest()[2:], closing)
	if end <= 0 {
		return t.fault("group name is empty or has no end")
	}
	name := t.rest()[2 : 2+end]
	if name[0] >= '0' && name[0] <= '9' {
		return t.fault("invalid group name <" + name + ">")
	}
	t.at += end + 3
	t.out.WriteString("(?<" + name + ">")
	return nil
}

// isolatedOption is an option without a body, such as (?i).
var isolatedOption = regexp.MustCompile(`^\(\?[mix-]+\)`)

func (t *translator) isolated() bool { return isolatedOption.MatchString(t.rest()) }

// option translates (?i) and what it governs: all that follows in its group,
// other branches too. a(?i)b|c is a(?i:b|c).
func (t *translator) option(depth int, first bool) error {
	fold := t.fold
	t.at++
	if err := t.flags(')'); err != nil {
		return err
	}
	if !first {
		depth++
	}
	if err := t.alternatives(depth); err != nil {
		return err
	}
	t.fold = fold
	t.out.WriteByte(')')
	return nil
}

// flags translates (?i: and (?mi-x:, and what an isolated option has.
func (t *translator) flags(closing byte) error {
	rest := t.rest()[1:]
	end := strings.IndexByte(rest, closing)
	if end <= 0 || strings.Trim(rest[:end], "mix-") != "" {
		return t.fault("undefined group option")
	}
	if strings.Contains(rest[:end], "x") {
		if err := t.need("(?x)"); err != nil {
			return err
		}
	}
	on, off, _ := strings.Cut(rest[:end], "-")
	t.fold = (t.fold || strings.Contains(on, "i")) && !strings.Contains(off, "i")
	t.at += end + 2
	t.out.WriteString("(?" + strings.ReplaceAll(rest[:end], "m", "s") + ":")
	return nil
}

// repeat translates a quantifier.
func (t *translator) repeat(c byte) error {
	text := string(c)
	if c == '{' {
		var ok bool
		if text, ok = interval(t.rest()); !ok {
			t.at++
			t.literal('{')
			return nil
		}
	}
	if t.atom < 0 {
		return t.fault("target of repeat operator is not specified")
	}
	t.at += len(text)
	if t.repeated {
		t.wrap("(?:", ")")
	}
	t.repeated = true
	t.out.WriteString(ordered(text))
	switch {
	case strings.HasPrefix(t.rest(), "?"):
		t.at++
		if c == '{' && !strings.Contains(text, ",") {
			t.wrap("(?:", ")?") // Ruby reads a{2}? as "twice or not at all"
			return nil
		}
		t.out.WriteByte('?')
	case strings.HasPrefix(t.rest(), "+") && c != '{':
		t.at++
		t.wrap("(?>", ")")
		return t.need("a possessive quantifier")
	}
	return nil
}

// ordered writes {,n} with its zero, and {2,1} the right way round.
func ordered(text string) string {
	from, to, ok := strings.Cut(strings.Trim(text, "{}"), ",")
	if !ok {
		return text
	}
	low, _ := strconv.Atoi(from)
	high, err := strconv.Atoi(to)
	switch {
	case err != nil:
		return text
	case high < low:
		low, high = high, low
	}
	return "{" + strconv.Itoa(low) + "," + strconv.Itoa(high) + "}"
}

// interval finds {n}, {n,}, {n,m} or {,m} at the start of s.
func interval(s string) (string, bool) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return "", false
	}
	from, to, comma := strings.Cut(s[1:end], ",")
	if from == "" && to == "" {
		return "", false
	}
	for _, n := range []string{from, to} {
		if v, err := strconv.Atoi(n); n != "" && (err != nil || v < 0 || v > 100_000) || strings.ContainsAny(n, "+-") {
			return "", false
		}
	}
	return s[:end+1], comma || from != ""
}
