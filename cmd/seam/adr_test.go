package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every direct dependency has its paragraph in docs/adr/0002-dependencies.md:
// why this one, and what it costs.
func TestEveryDirectDependencyIsAccountedFor(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", repository+"/go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	said := dependencies(t)
	var paths []string
	for _, r := range mod.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	for _, tool := range mod.Tool {
		paths = append(paths, tool.Path)
	}
	for _, path := range paths {
		if lines := strings.Count(said[path], "\n"); lines < 1 {
			t.Errorf("docs/adr/0002-dependencies.md does not say in two lines why %s, and what it costs", path)
		}
	}
	if len(paths) < 20 {
		t.Errorf("only %d direct dependencies were found", len(paths))
	}
}

// A decision is named by its number: no two have the same, and none is left out.
func TestDecisionsAreNumberedOneAfterTheOther(t *testing.T) {
	files, err := filepath.Glob(docs + "/adr/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, file := range files {
		if number, _, _ := strings.Cut(filepath.Base(file), "-"); number != fmt.Sprintf("%04d", i+1) {
			t.Errorf("%s is the decision %d: give it the next free number", file, i+1)
		}
	}
}

// dependencies is what the page says of each module.
func dependencies(t *testing.T) map[string]string {
	t.Helper()
	said := map[string]string{}
	for paragraph := range strings.SplitSeq(readPage(t, docs+"/adr/0002-dependencies.md"), "\n\n") {
		title, text, bold := strings.Cut(strings.TrimPrefix(strings.TrimSpace(paragraph), "**"), "**")
		for name := range strings.SplitSeq(title, ", ") {
			path, _, _ := strings.Cut(name, " ")
			if bold {
				said[path] = text
			}
		}
	}
	return said
}

// What the page calls a matter of tests, of the example or of wrapped services
// is not in the binary; everything else is.
func TestTheBinaryLinksWhatThePageSays(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for path := range strings.Lines(string(out)) {
		linked[strings.TrimSpace(path)] = true
	}
	elsewhere := regexp.MustCompile(`^ \((?:a .go tool.|tests |build tag|the example|the generator|harness/wrap)`)
	for path, text := range dependencies(t) {
		apart := elsewhere.MatchString(text) && !strings.Contains(text, "linked through")
		switch {
		case apart && linked[path]:
			t.Errorf("docs/adr/0002-dependencies.md says that %s is not in seam, but it is", path)
		case !apart && !linked[path]:
			t.Errorf("docs/adr/0002-dependencies.md does not say why %s is here although seam does not link it", path)
		}
	}
}
