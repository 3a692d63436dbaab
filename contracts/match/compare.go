package match

import (
	"fmt"
	"slices"
	"strings"
)

// A comparison explains: it walks the expected and the actual tree and
// reports every mismatch. strict forbids keys that the example lacks.
type comparison struct {
	report
	strict bool
}

// values is rule 1: containers of different kinds never match, whatever the
// rules say.
func (c *comparison) values(sc scope, want, got *value) {
	switch {
	case c.spent():
	case want.kind.container() && want.kind != got.kind:
		c.add(nil, want, got, fmt.Sprintf("Type mismatch: Expected %s (%s) to be the same type as %s (%s)", got, got.kind, want, want.kind))
	case want.kind == objectKind:
		c.objects(sc, want, got)
	case want.kind == arrayKind:
		c.lists(sc, want, got)
	default:
		c.scalars(sc, want, got)
	}
}

// objects is rule 2.
func (c *comparison) objects(sc scope, want, got *value) {
	if len(want.members) == 0 && c.strict && len(got.members) > 0 {
		c.add(nil, want, got, fmt.Sprintf("Expected an empty Map but received %s", got))
		return
	}
	set, cascaded := sc.rules()
	if set == nil {
		c.keys(sc, want, got)
		c.common(sc, want, got)
		return
	}
	done := false
	for _, r := range set.rules {
		if !cascaded && r.entries() {
			c.entries(sc, r, want, got)
			continue
		}
		if why := r.onMap(want, got, cascaded); why != "" {
			c.add(&cause{r, set}, want, got, why)
		}
		if !done {
			c.keys(sc, want, got)
			c.common(sc, want, got)
			done = true
		}
	}
}

// common compares the members that both have.
func (c *comparison) common(sc scope, want, got *value) {
	for _, m := range want.members {
		if other := got.get(m.key); other != nil {
			c.under(keyElem(m.key), sc, m.value, other)
		}
	}
}

// under compares one step further down.
func (c *comparison) under(e elem, sc scope, want, got *value) {
	c.push(e)
	c.values(sc.step(e), want, got)
	c.pop()
}

// entries compares every actual entry with its example, or else with the
// first there is, by name.
func (c *comparison) entries(sc scope, r *rule, want, got *value) {
	for _, m := range got.members {
		example := want.get(m.key)
		if example == nil && len(want.members) > 0 {
			example = want.members[want.least].value
		}
		if example == nil {
			continue
		}
		e := keyElem(m.key)
		c.push(e)
		c.values(below(sc, r, e), example, m.value)
		c.pop()
	}
}

// below is the scope of a part under a rule, which may be nil: eachValue
// brings its own rules.
func below(sc scope, r *rule, e elem) scope {
	if r != nil && r.kind == ruleEachValue {
		return each(r.each, sc)
	}
	return sc.step(e)
}

// keys is the key check, and what eachKey asks of every key. Any rule that
// stands exactly here, be it in force or not, makes the rules in force count.
func (c *comparison) keys(sc scope, want, got *value) {
	if !sc.frees {
		c.keySets(want, got)
	}
	set, _ := sc.rules()
	if !sc.exact || set == nil {
		return
	}
	for _, r := range set.rules {
		if r.kind != ruleEachKey {
			continue
		}
		for _, m := range got.members {
			if c.spent() {
				return
			}
			c.push(keyElem(m.key))
			c.eachKey(r, set, m.key)
			c.pop()
		}
	}
}

func (c *comparison) eachKey(r *rule, set *ruleSet, key string) {
	for _, sub := range r.each.rules {
		if !sub.fitsKey(key) {
			c.add(&cause{r, set}, nil, textValue(key), sub.refusalText("", key))
			if slowed(sub, c.began) {
				c.giveUp("an expression that backtracks takes too long")
			}
		}
	}
}

// fitsKey judges a key. There is no example to compare it with, so equality
// wants an empty key.
func (r *rule) fitsKey(key string) bool { return r.fitsText("", key) }

func (c *comparison) keySets(want, got *value) {
	var missing, extra []string
	for _, m := range want.members {
		if got.get(m.key) == nil {
			missing = append(missing, m.key)
		}
	}
	if c.strict {
		for _, m := range got.members {
			if want.get(m.key) == nil {
				extra = append(extra, m.key)
			}
		}
		if len(missing)+len(extra) > 0 {
			c.add(nil, want, got, fmt.Sprintf("Expected a Map with keys [%s] but received one with keys [%s]", keyList(want), keyList(got)))
		}
		return
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		c.add(nil, want, got, "Actual map is missing the following keys: "+strings.Join(missing, ", "))
	}
}

func keyList(v *value) string {
	var keys []string
	for _, m := range v.members {
		keys = append(keys, m.key)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// scalars is rule 4.
func (c *comparison) scalars(sc scope, want, got *value) {
	set, _ := sc.rules()
	if set == nil {
		if !want.scalar.equal(got.scalar) {
			c.add(nil, want, got, unequal(want, got))
		}
		return
	}
	plain := got.scalar
	if got.kind.container() {
		plain.text = got.form()
	}
	mark := len(c.found)
	for _, r := range set.rules {
		ok := r.fits(want.scalar, plain)
		if !ok {
			c.add(&cause{r, set}, want, got, r.refusal(want, got))
		} else if set.any {
			c.drop(mark)
			return
		}
	}
}
