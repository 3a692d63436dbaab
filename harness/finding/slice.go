package finding

import (
	"math"
	"time"
)

// A slice sums up the requests that began within a stretch of time.
type slice struct {
	requests int
	edges    []edgeSlice // by the number of the edge; may be shorter than all
	judged   []Point     // by the number of the interaction, likewise; without rates
}

// An edgeSlice is what the requests of a slice did on one edge.
type edgeSlice struct {
	calls, failed, repeats int // failed: nothing below it had
	own                    [ownBuckets]uint32
}

// The buckets of own times: 8 for each doubling from 16 microseconds on.
const (
	ownBuckets   = 184
	ownPerOctave = 8
	leastOwn     = 16 * time.Microsecond
)

func (s *slice) take(n *node) {
	for len(s.edges) <= n.edge {
		s.edges = append(s.edges, edgeSlice{})
	}
	e := &s.edges[n.edge]
	e.calls++
	if n.failedItself() {
		e.failed++
	}
	if n.repeats {
		e.repeats++
	}
	at := ownPerOctave * math.Log2(float64(max(n.own(), leastOwn))/float64(leastOwn))
	e.own[min(int(at), ownBuckets-1)]++
}

// quantile is that of the own times, in the middle of its bucket.
func (e *edgeSlice) quantile(q float64) time.Duration {
	rank, seen := uint32(math.Ceil(q*float64(e.calls))), uint32(0)
	for i, n := range e.own {
		if seen += n; seen >= rank && n > 0 {
			return time.Duration(float64(leastOwn) * math.Exp2((float64(i)+0.5)/ownPerOctave))
		}
	}
	return 0
}

func (e *edgeSlice) add(other *edgeSlice) {
	e.calls += other.calls
	e.failed += other.failed
	e.repeats += other.repeats
	for i, n := range other.own {
		e.own[i] += n
	}
}

func (s *slice) add(other *slice) {
	s.requests += other.requests
	for i := range other.edges {
		if i == len(s.edges) {
			s.edges = append(s.edges, edgeSlice{})
		}
		s.edges[i].add(&other.edges[i])
	}
	for i, p := range other.judged {
		s.count(i, p)
	}
}

// count adds to what was judged of an interaction.
func (s *slice) count(interaction int, p Point) {
	for len(s.judged) <= interaction {
		s.judged = append(s.judged, Point{})
	}
	at := &s.judged[interaction]
	at.All, at.Of = at.All+p.All, at.Of+p.Of
}

// edge is that of the number; the zero value where nothing crossed it.
func (s *slice) edge(number int) *edgeSlice {
	if number < len(s.edges) {
		return &s.edges[number]
	}
	return &edgeSlice{}
}

// slice is the one that a moment falls into. Where it lies beyond the last,
// all become twice as long.
func (m *Meter) slice(at time.Time) *slice {
	since := max(at.Sub(m.began), 0)
	for since/m.width >= mostSlices {
		m.slices = fold(m.slices, 2)
		m.width *= 2
	}
	for int(since/m.width) >= len(m.slices) {
		m.slices = append(m.slices, slice{})
	}
	return &m.slices[since/m.width]
}

// fold makes one slice of every so many.
func fold(all []slice, every int) []slice {
	var folded []slice
	for i := range all {
		if i%every == 0 {
			folded = append(folded, slice{})
		}
		folded[len(folded)-1].add(&all[i])
	}
	return folded
}
