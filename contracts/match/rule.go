package match

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/seamtest/seam/contracts"
)

// A ruleKind is one matcher.
type ruleKind uint8

const (
	ruleUnknown ruleKind = iota
	ruleEquality
	ruleRegex
	ruleType
	ruleInteger
	ruleDecimal
	ruleNumber
	ruleBoolean
	ruleNull
	ruleInclude
	ruleDate
	ruleTime
	ruleDateTime
	ruleContentType
	ruleValues
	ruleEachKey
	ruleEachValue
	ruleArrayContains
	ruleSemver
	ruleStatusCode
	ruleNotEmpty
)

// ruleKinds by canonical name; what is not here belongs to a plugin.
var ruleKinds = map[string]ruleKind{
	"equality": ruleEquality, "regex": ruleRegex, "type": ruleType, "integer": ruleInteger,
	"decimal": ruleDecimal, "number": ruleNumber, "boolean": ruleBoolean, "null": ruleNull,
	"include": ruleInclude, "date": ruleDate, "time": ruleTime, "datetime": ruleDateTime,
	"contentType": ruleContentType, "values": ruleValues, "eachKey": ruleEachKey,
	"eachValue": ruleEachValue, "arrayContains": ruleArrayContains, "semver": ruleSemver,
	"statusCode": ruleStatusCode, "notEmpty": ruleNotEmpty,
}

// A rule is a matcher, ready to run. A regular expression or a format that
// cannot be read is no fault of the plan: it fails where it is applied.
type rule struct {
	kind     ruleKind
	name     string
	min, max int      // of a type rule; -1 for none
	text     string   // the expression, the format, what to include, the status class
	value    []byte   // what to include
	codes    []int    // of a statusCode rule
	regex    *pattern // of a regex rule
	layout   *layout  // of date, time and datetime
	broken   string   // why regex or layout cannot be used
	each     *ruleSet // of eachKey and eachValue
	variants []variant
}

// A variant is what an arrayContains rule looks for.
type variant struct {
	index int
	table table
}

var defaultFormats = map[ruleKind]string{
	ruleDate: "yyyy-MM-dd", ruleTime: "HH:mm:ss", ruleDateTime: "yyyy-MM-dd'T'HH:mm:ssXXX",
}

func newRule(from contracts.Rule) (*rule, error) {
	r := &rule{kind: ruleKinds[from.Match], name: from.Match, min: -1, max: -1}
	var err error
	switch r.kind {
	case ruleType:
		if r.min, err = count(from, "min"); err == nil {
			r.max, err = count(from, "max")
		}
	case ruleRegex:
		r.text = text(from, "regex")
		if r.regex, err = newPattern(r.text); err != nil {
			r.broken, err = err.Error(), nil
		}
	case ruleInclude, ruleContentType:
		r.text = text(from, "value")
		r.value = []byte(r.text)
	case ruleDate, ruleTime, ruleDateTime:
		if r.text = text(from, "format", from.Match, "timestamp"); r.text == "" {
			r.text = defaultFormats[r.kind]
		}
		if r.layout, err = newLayout(r.text); err != nil {
			r.broken, err = err.Error(), nil
		}
	case ruleStatusCode:
		err = r.status(from.Args["status"])
	case ruleEachKey, ruleEachValue:
		r.each, err = newRuleSet("*", contracts.RuleList{Rules: from.Each})
	case ruleArrayContains:
		err = r.contains(from.Variants)
	}
	if err != nil {
		return nil, fmt.Errorf("matcher %q: %w", from.Match, err)
	}
	return r, nil
}

func (r *rule) contains(variants []contracts.Variant) error {
	for _, v := range variants {
		t, err := newTable(v.Rules)
		if err != nil {
			return fmt.Errorf("variant %d: %w", v.Index, err)
		}
		if v.Rules == nil {
			t = equality
		}
		r.variants = append(r.variants, variant{v.Index, t})
	}
	return nil
}

// statusClasses in the words of the messages, with their bounds.
var statusClasses = map[string]struct {
	name     string
	from, to int
}{
	"info":        {"an Informational response (100–199)", 100, 199},
	"success":     {"a Successful response (200–299)", 200, 299},
	"redirect":    {"a Redirect (300–399)", 300, 399},
	"clientError": {"a Client error (400–499)", 400, 499},
	"serverError": {"a Server error (500–599)", 500, 599},
	"nonError":    {"a Non-error response (< 400)", 0, 399},
	"error":       {"an Error response (>= 400)", 400, 1 << 30},
}

func (r *rule) status(arg any) error {
	switch arg := arg.(type) {
	case nil:
		r.text = "success"
	case string:
		r.text = arg
		if _, ok := statusClasses[arg]; !ok {
			return fmt.Errorf("unknown status class %q; known are %q", arg, slices.Sorted(maps.Keys(statusClasses)))
		}
	case []any:
		for _, code := range arg {
			n, err := strconv.Atoi(fmt.Sprint(code))
			if err != nil {
				return fmt.Errorf("status %v is no number", code)
			}
			r.codes = append(r.codes, n)
		}
	default:
		n, err := strconv.Atoi(fmt.Sprint(arg))
		if err != nil {
			return fmt.Errorf("status %v is neither a class nor a list of codes", arg)
		}
		r.codes = []int{n}
	}
	return nil
}

// count reads a size, which may be spelled as a string.
func count(from contracts.Rule, name string) (int, error) {
	arg, ok := from.Args[name]
	if !ok || arg == nil {
		return -1, nil
	}
	n, err := strconv.Atoi(fmt.Sprint(arg))
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is %v; want a whole number from 0", name, arg)
	}
	return n, nil
}

// text is the first of the named arguments that is there.
func text(from contracts.Rule, names ...string) string {
	for _, name := range names {
		switch arg := from.Args[name].(type) {
		case nil:
		case string:
			return arg
		case json.Number:
			return arg.String()
		default:
			return fmt.Sprint(arg)
		}
	}
	return ""
}

// entries says whether a rule governs the entries of a map in place of the
// example's keys.
func (r *rule) entries() bool {
	return r.kind == ruleValues || r.kind == ruleEachValue
}

// freesKeys says whether a rule at a map suspends the check of its keys.
func (r *rule) freesKeys() bool {
	return r.kind == ruleValues || r.kind == ruleEachValue || r.kind == ruleEachKey
}
