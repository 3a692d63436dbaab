package contracts

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// generatorTypes are those of the specification.
var generatorTypes = map[string]bool{
	"RandomInt": true, "RandomDecimal": true, "RandomHexadecimal": true, "RandomString": true,
	"Regex": true, "Uuid": true, "RandomBoolean": true, "Date": true, "Time": true, "DateTime": true,
	"ProviderState": true, "MockServerURL": true, "ArrayContains": true,
}

func (r *reader) generators(n *node) Generators {
	if n == nil || n.shape() == isNull {
		return nil
	}
	all := Generators{}
	for _, m := range r.object(n).order {
		category, known := categories[m.key]
		if !known {
			r.warn(m, "%q is no category of generators; they have no effect", m.key)
			category = m.key
		}
		if m.shape() == isNull {
			continue
		}
		if one := r.object(m).byName["type"]; one != nil && one.shape() == isString {
			all.add(category, "", r.generator(m))
			continue
		}
		for _, g := range r.object(m).order {
			if category == "body" || category == "metadata" && strings.HasPrefix(g.key, "$") {
				if _, err := ParsePath(g.key); err != nil {
					r.fault(g, "", "%s", err)
					continue
				}
			}
			all.add(category, g.key, r.generator(g))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (g Generators) add(category, key string, one Generator) {
	if one.Type == "" {
		return
	}
	if g[category] == nil {
		g[category] = map[string]Generator{}
	}
	g[category][key] = one
}

func (r *reader) generator(n *node) Generator {
	o := r.object(n)
	if n.shape() != isObject {
		return Generator{}
	}
	g := Generator{Type: r.text(o.take("type"))}
	switch {
	case g.Type == "":
		r.fault(n, `add "type"`, "the generator has no type")
	case !generatorTypes[g.Type]:
		r.warn(n, "generator %q is not of the specification; it has no effect", g.Type)
	}
	for _, m := range o.rest() {
		if g.Args == nil {
			g.Args = map[string]any{}
		}
		g.Args[m.key] = m.value()
	}
	return g
}

func (r *reader) variantGenerators(n *node) map[string]Generator {
	if n == nil || n.shape() == isNull {
		return nil
	}
	all := Generators{}
	for _, m := range r.object(n).order {
		if _, err := ParsePath(m.key); err != nil {
			r.fault(m, "", "%s", err)
			continue
		}
		all.add("body", m.key, r.generator(m))
	}
	return all["body"]
}

// Text returns a string argument, or the text of a number or boolean.
func (g Generator) Text(name string) string { return argText(g.Args, name) }

// Int returns a whole number, which may be written as a string.
func (g Generator) Int(name string) (int, bool) {
	i, err := strconv.Atoi(argText(g.Args, name))
	return i, err == nil
}

func argText(args map[string]any, name string) string {
	switch v := args[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}
