package mocks

import (
	"iter"
	"regexp/syntax"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A route is one interaction that can answer.
type route struct {
	pact        *contracts.Pact
	interaction *contracts.Interaction
	plan        *match.Plan
	order       int // place among all
	demands     int // how much it asks of a request
	uses        atomic.Int64
}

// before says whether r answers where both match equally well.
func (r *route) before(other *route) bool {
	if r.demands != other.demands {
		return r.demands > other.demands
	}
	return r.order < other.order
}

// demands counts headers and a body; an exact path counts more than these.
func demands(q *contracts.Request) int {
	n := len(q.Headers)
	if q.Body.Presence == contracts.Present {
		n++
	}
	if len(q.Rules["path"]) == 0 {
		n += 1000
	}
	return n
}

// An index finds the routes that may match a request without looking at the
// others: by method and path, and by method and the literal beginning of the
// path where a rule judges it.
type index struct {
	all    []*route
	plain  map[target][]*route
	ruled  map[target][]*route // the path is a prefix
	depths map[string][]int    // by method: the lengths of prefixes in ruled, sorted
}

type target struct{ method, path string }

func (x *index) add(r *route) {
	if x.plain == nil {
		x.plain, x.ruled, x.depths = map[target][]*route{}, map[target][]*route{}, map[string][]int{}
	}
	r.order, r.demands = len(x.all), demands(r.interaction.Request)
	x.all = append(x.all, r)
	q := r.interaction.Request
	method := strings.ToUpper(q.Method)
	list := q.Rules["path"][""]
	if len(list.Rules) == 0 {
		at := target{method, q.Path}
		x.plain[at] = append(x.plain[at], r)
		return
	}
	at := target{method, commonPrefix(list)}
	x.ruled[at] = append(x.ruled[at], r)
	if i, has := slices.BinarySearch(x.depths[method], len(at.path)); !has {
		x.depths[method] = slices.Insert(x.depths[method], i, len(at.path))
	}
}

// near yields every route that may match, and few others.
func (x *index) near(got *contracts.Request) iter.Seq[*route] {
	return func(yield func(*route) bool) {
		for _, r := range x.plain[target{got.Method, got.Path}] {
			if !yield(r) {
				return
			}
		}
		for _, depth := range x.depths[got.Method] {
			if depth > len(got.Path) {
				return
			}
			for _, r := range x.ruled[target{got.Method, got.Path[:depth]}] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// commonPrefix is what every path that the rules accept begins with, as far
// as that is plain to see.
func commonPrefix(list contracts.RuleList) string {
	if len(list.Rules) != 1 || list.Rules[0].Match != "regex" {
		return ""
	}
	pattern := list.Rules[0].Text("regex")
	if strings.Contains(pattern, "(?") || strings.ContainsAny(pattern, "#") {
		return "" // options may change what letters mean
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	prefix, _ := literalPrefix(re)
	return prefix
}

// literalPrefix also reports whether the expression is nothing but its prefix.
func literalPrefix(re *syntax.Regexp) (prefix string, whole bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine, syntax.OpEndText:
		return "", true
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return "", false
		}
		return string(re.Rune), true
	case syntax.OpCapture:
		return literalPrefix(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			more, all := literalPrefix(sub)
			prefix += more
			if !all {
				return prefix, false
			}
		}
		return prefix, true
	}
	return "", false
}
