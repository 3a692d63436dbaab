package contracts

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// EvalDate moves a moment by a date expression: an optional base (now,
// today, yesterday, tomorrow) followed by any number of "+ 2 days",
// "- 1 month", "next week", "last monday", "next january".
func EvalDate(now time.Time, expression string) (time.Time, error) {
	e := newExpression(now, expression)
	switch e.peek() {
	case "now", "today":
		e.next()
	case "yesterday":
		e.next()
		e.at = now.AddDate(0, 0, -1)
	case "tomorrow":
		e.next()
		e.at = now.AddDate(0, 0, 1)
	}
	return e.moves(moveDate)
}

// EvalTime moves a moment by a time expression: an optional base (now,
// midnight, noon, 5 o'clock, 5 o'clock pm) followed by any number of
// "+ 2 hours", "- 30 minutes", "next hour", "last second".
func EvalTime(now time.Time, expression string) (time.Time, error) {
	e := newExpression(now, expression)
	switch word := e.peek(); {
	case word == "now":
		e.next()
	case word == "midnight":
		e.next()
		e.at = clock(now, 0)
	case word == "noon":
		e.next()
		e.at = clock(now, 12)
	case isDigits(word):
		if err := e.oClock(); err != nil {
			return now, err
		}
	}
	return e.moves(moveTime)
}

// EvalDateTime moves a moment by "date expression @ time expression", of
// which either side may be left out.
func EvalDateTime(now time.Time, expression string) (time.Time, error) {
	date, clockPart, _ := strings.Cut(expression, "@")
	at, err := EvalDate(now, date)
	if err != nil {
		return now, err
	}
	return EvalTime(at, clockPart)
}

func clock(t time.Time, hour int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, t.Location())
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// expression is a reader of words; signs are words of their own.
type expression struct {
	text  string
	words []string
	at    time.Time
}

func newExpression(at time.Time, text string) *expression {
	spaced := strings.NewReplacer("+", " + ", "-", " - ").Replace(strings.ToLower(text))
	return &expression{text: text, words: strings.Fields(spaced), at: at}
}

func (e *expression) peek() string {
	if len(e.words) == 0 {
		return ""
	}
	return e.words[0]
}

func (e *expression) next() string {
	word := e.peek()
	if word != "" {
		e.words = e.words[1:]
	}
	return word
}

func (e *expression) errorf(format string, args ...any) error {
	return fmt.Errorf("expression %q: %s", e.text, fmt.Sprintf(format, args...))
}

// oClock reads "5 o'clock" with am or pm. Without either it is the next time
// that a clock shows that hour.
func (e *expression) oClock() error {
	hour, err := strconv.Atoi(e.next())
	if word := e.next(); word != "o'clock" || err != nil || hour > 23 {
		return e.errorf("expected an hour and o'clock")
	}
	switch e.peek() {
	case "am":
		e.next()
		hour %= 12
	case "pm":
		e.next()
		hour = hour%12 + 12
	default:
		if e.at.Hour() >= hour && hour < 12 {
			hour += 12
		}
	}
	e.at = clock(e.at, hour)
	return nil
}

// maxMove bounds a number in an expression, so that no date overflows.
const maxMove = 1_000_000

// moves applies the rest of the words. move reports false for a word that it
// does not know.
func (e *expression) moves(move func(at time.Time, n int, unit string, next bool) (time.Time, bool)) (time.Time, error) {
	for e.peek() != "" {
		sign, n, byName := 1, 1, false
		switch word := e.next(); word {
		case "-", "+":
			if word == "-" {
				sign = -1
			}
			var err error
			if n, err = strconv.Atoi(e.next()); err != nil || n > maxMove {
				return e.at, e.errorf("expected a number up to %d after %s", maxMove, word)
			}
		case "next", "last":
			byName = true
			if word == "last" {
				sign = -1
			}
		default:
			return e.at, e.errorf("did not expect %q", word)
		}
		unit := e.next()
		moved, ok := move(e.at, sign*n, strings.TrimSuffix(unit, "s"), byName)
		if !ok {
			return e.at, e.errorf("%q is no unit here", unit)
		}
		e.at = moved
	}
	return e.at, nil
}

func moveDate(at time.Time, n int, unit string, named bool) (time.Time, bool) {
	switch unit {
	case "day":
		return at.AddDate(0, 0, n), true
	case "week":
		return at.AddDate(0, 0, 7*n), true
	case "fortnight":
		return at.AddDate(0, 0, 14*n), true
	case "month":
		return addMonths(at, n), true
	case "year":
		return addMonths(at, 12*n), true
	}
	if !named || len(unit) < 3 {
		return at, false
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if isName(unit, d.String()) {
			days := (int(d)-int(at.Weekday())+6)%7 + 1
			if n < 0 {
				days = -((int(at.Weekday())-int(d)+6)%7 + 1)
			}
			return at.AddDate(0, 0, days), true
		}
	}
	for m := time.January; m <= time.December; m++ {
		if isName(unit, m.String()) {
			months := (int(m)-int(at.Month())+11)%12 + 1
			if n < 0 {
				months = -((int(at.Month())-int(m)+11)%12 + 1)
			}
			return addMonths(at, months), true
		}
	}
	return at, false
}

// isName accepts a whole English name or three and more of its first letters.
func isName(word, name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, word) || strings.TrimSuffix(name, "s") == word
}

// addMonths keeps to the last day of a month that is too short.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func moveTime(at time.Time, n int, unit string, _ bool) (time.Time, bool) {
	units := map[string]time.Duration{
		"hour": time.Hour, "minute": time.Minute, "second": time.Second, "millisecond": time.Millisecond,
	}
	size, known := units[unit]
	return at.Add(time.Duration(n) * size), known
}
