package match_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/seamtest/seam/contracts"
)

// casesDir is the folder of the shared Pact cases. Without it the test is
// skipped, loudly, or fails where CI=1.
func casesDir(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("SEAM_PACT_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "pact")
	}
	dir = filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	const loud = "1 CASE SET DID NOT RUN: %s is absent (set SEAM_PACT_CASES)"
	if os.Getenv("CI") == "1" {
		t.Fatalf(loud, dir)
	}
	t.Skipf(loud, dir)
	return ""
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// interaction reads one interaction by wrapping it into a pact; list is
// "interactions" or "messages".
func interaction(version, list string, part any) (*contracts.Interaction, error) {
	text, err := json.Marshal(map[string]any{
		"consumer": map[string]string{"name": "c"}, "provider": map[string]string{"name": "p"},
		list:       []any{part},
		"metadata": map[string]any{"pactSpecification": map[string]string{"version": version}},
	})
	if err != nil {
		return nil, err
	}
	p, _, err := contracts.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return &p.Interactions[0], nil
}

func rawJSON(text string) json.RawMessage { return json.RawMessage(text) }
