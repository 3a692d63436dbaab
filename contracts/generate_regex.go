package contracts

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"unicode"
)

// maxRepeat is how often an unbounded repetition is repeated at most beyond
// its minimum.
const maxRepeat = 8

// randomMatch makes a string that a regular expression matches. Anchors are
// taken as met; look-around and back-references are refused.
func randomMatch(r *rand.Rand, pattern string) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", fmt.Errorf("cannot make a match of %q: %w", pattern, err)
	}
	m := maker{Rand: r}
	m.expr(re)
	if m.out.Len() > maxGenerated || m.steps > maxGenerated {
		return "", fmt.Errorf("a match of %q would be too long", pattern)
	}
	if m.impossible {
		return "", errors.New("nothing can match " + pattern)
	}
	return m.out.String(), nil
}

type maker struct {
	*rand.Rand
	out        strings.Builder
	steps      int // nested repetitions of nothing make no text, but work
	impossible bool
}

func (m *maker) expr(re *syntax.Regexp) {
	if m.steps++; m.out.Len() > maxGenerated || m.steps > maxGenerated {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		m.out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		m.class(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		m.out.WriteString(randomOf(m.Rand, 1, alphanumeric))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			m.expr(sub)
		}
	case syntax.OpAlternate:
		m.expr(re.Sub[m.IntN(len(re.Sub))])
	case syntax.OpStar:
		m.repeat(re.Sub[0], 0, maxRepeat)
	case syntax.OpPlus:
		m.repeat(re.Sub[0], 1, maxRepeat)
	case syntax.OpQuest:
		m.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		most := re.Max
		if most < 0 {
			most = re.Min + maxRepeat
		}
		m.repeat(re.Sub[0], re.Min, most)
	case syntax.OpNoMatch:
		m.impossible = true
	default: // what matches the empty string
	}
}

func (m *maker) repeat(re *syntax.Regexp, least, most int) {
	for range least + m.IntN(most-least+1) {
		if m.steps > maxGenerated {
			return
		}
		m.expr(re)
	}
}

// class picks a character of a class, given as pairs of bounds: a printable
// ASCII one where the class has any.
func (m *maker) class(bounds []rune) {
	if len(bounds) == 0 {
		m.impossible = true
		return
	}
	var ascii []rune
	for i := 0; i < len(bounds); i += 2 {
		for c := max(bounds[i], ' '+1); c <= min(bounds[i+1], '~'); c++ {
			ascii = append(ascii, c)
		}
	}
	if len(ascii) > 0 {
		m.out.WriteRune(ascii[m.IntN(len(ascii))])
		return
	}
	i := 2 * m.IntN(len(bounds)/2)
	c := bounds[i] + rune(m.IntN(int(bounds[i+1]-bounds[i])+1))
	if c >= 0xD800 && c <= 0xDFFF || !unicode.IsPrint(c) && !unicode.IsSpace(c) {
		c = bounds[i]
	}
	m.out.WriteRune(c)
}
