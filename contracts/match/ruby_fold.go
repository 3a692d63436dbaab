package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folds are the characters that several others stand for where case does not
// count (the full mappings of Unicode's CaseFolding.txt, as far as Latin goes),
// the longest first.
var folds = []struct{ several, single string }{
	{"ffi", "ﬃ"}, {"ffl", "ﬄ"},
	{"ss", "ßẞ"}, {"ff", "ﬀ"}, {"fi", "ﬁ"}, {"fl", "ﬂ"}, {"st", "ﬅﬆ"},
	{"ʼn", "ŉ"}, {"ǰ", "ǰ"}, {"i̇", "İ"},
}

// folded translates what begins with a character that folds into several, or
// with several that fold into one, where case does not count.
func (t *translator) folded() bool {
	if !t.fold {
		return false
	}
	rest := t.rest()
	r, size := utf8.DecodeRuneInString(rest)
	if t.foldedRune(r) {
		t.at += size
		return true
	}
	for _, f := range folds {
		if n := foldedPrefix(rest, f.several); n > 0 && !strings.ContainsAny(leadingByte(rest[n:]), "*+?{") {
			t.at += n
			t.either(f.several, f.single)
			return true
		}
	}
	return false
}

// foldedRune writes a character that folds into several.
func (t *translator) foldedRune(r rune) bool {
	for _, f := range folds {
		if t.fold && strings.ContainsRune(f.single, r) {
			t.either(f.several, f.single)
			return true
		}
	}
	return false
}

// either writes a group of all that folds into the same.
func (t *translator) either(several, single string) {
	t.begin()
	t.out.WriteString("(?:" + several + "|[" + single + "])")
}

func leadingByte(s string) string { return s[:min(1, len(s))] }

// foldedPrefix is the length of what begins s and differs from prefix by case
// alone; 0 for nothing.
func foldedPrefix(s, prefix string) int {
	n := 0
	for _, want := range prefix {
		r, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || unicode.ToLower(r) != want {
			return 0
		}
		n += size
	}
	return n
}

// foldedMembers are what a class matches beyond one character: "ss" where ß
// is in it. An open range has nothing of the kind.
func (t *translator) foldedMembers(u *union) []string {
	if !t.fold {
		return nil
	}
	var several []string
	for _, f := range folds {
		if slices.ContainsFunc([]rune(f.single), u.holds) {
			several = append(several, f.several)
		}
	}
	return several
}

// holds says whether a character stands in a union, alone or in a range.
func (u *union) holds(r rune) bool {
	return slices.ContainsFunc(u.spans, func(s [2]rune) bool { return s[0] <= r && r <= s[1] })
}
