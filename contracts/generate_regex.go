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
// taken as met.
func randomMatch(r *rand.Rand, pattern string) (string, error) {
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return randomRubyMatch(r, pattern)
	}
	return randomPlainMatch(r, pattern)
}

func randomPlainMatch(r *rand.Rand, pattern string) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", fmt.Errorf("cannot make a match of %q: %w", pattern, err)
	}
	m := maker{Rand: r, groups: map[int]string{}}
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
	groups     map[int]string
	steps      int // nested repetitions of nothing make no text, but work
	impossible bool
}

func (m *maker) expr(re *syntax.Regexp) {
	if m.steps++; m.out.Len() > maxGenerated || m.steps > maxGenerated {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		m.literal(re)
	case syntax.OpCharClass:
		m.class(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		m.out.WriteString(randomOf(m.Rand, 1, alphanumeric))
	case syntax.OpCapture:
		start := m.out.Len()
		m.expr(re.Sub[0])
		m.groups[re.Cap] = m.out.String()[start:]
	case syntax.OpConcat:
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

// literal writes text, and what a group caught where a mark stands for it.
func (m *maker) literal(re *syntax.Regexp) {
	for _, c := range re.Rune {
		if c > groupMark && c <= groupMark+9 {
			m.out.WriteString(m.groups[int(c-groupMark)])
			continue
		}
		m.out.WriteRune(c)
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
