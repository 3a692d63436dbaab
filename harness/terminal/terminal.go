// Package terminal says what of a text that somebody else wrote may reach a
// terminal, a report, or the log of a CI system that reads commands out of it.
// Its functions are pure.
package terminal

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	escape = 0x1b
	bell   = 0x07
	reset  = "\x1b[0m"
)

// Line is a line of a program's output as it may be shown. Cursor codes, titles
// and links are dropped; other control characters are made visible, such as ^M
// for a carriage return; what is no UTF-8 becomes a question mark. Styled is
// the same with its colours (SGR, ECMA-48 section 8.3.117), which it ends.
func Line(text string) (plain, styled string) {
	harmless := harmlessUpTo(text)
	if harmless == len(text) {
		return text, text
	}
	var bare, coloured strings.Builder
	both := func(s string) {
		bare.WriteString(s)
		coloured.WriteString(s)
	}
	both(text[:harmless])
	last := "" // colour
	for text = text[harmless:]; text != ""; {
		if n := harmlessUpTo(text); n > 0 {
			both(text[:n])
			text = text[n:]
			continue
		}
		if text[0] == escape {
			n, colour := sequence(text)
			switch {
			case n == 0:
				both("^[")
				n = 1
			case colour:
				last = text[:n]
				coloured.WriteString(last)
			}
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		both(visible(r, size))
		text = text[size:]
	}
	if last != "" && last != reset && last != "\x1b[m" {
		coloured.WriteString(reset)
	}
	return bare.String(), coloured.String()
}

// harmlessUpTo is where the first thing stands that Line changes.
func harmlessUpTo(text string) int {
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			if b < ' ' && b != '\t' || b == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if size == 1 || disturbs(r) {
			return i
		}
		i += size
	}
	return len(text)
}

// disturbs reports whether a character beyond ASCII steers a terminal: C1
// controls, and those that turn the direction of writing round.
func disturbs(r rune) bool {
	return r <= 0x9f || unicode.Is(unicode.Bidi_Control, r)
}

// visible is how a character is shown that is not harmless.
func visible(r rune, size int) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return "?"
	case r < utf8.RuneSelf:
		return "^" + string(r^0x40)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// sequence is how long the escape sequence is that text begins with, and
// whether it sets colours; 0: it is none, or has no end (ECMA-48, section 5).
func sequence(text string) (n int, colour bool) {
	if len(text) < 2 {
		return 0, false
	}
	switch text[1] {
	case '[':
		params := 2 + span(text[2:], '0', '?')
		end := params + span(text[params:], ' ', '/')
		if end == len(text) || text[end] < '@' || text[end] > '~' {
			return 0, false
		}
		return end + 1, text[end] == 'm' && end == params && strings.Trim(text[2:params], "0123456789;:") == ""
	case ']', 'P', 'X', '^', '_': // a string up to its terminator
		end := 2 + strings.IndexAny(text[2:], "\x07\x1b")
		switch {
		case end < 2:
			return 0, false
		case text[end] == bell:
			return end + 1, false
		case end+1 < len(text) && text[end+1] == '\\':
			return end + 2, false
		}
		return 0, false
	}
	end := 1 + span(text[1:], ' ', '/')
	if end == len(text) || text[end] < '0' || text[end] > '~' {
		return 0, false
	}
	return end + 1, false
}

// span is how many bytes at the beginning of text are from low to high.
func span(text string, low, high byte) (n int) {
	for n < len(text) && low <= text[n] && text[n] <= high {
		n++
	}
	return n
}

// Clean is a text of several lines without anything that could disturb a
// terminal: escape sequences and control characters go, a tab is four blanks.
func Clean(text string) string {
	if harmlessUpTo(text) == len(text) && strings.IndexByte(text, '\t') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == escape:
			if n, _ := sequence(text); n > 0 {
				size = n
			}
		case r == '\t':
			b.WriteString("    ")
		case r == '\n', !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r):
			b.WriteRune(r) // U+FFFD where it is no UTF-8
		}
		text = text[size:]
	}
	return b.String()
}

// Inert keeps what others wrote from being taken for commands by the CI system
// that reads the log: those of GitHub begin a line with ::, those of Azure,
// TeamCity and GitHub's old ones hold ##[ or ##vso[ anywhere.
func Inert(text string) string {
	if strings.Contains(text, "::") {
		text = lineCommands.ReplaceAllString(text, "$1: :")
	}
	if strings.Contains(text, "##") {
		text = markedCommands.ReplaceAllString(text, "# #$1")
	}
	return text
}

var (
	lineCommands   = regexp.MustCompile(`(?m)^((?:\x1b\[[0-9;]*m|\s)*)::`)
	markedCommands = regexp.MustCompile(`##([A-Za-z]*\[)`)
)
