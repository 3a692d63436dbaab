package contracts

import (
	"strconv"
	"strings"
)

// categories are the names of rule and generator categories in files, by the
// names that Rules and Generators use.
var categories = map[string]string{
	"body": "body", "content": "body", "contents": "body",
	"header": "header", "headers": "header",
	"metadata": "metadata", "metaData": "metadata",
	"path": "path", "query": "query", "status": "status", "method": "method",
}

// single are the categories that hold one rule list without a key.
var single = map[string]bool{"path": true, "status": true, "method": true}

// rules reads either form: the flat map of V2, whose keys begin with $, or
// the categories of V3 and V4.
func (r *reader) rules(n *node) Rules {
	if n == nil || n.shape() == isNull {
		return nil
	}
	o := r.object(n)
	rules := Rules{}
	flat := len(o.order) > 0 && strings.HasPrefix(o.order[0].key, "$")
	for _, m := range o.order {
		if flat {
			r.flatRule(m, rules)
		} else {
			r.category(m, rules)
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return rules
}

func (rules Rules) add(category, key string, list RuleList) {
	if len(list.Rules) == 0 {
		return
	}
	if rules[category] == nil {
		rules[category] = map[string]RuleList{}
	}
	old := rules[category][key]
	old.Rules = append(old.Rules, list.Rules...)
	old.Any = list.Any
	rules[category][key] = old
}

// flatRule reads one entry of V2, such as "$.body.id": {"match": "type"}.
func (r *reader) flatRule(n *node, rules Rules) {
	path, err := ParsePath(n.key)
	if err != nil {
		r.fault(n, "", "%s", err)
		return
	}
	category, key := splitFlat(path)
	if category == "" {
		r.warn(n, "the rule's path names no part of a request or response; it has no effect")
		return
	}
	rule, ok := r.rule(n)
	if ok {
		rules.add(category, key, RuleList{Rules: []Rule{rule}})
	}
}

// splitFlat turns a path of V2 into a category and a key of V3. The category
// is "" where the path leads nowhere.
func splitFlat(p Path) (category, key string) {
	if len(p) < 2 || p[1].Kind != Field {
		return "", ""
	}
	category = categories[p[1].Name]
	switch category {
	case "body":
		return category, append(Path{{Kind: Root}}, p[2:]...).String()
	case "header", "query", "metadata":
		if len(p) < 3 || p[2].Kind != Field {
			return "", ""
		}
		return category, p[2].Name
	}
	return category, ""
}

func (r *reader) category(n *node, rules Rules) {
	category, known := categories[n.key]
	if !known && n.shape() == isObject && r.object(n).byName["match"] != nil {
		r.fault(n, `begin it with "$.", or use the categories of V3`, "the path of a matching rule begins with $")
		return
	}
	if !known {
		r.warn(n, "%q is no category of matching rules; its rules have no effect", n.key)
		category = n.key
	}
	if n.shape() == isNull {
		return
	}
	o := r.object(n)
	if o.byName["matchers"] != nil && (single[category] || o.byName["matchers"].shape() == isArray) {
		rules.add(category, "", r.ruleList(n))
		return
	}
	for _, m := range o.order {
		key := m.key
		if category == "body" || category == "metadata" && strings.HasPrefix(key, "$") {
			if _, err := ParsePath(key); err != nil {
				r.fault(m, "", "%s", err)
				continue
			}
		}
		if single[category] {
			key = ""
		}
		rules.add(category, key, r.ruleList(m))
	}
}

// ruleList reads {"matchers": [...], "combine": "AND"}, or a rule alone.
func (r *reader) ruleList(n *node) RuleList {
	o := r.object(n)
	matchers := o.take("matchers")
	if matchers == nil {
		if n.shape() != isObject || len(o.order) == 0 {
			return RuleList{}
		}
		if rule, ok := r.rule(n); ok {
			return RuleList{Rules: []Rule{rule}}
		}
		return RuleList{}
	}
	list := RuleList{Any: r.combine(o.take("combine"))}
	for _, m := range r.list(matchers) {
		if rule, ok := r.rule(m); ok {
			list.Rules = append(list.Rules, rule)
		}
	}
	for _, m := range o.rest() {
		r.warn(m, "unknown member %q is left out", m.key)
	}
	return list
}

func (r *reader) combine(n *node) bool {
	switch how := strings.ToUpper(r.text(n)); how {
	case "", "AND":
		return false
	case "OR":
		return true
	default:
		r.fault(n, "AND or OR", "%q is no way to combine rules", how)
		return false
	}
}

// aliases are the spellings of rule names that files use.
var aliases = map[string]string{
	"content-type": "contentType", "array-contains": "arrayContains",
	"status-code": "statusCode", "not-empty": "notEmpty",
	"each-key": "eachKey", "each-value": "eachValue",
	"timestamp": "datetime", "real": "decimal",
	"min": "type", "max": "type", "min-type": "type", "max-type": "type",
}

// knownRules are the canonical names.
var knownRules = map[string]bool{
	"type": true, "regex": true, "equality": true, "integer": true, "decimal": true, "number": true,
	"boolean": true, "null": true, "include": true, "date": true, "time": true, "datetime": true,
	"contentType": true, "values": true, "eachKey": true, "eachValue": true, "arrayContains": true,
	"semver": true, "statusCode": true, "notEmpty": true,
}

// guessed are the members that give a rule without a name away, in the order
// in which they are looked for.
var guessed = []struct{ member, rule string }{
	{"regex", "regex"}, {"min", "type"}, {"max", "type"},
	{"timestamp", "datetime"}, {"datetime", "datetime"}, {"time", "time"}, {"date", "date"},
}

// rule reads one matcher. It reports false when there is none to be used.
func (r *reader) rule(n *node) (Rule, bool) {
	o := r.object(n)
	if n.shape() != isObject {
		return Rule{}, false
	}
	rule := Rule{Match: r.text(o.take("match", "pact:matcher:type"))}
	for _, g := range guessed {
		if rule.Match == "" && o.byName[g.member] != nil {
			rule.Match = g.rule
		}
	}
	if rule.Match == "" {
		r.fault(n, `add "match"`, "the rule does not say how to match")
		return rule, false
	}
	if canonical, isAlias := aliases[rule.Match]; isAlias {
		rule.Match = canonical
	}
	switch rule.Match {
	case "arrayContains":
		rule.Variants = r.variants(o.take("variants"))
	case "eachKey", "eachValue":
		for _, m := range r.list(o.take("rules")) {
			if each, ok := r.rule(m); ok {
				rule.Each = append(rule.Each, each)
			}
		}
	}
	if !knownRules[rule.Match] {
		r.warn(n, "rule %q is not of the specification; it needs a plugin and matches nothing without", rule.Match)
	}
	r.arguments(o, &rule)
	return rule, true
}

// arguments keeps the members that were not taken and checks those that the
// rule cannot do without.
func (r *reader) arguments(o *object, rule *Rule) {
	for _, m := range o.rest() {
		name := m.key
		if dated(rule.Match) && (name == rule.Match || name == "timestamp" && rule.Match == "datetime") {
			name = "format"
		}
		if rule.Args == nil {
			rule.Args = map[string]any{}
		}
		rule.Args[name] = m.value()
	}
	needs := map[string]string{"regex": "regex", "include": "value", "contentType": "value"}[rule.Match]
	if needs != "" && rule.Args[needs] == nil {
		r.fault(o.n, "add it", "the %s rule has no %q", rule.Match, needs)
	}
	for _, bound := range []string{"min", "max"} {
		if rule.Args[bound] != nil && rule.Match == "type" {
			if _, ok := rule.Int(bound); !ok {
				r.fault(o.byName[bound], "write a whole number", "%q is no number of elements", o.byName[bound].text())
			}
		}
	}
}

func dated(match string) bool { return match == "date" || match == "time" || match == "datetime" }

// Text returns a string argument, or the text of a number or boolean.
func (r Rule) Text(name string) string { return argText(r.Args, name) }

// Int returns a number of elements, which may be written as a string. It
// reports false for what is absent, negative or no whole number.
func (r Rule) Int(name string) (int, bool) {
	i, err := strconv.Atoi(argText(r.Args, name))
	return i, err == nil && i >= 0
}

func (r *reader) variants(n *node) []Variant {
	var variants []Variant
	for _, item := range r.list(n) {
		o := r.object(item)
		v := Variant{Index: len(variants)}
		if i := o.take("index"); i != nil {
			index, err := strconv.Atoi(i.text())
			if err != nil || index < 0 {
				r.fault(i, "write a whole number", "%s is no index of the expected list", i.text())
			}
			v.Index = index
		}
		v.Rules = r.variantRules(o.take("rules"))
		v.Generators = r.variantGenerators(o.take("generators"))
		for _, m := range o.rest() {
			r.warn(m, "unknown member %q is left out", m.key)
		}
		variants = append(variants, v)
	}
	return variants
}

func (r *reader) variantRules(n *node) map[string]RuleList {
	if n == nil || n.shape() == isNull {
		return nil
	}
	rules := Rules{"body": {}} // none is not the same as nothing said
	for _, m := range r.object(n).order {
		if _, err := ParsePath(m.key); err != nil {
			r.fault(m, "", "%s", err)
			continue
		}
		rules.add("body", m.key, r.ruleList(m))
	}
	return rules["body"]
}
