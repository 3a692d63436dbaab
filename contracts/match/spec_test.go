package match_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A specRun is the cases of one version of the specification.
type specRun struct {
	dir, version string
	least        int // cases that there are at least
}

var specRuns = []specRun{{"version-1", "1.0.0", 76}, {"version-1.1", "1.1.0", 97}, {"version-2", "2.0.0", 178}, {"version-3", "3.0.0", 226}, {"version-4", "4.0", 110}}

type specCase struct {
	Match            bool
	Comment          string
	Expected, Actual map[string]json.RawMessage
}

// TestSpecification holds every case of the Pact specification to its
// verdict, but for the deviations that docs/pact-deviations.md names.
func TestSpecification(t *testing.T) {
	root := casesDir(t, "specification")
	allowed := deviations(t)
	seen := map[string]bool{}
	for _, v := range specRuns {
		ran := 0
		dir := filepath.Join(root, v.dir, "testcases")
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
				return err
			}
			ran++
			rel, _ := filepath.Rel(dir, path)
			name := v.dir + "/" + strings.TrimSuffix(filepath.ToSlash(rel), ".json")
			c, found, err := v.run(path, strings.Split(filepath.ToSlash(rel), "/")[0])
			agrees := err == nil && (len(found) == 0) == c.Match
			switch {
			case !agrees && allowed[name] == "":
				t.Errorf("%s (%s): specification says match %t, found %v, error %v", name, c.Comment, c.Match, found, err)
			case !agrees:
				seen[name] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d cases ran", v.dir, ran)
		if ran < v.least {
			t.Errorf("%s: only %d of %d cases ran", v.dir, ran, v.least)
		}
	}
	for name, reason := range allowed {
		if !seen[name] {
			t.Errorf("docs/pact-deviations.md names %s (%s), but it agrees with the specification: take it out", name, reason)
		}
	}
	t.Logf("%d named deviations", len(seen))
}

func (v specRun) read(kind string, part map[string]json.RawMessage) (*contracts.Interaction, error) {
	if kind == "message" {
		part["description"] = json.RawMessage(`"x"`)
		if v.version == "4.0" {
			part["type"] = json.RawMessage(`"Asynchronous/Messages"`)
			return interaction(v.version, "interactions", part)
		}
		return interaction(v.version, "messages", part)
	}
	whole := map[string]any{"description": "x", "request": map[string]any{}, "response": map[string]any{}}
	if v.version == "4.0" {
		whole["type"] = "Synchronous/HTTP"
	}
	whole[kind] = part
	return interaction(v.version, "interactions", whole)
}

// run compares one case; kind is request, response or message.
func (v specRun) run(path, kind string) (specCase, []match.Mismatch, error) {
	var c specCase
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &c)
	}
	if err != nil {
		return c, nil, fmt.Errorf("read %s: %w", path, err)
	}
	want, err := v.read(kind, c.Expected)
	if err != nil {
		return c, nil, err
	}
	got, err := v.read(kind, c.Actual)
	if err != nil {
		return c, nil, err
	}
	switch kind {
	case "request":
		// Read writes "/" for an empty path, as every client does; these
		// cases are about the comparison.
		for part, r := range map[*json.RawMessage]*contracts.Request{ptr(c.Expected["path"]): want.Request, ptr(c.Actual["path"]): got.Request} {
			if string(*part) == `""` {
				r.Path = ""
			}
		}
		return c, match.Request(want.Request, got.Request), nil
	case "response":
		return c, match.Response(want.Response, got.Response), nil
	}
	return c, match.Message(&want.Messages[0], &got.Messages[0]), nil
}

// deviationRow is a row of the table: | `case` | reason |.
var deviationRow = regexp.MustCompile("(?m)^\\| `(version-[^`]+)` \\| (.+) \\|$")

// deviations are the cases in which we differ from the specification on
// purpose, with the reasons. There are at most 20.
func deviations(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "pact-deviations.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	for _, row := range deviationRow.FindAllStringSubmatch(string(page), -1) {
		if len(row[2]) < 20 {
			t.Errorf("the deviation %s has no reason: %q", row[1], row[2])
		}
		named[row[1]] = row[2]
	}
	if len(named) > 20 {
		t.Errorf("%d deviations are named; at most 20 are allowed", len(named))
	}
	return named
}

func ptr[T any](v T) *T { return &v }
