package match

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// fitsBelow is fitsText where the rule may stand further up: eachKey and
// eachValue say nothing there.
func (r *rule) fitsBelow(want, got string, cascaded bool) bool {
	return cascaded && (r.kind == ruleEachKey || r.kind == ruleEachValue) || r.fitsText(want, got)
}

// fitsText judges a plain string: a header, a query value, a path, a text.
func (r *rule) fitsText(want, got string) bool {
	switch r.kind {
	case ruleEquality, ruleValues:
		return want == got
	case ruleType:
		return true
	case ruleRegex:
		return r.regex != nil && r.regex.matchString(got)
	case ruleInclude:
		return strings.Contains(got, r.text)
	case ruleInteger:
		_, err := strconv.ParseUint(strings.TrimPrefix(got, "+"), 10, 64)
		return err == nil && !strings.HasPrefix(got, "++")
	case ruleDecimal, ruleNumber:
		return isFloat(got)
	case ruleContentType:
		return looksLike([]byte(got), r.text)
	case ruleNull, ruleEachKey, ruleEachValue, ruleArrayContains:
		return false
	}
	text := scalar{kind: stringKind, text: []byte(got)}
	return r.fits(text, text)
}

// isFloat leaves out what only Go reads as a number: hexadecimals, underscores.
func isFloat(s string) bool {
	if strings.ContainsAny(s, "xX_pP") {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

func (r *rule) refusalText(want, got string) string {
	switch r.kind {
	case ruleEquality, ruleValues:
		return fmt.Sprintf("Expected '%s' to be equal to '%s'", got, want)
	case ruleInteger:
		return fmt.Sprintf("Expected '%s' to match an integer number", got)
	case ruleDecimal:
		return fmt.Sprintf("Expected '%s' to match a decimal number", got)
	case ruleNumber:
		return fmt.Sprintf("Expected '%s' to match a number", got)
	case ruleEachKey, ruleEachValue, ruleArrayContains:
		return fmt.Sprintf("Unable to match '%s' using %s", got, r.name)
	case ruleNotEmpty:
		return "Expected '' (String) to not be empty"
	}
	w := &value{scalar: scalar{stringKind, []byte(want)}}
	g := &value{scalar: scalar{stringKind, []byte(got)}}
	return r.refusal(w, g)
}

// judge applies a set to one string. It returns the messages of the rules
// that do not hold, none when one is enough and holds.
func (s *ruleSet) judge(want, got string, cascaded bool, add func(r *rule, message string)) {
	if s.any {
		for _, r := range s.rules {
			if r.fitsBelow(want, got, cascaded) {
				return
			}
		}
	}
	for _, r := range s.rules {
		if !r.fitsBelow(want, got, cascaded) {
			add(r, r.refusalText(want, got))
		}
	}
}

// holds is judge without the reasons.
func (s *ruleSet) holds(want, got string, cascaded bool) bool {
	for _, r := range s.rules {
		if r.fitsBelow(want, got, cascaded) == s.any {
			return s.any
		}
	}
	return !s.any
}

// A textPlan compares one string, such as the path.
type textPlan struct {
	want string
	set  *ruleSet // nil for equality
}

// single compiles the rules of a category that has no keys; nil for none.
func single(rules map[string]contracts.RuleList) (*ruleSet, error) {
	list, ok := rules[""]
	if !ok || len(list.Rules) == 0 {
		return nil, nil
	}
	return newRuleSet("", list)
}

func newTextPlan(want string, rules map[string]contracts.RuleList) (textPlan, error) {
	set, err := single(rules)
	return textPlan{want, set}, err
}

func (p *textPlan) compare(found []Mismatch, part Part, got string) []Mismatch {
	if p.set == nil {
		if p.want == got {
			return found
		}
		return append(found, Mismatch{Part: part, Expected: p.want, Actual: got,
			Message: fmt.Sprintf("Expected %s '%s' to be equal to '%s'", part, got, p.want)})
	}
	if p.set.holds(p.want, got, false) {
		return found
	}
	p.set.judge(p.want, got, false, func(r *rule, message string) {
		found = append(found, Mismatch{Part: part, Expected: p.want, Actual: got, Message: message, Rule: r.name, RuleAt: p.set.at})
	})
	return found
}
