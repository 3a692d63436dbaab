package match

import (
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/dlclark/regexp2"
)

// patternTimeout bounds one match of an expression that backtracks.
const patternTimeout = 200 * time.Millisecond

// maxPattern bounds the length of an expression in bytes.
const maxPattern = 16 << 10

// A pattern is a regular expression in Ruby's syntax that must match the
// whole of a text. It runs in linear time where it can (RE2), and with a time
// limit where it needs look-around, back-references or the like.
type pattern struct {
	linear    *regexp.Regexp
	backtrack *regexp2.Regexp

	source string              // of linear, for the table
	uses   atomic.Int32        // until the table is made
	table  atomic.Pointer[dfa] // made once the expression is used often; its states may be nil
}

// usesToTable is after how many matches a table is worth its making.
const usesToTable = 16

func newPattern(expr string) (*pattern, error) {
	if len(expr) > maxPattern {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPattern)
	}
	text, err := translate(expr, false)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`\A(?:` + text + `)\z`); err == nil {
			return &pattern{linear: re, source: text}, nil
		}
	}
	var fault *patternError
	if errors.As(err, &fault) && !fault.backtrack {
		return nil, err
	}
	if text, err = translate(expr, true); err != nil {
		return nil, err
	}
	re, err := regexp2.Compile(`\A(?:`+text+`)\z`, regexp2.None)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = patternTimeout
	return &pattern{backtrack: re}, nil
}

// match is false too when the time is up.
func (p *pattern) match(text []byte) bool {
	if p.linear == nil {
		ok, err := p.backtrack.MatchString(string(text))
		return ok && err == nil
	}
	if t := p.tabled(); t != nil {
		if ok, sure := run(t, text); sure {
			return ok
		}
	}
	return p.linear.Match(text)
}

// matchString is match without a copy of the text.
func (p *pattern) matchString(text string) bool {
	if p.linear == nil {
		ok, err := p.backtrack.MatchString(text)
		return ok && err == nil
	}
	if t := p.tabled(); t != nil {
		if ok, sure := run(t, text); sure {
			return ok
		}
	}
	return p.linear.MatchString(text)
}

// tabled returns the table, or nil where there is none, or not yet.
func (p *pattern) tabled() *dfa {
	t := p.table.Load()
	if t == nil && p.uses.Add(1) == usesToTable {
		if t = newDFA(p.source); t == nil {
			t = &dfa{}
		}
		p.table.Store(t)
	}
	if t == nil || t.next == nil {
		return nil
	}
	return t
}

// slow says whether the time is up before a text is judged.
func (p *pattern) slow(text []byte) bool {
	if p.linear != nil {
		return false
	}
	_, err := p.backtrack.MatchString(string(text))
	return err != nil
}

// A patternError says where an expression cannot be translated. Where
// backtrack is set, the other engine may do.
type patternError struct {
	reason    string
	at        int
	backtrack bool
}

func (e *patternError) Error() string { return fmt.Sprintf("%s at offset %d", e.reason, e.at) }
