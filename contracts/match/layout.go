package match

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seamtest/seam/contracts"
)

// A layout is a date format in the letters of Java's DateTimeFormatter. It
// reads leniently: leading zeros are optional. The bounds are those of the
// reference implementation, its oddities included (day of year to 356, zone
// hours to 11), because a pact that passes there must pass here.
type layout struct {
	tokens []timeToken
}

// A timeToken reads one part of a text. Digits are read by number, all other
// letters by a function of their own.
type timeToken struct {
	letter  byte // 0 for literal text
	count   int
	literal string
	number  digitRun
}

// A digitRun is a number of one to most digits within bounds; max < 0 is none.
type digitRun struct {
	most     int
	min, max int
	what     string
	field    timeField
}

// A timeField is a part of the date that the calendar is asked about.
type timeField uint8

const (
	noField timeField = iota
	yearField
	monthField
	dayField
)

// digitRuns by letter; most 0 is the pattern letter's count.
var digitRuns = map[byte]digitRun{
	'y': {0, 0, -1, "year", yearField}, 'Y': {0, 0, -1, "year", yearField}, 'u': {0, 0, -1, "year", yearField},
	'M': {2, 1, 12, "month", monthField}, 'L': {2, 1, 12, "month", monthField},
	'd': {2, 1, 31, "day", dayField}, 'D': {3, 1, 356, "day in the year", noField},
	'w': {2, 1, 56, "week in the year", noField}, 'W': {2, 1, 5, "week in the month", noField},
	'F': {2, 0, 4, "week in the month", noField}, 'e': {1, 1, 7, "day of the week", noField},
	'c': {1, 1, 7, "day of the week", noField}, 'h': {2, 1, 12, "hour", noField},
	'H': {2, 0, 23, "hour", noField}, 'k': {2, 1, 24, "hour", noField}, 'K': {2, 0, 11, "hour", noField},
	'm': {2, 0, 59, "minute", noField}, 's': {2, 0, 60, "second", noField},
	'S': {0, 0, -1, "fraction", noField}, 'n': {maxDigits, 0, -1, "nanosecond", noField},
	'A': {maxDigits, 0, -1, "millisecond", noField}, 'N': {maxDigits, 0, -1, "nanosecond", noField},
	'Q': {2, 1, 4, "quarter", noField}, 'q': {2, 1, 4, "quarter", noField},
}

// maxDigits bounds a number that has no bound of its own.
const maxDigits = 64

// mostLetters is how often a letter may be repeated where that is limited.
var mostLetters = map[byte]int{
	'M': 5, 'L': 5, 'd': 2, 'w': 2, 'W': 2, 'F': 2, 'E': 5, 'e': 5, 'c': 1, 'a': 1, 'h': 2, 'H': 2, 'k': 2,
	'K': 2, 'm': 2, 's': 2, 'Q': 5, 'q': 2, 'G': 5, 'z': 3, 'V': 2, 'O': 4, 'X': 5, 'x': 5, 'Z': 5,
}

func newLayout(format string) (*layout, error) {
	l := &layout{}
	for i := 0; i < len(format); {
		c := format[i]
		switch {
		case c == '\'':
			text, n, err := contracts.QuotedText(format[i:])
			if err != nil {
				return nil, fmt.Errorf("the pattern %q at offset %d: %w", format, i, err)
			}
			l.tokens = append(l.tokens, timeToken{literal: text})
			i += n
		case c < utf8.RuneSelf && unicode.IsLetter(rune(c)):
			n := len(format[i:]) - len(strings.TrimLeft(format[i:], string(c)))
			t, err := newTimeToken(c, n)
			if err != nil {
				return nil, fmt.Errorf("the pattern %q at offset %d: %w", format, i, err)
			}
			l.tokens = append(l.tokens, t)
			i += n
		case strings.IndexByte("[]{}", c) >= 0:
			return nil, fmt.Errorf("the pattern %q at offset %d: %q is reserved", format, i, c)
		default:
			_, n := utf8.DecodeRuneInString(format[i:])
			l.tokens = append(l.tokens, timeToken{literal: format[i : i+n]})
			i += n
		}
	}
	return l, nil
}

func newTimeToken(letter byte, count int) (timeToken, error) {
	t := timeToken{letter: letter, count: count}
	if most, ok := mostLetters[letter]; ok && count > most {
		return t, fmt.Errorf("%d times %q, at most %d are known", count, letter, most)
	}
	spelled := strings.IndexByte("EGaXxZzVO", letter) >= 0 || count > 2 && strings.IndexByte("MQe", letter) >= 0
	if spelled {
		return t, nil
	}
	run, ok := digitRuns[letter]
	if !ok {
		return t, fmt.Errorf("the letter %q has no meaning", letter)
	}
	if run.most == 0 {
		run.most = count
	}
	t.number = run
	return t, nil
}

// A timeText is what is left to read, and the calendar day so far; -1 is
// unknown.
type timeText struct {
	rest             []byte
	year, month, day int
}

// match says what does not fit, or "".
func (l *layout) match(text []byte) string {
	t := timeText{text, -1, -1, -1}
	for i := range l.tokens {
		if why := t.take(&l.tokens[i]); why != "" {
			return why
		}
	}
	if len(t.rest) > 0 {
		return fmt.Sprintf("Remaining data after applying pattern %q", t.rest)
	}
	if t.day > 0 && t.month > 0 && t.day > t.daysInMonth() {
		if t.year < 0 {
			return fmt.Sprintf("'%02d' is not a valid day for month '%02d'", t.day, t.month)
		}
		return fmt.Sprintf("'%02d' is not a valid day for month '%02d' in year %d", t.day, t.month, t.year)
	}
	return ""
}

func (t *timeText) daysInMonth() int {
	switch t.month {
	case 2:
		if t.year >= 0 && t.year%4 == 0 && (t.year%100 != 0 || t.year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func (t *timeText) take(tok *timeToken) string {
	switch {
	case tok.letter == 0:
		if len(t.rest) < len(tok.literal) || string(t.rest[:len(tok.literal)]) != tok.literal {
			return fmt.Sprintf("expected %q but found %q", tok.literal, t.rest)
		}
		t.rest = t.rest[len(tok.literal):]
		return ""
	case tok.number.most > 0:
		return t.digits(&tok.number)
	}
	return t.spelled(tok)
}

func (t *timeText) digits(run *digitRun) string {
	n, i := 0, 0
	for i < len(t.rest) && i < run.most && t.rest[i]-'0' <= 9 {
		if n < 1<<40 {
			n = n*10 + int(t.rest[i]-'0')
		}
		i++
	}
	if i == 0 {
		return fmt.Sprintf("expected the %s but found %q", run.what, t.rest)
	}
	if n < run.min || run.max >= 0 && n > run.max {
		return fmt.Sprintf("%q is not a valid %s", t.rest[:i], run.what)
	}
	t.rest = t.rest[i:]
	switch run.field {
	case yearField:
		t.year = n
	case monthField:
		t.month = n
	case dayField:
		t.day = n
	}
	return ""
}
