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
	p := pathfinder{
		below: t.Children,
		times: func(s *trace.Span) (time.Time, time.Time) {
			start := s.Start.Add(skew[s])
			return start, start.Add(s.Duration())
		},
	}
	return p.find(root)
}

// A pathfinder walks a tree of spans back from its end.
type pathfinder struct {
	below func(*trace.Span) []*trace.Span
	times func(*trace.Span) (start, end time.Time)
	path  []Segment // from the end to the start
}

func (p *pathfinder) find(root *trace.Span) []Segment {
	p.path = nil
	start, end := p.times(root)
	p.walk(root, start, end)
	slices.Reverse(p.path)
	return p.path
}

// walk covers the time of the span between from and to.
func (p *pathfinder) walk(s *trace.Span, from, to time.Time) {
	type child struct {
		span       *trace.Span
		start, end time.Time
	}
	var children []child
	for _, c := range p.below(s) {
		start, end := p.times(c)
		children = append(children, child{c, start, end})
	}
	slices.SortStableFunc(children, func(a, b child) int {
		if c := b.end.Compare(a.end); c != 0 {
			return c
		}
		return b.start.Compare(a.start)
	})
	at := to
	for _, c := range children {
		if !at.After(from) {
			break
		}
		if c.end.After(at) && c.end.Sub(at) > at.Sub(c.start) {
			continue
		}
		start, end := later(c.start, from), earlier(c.end, at)
		if !end.After(start) {
			continue
		}
		p.add(s, end, at)
		p.walk(c.span, start, end)
		at = start
	}
	p.add(s, from, at)
}

func (p *pathfinder) add(s *trace.Span, from, to time.Time) {
	if to.After(from) {
		p.path = append(p.path, Segment{s, from, to})
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
