package finding

import (
	"slices"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// A Segment is a part of the critical path: during it the trace waited for
// what the span did itself, and for nothing below it.
type Segment struct {
	Span       *trace.Span
	Start, End time.Time // by the edges' clock
}

// Duration is the length of the segment.
func (s Segment) Duration() time.Duration { return s.End.Sub(s.Start) }

// CriticalPath cuts the time of the trace's root into segments, from start to
// end and without a gap, so that they add up to its duration. It is found
// from the end: the root waited last for the child that ended last; before
// that child began, for the one that had ended then; and so on, at every
// depth. A child of which more than half lies after the moment that is looked
// at ran beside the path (work that goes on after the answer, a parallel
// call); one that overlaps less is cut there, so that clocks of low resolution
// do not hide calls that follow each other back to back.
func CriticalPath(t *trace.Trace) []Segment {
	root := t.Root()
	if root == nil {
		return nil
	}
	skew := t.Skew()
	p := pathfinder[*trace.Span]{
		below: t.Children,
		times: func(s *trace.Span) (time.Time, time.Time) {
			start := s.Start.Add(skew[s])
			return start, start.Add(s.Duration())
		},
	}
	var path []Segment
	for _, l := range p.find(root) {
		path = append(path, Segment{l.of, l.from, l.to})
	}
	return path
}

// A pathfinder walks a tree of spans or calls back from its end.
type pathfinder[N any] struct {
	below func(N) []N
	times func(N) (start, end time.Time)
	path  []leg[N] // from the end to the start
}

// A leg is a segment of the path before it is told of.
type leg[N any] struct {
	of       N
	from, to time.Time
}

func (p *pathfinder[N]) find(root N) []leg[N] {
	p.path = nil
	start, end := p.times(root)
	p.walk(root, start, end)
	slices.Reverse(p.path)
	return p.path
}

// walk covers the time of the node between from and to.
func (p *pathfinder[N]) walk(node N, from, to time.Time) {
	var children []leg[N]
	for _, c := range p.below(node) {
		start, end := p.times(c)
		children = append(children, leg[N]{c, start, end})
	}
	slices.SortStableFunc(children, func(a, b leg[N]) int {
		if c := b.to.Compare(a.to); c != 0 {
			return c
		}
		return b.from.Compare(a.from)
	})
	at := to
	for _, c := range children {
		if !at.After(from) {
			break
		}
		if c.to.After(at) && c.to.Sub(at) > at.Sub(c.from) {
			continue
		}
		start, end := later(c.from, from), earlier(c.to, at)
		if !end.After(start) {
			continue
		}
		p.add(node, end, at)
		p.walk(c.of, start, end)
		at = start
	}
	p.add(node, from, at)
}

func (p *pathfinder[N]) add(node N, from, to time.Time) {
	if to.After(from) {
		p.path = append(p.path, leg[N]{node, from, to})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
