package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// A changed line of a diff: '-' was expected, '+' was seen, ' ' is both.
type changed struct {
	Sign byte
	Text string
}

const (
	mostDiffed = 200 // lines on each side that are compared one by one
	mostShown  = 40  // lines of a diff that are shown
	around     = 2   // lines that are the same, shown around others

	mostSetOut    = 256 << 10 // bytes of JSON that are set out over lines
	deepestSetOut = 200       // its nesting
	mostLines     = 20_000    // lines that a text is split into

	widestLine    = 400 // bytes of one line that are shown
	widestMessage = 800 // bytes of one message
	before        = 80  // bytes that are the same, shown before others
)

// diff shows what was expected and what was seen, line by line. JSON that is
// long is set out over several lines first.
func diff(m Mismatch) []changed {
	expected, actual := values(m)
	if m.Expected == "" && m.Actual == "" {
		return nil
	}
	want, got := setOut(expected), setOut(actual)
	if len(want) == 1 && len(got) == 1 {
		want[0], got[0] = windows(want[0], got[0])
	}
	if len(want) > mostDiffed || len(got) > mostDiffed || len(want) == 1 || len(got) == 1 {
		return shorten(plain(want, got))
	}
	return shorten(aligned(want, got))
}

// An alike is a mismatch with the places of others that differ in their place
// and values alone: the same rule broken by each item of a list.
type alike struct {
	Mismatch
	Also []string // pointers; at most mostAlso
	More int      // beyond these
}

const mostAlso = 5

// grouped puts mismatches together whose places are those of items of one list.
func grouped(all []Mismatch) []alike {
	type kind struct{ part, place, rule, says string }
	at := map[kind]int{}
	var groups []alike
	for _, m := range all {
		k := kind{m.Part, indices.ReplaceAllString(m.Pointer, "/*"), m.Rule, withoutValues(m)}
		n, known := at[k]
		m.Message = middleCut(inOneLine(m))
		switch {
		case !known || k.place == m.Pointer:
			at[k] = len(groups)
			groups = append(groups, alike{Mismatch: m})
		case len(groups[n].Also) == mostAlso:
			groups[n].More++
		default:
			groups[n].Also = append(groups[n].Also, m.Pointer)
		}
	}
	return groups
}

// inOneLine is the message with the first line of each value that has several:
// the diff below shows the rest.
func inOneLine(m Mismatch) string {
	text := m.Message
	for _, v := range []string{m.Actual, m.Expected} {
		if first, _, several := strings.Cut(v, "\n"); several {
			text = strings.ReplaceAll(text, "'"+v+"'", "'"+strings.TrimRight(first, "\r")+" …'")
		}
	}
	return text
}

// withoutValues is the message without what was expected and seen.
func withoutValues(m Mismatch) string {
	text := m.Message + " "
	for _, v := range []string{m.Actual, m.Expected} {
		if v != "" {
			text = strings.ReplaceAll(text, "'"+v+"'", "…")
			text = strings.ReplaceAll(text, " "+v+" ", " … ")
		}
	}
	return text
}

// indices are the positions in lists that a JSON pointer has.
var indices = regexp.MustCompile(`/[0-9]+\b`)

// also tells of the others.
func (a *alike) also() string {
	text := "the same at " + strings.Join(a.Also, ", ")
	if a.More > 0 {
		text += " and " + plural(a.More, "more place")
	}
	return text
}

// values are what a mismatch expected and saw, strings in quotes where its
// message tells that they are: "1" and 1 look alike without. A message names
// the value that was seen first.
func values(m Mismatch) (expected, actual string) {
	expected, actual = m.Expected, m.Actual
	const isString = "' (String)"
	seen := strings.Index(m.Message, "'"+m.Actual+"' (")
	if seen >= 0 && strings.HasPrefix(m.Message[seen+1+len(m.Actual):], isString) {
		actual = strconv.Quote(actual)
	}
	agreed := strings.LastIndex(m.Message, "'"+m.Expected+"' (")
	if agreed > seen && strings.HasPrefix(m.Message[agreed+1+len(m.Expected):], isString) {
		expected = strconv.Quote(expected)
	}
	return expected, actual
}

// setOut splits a text into lines; JSON objects and lists get one for each
// member, unless there is too much of them. The last line holds what is left.
func setOut(text string) []string {
	const short = 60
	if trimmed := strings.TrimSpace(text); len(text) > short && trimmed != "" && (trimmed[0] == '{' || trimmed[0] == '[') {
		var b bytes.Buffer
		if len(trimmed) <= mostSetOut && depth(trimmed) <= deepestSetOut && json.Indent(&b, []byte(trimmed), "", "  ") == nil {
			text = b.String()
		}
	}
	return strings.SplitN(text, "\n", mostLines)
}

// depth is at least how deep the brackets of a JSON text are nested.
func depth(text string) (deepest int) {
	now := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			now++
			deepest = max(deepest, now)
		case ']', '}':
			now--
		}
	}
	return deepest
}

// plain shows the one, then the other; a side on which there is nothing is
// left out.
func plain(want, got []string) []changed {
	var all []changed
	for _, side := range []struct {
		sign  byte
		lines []string
	}{{'-', want}, {'+', got}} {
		for _, line := range side.lines {
			if line != "" || len(side.lines) > 1 {
				all = append(all, changed{side.sign, line})
			}
		}
	}
	return all
}

// aligned is the shortest way from want to got (the longest common
// subsequence of lines, by dynamic programming).
func aligned(want, got []string) []changed {
	same := make([][]int, len(want)+1)
	for i := range same {
		same[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				same[i][j] = same[i+1][j+1] + 1
			} else {
				same[i][j] = max(same[i+1][j], same[i][j+1])
			}
		}
	}
	var all []changed
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			all = append(all, changed{' ', want[i]})
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && same[i+1][j] >= same[i][j+1]:
			all = append(all, changed{'-', want[i]})
			i++
		default:
			all = append(all, changed{'+', got[j]})
			j++
		}
	}
	return all
}

// shorten leaves out lines that are the same and not near a change, and ends
// a long diff.
func shorten(all []changed) []changed {
	near := make([]bool, len(all))
	for i, line := range all {
		if line.Sign == ' ' {
			continue
		}
		for k := max(i-around, 0); k <= min(i+around, len(all)-1); k++ {
			near[k] = true
		}
	}
	var kept []changed
	for i, line := range all {
		switch {
		case len(kept) == mostShown:
			return append(kept, changed{' ', "..."})
		case near[i]:
			line.Text = endCut(line.Text)
			kept = append(kept, line)
		case i == 0 || near[i-1]:
			kept = append(kept, changed{' ', "..."})
		}
	}
	return kept
}
