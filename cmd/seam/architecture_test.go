package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const architecture = docs + "/architecture.md"

var room = regexp.MustCompile(`(?m)^\| ([a-z/]+) \| ([^|]+) \| ([^|]*) \|$`)

// The page's table of rooms is the table of layers, and names every package.
func TestTheArchitectureShowsTheLayers(t *testing.T) {
	page := readPage(t, architecture)
	rooms := map[string]bool{}
	for path := range ownImports(t) {
		rooms[path] = !strings.HasPrefix(path, "examples/")
	}
	wanted := room.ReplaceAllStringFunc(page, func(row string) string {
		m := room.FindStringSubmatch(row)
		if !rooms[m[1]] {
			if strings.Contains(m[1], "/") {
				t.Errorf("docs/architecture.md shows the room %s, which does not exist", m[1])
			}
			return row // a table's head
		}
		delete(rooms, m[1])
		arrows := strings.Join(slices.Sorted(slices.Values(layers[m[1]])), ", ")
		if arrows == "" {
			arrows = "nothing"
		}
		return "| " + m[1] + " | " + m[2] + " | " + arrows + " |"
	})
	for path, missing := range rooms {
		if missing {
			t.Errorf("docs/architecture.md has no row for the room %s: say what it is for", path)
		}
	}
	switch {
	case page == wanted:
	case *update:
		if err := os.WriteFile(architecture, []byte(wanted), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/architecture.md shows other arrows than the table of layers (-want +got); run: go test ./cmd/seam -run Architecture -update\n%s", cmp.Diff(wanted, page))
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
