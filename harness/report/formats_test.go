package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// junitShape is what the schema of Jenkins' xUnit plugin allows: attributes,
// "!" those that must be there, and the elements within.
var junitShape = map[string]struct{ attributes, within string }{
	"testsuites": {"name time tests failures errors", "testsuite"},
	"testsuite":  {"name! tests! failures! errors! skipped time timestamp hostname id package file", "properties testcase system-out system-err"},
	"testcase":   {"name! time classname group", "skipped error failure system-out system-err"},
	"failure":    {"type message", ""}, "error": {"type message", ""}, "skipped": {"type message", ""}, "system-out": {"", ""},
}

func TestJUnitHasTheShapeThatOthersRead(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, rich()); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x00\x1b\ufffd\u202e") {
		t.Error("characters that XML does not allow, or what stands for them")
	}
	counts := map[string]int{}
	var open []string
	for decoder := xml.NewDecoder(&b); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			counts[name]++
			holdToShape(t, token, open)
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if counts["testsuites"] != 1 || counts["error"] != 1 || counts["skipped"] != 2 || counts["failure"] != 7 || counts["testcase"] != 17 {
		t.Errorf("%v", counts)
	}
}

func holdToShape(t *testing.T, e xml.StartElement, open []string) {
	t.Helper()
	shape, known := junitShape[e.Name.Local]
	if !known || len(open) > 0 && !strings.Contains(" "+junitShape[open[len(open)-1]].within+" ", " "+e.Name.Local+" ") {
		t.Errorf("an element %s within %v", e.Name.Local, open)
	}
	has := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local] = a.Value
		if !strings.Contains(" "+strings.ReplaceAll(shape.attributes, "!", "")+" ", " "+a.Name.Local+" ") {
			t.Errorf("%s has an attribute %s", e.Name.Local, a.Name.Local)
		}
	}
	for attribute := range strings.FieldsSeq(shape.attributes) {
		if name, must := strings.CutSuffix(attribute, "!"); must && has[name] == "" {
			t.Errorf("%s lacks %s", e.Name.Local, name)
		}
	}
	if seconds, ok := has["time"]; ok {
		if _, err := strconv.ParseFloat(seconds, 64); err != nil {
			t.Errorf("%s: time %q", e.Name.Local, seconds)
		}
	}
}

func TestAnnotationsAreOneLineEachAndBounded(t *testing.T) {
	doc := rich()
	for i := range 30 {
		doc.Findings = append(doc.Findings, Finding{Kind: fmt.Sprint("kind-", i), Message: "a\r\n::set-output name=x::y"})
	}
	var b bytes.Buffer
	if err := Annotations(&b, doc, Style{Root: "/repo"}); err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for line := range strings.Lines(b.String()) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(line, "::"), " ")
		lines[kind]++
		if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") {
			t.Errorf("not a command: %q", line)
		}
		if properties, _, _ := strings.Cut(strings.TrimPrefix(line, "::"), "::"); strings.Contains(properties, "\n") {
			t.Errorf("%q", line)
		}
	}
	if diff := cmp.Diff(map[string]int{"error": 10, "warning": 1}, lines); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(b.String(), "and 29 more: see the summary") {
		t.Errorf("what is left out is not told:\n%s", b.String())
	}
}

func TestItemsOfOneListAreToldTogether(t *testing.T) {
	var all []Mismatch
	for i := range 9 {
		all = append(all, Mismatch{Part: "body", Pointer: fmt.Sprintf("/items/%d/n", i), Rule: "integer at $.items[*].n"})
	}
	all = append(all, Mismatch{Part: "body", Pointer: "/items/0/n", Rule: "type at $"}, Mismatch{Part: "status"}, Mismatch{Part: "body"}, Mismatch{Part: "body"})
	groups := grouped(all)
	if len(groups) != 5 {
		t.Fatalf("%d groups: %+v", len(groups), groups)
	}
	if got, want := groups[0].also(), "the same at /items/1/n, /items/2/n, /items/3/n, /items/4/n, /items/5/n and 3 more places"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestALongCaseIsCut(t *testing.T) {
	c := Case{}
	for i := range 100 {
		c.Mismatches = append(c.Mismatches, Mismatch{Part: "body", Pointer: fmt.Sprintf("/member%d", i), Message: "x"})
	}
	if detail := c.Detail(); strings.Count(detail, "\n") != mostMismatches || !strings.HasSuffix(detail, "... and 80 more differences; -o json has all") {
		t.Errorf("%s", detail)
	}
}

func TestASummaryFitsWhatGitHubTakes(t *testing.T) {
	doc := rich()
	doc.Findings[0].Message = strings.Repeat("ä\n", 1<<20)
	var b bytes.Buffer
	if err := GitHub(&b, doc); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 || !strings.HasSuffix(b.String(), "may not be longer)\n") {
		t.Errorf("%d bytes, ending in %q", b.Len(), b.String()[b.Len()-40:])
	}
}

func TestDiff(t *testing.T) {
	long := func(middle string) string {
		return `{"a":1,"b":2,"c":3,` + middle + `"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}`
	}
	for _, c := range []struct {
		reason string
		m      Mismatch
		want   string
	}{
		{"nothing to show", Mismatch{Message: "x"}, ""},
		{"two values", Mismatch{Expected: "200", Actual: "500"}, "-200|+500"},
		{"a value that is missing", Mismatch{Expected: "a"}, "-a"},
		{"a value too many", Mismatch{Actual: "a"}, "+a"},
		{"a text that looks like a number", Mismatch{Expected: "1", Actual: "1", Message: "Expected '1' (String) to be an integer"}, `-1|+"1"`},
		{"a number where a text was agreed", Mismatch{Expected: "1", Actual: "1", Message: "Expected '1' (Integer) to be the same type as '1' (String)"}, `-"1"|+1`},
		{"a member in a long object", Mismatch{Expected: long(`"x":1,`), Actual: long(`"x":2,`)}, ` ...|   "b": 2,|   "c": 3,|-  "x": 1,|+  "x": 2,|   "d": 4,|   "e": 5,| ...`},
		{"a list that ends early", Mismatch{Expected: `["` + strings.Repeat("x", 60) + `",2]`, Actual: `["` + strings.Repeat("x", 60) + `"]`},
			` [|-  "` + strings.Repeat("x", 60) + `",|-  2|+  "` + strings.Repeat("x", 60) + `"| ]`},
	} {
		var got []string
		for _, line := range diff(c.m) {
			got = append(got, string(line.Sign)+line.Text)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%s: %s", c.reason, diff)
		}
	}
	if n := len(diff(Mismatch{Expected: strings.Repeat("a\n", 5000), Actual: strings.Repeat("b\n", 5000)})); n > mostShown+1 {
		t.Errorf("%d lines of a long difference are shown", n)
	}
}

func TestNoLineOfAServiceIsACommand(t *testing.T) {
	doc := rich()
	doc.Drive[1].Message = "the service said:\n::add-mask::x\n   ##[error]y"
	doc.Shown[0].Drawing = "::stop-commands::z"
	var b bytes.Buffer
	if err := Text(&b, doc); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "::") || strings.HasPrefix(text, "##[") {
			t.Errorf("%q", line)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[1;31mred\x1b[0m": "red", "a\x1b]8;;http://x\x07link\x1b]8;;\x07": "alink", "one\ntwo\tthree": "one\ntwo    three", "\u202egnp.exe": "gnp.exe", "a\x00b\r": "ab",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
