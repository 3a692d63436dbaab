package expect

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// A source is an expression's text with what the expression language does not
// know put in words that it does: 50ms becomes duration_of("50ms"), and a
// bare measure such as status becomes status().
type source struct {
	text   string // rewritten
	places []place
}

// A place ties a column of the rewritten text to one of the original. From
// there on both run side by side, or all that follows stands for one word.
type place struct {
	to, from int
	word     bool
}

const durationWord = "duration_of"

// column finds the column in the original, counted from 0, for one of the
// rewritten text.
func (s *source) column(to int) int {
	at := place{}
	for _, p := range s.places {
		if p.to > to {
			break
		}
		at = p
	}
	if at.word {
		return at.from
	}
	return at.from + to - at.to
}

// A lexer walks the original text once.
type lexer struct {
	in     []rune
	at     int
	out    strings.Builder
	length int // of out, in runes
	places []place
}

func rewrite(text string) (*source, *SyntaxError) {
	x := &lexer{in: []rune(text)}
	for x.at < len(x.in) {
		if err := x.step(); err != nil {
			return nil, err
		}
	}
	return &source{text: x.out.String(), places: x.places}, nil
}

func (x *lexer) step() *SyntaxError {
	switch r := x.in[x.at]; {
	case r == '"' || r == '\'' || r == '`':
		x.copy(x.quoted(r))
	case unicode.IsDigit(r):
		return x.number()
	case wordRune(r):
		x.word()
	default:
		x.copy(1)
	}
	return nil
}

// copy takes the next n runes over as they are.
func (x *lexer) copy(n int) {
	n = min(n, len(x.in)-x.at)
	x.out.WriteString(string(x.in[x.at : x.at+n]))
	x.at += n
	x.length += n
}

// put writes words in the place of the next n runes.
func (x *lexer) put(n int, words string) {
	x.places = append(x.places, place{x.length, x.at, true})
	x.out.WriteString(words)
	x.length += len([]rune(words))
	x.at += n
	x.places = append(x.places, place{x.length, x.at, false})
}

// quoted is the length of the string that begins here, with its quotes.
func (x *lexer) quoted(quote rune) int {
	for i := x.at + 1; i < len(x.in); i++ {
		switch {
		case x.in[i] == '\\' && quote != '`':
			i++
		case x.in[i] == quote:
			return i + 1 - x.at
		}
	}
	return len(x.in) - x.at
}

// number takes a number over, and writes a duration in words.
func (x *lexer) number() *SyntaxError {
	end := x.at
	for end < len(x.in) && (wordRune(x.in[end]) || x.in[end] == '.' && end+1 < len(x.in) && unicode.IsDigit(x.in[end+1])) {
		end++
	}
	text := string(x.in[x.at:end])
	if !strings.ContainsFunc(strings.TrimLeft(text, "0123456789._"), unicode.IsLetter) || hasBase(text) {
		x.copy(end - x.at)
		return nil
	}
	if _, err := time.ParseDuration(text); err != nil {
		return &SyntaxError{
			Column: x.at + 1, Message: fmt.Sprintf("%q is neither a number nor a duration", text),
			Remedy: "write durations as 50ms, 1.5s or 2m30s (units ns, us, ms, s, m, h)",
		}
	}
	x.put(end-x.at, fmt.Sprintf("%s(%q)", durationWord, text))
	return nil
}

// hasBase reports whether the letters of a number are its own: 1e9, 0xff.
func hasBase(text string) bool {
	lower := strings.ToLower(text)
	mantissa, exponent, ok := strings.Cut(lower, "e")
	if ok && strings.Trim(mantissa, "0123456789._") == "" && strings.Trim(exponent, "0123456789_") == "" {
		return true
	}
	return len(lower) > 1 && lower[0] == '0' && strings.ContainsRune("xob", rune(lower[1]))
}

// word takes a name over, and calls a measure that is not called.
func (x *lexer) word() {
	end := x.at
	for end < len(x.in) && wordRune(x.in[end]) {
		end++
	}
	name := string(x.in[x.at:end])
	next := end
	for next < len(x.in) && unicode.IsSpace(x.in[next]) {
		next++
	}
	called := next < len(x.in) && x.in[next] == '('
	if m, ok := measures[name]; ok && m.bare && !called {
		x.put(end-x.at, name+"()")
		return
	}
	x.copy(end - x.at)
}

func wordRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}
