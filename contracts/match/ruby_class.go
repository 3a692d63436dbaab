package match

import (
	"strings"
	"unicode/utf8"
)

// A class is a bracket expression: what all of its unions have in common.
type class struct {
	negated bool
	unions  []union
}

// A union is a set of ranges together with nested classes.
type union struct {
	ranges string    // content of a bracket expression without nesting
	spans  [][2]rune // of ranges, without shorthands
	nested []string  // translated
}

// class translates a bracket expression.
func (t *translator) class(depth int) error {
	text, err := t.bracket(depth)
	if err == nil {
		t.out.WriteString(text)
	}
	return err
}

func (t *translator) bracket(depth int) (string, error) {
	if depth > maxGroups {
		return "", t.fault("too many nested classes")
	}
	t.at++
	c := class{unions: make([]union, 1)}
	if strings.HasPrefix(t.rest(), "^") {
		c.negated = true
		t.at++
	}
	first := true
	for t.at < len(t.in) {
		rest, u := t.rest(), &c.unions[len(c.unions)-1]
		var err error
		switch {
		case rest[0] == ']' && !first:
			t.at++
			return t.emit(c)
		case strings.HasPrefix(rest, "&&"):
			t.at += 2
			c.unions = append(c.unions, union{})
		case strings.HasPrefix(rest, "[:") && strings.Contains(rest, ":]"):
			err = t.posix(u)
		case rest[0] == '[':
			var nested string
			nested, err = t.bracket(depth + 1)
			u.nested = append(u.nested, nested)
		default:
			err = t.span(u)
		}
		if err != nil {
			return "", err
		}
		first = false
	}
	return "", t.fault("premature end of char-class")
}

// posix reads [:alpha:] or [:^alpha:].
func (t *translator) posix(u *union) error {
	rest := t.rest()
	end := strings.Index(rest, ":]")
	name, negated := strings.CutPrefix(rest[2:end], "^")
	content, ok := properties[name]
	if !ok {
		return t.fault("invalid POSIX bracket type " + name)
	}
	t.at += end + 2
	if negated {
		u.nested = append(u.nested, "[^"+content+"]")
	} else {
		u.ranges += content
	}
	return t.unranged()
}

// unranged says that a class within a class begins no range: [\w-.] is wrong.
func (t *translator) unranged() error {
	if next := t.rest(); strings.HasPrefix(next, "-") && !strings.HasPrefix(next, "-]") {
		return t.fault("unmatched range specifier in char-class")
	}
	return nil
}

// span reads a character, a range or a shorthand.
func (t *translator) span(u *union) error {
	if t.in[t.at] == '\\' && t.at+1 < len(t.in) {
		c := t.in[t.at+1]
		if content, ok := shorthands[c|0x20]; ok {
			t.at += 2
			if c == 'w' || c == 'W' {
				content = memberClass
			}
			if c >= 'a' {
				u.ranges += content
			} else {
				u.nested = append(u.nested, "[^"+content+"]")
			}
			return t.unranged()
		}
		if c == 'p' || c == 'P' {
			text, err := t.property()
			if u.nested = append(u.nested, text); err != nil {
				return err
			}
			return t.unranged()
		}
	}
	low, err := t.member()
	if err != nil {
		return err
	}
	u.ranges += quoteRune(low)
	u.spans = append(u.spans, [2]rune{low, low})
	rest := t.rest()
	if !strings.HasPrefix(rest, "-") || len(rest) < 2 || rest[1] == ']' || rest[1] == '[' {
		return nil
	}
	t.at++
	if isShorthand(t.rest()) {
		return t.fault("char-class value at end of range")
	}
	high, err := t.member()
	if err == nil && high < low {
		err = t.fault("empty range in char class")
	}
	u.ranges += "-" + quoteRune(high)
	u.spans[len(u.spans)-1][1] = high
	return err
}

func isShorthand(s string) bool {
	return len(s) > 1 && s[0] == '\\' && strings.IndexByte("dwshDWSHpP", s[1]) >= 0
}

// member reads one character of a class.
func (t *translator) member() (rune, error) {
	if t.in[t.at] != '\\' {
		r, n := utf8.DecodeRuneInString(t.rest())
		t.at += n
		return r, nil
	}
	if t.at+1 >= len(t.in) {
		return 0, t.fault("end pattern at escape")
	}
	if t.in[t.at+1] == 'b' {
		t.at += 2
		return '\b', nil
	}
	return t.character()
}

// emit writes a class: as brackets where that is possible, else as groups of
// alternatives and look-ahead.
func (t *translator) emit(c class) (string, error) {
	if !c.negated && len(c.unions) == 1 {
		u := &c.unions[0]
		u.nested = append(t.foldedMembers(u), u.nested...)
	}
	if len(c.unions) == 1 && len(c.unions[0].nested) == 0 {
		return "[" + pick(c.negated, "^", "") + c.unions[0].ranges + "]", nil
	}
	var text strings.Builder
	for i := len(c.unions) - 1; i >= 0; i-- {
		u := &c.unions[i]
		alternatives := u.nested
		if u.ranges != "" {
			alternatives = append([]string{"[" + u.ranges + "]"}, alternatives...)
		}
		if len(alternatives) == 0 {
			return "", t.fault("empty char-class in an intersection")
		}
		text.WriteString(pick(i > 0, "(?=", "(?:") + strings.Join(alternatives, "|") + ")")
	}
	if len(c.unions) > 1 {
		if err := t.need("an intersection of classes"); err != nil {
			return "", err
		}
	}
	if !c.negated {
		return "(?:" + text.String() + ")", nil
	}
	return "(?:(?!" + text.String() + `)[\s\S])`, t.need("a negated union of classes")
}
