package trace

import "time"

// Skew says how much to add to the times of each span so that it agrees with
// the edges' clock; spans that are not listed agree already. A service's clock
// is wrong where its span begins outside of the call that caused it: then the
// span, and what the service did below it, moves to the middle of that call,
// or to its start where it is longer.
func (t *Trace) Skew() map[*Span]time.Duration {
	x := t.index()
	skew := map[*Span]time.Duration{}
	for _, root := range x.roots {
		for _, s := range t.Below(t.Spans[root]) {
			parent := t.Parent(s)
			if parent == nil || s.IsEdge() {
				continue
			}
			shift := skew[parent]
			if !s.Timeless() && !parent.Timeless() && (parent.IsEdge() || parent.Service() != s.Service()) {
				shift = into(s, parent.Start.Add(shift), parent.Duration())
			}
			if shift != 0 {
				skew[s] = shift
			}
		}
	}
	return skew
}

// into returns the shift that brings a span into a call.
func into(s *Span, start time.Time, took time.Duration) time.Duration {
	late := s.Start.Sub(start)
	if late >= 0 && late <= took {
		return 0
	}
	return max(took-s.Duration(), 0)/2 - late
}
