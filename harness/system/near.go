package system

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// suggest is "did you mean `name`?" for the candidate nearest to word, or
// otherwise where none is near.
func suggest(word string, candidates []string, otherwise string) string {
	if near := nearest(word, candidates); near != "" {
		return "did you mean `" + near + "`?"
	}
	return otherwise
}

// Nearest is the candidate that word is most likely meant to be; "" where it
// resembles none.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// nearest is the candidate that takes the fewest slips of the keyboard to
// turn into word, "" where all take more than a third of its letters.
func nearest(word string, candidates []string) string {
	const longest = 64 // longer words are no slips
	best, least := "", max(1, len(word)/3)+1
	if len(word) > longest {
		return ""
	}
	for _, candidate := range candidates {
		if len(candidate) > longest {
			continue
		}
		d := slips(strings.ToLower(word), strings.ToLower(candidate))
		if d < least || d == least && best != "" && candidate < best {
			best, least = candidate, d
		}
	}
	return best
}

// slips counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func slips(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
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
		before, last = last, row
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

// sortedList names the candidates of a choice.
func sortedList(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
