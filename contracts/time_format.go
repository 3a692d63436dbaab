package contracts

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FormatTime writes a moment in a pattern of Java's DateTimeFormatter, such
// as yyyy-MM-dd'T'HH:mm:ssXXX, which is how Pact writes formats.
func FormatTime(t time.Time, pattern string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n, err := QuotedText(pattern[i:])
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			i += n
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			text, ok := timeField(t, c, n)
			if !ok {
				return "", fmt.Errorf("%q is no letter of a date or time format", string(c))
			}
			b.WriteString(text)
			i += n
		case strings.IndexByte("[]{}", c) >= 0:
			return "", fmt.Errorf("%q is reserved in a date or time format", string(c))
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), nil
}

// QuotedText reads the 'text' at the start of a piece of a date format, in
// which two quotes are one. It returns how many bytes it took.
func QuotedText(s string) (text string, n int, err error) {
	if strings.HasPrefix(s, "''") {
		return "'", 2, nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), i + 1, nil
		}
	}
	return "", 0, fmt.Errorf("the quoted text %s has no end", s)
}

// timeField writes one run of n equal letters.
func timeField(t time.Time, letter byte, n int) (string, bool) {
	if v, ok := numberField(t, letter); ok {
		return pad(v, n), true
	}
	_, week := t.ISOWeek()
	switch letter {
	case 'G':
		return "AD", true
	case 'y', 'Y', 'u': // a week-based year is written as the year, as it is matched
		if n == 2 {
			return pad(t.Year()%100, 2), true
		}
		return pad(t.Year(), n), true
	case 'M', 'L':
		return nameOrNumber(t.Month().String(), int(t.Month()), n), true
	case 'w':
		return pad(week, n), true
	case 'E':
		return nameOrNumber(t.Weekday().String(), 0, max(n, 3)), true
	case 'e', 'c':
		return nameOrNumber(t.Weekday().String(), int(t.Weekday())+1, n), true
	case 'a':
		return t.Format("PM"), true
	case 'S':
		return (fmt.Sprintf("%09d", t.Nanosecond()) + strings.Repeat("0", n))[:n], true
	case 'Q', 'q':
		quarter := (int(t.Month())-1)/3 + 1
		if n >= 3 {
			return "Q" + strconv.Itoa(quarter), true
		}
		return pad(quarter, n), true
	}
	return zoneField(t, letter, n)
}

func numberField(t time.Time, letter byte) (int, bool) {
	hour := t.Hour()
	sinceMidnight := time.Duration(hour)*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	switch letter {
	case 'D':
		return t.YearDay(), true
	case 'd':
		return t.Day(), true
	case 'F', 'W':
		return (t.Day()-1)/7 + 1, true
	case 'H':
		return hour, true
	case 'k':
		return (hour+23)%24 + 1, true
	case 'K':
		return hour % 12, true
	case 'h':
		return (hour+11)%12 + 1, true
	case 'm':
		return t.Minute(), true
	case 's':
		return t.Second(), true
	case 'n':
		return t.Nanosecond(), true
	case 'A':
		return int(sinceMidnight / time.Millisecond), true
	case 'N':
		return int(sinceMidnight), true
	}
	return 0, false
}

// zoneField writes offsets: X writes Z for UTC, x and Z do not.
func zoneField(t time.Time, letter byte, n int) (string, bool) {
	_, seconds := t.Zone()
	sign, off := "+", seconds
	if seconds < 0 {
		sign, off = "-", -seconds
	}
	hours, minutes := off/3600, off/60%60
	switch letter {
	case 'z', 'V', 'v':
		name, _ := t.Zone()
		return name, true
	case 'O':
		if seconds == 0 {
			return "GMT", true
		}
		return fmt.Sprintf("GMT%s%d", sign, hours), true
	case 'X':
		if seconds == 0 {
			return "Z", true
		}
		fallthrough
	case 'x':
		switch {
		case n == 1 && minutes == 0:
			return fmt.Sprintf("%s%02d", sign, hours), true
		case n == 1 || n == 2 || n == 4:
			return fmt.Sprintf("%s%02d%02d", sign, hours, minutes), true
		}
		return fmt.Sprintf("%s%02d:%02d", sign, hours, minutes), true
	case 'Z':
		if n >= 5 {
			return fmt.Sprintf("%s%02d:%02d", sign, hours, minutes), true
		}
		return fmt.Sprintf("%s%02d%02d", sign, hours, minutes), true
	}
	return "", false
}

func pad(v, n int) string { return fmt.Sprintf("%0*d", min(n, 32), v) }

// nameOrNumber writes a number for up to two letters, three letters of the
// name for three, and all of it for more.
func nameOrNumber(name string, number, n int) string {
	switch {
	case n <= 2:
		return pad(number, n)
	case n == 3:
		return name[:3]
	}
	return name
}
