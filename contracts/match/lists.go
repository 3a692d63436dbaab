package match

import (
	"fmt"

	"github.com/seamtest/seam/contracts"
)

// lists is rule 3.
func (c *comparison) lists(sc scope, want, got *value) {
	set, cascaded := sc.rules()
	switch {
	case set == nil:
		c.plainLists(sc, want, got)
	case len(want.items) > 0:
		c.ruledLists(listRules{set, cascaded}, sc, want, got)
	}
}

func (c *comparison) plainLists(sc scope, want, got *value) {
	if len(want.items) == 0 && len(got.items) > 0 {
		c.add(nil, want, got, fmt.Sprintf("Expected an empty List but received %s", got))
		return
	}
	for i, item := range want.items {
		if i < len(got.items) {
			c.under(itemElem(i), sc, item, got.items[i])
		} else {
			c.add(nil, item, nil, fmt.Sprintf("Expected %s but was missing", item))
		}
	}
	if len(want.items) != len(got.items) {
		c.add(nil, want, got, fmt.Sprintf("Expected a List with %d elements but received %d elements", len(want.items), len(got.items)))
	}
}

type listRules struct {
	set      *ruleSet
	cascaded bool
}

// ruledLists asks every rule, or under OR until one holds. All rules but
// arrayContains and eachValue compare the items in the same way.
func (c *comparison) ruledLists(by listRules, sc scope, want, got *value) {
	start := len(c.found)
	for _, r := range by.set.rules {
		mark := len(c.found)
		why := &cause{r, by.set}
		switch {
		case r.kind == ruleArrayContains:
			c.contains(why, want, got)
		case r.kind == ruleEachValue && by.cascaded:
			// It governs the items further up, and says nothing here.
		case r.kind == ruleEachValue:
			for i, item := range got.items {
				c.push(itemElem(i))
				c.values(each(r.each, sc), example(want, i), item)
				c.pop()
			}
		default:
			if fault := r.onList(want, got, by.cascaded); fault != "" {
				c.add(why, want, got, fault)
			}
			c.padded(sc, want, got)
		}
		if len(c.found) == mark && by.set.any {
			c.drop(start)
			return
		}
	}
}

// example is the expected item for the actual item i: its own, else the first.
func example(want *value, i int) *value {
	if i < len(want.items) {
		return want.items[i]
	}
	return want.items[0]
}

// padded compares item by item, the expected list padded with its first item.
// A missing item is a fault only where no rule covers it.
func (c *comparison) padded(sc scope, want, got *value) {
	for i := range max(len(want.items), len(got.items)) {
		e := itemElem(i)
		if i < len(got.items) {
			c.under(e, sc, example(want, i), got.items[i])
		} else if set, _ := sc.step(e).rules(); set == nil {
			c.add(nil, want.items[i], nil, fmt.Sprintf("Expected %s but was missing", want.items[i]))
		}
	}
}

// equality is the table of a variant that brings no rules of its own: its item
// is looked for as it is.
var equality = table{{at: "$", path: contracts.Path{{Kind: contracts.Root}}, rules: []*rule{{kind: ruleEquality, name: "equality"}}}}

// variantsOf are what an arrayContains rule looks for: without variants of its
// own, every item of the example, of which there are n, as it is.
func (r *rule) variantsOf(n int) []variant {
	if len(r.variants) > 0 {
		return r.variants
	}
	var all []variant
	for i := range n {
		all = append(all, variant{i, equality})
	}
	return all
}

// contains looks for every variant among the actual items. The rules of a
// variant are rooted at the item.
func (c *comparison) contains(why *cause, want, got *value) {
	for _, v := range why.rule.variantsOf(len(want.items)) {
		if v.index >= len(want.items) {
			c.add(why, want, got, fmt.Sprintf("ArrayContains: variant %d is missing from the expected list, which has %d items", v.index, len(want.items)))
			continue
		}
		if item := want.items[v.index]; !c.someFits(v.table, item, got) {
			c.add(why, item, got, fmt.Sprintf("Variant at index %d (%s) was not found in the actual list", v.index, item))
		}
	}
}

func (c *comparison) someFits(t table, want, got *value) bool {
	mark := len(c.found)
	steps, quiet := c.steps, c.quiet
	defer func() {
		c.steps, c.quiet = steps, quiet
		c.drop(mark)
	}()
	c.steps, c.quiet = nil, true
	for _, item := range got.items {
		c.values(t.root(), want, item)
		if len(c.found) == mark {
			return true
		}
		c.drop(mark)
	}
	return false
}
