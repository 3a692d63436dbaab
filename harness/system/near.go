package system

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// longestSlip is the length in bytes beyond which a word is no slip of another.
const longestSlip = 64

// Nearest is the candidate that takes the fewest slips of the keyboard to
// turn into word, "" where all take more than a third of its letters. Of
// many candidates it looks at the first.
func Nearest(word string, candidates []string) string {
	const most = 500
	best, least := "", max(1, len(word)/3)+1
	if len(word) > longestSlip {
		return ""
	}
	word = strings.ToLower(word)
	for _, candidate := range candidates[:min(len(candidates), most)] {
		if len(candidate) > longestSlip || max(len(word)-len(candidate), len(candidate)-len(word)) > least {
			continue
		}
		d := slips(word, strings.ToLower(candidate))
		if d == len(word) && d > 0 {
			continue // a word of other letters altogether
		}
		if d < least || d == least && best != "" && candidate < best {
			best, least = candidate, d
		}
	}
	return best
}

// slips counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment). Neither may be
// longer than longestSlip once in lower case.
func slips(a, b string) int {
	var rows [3][longestSlip + 1]int
	if len(a) > longestSlip || len(b) > longestSlip {
		return longestSlip // a letter grew in lower case
	}
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// quote shows a word of the file in a message.
func quote(s string) string { return "`" + clean(s) + "`" }

// clean is s short and without what does not print.
func clean(s string) string {
	const longest = 60
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > longest {
			b.WriteString("...")
			break
		}
		switch {
		case unicode.IsPrint(r) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// join is the path of a key within another.
func join(path, key string) string {
	if path == "" {
		return clean(key)
	}
	return path + "." + clean(key)
}

// sortedList names the candidates of a choice, or the first of many.
func sortedList(names []string) string {
	const most = 20
	names = slices.Sorted(slices.Values(names))
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return strings.Join(names, ", ")
}
