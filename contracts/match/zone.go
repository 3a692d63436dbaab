package match

import (
	"fmt"
	"strings"
)

// What the letters spell, in any case.
var (
	longMonths = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	longDays   = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	months     = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	days       = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	eras       = []string{"ad", "bc"}
	halves     = []string{"am", "pm"}
	quarters   = []string{"q1", "q2", "q3", "q4"}
	longQs     = []string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}

	// areas are the first parts of the time zone database's names.
	areas = []string{"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil",
		"Canada", "Chile", "Etc", "Europe", "Indian", "Mexico", "Pacific", "US"}
	// zones are abbreviations of time zones in use.
	zones = " ACDT ACST ADT AEDT AEST AKDT AKST AST AWST BST CAT CDT CEST CET ChST CST EAT EDT EEST EET EST " +
		"GMT HDT HKT HST IDT IST JST KST MDT MSK MST NDT NST NZDT NZST PDT PKT PST SAST SST UTC WAT WEST WET WIB WIT WITA "
)

// spelled reads what is not a bare number.
func (t *timeText) spelled(tok *timeToken) string {
	switch tok.letter {
	case 'M':
		n := t.word(pick(tok.count > 3, longMonths, months))
		t.month = n + 1
		return t.unless(n >= 0, "a month")
	case 'E', 'e':
		return t.unless(t.word(pick(tok.count > 3, longDays, days)) >= 0, "a day of the week")
	case 'G':
		return t.unless(t.word(eras) >= 0, "AD or BC")
	case 'a':
		return t.unless(t.word(halves) >= 0, "AM or PM")
	case 'Q':
		return t.unless(t.word(pick(tok.count > 3, longQs, quarters)) >= 0, "a quarter")
	case 'z':
		return t.unless(t.zone(), "the abbreviation of a time zone")
	case 'V':
		return t.unless(t.region(), "a time zone such as Europe/Vienna")
	case 'O':
		return t.gmt(tok.count == 4, false)
	case 'Z':
		switch tok.count {
		case 4:
			return t.gmt(true, true)
		case 5:
			return t.offset(offsetForm{colon: true, minutes: true})
		}
		return t.offset(offsetForm{minutes: true})
	}
	return t.iso(tok)
}

// iso reads the offsets of X and x; only X knows Z.
func (t *timeText) iso(tok *timeToken) string {
	if tok.letter == 'X' && len(t.rest) > 0 && t.rest[0] == 'Z' {
		t.rest = t.rest[1:]
		return ""
	}
	return t.offset(offsetForm{colon: tok.count == 3 || tok.count == 5, minutes: tok.count > 1, seconds: tok.count > 3})
}

// pick is a where first is set, else b.
func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

func (t *timeText) unless(ok bool, want string) string {
	if ok {
		return ""
	}
	return fmt.Sprintf("expected %s but found %q", want, t.rest)
}

// word reads one of the words, in any case, and says which; -1 for none.
func (t *timeText) word(words []string) int {
	for i, w := range words {
		if len(t.rest) >= len(w) && strings.EqualFold(string(t.rest[:len(w)]), w) {
			t.rest = t.rest[len(w):]
			return i
		}
	}
	return -1
}

func letters(b []byte, also string) int {
	n := 0
	for n < len(b) && ('a' <= b[n]|0x20 && b[n]|0x20 <= 'z' || strings.IndexByte(also, b[n]) >= 0) {
		n++
	}
	return n
}

func (t *timeText) zone() bool {
	n := letters(t.rest, "")
	if n < 2 || !strings.Contains(zones, " "+string(t.rest[:n])+" ") {
		return false
	}
	t.rest = t.rest[n:]
	return true
}

func (t *timeText) region() bool {
	n := regionEnd(t.rest)
	area, city, ok := strings.Cut(string(t.rest[:n]), "/")
	if !ok || city == "" {
		return false
	}
	for _, a := range areas {
		if a == area {
			t.rest = t.rest[n:]
			return true
		}
	}
	return false
}

// regionEnd is where the name of a region ends. A stroke or an underscore
// belongs to it where a capital follows: what else follows is of the format.
func regionEnd(b []byte) int {
	n := letters(b, "0123456789")
	for n+1 < len(b) && (b[n] == '/' || b[n] == '_') && 'A' <= b[n+1] && b[n+1] <= 'Z' {
		n += 1 + letters(b[n+1:], "0123456789")
	}
	return n
}

// gmt reads GMT+8, GMT+08:00 or UTC+1. The full form has minutes; alone says
// that the offset may be left out.
func (t *timeText) gmt(full, alone bool) string {
	if t.word([]string{"gmt", "utc"}) < 0 {
		return t.unless(false, "GMT or UTC")
	}
	if alone && (len(t.rest) == 0 || t.rest[0] != '+' && t.rest[0] != '-') {
		return ""
	}
	return t.offset(offsetForm{colon: true, minutes: full})
}

// An offsetForm says which parts of an offset must be there: without minutes
// they are optional, seconds always are where they are allowed.
type offsetForm struct {
	colon, minutes, seconds bool
}

func (t *timeText) offset(f offsetForm) string {
	if len(t.rest) == 0 || t.rest[0] != '+' && t.rest[0] != '-' {
		return t.unless(false, "an offset such as +08:00")
	}
	t.rest = t.rest[1:]
	if why := t.digits(&digitRun{most: 2, max: 11, what: "hour of an offset"}); why != "" {
		return why
	}
	minute := digitRun{most: 2, max: 59, what: "minute of an offset"}
	if f.minutes || t.goesOn(f.colon) {
		before := t.rest
		if f.colon && t.word([]string{":"}) < 0 {
			return t.unless(false, "a colon")
		}
		if why := t.digits(&minute); why != "" && f.minutes {
			return why
		} else if why != "" { // it was no minute: what comes is of the format
			t.rest = before
			return ""
		}
	}
	if !f.seconds || !t.goesOn(f.colon) {
		return ""
	}
	if f.colon {
		t.rest = t.rest[1:]
	}
	return t.digits(&minute)
}

// goesOn says whether another two digits of an offset follow. A colon before
// something else is of the format.
func (t *timeText) goesOn(colon bool) bool {
	rest := t.rest
	if colon {
		if len(rest) == 0 || rest[0] != ':' {
			return false
		}
		rest = rest[1:]
	}
	return len(rest) > 0 && rest[0]-'0' <= 9
}
