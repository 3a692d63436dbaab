package mocks

import (
	"iter"
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

// An index finds the routes that a request may be about without looking at
// the others.
type index struct {
	all    []*route
	routes *match.Routes
}

func newIndex(all []*route) index {
	plans := make([]*match.Plan, len(all))
	for n, r := range all {
		r.order, r.demands = n, demands(r.interaction.Request)
		plans[n] = r.plan
	}
	return index{all, match.NewRoutes(plans)}
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
