package edge

import "strings"

// redactFlags replaces the values of secret flags on a command line, as one
// types it or as a list: --password x, ["--password", "x"], [--password, x].
func redactFlags(text string) string {
	return replaceAt(text, "--", func(at int) (from, n int) {
		const longest = 64
		if at > 0 && strings.IndexByte(" \t[,(\"'`", text[at-1]) < 0 {
			return at, 0
		}
		end := at + 2
		for end < min(len(text), at+longest) && isName(text[end]) {
			end++
		}
		if secretIn(text[at+2:end], ':') == public {
			return at, 0
		}
		if at > 0 && strings.IndexByte("\"'`", text[at-1]) >= 0 {
			return quotedValue(text, end, text[at-1])
		}
		return plainValue(text, at, end)
	})
}

// quotedValue is what stands in the same quotes behind a flag that ends there,
// after a comma or a blank.
func quotedValue(text string, end int, quote byte) (from, n int) {
	closed := end + span(text[end:], `\`)
	if closed == len(text) || text[closed] != quote {
		return end, 0
	}
	escapes := closed - end
	open := closed + 1 + span(text[closed+1:], ", \t")
	from = open + escapes + 1
	if open == closed+1 || from > len(text) || text[from-1] != quote || strings.HasPrefix(text[from:], "--") {
		return end, 0
	}
	return from, endOfQuoted(text, from, quote, escapes) - from
}

// plainValue is the word or the quoted text behind a flag without quotes. In a
// list a comma or bracket ends it; prose goes on after a comma otherwise.
func plainValue(text string, at, end int) (from, n int) {
	from = end + span(text[end:], " \t")
	listed := from < len(text) && text[from] == ','
	if listed {
		from++
		from += span(text[from:], " \t")
	}
	if from == end || from >= len(text) || text[from] == '-' {
		return at, 0
	}
	if text[from] == '"' || text[from] == '\'' {
		return from + 1, endOfQuoted(text, from+1, text[from], 0) - from - 1
	}
	if !listed {
		value := assignment{text: text, sign: '='}
		return from, value.endOfWord(from) - from
	}
	n = strings.IndexAny(text[from:], ",] \t\r\n")
	if n < 0 || text[from+n] != ',' && text[from+n] != ']' {
		return at, 0
	}
	return from, n
}

// span is how many bytes at the beginning of text are of the set.
func span(text, set string) int { return len(text) - len(strings.TrimLeft(text, set)) }
