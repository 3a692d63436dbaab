package system

import (
	"reflect"
	"time"
)

// A text may hold a variable wherever a form asks for something else.
const orVariable = `|\$\{`

var scalarSchema = object{{"type", []string{"string", "number", "boolean"}}}

// formSchemas say of each form of a text what a schema can say.
var formSchemas = map[string]object{
	"":         scalarSchema,
	"address":  pattern(`^.*:[0-9]{1,5}$`),
	"call":     pattern(`^/?([A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*/[A-Za-z_][A-Za-z0-9_]*$`),
	"edge":     pattern(`^\s*\S.*->\s*\S`),
	"command":  {{"type", "array"}, {"minItems", 1}, {"items", scalarSchema}},
	"method":   pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]*$"),
	"pacts":    orList(object{{"type", "string"}, {"minLength", 1}}, 1),
	"paths":    orList(object{{"type", "string"}, {"minLength", 1}}, 1),
	"path":     {{"type", "string"}, {"minLength", 1}},
	"pattern":  {{"type", "string"}},
	"pointer":  pattern(`^(/([^/~]|~[01])*)*$`),
	"route":    pattern(`^/[^\s#]*$`),
	"service":  {{"type", "string"}, {"minLength", 1}},
	"services": orList(object{{"type", "string"}, {"minLength", 1}}, 1),
	"states":   pattern(`^(/|https?://)`),
	"target":   pattern(`^(https?|grpcs?)://`),
	"template": {{"type", "string"}},
	"token":    pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"),
	"url":      pattern(`^https?://`),
	"variable": pattern(`^[A-Za-z_][A-Za-z0-9_]*$`),

	"duration":  pattern(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`),
	"duration0": pattern(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`),
	"rate":      append(object{{"type", []string{"number", "string"}}, {"exclusiveMinimum", 0}}, pattern(`^` + decimal + ` *(/ *[sm])?$`)[1:]...),
	"share":     append(object{{"type", []string{"number", "string"}}, {"minimum", 0}, {"maximum", 1}}, pattern(`^` + decimal + ` *%?$`)[1:]...),
	"rates":     append(object{{"type", []string{"number", "string"}}, {"minimum", 0}}, pattern(`^` + decimal + ` *(/ *[sm])?(\.\.` + decimal + ` *(/ *[sm])?)?$`)[1:]...),
	"think":     pattern(`^(` + durationPart + `)+(\.\.(` + durationPart + `)+)?$`),
	"sample":    pattern(sampleForm.String()),
	"body":      {},
	"weights": {{"anyOf", []any{
		object{{"anyOf", []any{object{{"enum", []string{"traces"}}}, object{{"type", "string"}, {"pattern", orVariable[1:]}}}}},
		object{{"type", "object"}, {"additionalProperties", object{{"type", []string{"integer", "string"}}, {"minimum", 0}, {"maximum", mostWeight}, {"pattern", orVariable[1:]}}}},
	}}},
	"demands": {{"type", "object"}, {"additionalProperties", orList(object{{"type", "string"}, {"pattern", `\S`}}, 1)}},

	"env":     {{"type", "object"}, {"propertyNames", object{{"pattern", `^[A-Za-z_][A-Za-z0-9_]*$`}}}, {"additionalProperties", scalarSchema}},
	"headers": {{"type", "object"}, {"propertyNames", object{{"pattern", "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}}}, {"additionalProperties", scalarSchema}},
}

func pattern(p string) object { return object{{"type", "string"}, {"pattern", p + orVariable}} }

// orList is one value, or a list, which least > 0 says may not be empty.
func orList(item object, least int) object {
	list := object{{"type", "array"}}
	if least > 0 {
		list = append(list, member{"minItems", 1})
	}
	return object{{"anyOf", []any{item, append(list, member{"items", item})}}}
}

func reference(t reflect.Type) object { return object{{"$ref", "#/definitions/" + t.Name()}} }

// form is the schema of a key's value.
func (g *generator) form(k key) object {
	if k.form != "" {
		o, ok := formSchemas[k.form]
		if !ok {
			g.t.Errorf("the form %q of %s has no schema", k.form, k.name)
		}
		return o
	}
	switch {
	case len(k.words) > 0:
		return object{{"anyOf", []any{object{{"enum", k.words}}, object{{"type", "string"}, {"pattern", orVariable[1:]}}}}}
	case k.typ == reflect.TypeFor[time.Duration]():
		return formSchemas["duration"]
	case k.typ == reflect.TypeFor[[]Expr]():
		return orList(object{{"type", "string"}, {"pattern", `\S`}}, 1)
	case k.typ == reflect.TypeFor[[]Service]():
		names := object{{"pattern", label.String()}, {"not", object{{"enum", []string{"entry", "seam"}}}}}
		return object{{"type", "object"}, {"minProperties", 1}, {"propertyNames", names}, {"additionalProperties", reference(reflect.TypeFor[Service]())}}
	case isNamed(k.typ):
		names := object{{"pattern", valueName.String()}, {"not", object{{"enum", []string{"seam"}}}}}
		return object{{"type", "object"}, {"propertyNames", names}, {"additionalProperties", reference(k.typ.Elem())}}
	}
	switch k.typ.Kind() {
	case reflect.Bool:
		return object{{"type", []string{"boolean", "string"}}, {"pattern", orVariable[1:]}}
	case reflect.Int:
		return object{{"type", []string{"integer", "string"}}, {"minimum", k.low}, {"maximum", k.high}, {"pattern", orVariable[1:]}}
	case reflect.Slice:
		return orList(g.orShort(k.typ.Elem()), len(k.single))
	case reflect.Pointer:
		return g.orShort(k.typ.Elem())
	case reflect.Struct:
		return g.orShort(k.typ)
	default:
		return scalarSchema
	}
}

// isNamed tells a list whose items stand in the file below their names.
func isNamed(t reflect.Type) bool {
	return t == reflect.TypeFor[[]Feeder]() || t == reflect.TypeFor[[]Extract]()
}

// orShort is a mapping, or the text that may stand in its place.
func (g *generator) orShort(t reflect.Type) object {
	for _, k := range shapeOf(t).keys {
		if k.short {
			return object{{"anyOf", []any{formSchemas["service"], reference(t)}}}
		}
	}
	return reference(t)
}
