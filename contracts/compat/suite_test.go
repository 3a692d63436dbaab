package compat

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/contracts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// expectedScenarios is how many scenarios the suite has at least; fewer mean
// that files are missing.
const expectedScenarios = 96

// notApplicable names scenarios that are not run, each with its reason. It is
// empty: all of the suite at hand applies.
var notApplicable = map[string]string{}

// A world is what the steps of one scenario share.
type world struct {
	*testing.T
	version  contracts.Version
	fixtures string

	interactions map[int]*contracts.Interaction
	consumer
	provider
	message
	generated
	comparison
}

// A definition says what to do for a step. do is a function of a *world, the
// groups of the expression as strings or ints, and where it has one more
// parameter, the table.
type definition struct {
	expression string
	do         any
}

func steps() []definition {
	return slices.Concat(definingSteps, consumerSteps, resultSteps, writtenSteps, definedSteps, fileSteps, providerSteps, messageSteps, generatorSteps, comparisonSteps)
}

func TestCompatibilitySuite(t *testing.T) {
	root := suiteDir(t)
	ran, used, left := 0, map[int]bool{}, 0
	definitions := compile(t, steps())
	files, err := filepath.Glob(filepath.Join(root, "features", "*", "*.feature"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no features in %s: %v", root, err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		read, err := readFeature(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		version := filepath.Base(filepath.Dir(file))
		for _, s := range read.scenarios {
			name := version + "/" + strings.TrimSuffix(filepath.Base(file), ".feature") + "/" + s.name
			if reason, listed := notApplicable[name]; listed {
				t.Logf("NOT RUN: %s: %s", name, reason)
				left++
				continue
			}
			ran++
			t.Run(name, func(t *testing.T) {
				w := &world{T: t, version: versions[version], fixtures: filepath.Join(root, "fixtures"), interactions: map[int]*contracts.Interaction{}}
				for _, one := range slices.Concat(read.background, s.steps) {
					run(w, definitions, one, used)
				}
			})
		}
	}
	t.Logf("compatibility suite: %d scenarios of %d features ran, %d do not apply", ran, len(files), left)
	if ran+left < expectedScenarios {
		t.Errorf("only %d scenarios were found; the suite has at least %d", ran+left, expectedScenarios)
	}
	for n, d := range definitions {
		if !used[n] && !t.Failed() {
			t.Errorf("no scenario has the step %s", d.expression)
		}
	}
}

var versions = map[string]contracts.Version{"V1": contracts.V1, "V2": contracts.V2, "V3": contracts.V3, "V4": contracts.V4}

type compiled struct {
	*regexp.Regexp
	do reflect.Value

	expression string
}

func compile(t *testing.T, steps []definition) []compiled {
	t.Helper()
	var all []compiled
	for _, d := range steps {
		all = append(all, compiled{regexp.MustCompile("^(?:" + d.expression + ")$"), reflect.ValueOf(d.do), d.expression})
	}
	return all
}

// run finds the one definition of a step and does it.
func run(w *world, definitions []compiled, one step, used map[int]bool) {
	w.Helper()
	found := -1
	for n, d := range definitions {
		if !d.MatchString(one.text) {
			continue
		}
		if found >= 0 {
			w.Fatalf("line %d: two definitions for %q: %s and %s", one.line, one.text, definitions[found].expression, d.expression)
		}
		found = n
	}
	if found < 0 {
		w.Fatalf("line %d: no definition for %q", one.line, one.text)
	}
	used[found] = true
	d := definitions[found]
	in := []reflect.Value{reflect.ValueOf(w)}
	for _, group := range d.FindStringSubmatch(one.text)[1:] {
		if d.do.Type().In(len(in)).Kind() == reflect.Int {
			in = append(in, reflect.ValueOf(ordinal(group)))
			continue
		}
		in = append(in, reflect.ValueOf(group))
	}
	if d.do.Type().NumIn() > len(in) {
		in = append(in, reflect.ValueOf(one.table))
	}
	if out := d.do.Call(in); !out[0].IsNil() {
		w.Errorf("line %d: %s: %v", one.line, one.text, out[0])
	}
}

func ordinal(text string) int {
	text = strings.Trim(text, "{}")
	if n := slices.Index([]string{"", "first", "second", "third"}, text); n > 0 {
		return n
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("%q is no number", text))
	}
	return n
}

// suiteDir is where the suite lies. Without it the test is skipped, loudly,
// or fails where CI=1.
func suiteDir(t *testing.T) string {
	t.Helper()
	root := os.Getenv("SEAM_PACT_CASES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "pact")
	}
	dir := filepath.Join(root, "compatibility-suite")
	if _, err := fs.Stat(os.DirFS(dir), "features"); err == nil {
		return dir
	}
	const loud = "1 CASE SET DID NOT RUN: %s is absent (set SEAM_PACT_CASES)"
	if os.Getenv("CI") == "1" {
		t.Fatalf(loud, dir)
	}
	t.Skipf(loud, dir)
	return ""
}
