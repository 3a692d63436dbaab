package match

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// holds applies rules to a list of strings: the values of a query parameter,
// of a header with several lines, of a form's field. An empty example accepts
// any list. Else every rule is asked, or under OR until one holds:
//
//   - arrayContains looks for each variant among the values;
//   - eachValue judges every value by the rules that it brings;
//   - any other rule judges the list as a whole, and then all rules in force at
//     its values judge each of them, the example padded with its first.
func (f *fieldPlan) holds(got []string) bool {
	if len(f.values) == 0 {
		return true
	}
	for _, r := range f.set.rules {
		if f.one(r, got) == f.set.any {
			return f.set.any
		}
	}
	return !f.set.any
}

func (f *fieldPlan) one(r *rule, got []string) bool {
	switch {
	case r.kind == ruleArrayContains:
		return !slices.ContainsFunc(r.variantsOf(len(f.values)), func(v variant) bool { return !f.found(v, got) })
	case r.kind == ruleEachValue && f.cascaded:
		return true
	case !f.fitsList(r, got):
		return false
	}
	for i, v := range got {
		set, cascaded := f.rulesAt(i)
		if r.kind == ruleEachValue {
			set, cascaded = r.each, f.part != PartHeader
		}
		if !set.holds(padded(f.values, i), v, cascaded) {
			return false
		}
	}
	return true
}

// rulesAt are the rules in force at value i. In a form they are chosen two
// steps below the field.
func (f *fieldPlan) rulesAt(i int) (set *ruleSet, cascaded bool) {
	if f.items == nil {
		return f.set, f.part == PartBody
	}
	return f.items.step(itemElem(i)).step(itemElem(0)).rules()
}

// found says whether some value is what a variant asks for, whose rules are
// rooted above the value.
func (f *fieldPlan) found(v variant, got []string) bool {
	if v.index >= len(f.values) {
		return false
	}
	set, _ := v.table.root().step(f.variantStep()).rules()
	return slices.ContainsFunc(got, func(one string) bool {
		if set == nil {
			return f.values[v.index] == one
		}
		return set.holds(f.values[v.index], one, true)
	})
}

func (f *fieldPlan) variantStep() elem {
	if f.part == PartHeader {
		return keyElem(strings.ToLower(f.name))
	}
	return itemElem(0)
}

// fitsList applies a rule to the list as a whole.
func (f *fieldPlan) fitsList(r *rule, got []string) bool {
	switch r.kind {
	case ruleType:
		return f.cascaded || r.sized("", len(got)) == ""
	case ruleEquality:
		return slices.Equal(f.values, got)
	case ruleNotEmpty:
		return len(got) > 0
	case ruleNull, ruleStatusCode:
		return false
	}
	return true
}

// refusalList is the message when fitsList says no.
func (f *fieldPlan) refusalList(r *rule, got []string) string {
	shown := "[" + joined(got) + "]"
	switch r.kind {
	case ruleType:
		return r.sized(shown, len(got))
	case ruleEquality:
		return fmt.Sprintf("Expected %s to be equal to [%s]", shown, joined(f.values))
	}
	return fmt.Sprintf("Unable to match %s using %s", shown, r.name)
}

// mostOfField bounds the mismatches that are told of one list of values.
const mostOfField = 100

// A listReport collects what is wrong with one list of strings, and ends when
// there is enough of it or an expression that backtracks takes too long.
type listReport struct {
	found []Mismatch
	most  int
	began time.Time
	like  Mismatch // what all of them have in common
	text  func(message string) string
}

func newListReport(found []Mismatch, like Mismatch) *listReport {
	return &listReport{found: found, most: len(found) + mostOfField, began: time.Now(), like: like,
		text: func(message string) string { return message }}
}

func (p *listReport) full() bool { return len(p.found) >= p.most }

func (p *listReport) add(set *ruleSet, r *rule, message string) {
	if p.full() {
		return
	}
	m := p.like
	m.Message = p.text(message)
	if r != nil {
		m.Rule, m.RuleAt = r.name, set.at
	}
	p.found = append(p.found, m)
	if slowed(r, p.began) {
		p.most = len(p.found)
	}
}

// explain says why holds does not. What all rules ask of the values is told
// once.
func (f *fieldPlan) explain(p *listReport, got []string) {
	below := false
	for _, r := range f.set.rules {
		switch {
		case r.kind == ruleArrayContains:
			for _, v := range r.variantsOf(len(f.values)) {
				if !f.found(v, got) {
					p.add(f.set, r, fmt.Sprintf("Variant at index %d (%s) was not found in the actual list", v.index, at(f.values, v.index)))
				}
			}
			continue
		case r.kind == ruleEachValue && f.cascaded:
			continue
		case r.kind == ruleEachValue:
			f.eachOf(p, got, func(int) (*ruleSet, bool) { return r.each, f.part != PartHeader })
			continue
		case !f.fitsList(r, got):
			p.add(f.set, r, f.refusalList(r, got))
		}
		below = true
	}
	if below {
		f.eachOf(p, got, f.rulesAt)
	}
}

// eachOf tells what rules have against each value.
func (f *fieldPlan) eachOf(p *listReport, got []string, rulesAt func(i int) (*ruleSet, bool)) {
	for i, v := range got {
		if p.full() {
			return
		}
		set, cascaded := rulesAt(i)
		set.judge(padded(f.values, i), v, cascaded, func(r *rule, message string) { p.add(set, r, message) })
	}
}

// equal wants the same values in the same order. In a form, rules may stand at
// single values.
func (f *fieldPlan) equal(p *listReport, noun string, got []string) {
	for i, v := range got {
		want := at(f.values, i)
		var set *ruleSet
		cascaded := false
		if f.items != nil {
			set, cascaded = f.items.step(itemElem(i)).rules()
		}
		switch {
		case p.full():
			return
		case set != nil:
			set.judge(want, v, cascaded, func(r *rule, message string) { p.add(set, r, message) })
		case want != v:
			p.add(nil, nil, fmt.Sprintf("Expected %s '%s' with value '%s' but was '%s'", noun, f.name, want, v))
		}
	}
	if len(got) != len(f.values) {
		p.add(nil, nil, fmt.Sprintf("Expected %s '%s' with %d value(s) but received %d value(s)", noun, f.name, len(f.values), len(got)))
	}
}

func at(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

func padded(values []string, i int) string {
	if i >= len(values) {
		return at(values, 0)
	}
	return values[i]
}
