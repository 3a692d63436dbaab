package system

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A faultRow is a file with what is wrong in it.
type faultRow struct {
	reason, text string
	structural   bool     // the schema refuses it as well
	want         []string // "line:column key: message | remedy"
}

func TestEveryFaultComesAtItsPlaceWithItsRemedy(t *testing.T) {
	schema := validator(t)
	for _, row := range slices.Concat(valueFaults, checkFaults, yamlFaults) {
		t.Run(row.reason, func(t *testing.T) {
			_, err := Parse("seam.yaml", []byte(row.text), env("SET", "five", "LIST", "[a, b]"))
			var faults *Error
			if !errors.As(err, &faults) {
				t.Fatalf("no fault, but %v", err)
			}
			var got []string
			for _, f := range faults.Faults {
				got = append(got, fmt.Sprintf("%d:%d %s: %s | %s", f.Pos.Line, f.Pos.Column, f.Key, f.Message, f.Remedy))
				held(t, []byte(row.text), f)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if row.structural && schema.Validate(document(t, []byte(row.text))) == nil {
				t.Error("the schema takes this")
			}
		})
	}
}

// held wants of a fault what everybody may rely on: a place within the file
// with its excerpt, or none at all; a message; and a remedy.
func held(t testing.TB, text []byte, f Fault) {
	t.Helper()
	if f.Message == "" || f.Remedy == "" {
		t.Errorf("a fault without message or remedy: %+v", f)
	}
	for _, s := range []string{f.Message, f.Remedy, f.Key} {
		if strings.ContainsAny(s, "\n\r\x1b\x00") {
			t.Errorf("a fault that a terminal cannot show: %+q", s)
		}
	}
	if f.Pos == (Pos{}) {
		return
	}
	lines := linesOf(unmarked(text))
	if f.Pos.Line < 1 || f.Pos.Line > len(lines) || f.Pos.Column < 1 || f.Pos.Column > len([]rune(lines[f.Pos.Line-1]))+1 {
		t.Errorf("%v is no place in the file: %+v", f.Pos, f)
	}
	if f.Excerpt == "" {
		t.Errorf("no excerpt for %+v", f)
	}
}

func TestAllFaultsComeAtOnceInTheOrderOfTheFile(t *testing.T) {
	text := "seam: 2\nload: { rate: x }\nservices:\n  A: { run: x }\n  b: { run: [x], calls: [c], ports: 1 }\n"
	_, err := Parse("some/seam.yaml", []byte(text), env())
	want := "some/seam.yaml:1:7: seam: this must be 1, but is `2`\n" +
		"    1 | seam: 2\n" +
		"      |       ^\n" +
		"  try: seam: 1\n"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "\nsome/seam.yaml: 8 faults") {
		t.Errorf("want first\n%sand 8 faults in all, but got\n%v", want, err)
	}
	var faults *Error
	if !errors.As(err, &faults) || !slices.IsSortedFunc(faults.Faults, func(a, b Fault) int { return a.Pos.Line - b.Pos.Line }) {
		t.Error("the faults are not in the order of the file")
	}
	if faults.Spec == nil || faults.Spec.Service("b") == nil {
		t.Error("what could be read is not there for others to look at")
	}
}

func TestManyFaultsAreCountedAndTheFirstShown(t *testing.T) {
	var b strings.Builder
	b.WriteString("seam: 1\nservices:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "  a%d: { prt: 1 }\n", i)
	}
	_, err := Parse("seam.yaml", []byte(b.String()), env())
	if err == nil || !strings.HasSuffix(err.Error(), "seam.yaml: 600 faults, the first 50 of them shown") {
		t.Errorf("want 600 faults, 50 shown:\n%v", err)
	}
}

// What others find is put among the faults of the file, at its place.
func TestFaultsOfOthersAreSortedIn(t *testing.T) {
	_, err := Parse("seam.yaml", []byte("seam: 1\nservices: { a: { run: [x] }, b: {} }\nexpect: { that: x }\n"), env())
	var faults *Error
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	spec := faults.Spec
	all := faults.With("", spec.Fault(spec.Place("expect.that[0].text"), "expect.that", "no"), spec.Fault(Pos{1, 1}, "seam", "no"))
	var got []string
	for _, f := range all.Faults {
		got = append(got, f.where("f"))
	}
	if diff := cmp.Diff([]string{"f:1:1", "f:2:33", "f:3:17"}, got); diff != "" {
		t.Error(diff)
	}
	if len(faults.Faults) != 1 {
		t.Error("With changed the error that it was called on")
	}
	if none := (*Error)(nil).With("x"); none != nil {
		t.Errorf("no faults make the error %v", none)
	}
}
