package trace

import (
	"maps"
	"slices"
)

// A tree is who is below whom, by position in the spans that it was grown from.
type tree struct {
	at       map[*Span]int32
	parent   []int32 // -1 for a root
	caller   []int32 // the nearest above that an edge made; -1 where none is
	children [][]int32
	roots    []int32
}

// grow finds each span's parent. Every span is reached from exactly one root,
// whatever the spans claim: a circle is cut above its first span.
func grow(spans []*Span) *tree {
	x := &tree{at: make(map[*Span]int32, len(spans)), parent: make([]int32, len(spans)), children: make([][]int32, len(spans))}
	byID := make(map[SpanID][]int32, len(spans))
	for i, s := range spans {
		x.at[s] = int32(i)
		byID[s.ID] = append(byID[s.ID], int32(i))
	}
	for i, s := range spans {
		x.parent[i] = parentOf(spans, byID, int32(i), s)
	}
	x.cutCircles()
	x.findCallers(spans)
	for i, parent := range x.parent {
		if parent < 0 {
			x.roots = append(x.roots, int32(i))
		} else {
			x.children[parent] = append(x.children[parent], int32(i))
		}
	}
	return x
}

// findCallers walks up from each span to one whose caller is known, and sets
// those on the way, so that a chain of any depth is walked once.
func (x *tree) findCallers(spans []*Span) {
	const unknown = -2
	x.caller = make([]int32, len(spans))
	for i := range x.caller {
		x.caller[i] = unknown
	}
	var way []int32
	for i := range spans {
		at := int32(i)
		for way = way[:0]; x.caller[at] == unknown && x.parent[at] >= 0; at = x.parent[at] {
			way = append(way, at)
		}
		if x.caller[at] == unknown {
			x.caller[at] = -1 // a root
		}
		for _, below := range slices.Backward(way) {
			if x.caller[below] = x.caller[at]; spans[at].IsEdge() {
				x.caller[below] = at
			}
			at = below
		}
	}
}

// mostNamesakes bounds how many spans of one id are looked at. Two share one
// where a provider joins its caller's span; more is an error of a sender.
const mostNamesakes = 64

func namesakes[S any](all []S) []S { return all[:min(len(all), mostNamesakes)] }

// parentOf resolves a span's parent, or -1. Two spans may share an id where a
// provider joins its caller's span (B3): the provider's then lies below the
// caller's, and what the provider does lies below its own.
func parentOf(spans []*Span, byID map[SpanID][]int32, at int32, s *Span) int32 {
	if same := byID[s.ID]; len(same) > 1 && s.Kind == Server && !s.IsEdge() {
		for _, i := range namesakes(same) {
			if o := spans[i]; o.IsEdge() || o.Kind == Client {
				return i
			}
		}
	}
	best, score := int32(-1), -1
	if s.Parent.IsZero() || s.Parent == s.ID {
		return best
	}
	for _, i := range namesakes(byID[s.Parent]) {
		if i == at {
			continue
		}
		if n := kinship(spans[i], s); n > score {
			best, score = i, n
		}
	}
	return best
}

// kinship says how likely the first of several spans of one id is the
// parent: of the same service first, an edge's last.
func kinship(parent, child *Span) int {
	own := child.Service()
	if child.IsEdge() {
		own = child.Consumer()
	}
	switch {
	case parent.IsEdge():
		return 0
	case parent.Service() != own:
		return 1
	default:
		return 2
	}
}

// cutCircles makes a root of the first span of each circle of parents.
func (x *tree) cutCircles() {
	walk := make([]int32, len(x.parent)) // the walk that first came by; 0: none yet
	for i := range x.parent {
		at, number := int32(i), int32(i)+1
		for at >= 0 && walk[at] == 0 {
			walk[at] = number
			at = x.parent[at]
		}
		if at >= 0 && walk[at] == number {
			x.parent[x.first(at)] = -1
		}
	}
}

// first returns the least position in the circle that at lies on.
func (x *tree) first(at int32) int32 {
	least := at
	for i := x.parent[at]; i != at; i = x.parent[i] {
		least = min(least, i)
	}
	return least
}

func sortedKeys(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
