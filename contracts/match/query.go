package match

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A fieldPlan is what is expected of one named list of strings: a query
// parameter, a form field, a header.
type fieldPlan struct {
	part     Part
	name     string
	values   []string
	set      *ruleSet // nil for equality
	cascaded bool     // set stands further up
	items    *scope   // of a form's field below which rules stand; else nil
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
		f := fieldPlan{part: PartQuery, name: name, values: want[name]}
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
		case f.set == nil && f.items == nil && slices.Equal(f.values, values), f.set != nil && f.holds(values):
			continue
		}
		told := newListReport(found, p.mismatch(f, values, ""))
		if f.set == nil {
			f.equal(told, p.noun, values)
		} else {
			f.explain(told, values)
		}
		found = told.found
	}
	if here == len(got) {
		return found
	}
	var extra []string
	for name := range got {
		if !slices.ContainsFunc(p.fields, func(f fieldPlan) bool { return f.name == name }) {
			extra = append(extra, name)
		}
	}
	slices.Sort(extra)
	for _, name := range extra[:min(len(extra), mostOfField)] {
		found = append(found, p.mismatch(&fieldPlan{name: name}, got[name], fmt.Sprintf("Unexpected %s '%s' received", p.noun, name)))
	}
	if more := len(extra) - mostOfField; more > 0 {
		found = append(found, p.mismatch(&fieldPlan{name: extra[mostOfField]}, nil, fmt.Sprintf("Unexpected %s '%s' and %d more received", p.noun, extra[mostOfField], more-1)))
	}
	return found
}

func (p *queryPlan) mismatch(f *fieldPlan, got []string, message string) Mismatch {
	m := Mismatch{Part: p.part, Pointer: f.name, Expected: joined(f.values), Actual: joined(got), Message: message}
	if p.path != nil {
		m.Path = p.path(f.name)
		m.Pointer = ""
	}
	return m
}

// joined shows a list of values, of a long one the beginning.
func joined(values []string) string {
	if len(values) <= mostOfField {
		return strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(values[:mostOfField], ", "), len(values)-mostOfField)
}
