package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A shape is what values at one place had in common. Merging two shapes gives
// the same whichever comes first.
type shape struct {
	count   int // how many values there were
	types   int // of them, as bits
	forms   int // of all texts, as bits; of numbers none
	text    string
	same    bool // all texts, or numbers, were the same
	members map[string]*shape
	objects int // how many of the values were objects
	items   *shape
	empty   bool // one of the lists was empty
}

// The types of JSON, as bits.
const (
	isNull = 1 << iota
	isBoolean
	isInteger
	isDecimal
	isText
	isObject
	isList
)

// leapDay is a 29 February that there is.
const leapDay = `(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29`

// forms of texts, the most special first; the index is the bit.
var forms = []struct {
	fits *regexp.Regexp
	rule contracts.Rule
}{
	{regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), regex(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-](0\d|1[01]):\d\d)$`), dated("datetime", "yyyy-MM-dd'T'HH:mm:ssXXX")},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-](0\d|1[01]):\d\d)$`), regex(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:\d\d)`)},
	{regexp.MustCompile(`^(\d{4}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)|` + leapDay + `)$`), dated("date", "yyyy-MM-dd")},
	{regexp.MustCompile(`^-?\d+$`), regex(`-?\d+`)},
	{regexp.MustCompile(`^(true|false)$`), regex(`true|false`)},
}

func regex(pattern string) contracts.Rule {
	return contracts.Rule{Match: "regex", Args: map[string]any{"regex": pattern}}
}

func dated(match, format string) contracts.Rule {
	return contracts.Rule{Match: match, Args: map[string]any{"format": format}}
}

func textOf(text string) *shape {
	s := &shape{count: 1, types: isText, text: text, same: true}
	for bit, form := range forms {
		if form.fits.MatchString(text) {
			s.forms |= 1 << bit
		}
	}
	return s
}

func textsOf(values []string) *shape {
	var s *shape
	for _, v := range values {
		s = merge(s, textOf(v))
	}
	return s
}

// shapeOf takes a JSON value with json.Number.
func shapeOf(v any) *shape {
	s := &shape{count: 1, same: true}
	switch v := v.(type) {
	case nil:
		s.types = isNull
	case bool:
		s.types, s.text = isBoolean, fmt.Sprint(v)
	case json.Number:
		s.types, s.text = isInteger, v.String()
		if strings.ContainsAny(s.text, ".eE") {
			s.types = isDecimal
		}
	case string:
		return textOf(v)
	case []any:
		s.types, s.empty = isList, len(v) == 0
		for _, one := range v {
			s.items = merge(s.items, shapeOf(one))
		}
	case map[string]any:
		s.types, s.objects, s.members = isObject, 1, map[string]*shape{}
		for name, one := range v {
			s.members[name] = shapeOf(one)
		}
	}
	return s
}

// merge may change and return a. Of two examples the shorter stays, of equals
// the smaller.
func merge(a, b *shape) *shape {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	const scalar = isBoolean | isInteger | isDecimal | isText
	mine, yours := a.types&scalar != 0, b.types&scalar != 0
	switch {
	case mine && yours:
		a.same = a.same && b.same && a.text == b.text
		if len(b.text) < len(a.text) || len(b.text) == len(a.text) && b.text < a.text {
			a.text = b.text
		}
		a.forms &= b.forms
	case yours:
		a.text, a.forms, a.same = b.text, b.forms, b.same
	}
	a.count += b.count
	a.types |= b.types
	a.objects += b.objects
	a.empty = a.empty || b.empty
	a.items = merge(a.items, b.items)
	if a.members == nil {
		a.members = b.members
		return a
	}
	for name, one := range b.members {
		a.members[name] = merge(a.members[name], one)
	}
	return a
}

// signature tells requests of different shapes from one another.
func (s *shape) signature() string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	types := s.types
	if types&(isInteger|isDecimal) != 0 {
		types |= isInteger | isDecimal // 10 and 9.50 are of one shape
	}
	fmt.Fprint(&b, types)
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		fmt.Fprintf(&b, "{%q:%s}", name, s.members[name].signature())
	}
	if s.items != nil {
		b.WriteString("[" + s.items.signature() + "]")
	}
	return b.String()
}

// textRule is the rule for a text that stands outside of JSON.
func (s *shape) textRule() contracts.Rule {
	for bit, form := range forms {
		if s.forms&(1<<bit) != 0 {
			return form.rule
		}
	}
	return contracts.Rule{Match: "type"}
}

// usable says whether a contract can say what the values were like: they
// were of one type, or numbers.
func (s *shape) usable() bool {
	return s.types&(s.types-1) == 0 || s.types == isInteger|isDecimal
}

// value writes an example and puts the rules for it. always leaves out what
// not every value had, or had in one type.
func (s *shape) value(at string, rules contracts.Rules, always bool) json.RawMessage {
	rule := contracts.Rule{Match: "type"}
	text := json.RawMessage(s.text)
	switch {
	case s.types == isNull:
		return json.RawMessage("null")
	case s.types&isObject != 0:
		return s.object(at, rules, always)
	case s.types&isList != 0:
		return s.list(at, rules, always)
	case s.types == isInteger:
		rule.Match = "integer"
	case s.types == isDecimal:
		rule.Match = "decimal"
	case s.types&isText == 0 && s.types&(isInteger|isDecimal) != 0:
		rule.Match = "number"
	case s.types&isText != 0:
		text, _ = json.Marshal(s.text) // a string always can be
		if s.forms != 0 && s.forms&-s.forms < 1<<4 {
			rule = s.textRule() // a number or a boolean within quotes says little
		}
	}
	put(rules, "body", at, rule)
	return text
}

func (s *shape) object(at string, rules contracts.Rules, always bool) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		member := s.members[name]
		nameless := unreachable(name)
		if always && (member.count < s.objects || !member.usable() || nameless) {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(name) // a string always can be
		b.Write(key)
		b.WriteByte(':')
		if nameless {
			put(rules, "body", at, contracts.Rule{Match: "type"}) // cascades to it
			b.Write(member.value(at, contracts.Rules{}, always))
			continue
		}
		b.Write(member.value(at+step(name), rules, always))
	}
	b.WriteByte('}')
	return b.Bytes()
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// unreachable says that no path expression can name a member.
func unreachable(name string) bool {
	_, err := contracts.ParsePath("$" + step(name))
	return err != nil
}

func step(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	return "['" + name + "']"
}

// list is an example of one item that stands for all. Items of different
// types are left out, and then any list will do.
func (s *shape) list(at string, rules contracts.Rules, always bool) json.RawMessage {
	rule := contracts.Rule{Match: "type"}
	if !s.empty {
		rule.Args = map[string]any{"min": json.Number("1")}
	}
	put(rules, "body", at, rule)
	if s.items == nil || !s.items.usable() || s.items.types == isNull || !always && !s.items.firm() {
		return json.RawMessage("[]")
	}
	return slices.Concat([]byte("["), s.items.value(at+"[*]", rules, always), []byte("]"))
}

// firm says whether every object in it has the same members, of one type.
func (s *shape) firm() bool {
	for _, m := range s.members {
		if m.count < s.objects || !m.usable() || !m.firm() {
			return false
		}
	}
	return s.items == nil || s.items.usable() && s.items.firm()
}
