package contracts

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// Limits on making a match of an expression that Go's own syntax lacks.
const (
	matchTime = 100 * time.Millisecond // for each try, and ten times that for all
	groupMark = '\uE000'               // and up: what a group caught, in a pattern made plain
)

// randomRubyMatch makes matches of a pattern without its look-around, until
// one of them fits the whole pattern.
func randomRubyMatch(r *rand.Rand, pattern string) (string, error) {
	plain := plainPattern(pattern)
	judge, err := regexp2.Compile(`\A(?:`+possessiveAsGreedy(pattern)+`)\z`, regexp2.None)
	if err != nil {
		return "", fmt.Errorf("cannot make a match of %q: %w", pattern, err)
	}
	judge.MatchTimeout = matchTime
	for start := time.Now(); time.Since(start) < 10*matchTime; {
		text, err := randomPlainMatch(r, plain)
		if err != nil {
			return "", fmt.Errorf("cannot make a match of %q: %w", pattern, err)
		}
		if fits, err := judge.MatchString(text); err == nil && fits {
			return text, nil
		}
	}
	return "", fmt.Errorf("no match of %q was found within %s", pattern, 10*matchTime)
}

// possessiveAsGreedy writes a++ as a+ and so on, and \h as a hexadecimal digit.
func possessiveAsGreedy(pattern string) string {
	return rewrite(pattern, func(s *rewriting) {
		switch rest := s.rest(); {
		case strings.HasPrefix(rest, `\h`):
			s.put(`[0-9a-fA-F]`, 2)
		case s.inClass == 0 && len(rest) > 1 && rest[1] == '+' && strings.IndexByte("*+?", rest[0]) >= 0:
			s.put(rest[:1], 2)
		}
	})
}

// plainPattern leaves out look-around and atomic grouping, and puts marks in
// place of back-references, so that Go's syntax can read the rest.
func plainPattern(pattern string) string {
	return rewrite(possessiveAsGreedy(pattern), func(s *rewriting) {
		rest := s.rest()
		switch {
		case s.inClass > 0:
		case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"), strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?<!"):
			s.put("", groupEnd(rest))
		case strings.HasPrefix(rest, "(?>"):
			s.put("(?:", 3)
		case len(rest) > 1 && rest[0] == '\\' && rest[1] >= '1' && rest[1] <= '9':
			s.put(string(groupMark+rune(rest[1]-'0')), 2)
		case strings.HasPrefix(rest, `\Z`), strings.HasPrefix(rest, `\z`), strings.HasPrefix(rest, `\A`), strings.HasPrefix(rest, `\G`):
			s.put("", 2)
		}
	})
}

// rewriting walks over a pattern, escapes and classes told apart.
type rewriting struct {
	pattern string
	at      int
	inClass int
	out     strings.Builder
	moved   bool
}

func (s *rewriting) rest() string { return s.pattern[s.at:] }

// put writes text in place of the next n bytes.
func (s *rewriting) put(text string, n int) {
	s.out.WriteString(text)
	s.at += n
	s.moved = true
}

func rewrite(pattern string, step func(*rewriting)) string {
	s := &rewriting{pattern: pattern}
	for s.at < len(pattern) {
		s.moved = false
		step(s)
		if s.moved {
			continue
		}
		n := 1
		switch pattern[s.at] {
		case '\\':
			n = min(2, len(pattern)-s.at)
		case '[':
			s.inClass++
		case ']':
			s.inClass = max(0, s.inClass-1)
		}
		s.put(pattern[s.at:s.at+n], n)
	}
	return s.out.String()
}

// groupEnd is the length of the group that a text begins with.
func groupEnd(text string) int {
	depth, class := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
