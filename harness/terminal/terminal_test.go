package terminal

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ reason, text, plain, styled string }{
		{"plain text", "listening on :8080", "listening on :8080", ""},
		{"other scripts", "größer → 漢字 🍵", "größer → 漢字 🍵", ""},
		{"a tab stays", "a\tb", "a\tb", ""},
		{"a colour that ends", "\x1b[1;31mred\x1b[0m.", "red.", "\x1b[1;31mred\x1b[0m."},
		{"one that ends in short", "\x1b[32mok\x1b[m", "ok", "\x1b[32mok\x1b[m"},
		{"one that does not end", "\x1b[38;2;1;2;3mred", "red", "\x1b[38;2;1;2;3mred\x1b[0m"},
		{"with colons", "\x1b[38:5:9mred\x1b[0m", "red", "\x1b[38:5:9mred\x1b[0m"},
		{"what only looks like a colour", "\x1b[>4;1mx\x1b[?1my\x1b[1 mz", "xyz", ""},
		{"the screen is wiped", "\x1b[2J\x1b[Hgone", "gone", ""},
		{"the cursor moves", "a\x1b[10Ab\x1b[?25lc\x1b7d\x1bce", "abcde", ""},
		{"a title", "\x1b]0;root@bank\x07hello", "hello", ""},
		{"a link", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text", ""},
		{"a string of a device", "\x1bP1$r0m\x1b\\x\x1b_apc\x1b\\y", "xy", ""},
		{"a title without end", "\x1b]0;hello", "^[]0;hello", ""},
		{"a sequence without end", "\x1b[12", "^[[12", ""},
		{"an escape alone", "a\x1b", "a^[", ""},
		{"an escape before what is none", "a\x1b\x01", "a^[^A", ""},
		{"a character set", "\x1b(B\x1b[mx", "x", "\x1b[mx"},
		{"a bell", "ding\a", "ding^G", ""},
		{"carriage returns", "10%\r20%", "10%^M20%", ""},
		{"backspaces", "secret\b\b", "secret^H^H", ""},
		{"delete and null", "\x7f\x00", "^?^@", ""},
		{"C1 controls", "\u009b2J\u0085", `\u009b2J\u0085`, ""},
		{"C1 controls that are no UTF-8", "\x9b2J", "?2J", ""},
		{"no UTF-8", "a\xff\xfeb\xc3", "a??b?", ""},
		{"the direction turned round", "\u202egpj.exe\u2066", `\u202egpj.exe\u2066`, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			if c.styled == "" {
				c.styled = c.plain
			}
			plain, styled := Line(c.text)
			if plain != c.plain || styled != c.styled {
				t.Errorf("%q became %q and %q, want %q and %q", c.text, plain, styled, c.plain, c.styled)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[1;31mred\x1b[0m": "red", "a\x1b]8;;http://x\x07link\x1b]8;;\x07": "alink", "one\ntwo\tthree": "one\ntwo    three",
		"\u202egnp.exe": "gnp.exe", "a\x00b\r": "ab", "a\x1b": "a", "\x1b[12": "[12", "plain": "plain", "a\xff": "a\ufffd",
	} {
		if got := Clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestInert(t *testing.T) {
	for text, want := range map[string]string{
		"::error::x":                 ": :error::x",
		"one\n\t ::add-mask::x":      "one\n\t : :add-mask::x",
		"\x1b[31m::error::x":         "\x1b[31m: :error::x",
		"web | ##[error]x":           "web | # #[error]x",
		"web | ##vso[task.setv]x":    "web | # #vso[task.setv]x",
		"##teamcity[testFailed]":     "# #teamcity[testFailed]",
		"std::string, ## a heading":  "std::string, ## a heading",
		"listening on [::]:80 and #": "listening on [::]:80 and #",
	} {
		if got := Inert(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

var colours = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

func FuzzLine(f *testing.F) {
	for _, text := range []string{"plain", "\x1b[1;31mred", "\x1b]0;t\x07", "\x1b[", "\u009b1m", "\xff\x1b\x1b[0m", "é\u202e\r"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "\n", "")
		plain, styled := Line(text)
		if got := colours.ReplaceAllString(styled, ""); got != plain {
			t.Errorf("%q: without its colours %q is not %q", text, styled, plain)
		}
		harmless(t, plain)
		if again, _ := Line(plain); again != plain {
			t.Errorf("%q became %q, and that %q", text, plain, again)
		}
		harmless(t, Clean(text))
		if coloured := colours.FindAllString(styled, -1); len(coloured) > 0 {
			if last := coloured[len(coloured)-1]; last != reset && last != "\x1b[m" {
				t.Errorf("%q leaves the terminal coloured", styled)
			}
		}
	})
}

// harmless fails where a terminal would do more than show the text.
func harmless(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%q is no UTF-8", text)
	}
	for _, r := range text {
		if r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q holds %U", text, r)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for name, text := range map[string]string{
		"plain":    `{"level":"info","msg":"request served","path":"/orders/17","took":"1.3ms"}`,
		"coloured": "\x1b[90m12:00:01\x1b[0m \x1b[32mINF\x1b[0m request served \x1b[36mpath=\x1b[0m/orders/17 \x1b[36mtook=\x1b[0m1.3ms",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Line(text)
			}
		})
	}
}
