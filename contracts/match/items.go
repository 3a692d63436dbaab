package match

import "fmt"

// byItem compares the values of a form's field one by one, where the rules
// of a contract tell them apart, such as `$.a[0]` or `$.a[*]`. Rules of the
// field as a whole judge how many there are; without one the number is fixed.
func (p *queryPlan) byItem(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	mark, m := len(found), p.mismatch(f, got, "")
	add := func(set *ruleSet, r *rule, message string) {
		if len(found)-mark >= mostOfField {
			return
		}
		m.Message, m.Rule, m.RuleAt = message, "", ""
		if r != nil {
			m.Rule, m.RuleAt = r.name, set.at
		}
		found = append(found, m)
	}
	if f.set == nil && len(got) != len(f.values) {
		add(nil, nil, fmt.Sprintf("Expected %s '%s' with %d value(s) but received %d value(s)", p.noun, f.name, len(f.values), len(got)))
	}
	f.sizes(got, add)
	for i, v := range got {
		set, _ := f.items.step(itemElem(i)).rules()
		switch want := f.at(i); {
		case set != nil:
			set.judge(want, v, func(r *rule, message string) { add(set, r, message) })
		case want != v:
			add(nil, nil, fmt.Sprintf("Expected %s '%s' with value '%s' but was '%s'", p.noun, f.name, want, v))
		}
	}
	return found
}

// sizes applies the rules of the whole field to how many values came.
func (f *fieldPlan) sizes(got []string, add func(*ruleSet, *rule, string)) {
	if f.set == nil {
		return
	}
	for _, r := range f.set.rules {
		if f.set.any && f.onList(r, got) == "" {
			return
		}
	}
	for _, r := range f.set.rules {
		if why := f.onList(r, got); why != "" {
			add(f.set, r, why)
		}
	}
}

// at is the expected value at i, the first one again where a rule of the
// whole field lets more come.
func (f *fieldPlan) at(i int) string {
	if f.set != nil {
		return padded(f.values, i)
	}
	return at(f.values, i)
}
