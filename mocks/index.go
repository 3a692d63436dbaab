package mocks

import (
	"iter"
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
	answer      wired // of a stub, where it has no generators
	order       int   // place among all
	demands     int   // how much it asks of a request
	uses        atomic.Int64
}

// before says whether r answers where both match equally well.
func (r *route) before(other *route, got *contracts.Request) bool {
	if here := r.interaction.Request.Path == got.Path; here != (other.interaction.Request.Path == got.Path) {
		return here
	}
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

// An index finds the routes that a request may be about without looking at
// the others.
type index struct {
	all    []*route
	routes *match.Routes
	words  words
	aims   []aim   // what each of all is about, for a look over all of them
	spelt  []int32 // their paths, one after the other
}

// An aim is a method and a path as the numbers of their words.
type aim struct {
	method   int32
	from, to int32 // its path within spelt
}

func newIndex(all []*route) index {
	x := index{all: all, words: words{}}
	plans := make([]*match.Plan, len(all))
	for n, r := range all {
		q := r.interaction.Request
		r.order, r.demands, plans[n] = n, demands(q), r.plan
		from := int32(len(x.spelt))
		for segment := range segments(q.Path) {
			x.spelt = append(x.spelt, x.words.learn(segment))
		}
		x.aims = append(x.aims, aim{x.words.learn(q.Method), from, int32(len(x.spelt))})
	}
	x.routes = match.NewRoutes(plans)
	return x
}

// near yields every route whose method and path fit.
func (x *index) near(got *contracts.Request) iter.Seq[*route] {
	return func(yield func(*route) bool) {
		for n := range x.routes.Find(got.Method, got.Path) {
			if !yield(x.all[n]) {
				return
			}
		}
	}
}

// words number methods and segments of paths from 1 on, so that a path is
// compared with many others quickly. What was not learnt is 0.
type words map[string]int32

func (w words) learn(word string) int32 {
	n, has := w[word]
	if !has {
		n = int32(len(w) + 1)
		w[word] = n
	}
	return n
}

func (w words) spell(path string) []int32 {
	var numbers []int32
	for segment := range segments(path) {
		numbers = append(numbers, w[segment])
	}
	return numbers
}

func segments(path string) iter.Seq[string] {
	return strings.SplitSeq(strings.TrimPrefix(path, "/"), "/")
}
