package system

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	faultkind "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"pgregory.net/rapid"
)

// validator is the committed schema, ready to validate.
func validator(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaID, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(schemaID)
	if err != nil {
		t.Fatalf("the schema is none: %v", err)
	}
	return compiled
}

// document is what a JSON Schema sees of a YAML file.
func document(t testing.TB, text []byte) any {
	t.Helper()
	encoded, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, encoded)
	}
	return value
}

// Every seam.yaml that is committed, and the starter, suits the schema, so
// that an editor marks nothing in it.
func TestEveryExampleSuitsTheSchema(t *testing.T) {
	schema := validator(t)
	files := map[string][]byte{"the starter": Starter("shop", nil), "whole": []byte(whole)}
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "." && entry.Name() != ".." {
			return filepath.SkipDir
		}
		if err == nil && (entry.Name() == "seam.yaml" || entry.Name() == "seam.yml") {
			var text []byte
			if text, err = os.ReadFile(path); bytes.Contains(text, []byte("\nseam: ")) { // and not another tool's file of that name
				files[path] = text
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, found := files["../../examples/shop/seam.yaml"]; !found {
		t.Fatal("the shop's seam.yaml was not found: nothing was held to the schema")
	}
	for path, text := range files {
		if err := schema.Validate(document(t, text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := Parse(path, text, env("TOKEN", "x")); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// The example of each key is right at its key, for reader and schema.
func TestTheExampleOfEveryKeyIsRight(t *testing.T) {
	schema := validator(t)
	for path, text := range examples() {
		if err := schema.Validate(document(t, []byte(text))); err != nil {
			t.Errorf("%s:\n%s\n%v", path, text, err)
		}
		_, err := Parse("seam.yaml", []byte(text), env())
		var faults *Error
		if errors.As(err, &faults) {
			t.Errorf("%s:\n%s\n%v", path, text, err)
		}
	}
}

// A drawn document tells reader and schema apart, if anything does: what the
// schema refuses the reader refuses at the same place, and what the reader
// takes the schema takes.
func TestReaderAndSchemaAgree(t *testing.T) {
	schema := validator(t)
	taken, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		drawn := drawFile(t)
		text, err := json.Marshal(drawn)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse("/nowhere/seam.yaml", text, env("SET", "5s"))
		var faults *Error
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("no *Error: %v", err)
		}
		var invalid *jsonschema.ValidationError
		switch errors.As(schema.Validate(value), &invalid); {
		case invalid == nil && err == nil:
			taken++
		case invalid != nil && err == nil:
			t.Fatalf("the reader takes what the schema refuses:\n%s\n%v", text, invalid)
		case invalid != nil:
			refused++
			missed(t, text, invalid, faults)
		}
	})
	if taken < 5 || refused < 5 {
		t.Errorf("of the drawn files both took %d and both refused %d: too few to tell anything", taken, refused)
	}
}

// missed wants a fault of the reader at each place that the schema refuses
// whatever choice the file takes there.
func missed(t *rapid.T, text []byte, invalid *jsonschema.ValidationError, faults *Error) {
	dots := strings.NewReplacer("[", ".", "]", "")
	for _, place := range places(invalid) {
		found := place == ""
		for _, f := range faults.Faults {
			found = found || strings.HasPrefix(dots.Replace(f.Key)+".", place+".")
		}
		if !found {
			t.Fatalf("the schema refuses %s and the reader does not:\n%s\n%v\n%v", place, text, invalid, faults)
		}
	}
}

// places are those of the errors that hold for the whole document: below a
// choice each branch has errors of its own, so the choice itself is the place.
func places(e *jsonschema.ValidationError) []string {
	switch e.ErrorKind.(type) {
	case *faultkind.AnyOf, *faultkind.OneOf:
		return []string{strings.Join(e.InstanceLocation, ".")}
	case *faultkind.PropertyNames:
		return []string{""} // the library overwrites the place of these
	}
	if len(e.Causes) == 0 {
		return []string{strings.Join(e.InstanceLocation, ".")}
	}
	var all []string
	for _, cause := range e.Causes {
		all = append(all, places(cause)...)
	}
	return all
}
