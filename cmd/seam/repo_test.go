package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const repository = "../.."

// largest is how many bytes a file may have: more is a binary, or belongs elsewhere.
const largest = 1 << 20

// unread are folders with nothing of ours in them.
var unread = []string{".git", ".tools", "bin", "out", "node_modules", ".seam"}

// eachFile gives every text file of the repository with its path from there.
func eachFile(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(unread, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(text) > largest {
			t.Errorf("%s has %d bytes, at most %d are kept in a repository", path, len(text), largest)
		}
		if utf8.Valid(text) && !bytes.ContainsRune(text, 0) {
			files++
			visit(strings.TrimPrefix(filepath.ToSlash(path), repository+"/"), text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 200 {
		t.Fatalf("only %d files were read", files)
	}
}

// A goPackage is what the rules below ask of a folder of Go files.
type goPackage struct {
	starts  string // what starts a goroutine or listens, outside tests; "" where nothing does
	decodes string // what reads bytes from outside, outside tests; "" where nothing does
	leaks   bool   // tests watch for goroutines that stay
	fuzzed  bool   // there is a fuzz target
}

func generated(path string, text []byte) bool {
	return strings.HasSuffix(path, "_gen.go") || bytes.HasPrefix(text, []byte("// Code generated"))
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	const longestFile, longestFunction = 400, 60
	eachFile(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, ".go") || generated(path, text) {
			return
		}
		if n := bytes.Count(text, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, at most %d are read at once", path, n, longestFile)
		}
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		set, file := parse(t, path, text)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line - 1; n > longestFunction {
					t.Errorf("%s: %s has %d lines, at most %d are read at once", path, f.Name.Name, n, longestFunction)
				}
			}
		}
	})
}

func parse(t *testing.T, path string, text []byte) (*token.FileSet, *ast.File) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return set, file
}

func goPackages(t *testing.T) map[string]*goPackage {
	t.Helper()
	all := map[string]*goPackage{}
	eachFile(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		p := all[folder]
		if p == nil {
			p = &goPackage{}
			all[folder] = p
		}
		_, file := parse(t, path, text)
		if strings.HasSuffix(path, "_test.go") {
			p.readTest(file)
		} else {
			p.readSource(file)
		}
	})
	return all
}

func (p *goPackage) readTest(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			p.leaks = p.leaks || selector(n) == "goleak.VerifyTestMain" || selector(n) == "goleak.Find"
		case *ast.FuncDecl:
			p.fuzzed = p.fuzzed || strings.HasPrefix(n.Name.Name, "Fuzz")
		}
		return true
	})
}

// opening are calls that start what goes on by itself, decoding those that
// read what somebody else wrote.
var (
	opening  = []string{"net.Listen", "net.ListenPacket", "net.ListenUDP", "net.ListenTCP", "httptest.NewServer", "http.Serve"}
	decoding = []string{"json.Unmarshal", "json.NewDecoder", "proto.Unmarshal", "protojson.Unmarshal", "xml.NewDecoder", "parser.ParseBytes"}
)

func (p *goPackage) readSource(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			p.starts = "go"
		case *ast.SelectorExpr:
			switch name := selector(n); {
			case slices.Contains(opening, name), n.Sel.Name == "Go":
				p.starts = name
			case slices.Contains(decoding, name):
				p.decodes = name
			}
		}
		return true
	})
}

// selector is x.y as text; only the last two names of a longer one.
func selector(e *ast.SelectorExpr) string {
	switch x := e.X.(type) {
	case *ast.Ident:
		return x.Name + "." + e.Sel.Name
	case *ast.SelectorExpr:
		return x.Sel.Name + "." + e.Sel.Name
	}
	return e.Sel.Name
}

func TestPackagesThatStartGoroutinesWatchForLeaks(t *testing.T) {
	for folder, p := range goPackages(t) {
		if p.starts != "" && !p.leaks {
			t.Errorf("%s starts something (%s), and no test of it ends with goleak.VerifyTestMain", folder, p.starts)
		}
	}
}

// unfuzzed are packages that decode only what seam itself wrote, or hand all of
// it to a package that is fuzzed.
var unfuzzed = map[string]string{
	"cmd/seam":                            "the load child reads the job that its own parent wrote",
	"harness/check":                       "looks for texts in pacts that contracts has read",
	"harness/report":                      "renders comments of pacts that contracts has read",
	"harness/internal/publish/jaegertest": "reads what the Jaeger of the tests answers",
	"contracts/pactgo/reference":          "reads what the reference library answers in tests",
	"examples/shop/internal/call":         "a service of the example reads its neighbours' answers with encoding/json",
}

func TestPackagesThatDecodeAreFuzzed(t *testing.T) {
	for folder, p := range goPackages(t) {
		if p.decodes != "" && !p.fuzzed && unfuzzed[folder] == "" {
			t.Errorf("%s decodes (%s), and has no fuzz target", folder, p.decodes)
		}
	}
}

func TestTextsAreFinishedAndOfNoPlace(t *testing.T) {
	banned := map[string]string{
		"TO" + "DO":      "finish it",
		"FIX" + "ME":     "finish it",
		"//no" + "lint":  "repair what the lint found",
		"/wo" + "rk/":    "no path of one machine",
		"/tmp/" + "prep": "no path of one machine",
		"/home/" + "ub":  "no path of one machine",
	}
	eachFile(t, func(path string, text []byte) {
		for word, remedy := range banned {
			if i := bytes.Index(text, []byte(word)); i >= 0 {
				t.Errorf("%s:%d: %q: %s", path, 1+bytes.Count(text[:i], []byte("\n")), word, remedy)
			}
		}
	})
}

func TestTheFiguresAreExplained(t *testing.T) {
	page := readPage(t, docs+"/benchmarks/README.md")
	eachFile(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, m := range regexp.MustCompile(`(?m)^func Benchmark(\w+)\(`).FindAllSubmatch(text, -1) {
			row := regexp.MustCompile(`(?m)^\| ` + filepath.ToSlash(filepath.Dir(path)) + `: [^|]*\b` + string(m[1]) + `\b`)
			if !row.MatchString(page) {
				t.Errorf("docs/benchmarks/README.md does not say what Benchmark%s of %s measures", m[1], filepath.Dir(path))
			}
		}
	})
}
