package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seamtest/seam/harness/load/compare"
)

// The schemas that are published, by their files.
const (
	schemaFile     = "document.schema.json"
	comparisonFile = "comparison.schema.json"
)

// schemas are made from the Go types. Members that they do not name are
// allowed, so that a reader of this version reads later ones.
func schemas(t *testing.T) map[string][]byte {
	return map[string][]byte{
		schemaFile:     schema(t, &Document{}, "What seam found", "The result document of seam, version 1: the one value that every report is rendered from."),
		comparisonFile: schema(t, &Comparison{}, "How two sides of load runs differ", "What seam load compare found, version 1, as -o json writes it."),
	}
}

func schema(t *testing.T, of any, title, description string) []byte {
	t.Helper()
	reflector := jsonschema.Reflector{
		AllowAdditionalProperties: true, ExpandedStruct: true, Anonymous: true,
		Mapper: func(of reflect.Type) *jsonschema.Schema {
			switch of {
			case reflect.TypeFor[Result](), reflect.TypeFor[Verdict]():
				return &jsonschema.Schema{Type: "string"}
			case reflect.TypeFor[compare.Verdict]():
				return &jsonschema.Schema{Type: "string", Enum: []any{compare.Regression, compare.Improvement, compare.Inconclusive, compare.NoDifference, compare.NotJudged}}
			}
			return nil
		},
	}
	s := reflector.Reflect(of)
	s.Version = "http://json-schema.org/draft-07/schema#"
	s.Title, s.Description = title, description
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("#/$defs/"), []byte("#/definitions/"))
	return append(bytes.ReplaceAll(text, []byte(`"$defs":`), []byte(`"definitions":`)), '\n')
}

func TestTheSchemasAreThoseOfTheTypes(t *testing.T) {
	for file, got := range schemas(t) {
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s is not what the types say: run go generate ./harness/report", file)
		}
	}
}

// compiled is the committed schema.
func compiled(t *testing.T, file string) *validator.Schema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource("document", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("document")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid says how a text departs from the schema, if it does.
func valid(t *testing.T, s *validator.Schema, text []byte) error {
	t.Helper()
	value, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

func TestDocumentsAreValid(t *testing.T) {
	s := compiled(t, schemaFile)
	for reason, doc := range map[string]*Document{"everything": rich(), "little": example(), "nothing": {Seam: Format, Verb: "load", Verdict: Passed,
		Contracts: []Contract{}, Expectations: []Expectation{}, Load: []Load{}, Findings: []Finding{}}} {
		var b bytes.Buffer
		if err := JSON(&b, doc); err != nil {
			t.Fatal(err)
		}
		if err := valid(t, s, b.Bytes()); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestTheSchemaRefusesWhatIsNoDocument(t *testing.T) {
	s := compiled(t, schemaFile)
	var b bytes.Buffer
	if err := JSON(&b, rich()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, old, new string }{
		{"another verdict", `"verdict": "failed"`, `"verdict": "perhaps"`},
		{"a result that is none", `"result": "pending"`, `"result": "later"`},
		{"a count that is text", `"conforming": 5`, `"conforming": "5"`},
		{"a member that is missing", `"verb": "test",`, ``},
		{"a part that is none", `"part": "status"`, `"part": "colour"`},
	} {
		text := strings.Replace(b.String(), c.old, c.new, 1)
		if text == b.String() {
			t.Fatalf("%s: %s is not in the document", c.reason, c.old)
		}
		if valid(t, s, []byte(text)) == nil {
			t.Errorf("%s is taken for valid", c.reason)
		}
	}
	text := strings.Replace(b.String(), `"verb": "test",`, `"verb": "test", "later": {"than": "this"},`, 1)
	if err := valid(t, s, []byte(text)); err != nil {
		t.Errorf("a member that a later version adds: %v", err)
	}
	var read Document
	if err := json.Unmarshal([]byte(text), &read); err != nil || read.System != "shop" {
		t.Errorf("read %q, %v", read.System, err)
	}
}
