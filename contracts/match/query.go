package match

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/contracts"
)

// A fieldPlan is what is expected of one named list of strings: a query
// parameter, a form field, a header.
type fieldPlan struct {
	name   string
	values []string
	set    *ruleSet // nil for equality
	items  *scope   // of a form's field whose values have rules of their own; else nil
}

// A queryPlan compares query parameters, or the fields of a form.
type queryPlan struct {
	fields []fieldPlan // by name
	part   Part
	noun   string
	path   func(name string) string
}

func newQueryPlan(want map[string][]string, rules map[string]contracts.RuleList) (queryPlan, error) {
	p := queryPlan{part: PartQuery, noun: "query parameter"}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		f := fieldPlan{name: name, values: want[name]}
		if list, ok := rules[name]; ok && len(list.Rules) > 0 {
			var err error
			if f.set, err = newRuleSet(name, list); err != nil {
				return p, err
			}
		}
		p.fields = append(p.fields, f)
	}
	return p, nil
}

func (p *queryPlan) compare(found []Mismatch, got map[string][]string) []Mismatch {
	here := 0
	for i := range p.fields {
		f := &p.fields[i]
		values, ok := got[f.name]
		if !ok {
			found = append(found, p.mismatch(f, nil, fmt.Sprintf("Expected %s '%s' but was missing", p.noun, f.name)))
			continue
		}
		here++
		switch {
		case f.items != nil:
			found = p.byItem(found, f, values)
		case f.set == nil:
			found = p.equal(found, f, values)
		case !f.holds(values):
			found = p.ruled(found, f, values)
		}
	}
	if here == len(got) {
		return found
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !slices.ContainsFunc(p.fields, func(f fieldPlan) bool { return f.name == name }) {
			found = append(found, p.mismatch(&fieldPlan{name: name}, got[name], fmt.Sprintf("Unexpected %s '%s' received", p.noun, name)))
		}
	}
	return found
}

func (p *queryPlan) mismatch(f *fieldPlan, got []string, message string) Mismatch {
	m := Mismatch{Part: p.part, Pointer: f.name, Expected: strings.Join(f.values, ", "), Actual: strings.Join(got, ", "), Message: message}
	if p.path != nil {
		m.Path = p.path(f.name)
		m.Pointer = ""
	}
	return m
}

// mostOfField bounds the mismatches that are told of one list of values.
const mostOfField = 100

// equal wants the same values in the same order.
func (p *queryPlan) equal(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	mark, m := len(found), p.mismatch(f, got, "")
	for i, v := range got {
		if want := at(f.values, i); want != v && len(found)-mark < mostOfField {
			m.Message = fmt.Sprintf("Expected %s '%s' with value '%s' but was '%s'", p.noun, f.name, want, v)
			found = append(found, m)
		}
	}
	valueless := len(f.values) == 0 && slices.Equal(got, []string{""})
	if len(got) != len(f.values) && !valueless {
		found = append(found, p.mismatch(f, got, fmt.Sprintf("Expected %s '%s' with %d value(s) but received %d value(s)", p.noun, f.name, len(f.values), len(got))))
	}
	return found
}

func at(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// holds applies a set to a list of strings, the expected list padded with its
// first value; sizes count values.
func (f *fieldPlan) holds(got []string) bool {
	for _, r := range f.set.rules {
		if f.one(r, got) == f.set.any {
			return f.set.any
		}
	}
	return !f.set.any
}

func (f *fieldPlan) one(r *rule, got []string) bool {
	switch {
	case r.kind == ruleType && r.sized("", len(got)) != "",
		r.kind == ruleEquality && len(got) != len(f.values):
		return false
	}
	for i, v := range got {
		if !r.fitsText(padded(f.values, i), v) {
			return false
		}
	}
	return true
}

// onList says what a rule has against the values as a list.
func (f *fieldPlan) onList(r *rule, got []string) string {
	shown := "[" + strings.Join(got, ", ") + "]"
	switch {
	case r.kind == ruleType:
		return r.sized(shown, len(got))
	case r.kind == ruleEquality && len(got) != len(f.values):
		return fmt.Sprintf("Expected %s to be equal to [%s]", shown, strings.Join(f.values, ", "))
	}
	return ""
}

func padded(values []string, i int) string {
	if i >= len(values) {
		return at(values, 0)
	}
	return values[i]
}

// ruled says why holds does not.
func (p *queryPlan) ruled(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	mark, began, m := len(found), time.Now(), p.mismatch(f, got, "")
	add := func(r *rule, message string) {
		m.Message, m.Rule, m.RuleAt = message, r.name, f.set.at
		found = append(found, m)
	}
	for _, r := range f.set.rules {
		if why := f.onList(r, got); why != "" {
			add(r, why)
		}
		for i, v := range got {
			if len(found)-mark >= mostOfField || len(found) > mark && slowed(r, began) {
				return found
			}
			if want := padded(f.values, i); !r.fitsText(want, v) {
				add(r, r.refusalText(want, v))
			}
		}
	}
	return found
}
