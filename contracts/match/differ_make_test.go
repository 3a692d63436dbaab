//go:build pactffi

package match_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// The pools are small, so that values, keys and rules meet.
var (
	keyPool    = []string{"a", "b", "c", "id", "x y", "7", "é"}
	stringPool = []string{"a", "b", "", "ab", "A1", "2020-01-31", "2020-02-30", "10:20:30", "2020-01-31T10:20:30Z", "2020-01-31T10:20:30+01:00", "1.0.0", "1.0", "true", "12", "1.5", "é", " a ", "null", "[]"}
	numberPool = []json.Number{"0", "1", "-1", "2", "100", "9007199254740993", "1.0", "1.5", "-0.25", "1e2", "12"}
	regexPool  = []string{"a", "a+", ".*", "\\d+", "^a$", "[a-c]*", "(a|b)", "\\w+", "true", "\\d{4}-\\d{2}-\\d{2}", "[^a]", "a?", "é", "(?i)A", "\\S*", "(?=a)a", "\\[.*"}
	formats    = map[string][]string{
		"date":      {"yyyy-MM-dd", "dd/MM/yyyy", "yyyy-M-d", "", "yyyy"},
		"time":      {"HH:mm:ss", "HH:mm", "", "H:m:s"},
		"timestamp": {"yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ssX", "", "yyyy-MM-dd"},
	}
	plainRules = []string{"type", "type", "type", "equality", "integer", "decimal", "number", "boolean", "null", "semver", "notEmpty", "values"}
)

func pick[E any](r *rand.Rand, from []E) E { return from[r.IntN(len(from))] }

func newDifferCase(r *rand.Rand) *differCase {
	c := &differCase{want: newValue(r, 3), rules: map[string]any{}}
	c.got = copyOf(c.want)
	for range r.IntN(4) {
		c.got = mutate(r, c.got)
	}
	if r.IntN(12) == 0 {
		c.got = newValue(r, 3)
	}
	paths := slices.Concat(pathsOf(c.want), pathsOf(c.got))
	for range r.IntN(4) {
		c.rules[blur(r, pick(r, paths))] = newRules(r, 2)
	}
	return c
}

func newValue(r *rand.Rand, depth int) any {
	n := r.IntN(10)
	if depth > 0 && n < 3 {
		list := []any{}
		for range r.IntN(4) {
			if len(list) > 0 && r.IntN(2) == 0 {
				list = append(list, mutate(r, copyOf(list[0])))
				continue
			}
			list = append(list, newValue(r, depth-1))
		}
		return list
	}
	if depth > 0 && n < 7 {
		object := map[string]any{}
		for range r.IntN(4) {
			object[pick(r, keyPool)] = newValue(r, depth-1)
		}
		return object
	}
	switch r.IntN(8) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2, 3, 4:
		return pick(r, numberPool)
	}
	return pick(r, stringPool)
}

func copyOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, one := range v {
			out[k] = copyOf(one)
		}
		return out
	case []any:
		out := []any{}
		for _, one := range v {
			out = append(out, copyOf(one))
		}
		return out
	}
	return v
}

// mutate changes one thing somewhere in v, which it may overwrite.
func mutate(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		switch n := r.IntN(6); {
		case n == 0:
			v[pick(r, keyPool)] = newValue(r, 1)
			return v
		case n == 1 && len(keys) > 0:
			delete(v, pick(r, keys))
			return v
		case n < 5 && len(keys) > 0:
			k := pick(r, keys)
			v[k] = mutate(r, v[k])
			return v
		}
	case []any:
		switch n := r.IntN(7); {
		case n == 0 && len(v) > 0:
			return append(v, copyOf(pick(r, v)))
		case n == 1:
			return append(v, newValue(r, 1))
		case n == 2 && len(v) > 0:
			return v[:len(v)-1]
		case n < 6 && len(v) > 0:
			at := r.IntN(len(v))
			v[at] = mutate(r, v[at])
			return v
		}
	}
	return newValue(r, 1)
}

// pathsOf lists the expressions of all places in v.
func pathsOf(v any) []string {
	paths := []string{"$"}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			step := "['" + k + "']"
			if len(k) == 1 && k[0] >= 'a' || k == "id" {
				step = "." + k
			}
			for _, below := range pathsOf(v[k]) {
				paths = append(paths, "$"+step+strings.TrimPrefix(below, "$"))
			}
		}
	case []any:
		for n, one := range v {
			for _, below := range pathsOf(one) {
				paths = append(paths, fmt.Sprintf("$[%d]", n)+strings.TrimPrefix(below, "$"))
			}
		}
	}
	return paths
}

// blur puts wildcards in place of some steps.
func blur(r *rand.Rand, path string) string {
	var out strings.Builder
	for len(path) > 0 {
		end := 1 + strings.IndexAny(path[1:], ".[")
		if end == 0 {
			end = len(path)
		}
		step := path[:end]
		path = path[end:]
		switch n := r.IntN(4); {
		case step == "$", n > 1:
			out.WriteString(step)
		case step[0] == '[' && step[1] != '\'' && n == 0:
			out.WriteString("[*]")
		case n == 0:
			out.WriteString(".*")
		default:
			out.WriteString(step)
		}
	}
	return out.String()
}

func newRules(r *rand.Rand, depth int) any {
	list := []any{}
	for range 1 + r.IntN(2)*r.IntN(2) {
		list = append(list, newRule(r, depth))
	}
	set := map[string]any{"matchers": list}
	if r.IntN(5) == 0 {
		set["combine"] = "OR"
	} else if r.IntN(2) == 0 {
		set["combine"] = "AND"
	}
	return set
}

func newRule(r *rand.Rand, depth int) any {
	n := r.IntN(20)
	if depth == 0 {
		n = r.IntN(16)
	}
	switch {
	case n < 8:
		return map[string]any{"match": pick(r, plainRules)}
	case n < 10:
		return map[string]any{"match": "type", pick(r, []string{"min", "max"}): r.IntN(4)}
	case n < 11:
		return map[string]any{"match": "type", "min": r.IntN(2), "max": 1 + r.IntN(3)}
	case n < 13:
		return map[string]any{"match": "regex", "regex": pick(r, regexPool)}
	case n < 14:
		return map[string]any{"match": "include", "value": pick(r, []string{"a", "1", "", "0:2"})}
	case n < 16:
		kind := pick(r, []string{"date", "time", "timestamp"})
		rule := map[string]any{"match": kind}
		if format := pick(r, formats[kind]); format != "" {
			rule[kind] = format
		}
		return rule
	case n < 18:
		kind := pick(r, []string{"eachKey", "eachValue"})
		rules := []any{}
		for range 1 + r.IntN(2) {
			rules = append(rules, newRule(r, 0))
		}
		return map[string]any{"match": kind, "rules": rules}
	}
	variants := []any{}
	for index := range r.IntN(3) {
		v := map[string]any{"index": index}
		if r.IntN(2) == 0 {
			v["rules"] = map[string]any{pick(r, []string{"$", "$.a", "$.*", "$[*]", "$.b"}): newRules(r, 0)}
		}
		variants = append(variants, v)
	}
	return map[string]any{"match": "arrayContains", "variants": variants}
}
