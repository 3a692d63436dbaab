package finding

import (
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// A Call is an exchange as the figures of a load need it.
type Call struct {
	Edge         string // "consumer->provider"; the world outside is "entry"
	Outside      bool   // it came from outside, although its edge is not the entry
	Trace        trace.ID
	Span, Parent trace.SpanID // the edge's own, and what the consumer sent
	What         string       // method and target: what tells one call of the edge from another
	Start        time.Time
	Took         time.Duration
	Failed       bool // whoever made it had reason to repeat it
}

func (c *Call) end() time.Time { return c.Start.Add(max(c.Took, 0)) }

func (c *Call) isEntry() bool { return c.Outside || strings.HasPrefix(c.Edge, "entry->") }

// A node is a call within those of its request.
type node struct {
	*Call
	edge    int // its number in the meter
	below   []*node
	repeats bool // an earlier call of the same kind had failed
}

// arrange hangs each call below the one during which it was made, and returns
// the request; nil where none of them came from outside. The span that the
// consumer sent says which one that was where services pass the edge's context
// on as it is. Where they make spans of their own, it is the latest of the
// calls to this consumer that was under way.
func arrange(calls []node) (request *node) {
	for i := range calls {
		c := &calls[i]
		if c.isEntry() {
			if request == nil {
				request = c
			}
			continue
		}
		if around := caller(calls, c); around != nil {
			around.below = append(around.below, c)
		}
	}
	for i := range calls {
		calls[i].markRepeats()
	}
	return request
}

func caller(calls []node, c *node) *node {
	consumer, _, _ := strings.Cut(c.Edge, "->")
	var latest *node
	for i := range calls {
		around := &calls[i]
		if around == c {
			continue
		}
		if around.Span == c.Parent {
			return around
		}
		_, serves, _ := strings.Cut(around.Edge, "->")
		underWay := !c.Start.Before(around.Start) && c.Start.Before(around.end())
		if serves == consumer && underWay && (latest == nil || latest.Start.Before(around.Start)) {
			latest = around
		}
	}
	return latest
}

// markRepeats tells which of the calls below repeat one that had failed.
func (n *node) markRepeats() {
	slices.SortStableFunc(n.below, func(a, b *node) int { return a.Start.Compare(b.Start) })
	if len(n.below) < 2 {
		return
	}
	last := map[string]*node{}
	for _, c := range n.below {
		key := c.Edge + "\x00" + c.What
		if before := last[key]; before != nil && before.Failed && !c.Start.Before(before.end()) {
			c.repeats = true
		}
		last[key] = c
	}
}

// own is how long the call took without the time in which calls below it were
// under way.
func (n *node) own() time.Duration {
	rest := max(n.Took, 0)
	at := n.Start
	for _, c := range n.below { // by start
		from, to := later(c.Start, at), earlier(c.end(), n.end())
		if to.After(from) {
			rest -= to.Sub(from)
			at = to
		}
	}
	return rest
}

// failedItself reports whether the call failed and nothing below it did.
func (n *node) failedItself() bool {
	return n.Failed && !slices.ContainsFunc(n.below, func(c *node) bool { return c.Failed })
}

// path is the critical path through the calls of a request.
func (n *node) path() []leg[*node] {
	p := pathfinder[*node]{
		below: func(n *node) []*node { return n.below },
		times: func(n *node) (time.Time, time.Time) { return n.Start, n.end() },
	}
	return p.find(n)
}
