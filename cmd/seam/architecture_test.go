package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const architecture = docs + "/architecture.md"

// The page's table of rooms is the table of layers, and names every package.
func TestTheArchitectureShowsTheLayers(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| ([a-z/]+) \| [^|]+ \| ([^|]*) \|$`)
	shown := map[string][]string{}
	_, rooms, _ := strings.Cut(readPage(t, architecture), "|---|---|---|\n")
	rooms, _, _ = strings.Cut(rooms, "\n## ")
	for _, m := range row.FindAllStringSubmatch(rooms, -1) {
		arrows := strings.Split(m[2], ", ")
		if m[2] == "nothing" {
			arrows = nil
		}
		slices.Sort(arrows)
		shown[m[1]] = arrows
	}
	for path := range ownImports(t) {
		if strings.HasPrefix(path, "examples/") {
			continue
		}
		arrows, found := shown[path]
		want := slices.Sorted(slices.Values(layers[path]))
		if !found || !slices.Equal(arrows, want) {
			t.Errorf("docs/architecture.md: the row of %s has to end with: %s |", path, strings.Join(want, ", "))
		}
		delete(shown, path)
	}
	for path := range shown {
		t.Errorf("docs/architecture.md shows the room %s, which does not exist", path)
	}
}

// Each bound that names a constant states its value.
func TestTheBoundsAreThoseOfTheCode(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| [^|]+ \\| ([0-9,]+) ?([KM]iB|ms)? \\| `([a-z/]+)\\.(\\w+)` \\|$")
	rows := row.FindAllStringSubmatch(readPage(t, architecture), -1)
	if len(rows) < 15 {
		t.Fatalf("the page states %d bounds", len(rows))
	}
	for _, m := range rows {
		n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n *= map[string]int64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "ms": 1_000_000}[m[2]]
		if value, found := constantOf(t, m[3], m[4]); !found || value != n {
			t.Errorf("docs/architecture.md says %s %s of %s.%s, which is %d (found: %t)", m[1], m[2], m[3], m[4], value, found)
		}
	}
}

// constantOf is the value of a package's numeric constant.
func constantOf(t *testing.T, folder, name string) (value int64, found bool) {
	t.Helper()
	files, err := filepath.Glob(repository + "/" + folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		_, file := parse(t, path, []byte(readPage(t, path)))
		ast.Inspect(file, func(n ast.Node) bool {
			spec, isValue := n.(*ast.ValueSpec)
			if !isValue || len(spec.Values) != len(spec.Names) {
				return true
			}
			for i, id := range spec.Names {
				if id.Name != name {
					continue
				}
				text := strings.NewReplacer("time.Millisecond", "1000000", "time.Second", "1000000000").Replace(types.ExprString(spec.Values[i]))
				if at, err := types.Eval(token.NewFileSet(), nil, token.NoPos, text); err == nil {
					value, found = constant.Int64Val(constant.ToInt(at.Value))
				}
			}
			return true
		})
	}
	return value, found
}
