package main

import (
	"encoding/json"
	"os/exec"
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
