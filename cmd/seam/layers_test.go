package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seamtest/seam/"

// layers is the table of docs/architecture.md: who may import whom among our
// own packages. A package that is not named is a leaf. A new arrow needs a
// line here and one in docs/adr.
var layers = map[string][]string{
	"cmd/seam": {
		"harness", "harness/check", "harness/system", "harness/edge", "harness/trace", "harness/load", "harness/load/compare", "harness/load/descriptor",
		"harness/load/otlp", "harness/report", "harness/doctor", "harness/terminal", "contracts", "contracts/record", "contracts/verify", "mocks", "dashboards",
	},
	"harness": {
		"harness/system", "harness/edge", "harness/fault", "harness/trace", "harness/internal/proc", "harness/internal/receive",
		"harness/internal/publish", "harness/internal/web", "harness/internal/metrics", "harness/internal/live", "harness/expect",
		"contracts", "contracts/match", "contracts/verify", "contracts/cover", "mocks", "dashboards",
	},
	"harness/check": {
		"harness", "harness/system", "harness/edge", "harness/trace", "harness/expect", "harness/finding",
		"harness/load", "harness/load/descriptor", "harness/report", "harness/internal/metrics", "contracts", "contracts/match", "contracts/verify", "contracts/cover",
	},
	"harness/report": {
		"harness/trace", "harness/expect", "harness/finding", "harness/load", "harness/load/compare",
		"harness/terminal", "contracts", "contracts/match", "contracts/verify", "contracts/cover",
	},
	"harness/doctor":                      {"harness/system", "harness/internal/proc"},
	"harness/load":                        {"harness/load/uring"},
	"harness/load/bench":                  {"harness/load", "harness/load/loadtest"},
	"harness/load/otlp":                   {"harness/load", "harness/internal/publish"},
	"harness/edge":                        {"harness/system", "harness/trace"},
	"harness/expect":                      {"harness/trace"},
	"harness/finding":                     {"harness/trace"},
	"harness/trace/tracetest":             {"harness/trace"},
	"harness/internal/proc":               {"harness/system", "harness/terminal"},
	"harness/internal/receive":            {"harness/trace"},
	"harness/internal/publish":            {"harness/trace"},
	"harness/internal/publish/jaegertest": {"harness/trace"},
	"harness/internal/live":               {"harness/edge", "harness/trace", "contracts", "contracts/match", "contracts/cover"},
	"harness/internal/metrics":            {"harness/edge", "harness/trace", "harness/system"},
	"harness/internal/web":                {"harness/finding", "harness/report", "harness/trace", "dashboards"},
	"contracts/match":                     {"contracts"},
	"contracts/cover":                     {"contracts", "contracts/match"},
	"contracts/record":                    {"contracts", "contracts/match"},
	"contracts/verify":                    {"contracts", "contracts/match"},
	"contracts/pactgo":                    {"contracts"},
	"mocks":                               {"contracts", "contracts/match"},
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	for path, imports := range ownImports(t) {
		if strings.HasPrefix(path, "examples/") {
			continue // an example imports what its users would: held by the next test
		}
		for _, imported := range imports {
			if !slices.Contains(layers[path], imported) {
				t.Errorf("%s imports %s: not in the table of layers; name the arrow in docs/adr or turn it round", path, imported)
			}
		}
	}
}

func TestExamplesImportOnlyTheStableSurface(t *testing.T) {
	surface := []string{"harness", "harness/wrap", "mocks"}
	for path, imports := range ownImports(t) {
		for _, imported := range imports {
			if strings.HasPrefix(path, "examples/") && !strings.HasPrefix(imported, "examples/") && !slices.Contains(surface, imported) {
				t.Errorf("%s imports %s: an example shows the stable surface only (%s)", path, imported, strings.Join(surface, ", "))
			}
		}
	}
}

func TestPureContractsNeedNoCgo(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-tags", "pactffi", "-f", "{{.ImportPath}}", "./../../contracts/match", "./../../contracts/verify", "./../../mocks").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "pact-foundation") {
		t.Error("a pure package links pact-go: only contracts/pactgo and tests may")
	}
}

// Package harness wires; what decides anything belongs below it. The bound is
// told in docs/adr/0001-house-and-layers.md.
func TestTheWiringStaysSmall(t *testing.T) {
	const most = 1900
	files, err := filepath.Glob("../../harness/*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines, counted := 0, 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines, counted = lines+bytes.Count(text, []byte("\n")), counted+1
	}
	if counted == 0 || lines > most {
		t.Errorf("package harness has %d lines in %d files, more than %d: move what decides something to the room that it is about", lines, counted, most)
	}
}

// ownImports lists our packages with those of ours that they import, both
// without the module's name; tests are not looked at.
func ownImports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "../../...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	own := map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(pkg.ImportPath, module)
		own[path] = nil
		for _, imported := range pkg.Imports {
			if short, ok := strings.CutPrefix(imported, module); ok {
				own[path] = append(own[path], short)
			}
		}
	}
	if len(own) < 10 {
		t.Fatalf("go list found only %d packages", len(own))
	}
	return own
}
