//go:build pactffi

package match_test

import (
	"encoding/json"
	"maps"
	"slices"
)

// shrink makes a case smaller, one step after another, as long as the
// verdicts still differ.
func (c *differCase) shrink() *differCase {
	for range 500 {
		next := c.smaller()
		if next == nil {
			break
		}
		c = next
	}
	return c
}

// smaller is the first of the simpler cases in which the verdicts differ.
func (c *differCase) smaller() *differCase {
	rules, _ := generic(c.rules).(map[string]any)
	for _, one := range simpler(rules) {
		if !wellFormed(one) {
			continue
		}
		next := &differCase{want: c.want, got: c.got, rules: one.(map[string]any)}
		if differs, _ := next.differs(); differs {
			return next
		}
	}
	for _, want := range simpler(c.want) {
		next := &differCase{want: want, got: c.got, rules: c.rules}
		if differs, _ := next.differs(); differs {
			return next
		}
	}
	for _, got := range simpler(c.got) {
		next := &differCase{want: c.want, got: got, rules: c.rules}
		if differs, _ := next.differs(); differs {
			return next
		}
	}
	return nil
}

// wellFormed keeps shrinking from making rules that nobody can read.
func wellFormed(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if kind, has := v["match"]; has {
			needs := map[any]string{"regex": "regex", "include": "value", "arrayContains": "variants", "eachKey": "rules", "eachValue": "rules"}[kind]
			if _, has := v[needs]; needs != "" && !has {
				return false
			}
		} else if len(v) > 0 && v["matchers"] == nil && (v["regex"] != nil || v["min"] != nil || v["max"] != nil || v["combine"] != nil) {
			return false
		}
		for _, one := range v {
			if !wellFormed(one) {
				return false
			}
		}
	case []any:
		for _, one := range v {
			if !wellFormed(one) {
				return false
			}
		}
	}
	return true
}

func generic(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// simpler lists values with one thing less than v, nearest to the root first.
func simpler(v any) []any {
	var out []any
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		for _, k := range keys {
			less := maps.Clone(v)
			delete(less, k)
			out = append(out, less)
		}
		for _, k := range keys {
			for _, one := range simpler(v[k]) {
				changed := maps.Clone(v)
				changed[k] = one
				out = append(out, changed)
			}
		}
	case []any:
		for n := range v {
			out = append(out, slices.Delete(slices.Clone(v), n, n+1))
		}
		for n := range v {
			for _, one := range simpler(v[n]) {
				changed := slices.Clone(v)
				changed[n] = one
				out = append(out, changed)
			}
		}
	case json.Number:
		if v != "1" && v != "0" {
			out = append(out, json.Number("1"))
		}
	}
	return out
}
