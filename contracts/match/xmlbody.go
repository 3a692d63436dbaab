package match

import (
	"fmt"
	"strconv"

	"github.com/seamtest/seam/contracts"
)

// An xmlBody compares XML: names, attributes, children by name, text.
type xmlBody struct {
	want   *element
	table  table
	strict bool
}

func newXMLBody(text []byte, t table, strict bool) (*xmlBody, error) {
	want, err := parseXML(text)
	if err != nil {
		return nil, fmt.Errorf("the expected body is no XML: %w", err)
	}
	return &xmlBody{want, t, strict}, nil
}

func (b *xmlBody) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	root, err := parseXML(got.Content)
	if err != nil {
		return append(found, Mismatch{Part: PartBody, Path: "$", Actual: string(got.Content),
			Message: fmt.Sprintf("Failed to parse the actual body: '%s'", err)})
	}
	c := xmlComparison{report: newReport(PartBody), strict: b.strict}
	e := keyElem(b.want.name)
	c.push(e)
	c.elements(b.table.root().step(e), b.want, root)
	return append(found, c.result()...)
}

type xmlComparison struct {
	report
	strict bool
}

func textValue(s string) *value { return &value{scalar: scalar{stringKind, []byte(s)}} }

func (c *xmlComparison) fault(why *cause, want, got, message string) {
	c.add(why, textValue(want), textValue(got), message)
	c.found[len(c.found)-1].Pointer = ""
}

// elements compares two elements. Where they are not of one kind, nothing
// below them is looked at.
func (c *xmlComparison) elements(sc scope, want, got *element) {
	if c.spent() || !c.kinds(sc, want, got) {
		return
	}
	c.attributes(sc, want, got)
	c.children(sc, want, got)
	c.strings(sc, elem{key: "#text", index: -1}, want.text, got.text)
}

// kinds compares the names, or what rules make of the elements as a whole.
func (c *xmlComparison) kinds(sc scope, want, got *element) bool {
	set, cascaded := sc.rules()
	if set == nil {
		if want.name != got.name {
			c.fault(nil, want.name, got.name, fmt.Sprintf("Expected '%s' to be equal to '%s'", want.name, got.name))
		}
		return want.name == got.name
	}
	mark := len(c.found)
	for _, r := range set.rules {
		if why := r.onElement(want, got, cascaded); why != "" {
			c.fault(&cause{r, set}, want.name, got.name, why)
		} else if set.any {
			c.drop(mark)
			return true
		}
	}
	return len(c.found) == mark
}

// onElement applies a rule to an element as a whole; "" means that it holds.
func (r *rule) onElement(want, got *element, cascaded bool) string {
	switch r.kind {
	case ruleEquality:
		if want.name != got.name {
			return fmt.Sprintf("Expected '%s' to be equal to '%s'", want.name, got.name)
		}
	case ruleRegex:
		if name := (scalar{stringKind, []byte(got.name)}); !r.fits(name, name) {
			return r.refusalText(want.name, got.name)
		}
	case ruleType:
		bounded := r.min >= 0 || r.max >= 0
		switch {
		case want.name != got.name && !bounded:
			return fmt.Sprintf("Expected '%s' to be the same type as '%s'", want.name, got.name)
		case cascaded:
		case r.min >= 0 && got.nodes < r.min:
			return fmt.Sprintf("Expected '%s' to have at least %d children", got.name, r.min)
		case r.max >= 0 && got.nodes > r.max:
			return fmt.Sprintf("Expected '%s' to have at most %d children", got.name, r.max)
		}
	case ruleNotEmpty:
		if got.nodes == 0 {
			return fmt.Sprintf("Expected '%s' to have at least one child", got.name)
		}
	default:
		return fmt.Sprintf("Unable to match element '%s' using %s", got.name, r.name)
	}
	return ""
}

func (c *xmlComparison) attributes(sc scope, want, got *element) {
	switch {
	case c.strict && len(want.attrs) != len(got.attrs):
		c.fault(nil, strconv.Itoa(len(want.attrs)), strconv.Itoa(len(got.attrs)),
			fmt.Sprintf("Expected %d attribute(s) but received %d attribute(s)", len(want.attrs), len(got.attrs)))
	case len(want.attrs) > len(got.attrs):
		c.fault(nil, strconv.Itoa(len(want.attrs)), strconv.Itoa(len(got.attrs)),
			fmt.Sprintf("Expected at least %d attribute(s) but received %d attribute(s)", len(want.attrs), len(got.attrs)))
	}
	for _, a := range want.attrs {
		e := elem{key: "@" + a.name, index: -1}
		if other, ok := got.attr(a.name); ok {
			c.strings(sc, e, a.value, other)
			continue
		}
		c.push(e)
		c.fault(nil, a.value, "", fmt.Sprintf("Expected attribute '%s'='%s' but was missing", a.name, a.value))
		c.pop()
	}
}

// strings compares an attribute or the text by the rules one step down.
func (c *xmlComparison) strings(sc scope, e elem, want, got string) {
	if c.spent() {
		return
	}
	c.push(e)
	defer c.pop()
	set, cascaded := sc.step(e).rules()
	if set == nil {
		if want != got {
			c.fault(nil, want, got, fmt.Sprintf("Expected '%s' to be equal to '%s'", got, want))
		}
		return
	}
	set.judge(want, got, cascaded, func(r *rule, message string) { c.fault(&cause{r, set}, want, got, message) })
}

// children compares children of one name in their order; the order of names
// makes no difference. Names that the example lacks are a fault in requests,
// and where a type rule reaches them.
func (c *xmlComparison) children(sc scope, want, got *element) {
	names, examples := grouped(want.children)
	gotNames, actual := grouped(got.children)
	for _, name := range names {
		if len(actual[name]) == 0 {
			c.fault(nil, name, "", fmt.Sprintf("Expected child <%s/> but was missing", name))
			continue
		}
		c.group(sc, examples[name], actual[name])
	}
	for _, name := range gotNames {
		if examples[name] == nil && (c.strict || sc.step(keyElem(name)).typed) {
			c.fault(nil, "", name, fmt.Sprintf("Unexpected child <%s/>", name))
		}
	}
}

// group compares children of one name: where any type rule reaches them, every
// actual one with the first example, else pair by pair.
func (c *xmlComparison) group(sc scope, want, got []*element) {
	name := want[0].name
	e := keyElem(name)
	below := sc.step(e)
	byType := below.typed
	for i := range max(len(want), len(got)) {
		switch {
		case i < len(got) && (byType || i < len(want)):
			example := want[0]
			if !byType {
				example = want[i]
			}
			c.push(e)
			c.elements(below, example, got[i])
			c.pop()
		case byType:
		case i >= len(got):
			c.push(e)
			c.fault(nil, name, "", fmt.Sprintf("Expected child <%s/> but was missing", name))
			c.pop()
		case c.strict:
			c.fault(nil, "", name, fmt.Sprintf("Unexpected child <%s/>", name))
		}
	}
}

func (s *ruleSet) has(k ruleKind) bool {
	if s != nil {
		for _, r := range s.rules {
			if r.kind == k {
				return true
			}
		}
	}
	return false
}

// grouped returns the names in order of appearance and the children of each.
func grouped(children []*element) (names []string, by map[string][]*element) {
	by = map[string][]*element{}
	for _, e := range children {
		if by[e.name] == nil {
			names = append(names, e.name)
		}
		by[e.name] = append(by[e.name], e)
	}
	return names, by
}
