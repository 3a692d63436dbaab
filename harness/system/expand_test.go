package system

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestVariablesArePutIn(t *testing.T) {
	vars := variables(env("A", "x", "EMPTY", "", "NESTED", "${A}", "YAML", "[1, {a: b}]\n# c", "BYTES", "\xff"))
	for _, test := range []struct{ reason, text, want, problem string }{
		{"nothing to do", "plain", "plain", ""},
		{"a variable among text", "a${A}b", "axb", ""},
		{"an empty variable is one", "<${EMPTY}>", "<>", ""},
		{"a default for what is unset or empty", "${NONE:-d}${EMPTY:-e}${A:-f}", "dex", ""},
		{"an empty default", "<${NONE:-}>", "<>", ""},
		{"a default with colons and dashes", "${NONE:-http://h:1/-}", "http://h:1/-", ""},
		{"a plain dollar", "$A $ $1 5$", "$A $ $1 5$", ""},
		{"doubled dollars", "$$ $${A} $$$${A} $$${A}", "$ ${A} $${A} $x", ""},
		{"what a variable holds is never read again", "${NESTED}", "${A}", ""},
		{"nor as YAML", "${YAML}", "[1, {a: b}]\n# c", ""},
		{"missing", "a ${NONE}", "", "`NONE` is not set in the environment"},
		{"not closed", "${A", "", "${ has no }"},
		{"no name", "${a b}", "", "does not name a variable"},
		{"nothing in it", "${}", "", "does not name a variable"},
		{"one within another", "${NONE:-${A}}", "", "a default cannot hold a variable"},
		{"what is not UTF-8", "${BYTES}", "", "not UTF-8"},
	} {
		got, problems := vars.expand(test.text, 1000)
		switch {
		case test.problem == "" && (got != test.want || problems != nil):
			t.Errorf("%s: %q became %q, %v, want %q", test.reason, test.text, got, problems, test.want)
		case test.problem != "" && (len(problems) != 1 || !strings.Contains(problems[0].message, test.problem) || problems[0].remedy == ""):
			t.Errorf("%s: %q gave %+v, want %q", test.reason, test.text, problems, test.problem)
		}
	}
}

// Whatever a variable holds, the file keeps its structure.
func TestAVariableNeverBecomesStructure(t *testing.T) {
	text := []byte("seam: 1\nname: ${X}\nservices:\n  web: { run: [echo, \"${X}\"], env: { A: \"${X}\" } }\n")
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\[\]{}:,#&*!|>'"% \n-]{0,12}`)).Draw(t, "value")
		spec, err := Parse("seam.yaml", text, env("X", value))
		if strings.Contains(value, "\x00") {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if spec.Name != value || spec.Services[0].Run[1] != value || spec.Services[0].Env["A"] != value || len(spec.Services) != 1 {
			t.Errorf("%q became %+v", value, spec)
		}
	})
}
