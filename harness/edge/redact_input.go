package edge

import "strings"

// redactInputs replaces the values of the fields of an HTML form that are for a
// password, or whose name says that they hold a secret.
func redactInputs(text string) string {
	return replaceAt(text, "<", func(at int) (from, n int) {
		const word, longest = "input", 2 << 10
		tag := text[at+1 : min(len(text), at+longest)]
		if len(tag) <= len(word) || !strings.EqualFold(tag[:len(word)], word) || isName(tag[len(word)]) {
			return at, 0
		}
		secret := false
		for i := len(word); i < len(tag) && tag[i] != '>' && tag[i] != '<'; {
			name, value, next := attributeAt(tag, i)
			switch {
			case next == i:
				i++ // a blank, or what is no attribute
				continue
			case strings.EqualFold(name, "type"):
				secret = secret || strings.EqualFold(tag[value.from:value.to], "password")
			case strings.EqualFold(name, "name"):
				secret = secret || secretIn(tag[value.from:value.to], '=') != public
			case strings.EqualFold(name, "value"):
				from, n = at+1+value.from, value.to-value.from
			}
			i = next
		}
		if !secret {
			return at, 0
		}
		return from, n
	})
}

// A reach is where something stands in a text.
type reach struct{ from, to int }

// attributeAt reads name="value" at i, with quotes or without; next is i where
// no name stands there.
func attributeAt(tag string, i int) (name string, value reach, next int) {
	next = i
	for next < len(tag) && isName(tag[next]) {
		next++
	}
	name = tag[i:next]
	if name == "" || next == len(tag) || tag[next] != '=' {
		return name, reach{next, next}, next
	}
	from := next + 1
	if from < len(tag) && (tag[from] == '"' || tag[from] == '\'') {
		end := strings.IndexByte(tag[from+1:], tag[from])
		if end < 0 {
			return name, reach{from + 1, len(tag)}, len(tag)
		}
		return name, reach{from + 1, from + 1 + end}, from + end + 2
	}
	end := strings.IndexAny(tag[from:], " \t\r\n>")
	if end < 0 {
		end = len(tag) - from
	}
	return name, reach{from, from + end}, from + end
}
