package receive

import "github.com/seamtest/seam/harness/trace"

// A batch is what one request holds: the spans to hand on, and how many were
// refused one by one, with the reason of the first.
type batch struct {
	spans   []*trace.Span
	refused int
	why     error
}

func (b *batch) reject(n int, why error) {
	if b.refused += n; b.why == nil {
		b.why = why
	}
}

// foreignEdge is the scope of a span that came with the scope of seam's own
// edges. Evidence is judged by what edges saw, so nobody else may speak for one.
const foreignEdge = "foreign/" + trace.EdgeScope

// scopeName is what a scope is called here that calls itself claimed.
func scopeName(claimed string) string {
	if claimed == trace.EdgeScope {
		return foreignEdge
	}
	return claimed
}

// odd counts what is taken although something about it is wrong.
func (b *batch) odd() (renamed, reversed uint64) {
	for _, s := range b.spans {
		if s.Scope.Name == foreignEdge {
			renamed++
		}
		if s.End.Before(s.Start) {
			reversed++
		}
	}
	return renamed, reversed
}
