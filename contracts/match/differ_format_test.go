//go:build pactffi

package match_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// The letters of a format, what may stand between them, and what may come for
// each letter, right or wrong.
var (
	formatTokens = []string{"yyyy", "yy", "y", "MM", "M", "MMM", "MMMM", "dd", "d", "HH", "H", "hh", "mm", "ss", "SSS", "S", "a", "E", "EEE", "EEEE", "X", "XX", "XXX", "Z", "ZZZ",
		"z", "VV", "'T'", "''", "D", "DDD", "w", "ww", "W", "F", "e", "c", "k", "K", "n", "A", "N", "Q", "QQQ", "G", "u", "L", "x", "xxx", "O", "YYYY"}
	formatMarks  = []string{"-", "/", " ", ":", ".", "", ",", "T", "_", "["}
	formatValues = map[byte][]string{
		'y': {"2020", "20", "0020", "12020", "-2020"}, 'Y': {"2020", "20"}, 'u': {"2020"}, 'G': {"AD", "BC", "ad", "A"},
		'M': {"1", "01", "12", "13", "Jan", "january", "JAN", "00"}, 'L': {"1", "12"}, 'd': {"1", "01", "31", "32", "00"}, 'D': {"1", "356", "357", "366", "001"},
		'H': {"0", "00", "23", "24"}, 'h': {"1", "12", "13", "0"}, 'k': {"1", "24", "25", "0"}, 'K': {"0", "11", "12"}, 'a': {"AM", "pm", "a.m.", "x"},
		'm': {"0", "59", "60", "07"}, 's': {"0", "59", "60", "61"}, 'S': {"1", "123", "123456", "000"}, 'n': {"1", "999999999"}, 'A': {"1", "86400000"}, 'N': {"1"},
		'E': {"Mon", "monday", "MON", "Tues", "1"}, 'e': {"1", "7", "8", "Mon"}, 'c': {"1", "7", "Mon"}, 'w': {"1", "52", "53", "54", "00"}, 'W': {"1", "5", "6"}, 'F': {"1", "5", "6"},
		'Q': {"1", "4", "5", "Q1", "1st quarter", "01"}, 'X': {"Z", "+01", "+0100", "+01:00", "-11:59", "+12:00", "z"}, 'x': {"+01", "+01:00", "Z", "+0100"},
		'Z': {"Z", "+0100", "+01:00", "GMT"}, 'z': {"UTC", "GMT", "CET", "Europe/Paris", "EST", "AEST", "Z"}, 'O': {"GMT+8", "GMT", "GMT+08:00", "UTC+8", "GMT+12"},
		'V': {"Europe/Paris", "Australia/Melbourne", "UTC", "America/New_York"}, '\'': {"T", "'", "t"},
	}
)

// newFormatCase is a text and a rule with a format for it.
func newFormatCase(r *rand.Rand) *differCase {
	var format, text strings.Builder
	last := ""
	for i := range 1 + r.IntN(4) {
		token := pick(r, formatTokens)
		if i > 0 {
			mark := pick(r, formatMarks)
			if mark == "" && strings.ContainsAny(last+token, "zVO'") { // whose ends only a mark shows
				mark = "-"
			}
			format.WriteString(mark)
			text.WriteString(mark)
		}
		last = token
		format.WriteString(token)
		if token == "''" {
			text.WriteString("'")
			continue
		}
		text.WriteString(pick(r, formatValues[token[0]]))
	}
	kind := pick(r, []string{"date", "time", "timestamp"})
	return &differCase{want: "x", got: text.String(), rules: map[string]any{"$": map[string]any{"matchers": []any{map[string]any{"match": kind, kind: format.String()}}}}}
}

// excludedFormats names what differs on purpose.
var excludedFormats = []exclusion[*differCase]{
	{"time zone `UTC` for the letter `z`, names with `_`", func(c *differCase) bool {
		text := c.got.(string)
		return strings.Contains(text, "UTC") || strings.Contains(text, "New_York") || markOrName.MatchString(text)
	}},
}

// markOrName finds what could be a part of a zone's name, and may be meant as
// a mark of the format behind one.
var markOrName = regexp.MustCompile(`/[A-Z][a-z]+[_/][A-Z]`)

func TestDifferentialFormats(t *testing.T) {
	b := newBudget(t, 0.05)
	b.run(t, "formats", 7, func(r *rand.Rand) verdicts {
		c := newFormatCase(r)
		ours, theirs, why, ok := c.verdicts()
		v := verdicts{compared: ok, matched: ok && theirs}
		if ok && ours != theirs {
			v.excluded = excludes(excludedFormats, c)
			v.differ = c.String() + "\n" + why
		}
		return v
	})
}
