package system

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var twoFaults = &Error{File: "a,b/seam.yaml", More: 3, Faults: []Fault{
	{Message: "the file is empty", Remedy: "write one"},
	{Pos: Pos{2, 3}, Key: "services.a", Message: "100% wrong: <no>", Remedy: "[x, y]", Excerpt: "    2 | x\n      |   ^"},
}}

func TestFaultsAsText(t *testing.T) {
	const want = `a,b/seam.yaml: the file is empty
  try: write one

a,b/seam.yaml:2:3: services.a: 100% wrong: <no>
    2 | x
      |   ^
  try: [x, y]

a,b/seam.yaml: 5 faults, the first 2 of them shown`
	if diff := cmp.Diff(want, twoFaults.Error()); diff != "" {
		t.Error(diff)
	}
	var b strings.Builder
	if err := twoFaults.WriteText(&b, true); err != nil {
		t.Fatal(err)
	}
	plain := b.String()
	for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31;1m"} {
		if !strings.Contains(plain, code) {
			t.Errorf("no colour %q", code)
		}
		plain = strings.ReplaceAll(plain, code, "")
	}
	if diff := cmp.Diff(want+"\n", plain); diff != "" {
		t.Errorf("in colours the text is another:\n%s", diff)
	}
}

func TestFaultsAsJSON(t *testing.T) {
	var b strings.Builder
	if err := twoFaults.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"file": "a,b/seam.yaml", "right": false, "more": 3.0, "faults": []any{
		map[string]any{"line": 0.0, "column": 0.0, "message": "the file is empty", "remedy": "write one"},
		map[string]any{"line": 2.0, "column": 3.0, "key": "services.a", "message": "100% wrong: <no>", "remedy": "[x, y]", "excerpt": "    2 | x\n      |   ^"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsAsAnnotations(t *testing.T) {
	var b strings.Builder
	if err := twoFaults.WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	const want = "::error file=a%2Cb/seam.yaml::the file is empty%0Atry: write one\n" +
		"::error file=a%2Cb/seam.yaml,line=2,col=3::services.a: 100%25 wrong: <no>%0Atry: [x, y]\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// A file cannot send control sequences to a terminal through its excerpts.
func TestAnExcerptIsOfOneLineAndHarmless(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		reason, line string
		column       int
		want         string
	}{
		{"as it is", "a: b", 4, "    1 | a: b\n      |    ^"},
		{"beyond the end", "a:", 3, "    1 | a:\n      |   ^"},
		{"a tab", "\ta", 2, "    1 |  a\n      |  ^"},
		{"an escape sequence", "\x1b[31m\u202e", 1, "    1 | ·[31m·\n      | ^"},
		{"the middle of a long line", long, 150, "    1 | " + long[:100] + "\n      | " + strings.Repeat(" ", 49) + "^"},
		{"no such place", "a", 0, ""},
	} {
		if diff := cmp.Diff(test.want, excerpt([]string{test.line}, Pos{1, test.column})); diff != "" {
			t.Errorf("%s:\n%s", test.reason, diff)
		}
	}
}
