package match

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// compareMethod does not look at the case; where there are rules, they judge
// the method in capitals.
func compareMethod(found []Mismatch, want *textPlan, got string) []Mismatch {
	switch {
	case want.set != nil:
		return want.compare(found, PartMethod, strings.ToUpper(got))
	case strings.EqualFold(want.want, got):
		return found
	}
	return append(found, Mismatch{Part: PartMethod, Expected: want.want, Actual: got,
		Message: fmt.Sprintf("Expected method %s but received %s", want.want, got)})
}

type statusPlan struct {
	want int
	set  *ruleSet
}

func newStatusPlan(want int, rules map[string]contracts.RuleList) (statusPlan, error) {
	set, err := single(rules)
	return statusPlan{want, set}, err
}

func (p *statusPlan) compare(found []Mismatch, got int) []Mismatch {
	if p.set == nil {
		if p.want == got {
			return found
		}
		return append(found, p.mismatch(got, fmt.Sprintf("expected %d but was %d", p.want, got)))
	}
	mark := len(found)
	for _, r := range p.set.rules {
		if p.fits(r, got) {
			if p.set.any {
				return found[:mark]
			}
			continue
		}
		m := p.mismatch(got, p.refusal(r, got))
		m.Rule, m.RuleAt = r.name, p.set.at
		found = append(found, m)
	}
	return found
}

func (p *statusPlan) mismatch(got int, message string) Mismatch {
	return Mismatch{Part: PartStatus, Expected: strconv.Itoa(p.want), Actual: strconv.Itoa(got), Message: message}
}

// ofStatus are the rules that may hold of a status; others never do.
var ofStatus = []ruleKind{ruleRegex, ruleType, ruleEquality, ruleInclude, ruleNumber, ruleInteger}

func (p *statusPlan) fits(r *rule, got int) bool {
	switch {
	case slices.Contains(ofStatus, r.kind):
		w, g := p.literals(got)
		return r.fits(w.scalar, g.scalar)
	case r.kind != ruleStatusCode:
		return false
	case r.codes != nil:
		return slices.Contains(r.codes, got)
	}
	class := statusClasses[r.text]
	return class.from <= got && got <= class.to
}

func (p *statusPlan) literals(got int) (w, g *value) {
	return &value{scalar: scalar{integerKind, []byte(strconv.Itoa(p.want))}},
		&value{scalar: scalar{integerKind, []byte(strconv.Itoa(got))}}
}

func (p *statusPlan) refusal(r *rule, got int) string {
	switch {
	case slices.Contains(ofStatus, r.kind) || r.kind == ruleDecimal || r.kind == ruleUnknown:
		return r.refusal(p.literals(got))
	case r.kind != ruleStatusCode:
		return fmt.Sprintf("Unable to match %d using %s", got, r.name)
	case r.codes != nil:
		return fmt.Sprintf("Expected status code %d to be one of %s", got, strings.ReplaceAll(fmt.Sprint(r.codes), " ", ", "))
	}
	return fmt.Sprintf("Expected status code %d to be %s", got, statusClasses[r.text].name)
}
