package report

import (
	"fmt"
	"unicode/utf8"
)

// middleCut shortens a long message: its end says as much as its beginning.
func middleCut(text string) string {
	if len(text) <= widestMessage {
		return text
	}
	head, tail := widestMessage*3/4, widestMessage/4
	return fmt.Sprintf("%s … (%d bytes) … %s", whole(text[:head]), len(text)-head-tail, whole(text[len(text)-tail:]))
}

// endCut shortens a long line.
func endCut(text string) string {
	if len(text) <= widestLine+len(" … (1000000 bytes more)") {
		return text
	}
	return fmt.Sprintf("%s … (%d bytes more)", whole(text[:widestLine]), len(text)-widestLine)
}

// windows shortens two long texts to where they begin to differ.
func windows(want, got string) (shownWant, shownGot string) {
	if len(want) <= widestLine && len(got) <= widestLine {
		return want, got
	}
	same := 0
	for same < min(len(want), len(got)) && want[same] == got[same] {
		same++
	}
	from := same - before
	if from <= len("(1000000 bytes the same) … ") {
		return endCut(want), endCut(got)
	}
	for from > 0 && !utf8.RuneStart(want[from]) {
		from--
	}
	note := fmt.Sprintf("(%d bytes the same) … ", from)
	return note + endCut(want[from:]), note + endCut(got[from:])
}

// whole drops what a cut left of characters at both ends.
func whole(text string) string {
	for len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	for n := 0; n < utf8.UTFMax && len(text) > 0; n++ {
		if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size > 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}
