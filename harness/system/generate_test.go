package system

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is generated from the types: seam.schema.json and the reference in docs/seam-yaml.md")

const (
	schemaFile    = "seam.schema.json"
	referenceFile = "../../docs/seam-yaml.md"
	schemaID      = "https://raw.githubusercontent.com/seamtest/seam/main/harness/system/seam.schema.json"
)

// TestGeneratedFilesAreThoseOfTheTypes holds what is committed to the types.
// With -update it writes it: go generate ./harness/system
func TestGeneratedFilesAreThoseOfTheTypes(t *testing.T) {
	g := &generator{t: t, docs: comments(t)}
	for path, generate := range map[string]func(old []byte) []byte{schemaFile: g.schemaFile, referenceFile: g.referenceFile} {
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := generate(old)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(want), string(old)); diff != "" {
			t.Errorf("%s is not what the types say; run: go generate ./harness/system\n%s", path, diff)
		}
	}
}

// comments are those of the fields of the format, by type and field, each as one line.
func comments(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	for _, name := range []string{"spec.go", "spec_load.go", "spec_fault.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		commentsOf(file, docs)
	}
	return docs
}

func commentsOf(file *ast.File, docs map[string]string) {
	line := func(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		for _, spec := range general.Specs {
			named := spec.(*ast.TypeSpec)
			docs[named.Name.Name] = line(general.Doc)
			body, ok := named.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range body.Fields.List {
				for _, name := range field.Names {
					docs[named.Name.Name+"."+name.Name] = line(field.Doc)
				}
			}
		}
	}
}

type generator struct {
	t    *testing.T
	docs map[string]string
}

// doc is what the comment at a key says; every key must have one.
func (g *generator) doc(of reflect.Type, k key) string {
	doc := g.docs[of.Name()+"."+of.Field(k.field).Name]
	if doc == "" {
		g.t.Errorf("the key %s of %s has no comment", k.name, of.Name())
	}
	return doc
}

// An object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, m := range o {
		b.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(&b, "%q:", m.name)
		var value bytes.Buffer
		encoder := json.NewEncoder(&value)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(m.value); err != nil {
			return nil, err
		}
		b.Write(value.Bytes())
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (g *generator) schemaFile([]byte) []byte {
	root := object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"$id", schemaID},
		{"title", "seam.yaml"},
		{"description", "A system of services for seam: who calls whom, and what is asked of them. ${NAME} and ${NAME:-default} in a value stand for variables of the environment."},
	}
	root = append(root, g.section(reflect.TypeFor[Spec]())...)
	var parts object
	for _, t := range sections()[1:] {
		parts = append(parts, member{t.Name(), append(object{{"description", g.docs[t.Name()]}}, g.section(t)...)})
	}
	root = append(root, member{"definitions", parts})
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		g.t.Fatal(err)
	}
	return b.Bytes()
}

// sections are the types that a mapping of the file is read into, Spec first.
func sections() []reflect.Type {
	var found []reflect.Type
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[Expr]() {
			return
		}
		for _, before := range found {
			if before == t {
				return
			}
		}
		found = append(found, t)
		for _, k := range shapeOf(t).keys {
			if k.form == "" { // else a text stands for it
				visit(k.typ)
			}
		}
	}
	visit(reflect.TypeFor[Spec]())
	return found
}

func (g *generator) section(t reflect.Type) object {
	s := shapeOf(t)
	var properties object
	var required []string
	for _, k := range s.keys {
		about := object{{"description", g.doc(t, k)}}
		if k.fallback != "" {
			about = append(about, member{"default", g.fallback(k)})
		}
		about = append(about, member{"examples", []any{g.value(k.example)}})
		properties = append(properties, member{k.name, append(about, g.form(k)...)})
		if k.single != "" {
			properties = append(properties, member{k.single, append(object{{"description", g.doc(t, k)}}, g.form(k)...)})
		}
		if k.required {
			required = append(required, k.name)
		}
	}
	o := object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
	if required != nil {
		o = append(o, member{"required", required})
	}
	var rules []any
	for _, c := range s.choices {
		rules = append(rules, rule(c)...)
	}
	if rules != nil {
		o = append(o, member{"allOf", rules})
	}
	return o
}

// rule says which keys exclude one another.
func rule(c choice) (rules []any) {
	if c.required {
		var one []any
		for _, name := range c.keys {
			one = append(one, object{{"required", []string{name}}})
		}
		return []any{object{{"oneOf", one}}}
	}
	for i, a := range c.keys {
		for _, b := range c.keys[i+1:] {
			rules = append(rules, object{{"not", object{{"required", []string{a, b}}}}})
		}
	}
	return rules
}

// fallback is the default as the file would hold it.
func (g *generator) fallback(k key) any {
	if k.typ.Kind() == reflect.String || k.typ == reflect.TypeFor[time.Duration]() {
		return k.fallback
	}
	return g.value(k.fallback)
}

// value is what the YAML of a tag stands for.
func (g *generator) value(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		g.t.Errorf("the tag %q is no YAML: %v", text, err)
	}
	return v
}
