package match

import (
	"iter"
	"regexp/syntax"
	"slices"
	"strings"
)

// Routes finds the plans that a request may be about by its method and path,
// without looking at the others. It does not change once it is made and may
// be used by many goroutines at once.
type Routes struct {
	plans  []*Plan
	plain  map[route][]int  // by method and the whole path
	ruled  map[route][]int  // by method and what every path that the rules accept begins with
	depths map[string][]int // by method: the lengths of the paths in ruled, ascending
}

type route struct{ method, path string }

// ruledMethod stands for the methods of plans that have rules for them.
const ruledMethod = "*"

// NewRoutes indexes the plans of requests; those of messages are never found.
func NewRoutes(plans []*Plan) *Routes {
	r := &Routes{plans: plans, plain: map[route][]int{}, ruled: map[route][]int{}, depths: map[string][]int{}}
	for n, p := range plans {
		if p.request == nil {
			continue
		}
		method, path := strings.ToUpper(p.request.method.want), &p.request.path
		if p.request.method.set != nil {
			method = ruledMethod
		}
		if path.set == nil {
			at := route{method, path.want}
			r.plain[at] = append(r.plain[at], n)
			continue
		}
		at := route{method, path.set.beginning()}
		r.ruled[at] = append(r.ruled[at], n)
		if i, has := slices.BinarySearch(r.depths[method], len(at.path)); !has {
			r.depths[method] = slices.Insert(r.depths[method], i, len(at.path))
		}
	}
	return r
}

// Find yields the index of each plan whose method and path fit the request:
// first those with this very path, then those whose rules accept it, the
// shortest beginning first. It allocates nothing where the method is in
// upper case and no rule that is asked looks around in a regular expression.
func (r *Routes) Find(method, path string) iter.Seq[int] {
	return func(yield func(int) bool) {
		upper := strings.ToUpper(method)
		if !r.find(upper, path, yield) {
			return
		}
		r.find(ruledMethod, path, func(n int) bool {
			p := &r.plans[n].request.method
			return !p.set.holds(p.want, upper, false) || yield(n)
		})
	}
}

// find is false where yield was.
func (r *Routes) find(method, path string, yield func(int) bool) bool {
	for _, n := range r.plain[route{method, path}] {
		if !yield(n) {
			return false
		}
	}
	for _, depth := range r.depths[method] {
		if depth > len(path) {
			break
		}
		for _, n := range r.ruled[route{method, path[:depth]}] {
			p := &r.plans[n].request.path
			if p.set.holds(p.want, path, false) && !yield(n) {
				return false
			}
		}
	}
	return true
}

// beginning is what every text that the rules accept begins with, as far as
// that is plain to see.
func (s *ruleSet) beginning() string {
	if len(s.rules) != 1 || s.rules[0].regex == nil || s.rules[0].regex.linear == nil {
		return ""
	}
	parsed, err := syntax.Parse(s.rules[0].regex.source, syntax.Perl)
	if err != nil {
		return ""
	}
	prefix, _ := literalPrefix(parsed)
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
