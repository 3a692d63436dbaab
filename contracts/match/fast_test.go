package match

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/seamtest/seam/contracts"
)

// agree fails where the fast and the slow pass judge a text differently. It
// returns the verdict of the fast pass.
func agree(t interface {
	Fatalf(format string, args ...any)
}, p *jsonPlan, text []byte) verdict {
	fast, slow := p.judge(text), p.explain(text)
	if fast == yes && len(slow) > 0 || fast == no && len(slow) == 0 {
		var rules []string
		for _, set := range p.table {
			for _, r := range set.rules {
				rules = append(rules, fmt.Sprintf("%s: %s %s min %d max %d, any %t", set.at, r.name, r.text, r.min, r.max, set.any))
			}
		}
		t.Fatalf("fast pass says %d, slow pass found %v\nexpected %s\nactual %s\nstrict %t\nrules %q", fast, slow, p.want, text, p.strict, rules)
	}
	return fast
}

var someKeys = []string{"a", "b", "c d", "0", "12", "é", "x\"y", "zz"}

func drawValue(t *rapid.T, depth int) any {
	top := 7
	if depth > 3 {
		top = 5
	}
	switch rapid.IntRange(0, top).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(rapid.SampledFrom([]string{"0", "1", "2", "-0", "1.0", "1e2", "100.0", "9007199254740993", "9007199254740992", "99999999999999999999"}).Draw(t, "number"))
	case 3, 4, 5:
		return rapid.SampledFrom([]string{"", "a", "b1", "true", "null", "1.2.3", "2020-02-03", "é\n", "\\\"", "42"}).Draw(t, "string")
	case 6:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, drawValue(t, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		object[rapid.SampledFrom(someKeys).Draw(t, "key")] = drawValue(t, depth+1)
	}
	return object
}

// mutate changes a value here and there.
func mutate(t *rapid.T, v any) any {
	if rapid.IntRange(0, 9).Draw(t, "swap") == 0 {
		return drawValue(t, 2)
	}
	switch v := v.(type) {
	case []any:
		list := []any{}
		for _, item := range v {
			if n := rapid.IntRange(0, 12).Draw(t, "copies"); n > 1 {
				list = append(list, mutate(t, item))
			} else if n == 1 {
				list = append(list, mutate(t, item), mutate(t, item))
			}
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for _, k := range someKeys {
			if child, ok := v[k]; ok && rapid.IntRange(0, 12).Draw(t, "drop") > 0 {
				object[k] = mutate(t, child)
			} else if rapid.IntRange(0, 12).Draw(t, "add") == 0 {
				object[k] = drawValue(t, 3)
			}
		}
		return object
	}
	return v
}

func drawRule(t *rapid.T, nested bool) contracts.Rule {
	names := []string{"type", "type", "type", "equality", "regex", "integer", "decimal", "number", "boolean", "null", "include", "date", "semver", "notEmpty", "values", "eachKey", "eachValue", "arrayContains", "plugin"}
	r := contracts.Rule{Match: rapid.SampledFrom(names).Draw(t, "match"), Args: map[string]any{}}
	switch r.Match {
	case "type":
		for _, bound := range []string{"min", "max"} {
			if rapid.IntRange(0, 3).Draw(t, bound) == 0 {
				r.Args[bound] = json.Number(fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "size")))
			}
		}
	case "regex":
		r.Args["regex"] = rapid.SampledFrom([]string{".*", "[a-z]+", `\w+\d`, "(?=a)a", "null|42", "("}).Draw(t, "regex")
	case "include":
		r.Args["value"] = rapid.SampledFrom([]string{"", "a", "1"}).Draw(t, "include")
	case "eachKey", "eachValue":
		if !nested {
			r.Each = []contracts.Rule{drawRule(t, true)}
		}
	case "arrayContains":
		if !nested && rapid.Bool().Draw(t, "variants") {
			r.Variants = []contracts.Variant{{Index: rapid.IntRange(0, 1).Draw(t, "index"), Rules: drawRules(t, true)}}
		}
	}
	return r
}

func drawRules(t *rapid.T, nested bool) map[string]contracts.RuleList {
	rules := map[string]contracts.RuleList{}
	for range rapid.IntRange(0, 4).Draw(t, "paths") {
		path := "$"
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			path += rapid.SampledFrom([]string{".*", "[*]", ".a", ".b", "['c d']", "[0]", "[1]", "[12]", "['0']", ".zz"}).Draw(t, "step")
		}
		list := contracts.RuleList{Any: rapid.Bool().Draw(t, "any")}
		for range rapid.IntRange(1, 2).Draw(t, "rules") {
			list.Rules = append(list.Rules, drawRule(t, nested))
		}
		rules[path] = list
	}
	return rules
}

// TestFastAndSlowAgree holds the two passes to each other on random examples,
// rules and texts.
func TestFastAndSlowAgree(t *testing.T) {
	verdicts := map[verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		want := drawValue(t, 0)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		rules := drawRules(t, false)
		table, err := newTable(rules)
		if err != nil {
			t.Fatal(err)
		}
		p, err := newJSONPlan(text, table, rapid.Bool().Draw(t, "strict"))
		if err != nil {
			t.Fatal(err)
		}
		verdicts[agree(t, p, text)]++
		got, err := json.Marshal(mutate(t, want))
		if err != nil {
			t.Fatal(err)
		}
		verdicts[agree(t, p, got)]++
	})
	t.Logf("%d unsure, %d yes, %d no", verdicts[unsure], verdicts[yes], verdicts[no])
	if verdicts[yes] == 0 || verdicts[no] == 0 || verdicts[unsure] > verdicts[yes]+verdicts[no] {
		t.Errorf("the fast pass decides too little: %d unsure, %d yes, %d no", verdicts[unsure], verdicts[yes], verdicts[no])
	}
}

// FuzzFastAndSlowAgree does the same with hostile texts.
func FuzzFastAndSlowAgree(f *testing.F) {
	const expected = `{"id":1,"name":"é","tags":["a"],"sub":{"x":1.5,"y":null},"map":{"k1":1},"list":[{"t":"a"},{"t":"b"}],"e":{},"l":[]}`
	one := func(match string, args map[string]any) contracts.RuleList {
		return contracts.RuleList{Rules: []contracts.Rule{{Match: match, Args: args}}}
	}
	table, err := newTable(map[string]contracts.RuleList{
		"$.id": one("integer", nil), "$.tags": one("type", map[string]any{"min": json.Number("1")}), "$.sub": one("type", nil),
		"$.sub.y": one("equality", nil), "$.map": one("values", nil), "$.map.*": one("number", nil), "$.list": one("arrayContains", nil),
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{expected, `{"id":1,"id":2}`, "[", `{"a":"\u00e9\ud83d\ude00"}`, `{"a":"\ud800"}`, "1e999999999999", `{"map":{"k1":1,"k1":"x"}}`, "\x00", `"` + "\xff" + `"`} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, strict bool) {
		p, err := newJSONPlan([]byte(expected), table, strict)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, p, text)
		// A text is its own example, too.
		if own, err := newJSONPlan(text, nil, strict); err == nil && len(own.explain(text)) > 0 {
			t.Errorf("%q does not match itself", text)
		}
	})
}
