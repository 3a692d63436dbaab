package contracts

import "maps"

// rules writes the flat map of V2 where it can say everything, else the
// categories of V3.
func (w writer) rules(t tree, rules Rules) {
	if len(rules) == 0 {
		return
	}
	if w.version < V3 {
		if flat, ok := flatRules(rules); ok {
			t["matchingRules"] = flat
			return
		}
	}
	out := tree{}
	for category, keys := range rules {
		if list, only := keys[""]; only && single[category] {
			out[category] = ruleListTree(list)
			continue
		}
		out[category] = ruleListsTree(keys)
	}
	t["matchingRules"] = out
}

// flatRules reports false where V2 has no words for a rule: several rules at
// one place, or a name that a path cannot spell.
func flatRules(rules Rules) (tree, bool) {
	prefixes := map[string]string{"body": "body", "header": "headers", "query": "query", "path": "path", "status": "status", "method": "method"}
	flat := tree{}
	for category, keys := range rules {
		prefix, known := prefixes[category]
		for key, list := range keys {
			p := Path{{Kind: Root}, {Kind: Field, Name: prefix}}
			switch category {
			case "body":
				rest, err := ParsePath(key)
				if err != nil {
					return nil, false
				}
				p = append(p, rest[1:]...)
			case "header", "query":
				p = append(p, Token{Kind: Field, Name: key})
			}
			if back, err := ParsePath(p.String()); !known || err != nil || back.String() != p.String() || len(list.Rules) != 1 {
				return nil, false
			}
			flat[p.String()] = ruleTree(list.Rules[0])
		}
	}
	return flat, true
}

func ruleListsTree(lists map[string]RuleList) tree {
	t := tree{}
	for key, list := range lists {
		t[key] = ruleListTree(list)
	}
	return t
}

func ruleListTree(list RuleList) tree {
	combine := "AND"
	if list.Any {
		combine = "OR"
	}
	return tree{"combine": combine, "matchers": ruleTrees(list.Rules)}
}

func ruleTrees(rules []Rule) []tree {
	trees := []tree{}
	for _, r := range rules {
		trees = append(trees, ruleTree(r))
	}
	return trees
}

// ruleTree writes "datetime" as "timestamp", the name that every reader knows.
func ruleTree(r Rule) tree {
	t := tree{}
	maps.Copy(t, r.Args)
	t["match"] = r.Match
	switch r.Match {
	case "datetime":
		t["match"] = "timestamp"
	case "arrayContains":
		variants := []tree{}
		for _, v := range r.Variants {
			variants = append(variants, variantTree(v))
		}
		t["variants"] = variants
	case "eachKey", "eachValue":
		t["rules"] = ruleTrees(r.Each)
	}
	return t
}

func variantTree(v Variant) tree {
	t := tree{"index": v.Index}
	if v.Rules != nil {
		t["rules"] = ruleListsTree(v.Rules)
	}
	if len(v.Generators) > 0 {
		t["generators"] = generatorsTree(v.Generators)
	}
	return t
}

func (w writer) generators(t tree, all Generators) {
	if len(all) == 0 {
		return
	}
	out := tree{}
	for category, keys := range all {
		if one, only := keys[""]; only && len(keys) == 1 {
			out[category] = generatorTree(one)
			continue
		}
		out[category] = generatorsTree(keys)
	}
	t["generators"] = out
}

func generatorsTree(keys map[string]Generator) tree {
	t := tree{}
	for key, g := range keys {
		t[key] = generatorTree(g)
	}
	return t
}

func generatorTree(g Generator) tree {
	t := tree{}
	maps.Copy(t, g.Args)
	t["type"] = g.Type
	return t
}
