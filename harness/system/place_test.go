package system

import (
	"strings"
	"testing"
)

// Each expression holds the word here; its place in the file is found however
// the expression is written.
func TestAPlaceWithinAnExpressionIsFound(t *testing.T) {
	const head = "seam: 1\nservices: { web: { run: [x] } }\nexpect:\n  that: "
	for _, test := range []struct {
		reason, written string
		start           bool // it cannot be told, and is where the expression starts
	}{
		{"plain", "a == here", false},
		{"plain, the first word", "here == 1", false},
		{"plain over two lines", "a ==\n    1 and here", false},
		{"single quotes", "'a == here'", false},
		{"single quotes within", "'a == ''b'' and here'", false},
		{"double quotes", `"a == here"`, false},
		{"double quotes within", `"a == \"b\" and here"`, false},
		{"letters of other scripts", "'日本 == here'", false},
		{"a literal block", "|\n    a == 1\n      and here\n", false},
		{"a literal block, the first word", "|\n    here == 1\n", false},
		{"a folded block", ">-\n    a == 1\n    and here\n", false},
		{"a list", "[a == 1, 'b == here']", false},
		{"behind a variable", `"${X} == here"`, true},
		{"behind a rare escape", `"\x61 == here"`, true},
	} {
		text := head + test.written + "\n"
		spec, err := Parse("seam.yaml", []byte(text), env("X", "longer"))
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		all := spec.Expect[0].That
		e := all[len(all)-1]
		before, _, _ := strings.Cut(e.Text, "here")
		got := spec.Within(e, len([]rune(before))+1)
		want := e.Pos
		if !test.start {
			before, _, _ := strings.Cut(text, "here")
			last := before[strings.LastIndex(before, "\n")+1:]
			want = Pos{strings.Count(before, "\n") + 1, len([]rune(last)) + 1}
		}
		if got != want {
			t.Errorf("%s: found at %v, want %v in\n%s", test.reason, got, want, text)
		}
	}
}
