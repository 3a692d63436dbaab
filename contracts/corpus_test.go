package contracts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

// sharedCases returns a folder of shared test data. Without it, the test
// fails under CI=1 and otherwise says loudly what did not run.
func sharedCases(t *testing.T, folder string) string {
	t.Helper()
	root := os.Getenv("SEAM_PACT_CASES")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "pact")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if os.Getenv("CI") == "1" {
		t.Fatalf("the shared cases %s are absent; set SEAM_PACT_CASES", dir)
	}
	t.Skipf("NOT RUN: 1 case set (%s); set SEAM_PACT_CASES", folder)
	return ""
}

func jsonFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	return files
}

// corpusSeeds are the smaller real pacts, where they are at hand.
func corpusSeeds(f *testing.F) (seeds [][]byte) {
	root := os.Getenv("SEAM_PACT_CASES")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "pact")
	}
	err := filepath.WalkDir(filepath.Join(root, "corpus"), func(path string, _ fs.DirEntry, err error) error {
		if !strings.HasSuffix(path, ".json") {
			return err
		}
		src, err := os.ReadFile(path)
		if len(src) < 4<<10 {
			seeds = append(seeds, src)
		}
		return err
	})
	if err != nil {
		f.Logf("fuzzing begins without the real pacts: %v", err)
	}
	return seeds
}

// holdRoundTrip reads, writes and reads again, and writes the same bytes twice.
func holdRoundTrip(t *testing.T, src []byte) {
	t.Helper()
	first, _, err := contracts.Read(bytes.NewReader(src))
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	var written bytes.Buffer
	if err := contracts.Write(&written, first); err != nil {
		t.Fatal(err)
	}
	second, _, err := contracts.Read(bytes.NewReader(written.Bytes()))
	if err != nil {
		t.Fatalf("read what was written: %v\n%s", err, written.Bytes())
	}
	sortAsWritten(first)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("writing lost something (-read +read again):\n%s", diff)
	}
	var again bytes.Buffer
	if err := contracts.Write(&again, second); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written.String(), again.String()); diff != "" {
		t.Errorf("the same pact is written in two ways:\n%s", diff)
	}
}

func sortAsWritten(p *contracts.Pact) {
	if p.Version == contracts.V4 {
		slices.SortStableFunc(p.Interactions, func(a, b contracts.Interaction) int {
			if c := strings.Compare(a.Description, b.Description); c != 0 {
				return c
			}
			return strings.Compare(a.Key, b.Key)
		})
		return
	}
	slices.SortStableFunc(p.Interactions, func(a, b contracts.Interaction) int { return int(a.Kind) - int(b.Kind) })
}

func TestRealPactsSurviveWriting(t *testing.T) {
	dir := sharedCases(t, "corpus")
	files := jsonFiles(t, dir)
	t.Logf("%d real pacts are read, written and read again", len(files))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			holdRoundTrip(t, src)
		})
	}
}

// lenient names what the JSON schemas refuse and Read accepts, and why.
var lenient = map[string]string{
	"additional-*":                                              "members that nobody knows are kept with a warning",
	"missing-consumer*":                                         "the reference implementation gives a name",
	"missing-provider*":                                         "the reference implementation gives a name",
	"missing-metadata-*":                                        "a pact without a version is read as V3",
	"invalid-metadata-*":                                        "a version that cannot be read counts as none",
	"missing-interaction-description.json":                      "a description is for people",
	"missing-interaction-request-method.json":                   "GET is the specification's default",
	"missing-interaction-request-path.json":                     "/ is the specification's default",
	"missing-interaction-response-status.json":                  "200 is the specification's default",
	"invalid-interaction-request-method.json":                   "HTTP allows any token as a method",
	"invalid-interaction-request-query-*":                       "a query is decoded as servers do it",
	"invalid-interaction-re*-headers.json":                      "a number in a header stands for its text",
	"invalid-interaction-provider-state*":                       "files in the field use all spellings",
	"invalid-interaction-*-matching-rules-1-legacy.json":        "the flat form is told by its keys in any version",
	"invalid-interaction-*-matching-rules-unknown-matcher.json": "a plugin may know the rule",
}

func TestSchemaExamples(t *testing.T) {
	dir := sharedCases(t, "schemas/examples")
	files := jsonFiles(t, dir)
	t.Logf("%d examples of the schemas are read, or refused", len(files))
	for _, file := range files {
		name, _ := filepath.Rel(dir, file)
		version, verdict, _ := strings.Cut(filepath.Dir(name), string(filepath.Separator))
		t.Run(name, func(t *testing.T) {
			src := withVersion(t, file, version, verdict)
			if verdict == "pass" {
				holdRoundTrip(t, src)
				return
			}
			_, warnings, err := contracts.Read(bytes.NewReader(src))
			refused := (*contracts.FileError)(nil)
			if reason := lenience(filepath.Base(file)); reason != "" {
				if err != nil {
					t.Errorf("is listed as accepted because %s, but is refused: %v", reason, err)
				}
				return
			}
			if !errors.As(err, &refused) || len(refused.Faults) == 0 {
				t.Errorf("was read, with warnings %v, though the schema refuses it", warnings)
			}
		})
	}
}

func lenience(name string) string {
	for pattern, reason := range lenient {
		if ok, _ := filepath.Match(pattern, name); ok {
			return reason
		}
	}
	return ""
}

// withVersion reads an example and gives it its folder's version where it
// states none, unless its point is to state none.
func withVersion(t *testing.T, file, version, verdict string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	if doc["metadata"] != nil || verdict == "fail" && strings.Contains(file, "metadata") {
		return src
	}
	doc["metadata"] = map[string]any{"pactSpecification": map[string]any{"version": strings.TrimPrefix(version, "v")}}
	src, err = json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
