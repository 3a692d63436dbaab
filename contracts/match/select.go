package match

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A ruleSet is the list of rules at one path expression or name.
type ruleSet struct {
	at    string // the expression as written
	path  contracts.Path
	rules []*rule
	any   bool // one is enough
}

// A table holds the rule sets of a body, those that win a tie first.
type table []*ruleSet

// newTable compiles the rules of a body. Sets without rules select nothing.
func newTable(rules map[string]contracts.RuleList) (table, error) {
	var t table
	for expr, list := range rules {
		set, err := newRuleSet(expr, list)
		if err != nil {
			return nil, err
		}
		if set.path, err = contracts.ParsePath(expr); err != nil {
			return nil, err
		}
		if len(set.rules) > 0 {
			t = append(t, set)
		}
	}
	slices.SortFunc(t, func(a, b *ruleSet) int {
		return cmp.Or(cmp.Compare(b.literals(), a.literals()), strings.Compare(a.at, b.at))
	})
	return t, nil
}

func newRuleSet(at string, list contracts.RuleList) (*ruleSet, error) {
	set := &ruleSet{at: at, any: list.Any}
	for _, r := range list.Rules {
		compiled, err := newRule(r)
		if err != nil {
			return nil, fmt.Errorf("rule at %q: %w", at, err)
		}
		set.rules = append(set.rules, compiled)
	}
	return set, nil
}

// literals is the length of the expression's literal prefix.
func (s *ruleSet) literals() int {
	for i, t := range s.path {
		if t.Kind == contracts.AnyField || t.Kind == contracts.AnyIndex {
			return i
		}
	}
	return len(s.path)
}

// A scope knows which rules of a table apply at one place of the actual body,
// and which may apply further down. It is a value: step makes another.
type scope struct {
	table table
	depth int // elements of the path so far, the root included
	best  int // in table; -1 for none
	score score
	live  []partial
	typed bool // one of the sets that fit has a type rule, in force or not
	exact bool // one of the sets that fit ends here, in force or not
	frees bool // one of those frees the keys of a map
}

// A partial is an expression of which the first depth tokens fit so far.
type partial struct {
	set, twos int
}

// A score is the product of the tokens' weights, which are 1 and 2, times the
// number of tokens: 2^twos * tokens.
type score struct {
	twos, tokens int
}

func (s score) less(t score) bool {
	// Tokens are at most contracts' longest expression, so 20 bits tell.
	switch d := s.twos - t.twos; {
	case d > 20:
		return false
	case d < -20:
		return true
	case d >= 0:
		return s.tokens<<d < t.tokens
	default:
		return s.tokens < t.tokens<<-d
	}
}

// root is the scope at `$`.
func (t table) root() scope {
	s := scope{table: t, best: -1, depth: 1}
	for i, set := range t {
		s.take(i, 1, set)
	}
	return s
}

// each is the scope of the entries of a container that an eachValue rule
// governs: its rules apply to them, and no other rule of the contract.
func each(set *ruleSet, parent scope) scope {
	if len(set.rules) == 0 {
		return scope{best: -1, depth: parent.depth + 1}
	}
	return scope{
		table: table{set}, depth: parent.depth + 1, score: score{0, parent.depth + 1},
		exact: true, frees: slices.ContainsFunc(set.rules, (*rule).freesKeys),
	}
}

// take notes that set i fits with that weight: wholly, or as far as it goes.
func (s *scope) take(i, twos int, set *ruleSet) {
	if len(set.path) > s.depth {
		s.live = append(s.live, partial{i, twos})
		return
	}
	s.typed = s.typed || set.has(ruleType)
	s.exact = true
	s.frees = s.frees || slices.ContainsFunc(set.rules, (*rule).freesKeys)
	if sc := (score{twos, len(set.path)}); s.best < 0 || s.score.less(sc) {
		s.best, s.score = i, sc
	}
}

// step is the scope one element further down.
func (s scope) step(e elem) scope {
	next := scope{table: s.table, depth: s.depth + 1, best: s.best, score: s.score, typed: s.typed}
	for _, p := range s.live {
		set := s.table[p.set]
		switch weight(set.path[s.depth], e) {
		case 2:
			next.take(p.set, p.twos+1, set)
		case 1:
			next.take(p.set, p.twos, set)
		}
	}
	return next
}

// rules are the rules in force here, nil for none. They are cascaded when
// their expression ends further up.
func (s scope) rules() (set *ruleSet, cascaded bool) {
	if s.best < 0 {
		return nil, false
	}
	return s.table[s.best], s.score.tokens != s.depth
}

// weight of a token against an element of the actual path.
func weight(t contracts.Token, e elem) int {
	switch t.Kind {
	case contracts.Field:
		if e.item && t.Name == strconv.Itoa(e.index) || !e.item && t.Name == e.key {
			return 2
		}
	case contracts.Index:
		if t.Index == e.index {
			return 2
		}
	case contracts.AnyField:
		return 1
	case contracts.AnyIndex:
		if e.index >= 0 {
			return 1
		}
	}
	return 0
}

// isIdent says whether a key is printed after a dot: ASCII letters, digits
// and underscores are.
func isIdent(key string) bool {
	for i := range len(key) {
		c := key[i]
		if c != '_' && c-'0' > 9 && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return key != ""
}
