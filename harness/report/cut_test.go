package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLongValuesAreCutWhereTheyDiffer(t *testing.T) {
	same := strings.Repeat("ä", 50_000)
	m := Mismatch{Part: "body", Pointer: "/a", Expected: same + "one" + same, Actual: same + "two" + same}
	m.Message = "Expected '" + m.Actual + "' (String) to be equal to '" + m.Expected + "' (String)"
	text := textOf(t, verified(Interaction{Description: "x", Result: CaseFailed, Mismatches: []Mismatch{m}}))
	if len(text) > 4_000 || !utf8.ValidString(text) {
		t.Errorf("%d bytes, valid: %t", len(text), utf8.ValidString(text))
	}
	for _, want := range []string{"Expected 'ää", "ää' (String)\n", "- (99920 bytes the same) … ", "one", "+ (99920 bytes the same) … ", "two", "bytes more)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestALongMessageKeepsItsEnd(t *testing.T) {
	got := middleCut("Expected [" + strings.Repeat("1,", 10_000) + "1] (size 10001) to have maximum size of 4")
	if len(got) > widestMessage+40 || !strings.HasPrefix(got, "Expected [1,1") || !strings.HasSuffix(got, "(size 10001) to have maximum size of 4") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if short := strings.Repeat("x", widestMessage); middleCut(short) != short {
		t.Error("a message that fits is cut")
	}
}

func TestAMessageDoesNotRepeatTheLinesOfItsDiff(t *testing.T) {
	m := Mismatch{Part: "body", Expected: "one\r\ntwo\n'three'", Actual: "one\nTWO", Message: "Expected body 'one\r\ntwo\n'three'' to match 'one\nTWO' using equality but did not match"}
	if got, want := grouped([]Mismatch{m})[0].Message, "Expected body 'one …' to match 'one …' using equality but did not match"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m = Mismatch{Part: "body", Expected: "one", Actual: "two", Message: "Expected 'two' to be equal to 'one'"}
	if got := grouped([]Mismatch{m})[0].Message; got != m.Message {
		t.Errorf("%q, want %q", got, m.Message)
	}
}
