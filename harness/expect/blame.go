package expect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// A blame is the edge that broke a clause and what to say of its spans.
type blame struct {
	edge  string
	marks map[trace.SpanID]string
}

// mostMarks bounds what is marked in one drawing.
const mostMarks = 10

// blamed finds the edge: the one that the clause names; else that of the
// span whose measure broke it; else the origin of what went wrong.
func blamed(cl *clause, s *scope, declared []string) blame {
	calls := callsIn(cl.node)
	b := blame{marks: map[trace.SpanID]string{}}
	for _, c := range calls {
		edge := b.weigh(c, s)
		if b.edge == "" {
			b.edge = edge
		}
	}
	if named := onlyEdge(calls); named != "" {
		b.edge = named
	}
	if b.edge == "" {
		b.edge = declaredFor(calls, declared)
	}
	if b.edge == "" && s.entry != nil && len(namesIn(calls)) == 0 {
		b.edge = s.entry.Edge()
	}
	return b
}

// weigh marks the spans that a call measured and returns the edge of the one
// that counted most.
func (b *blame) weigh(c call, s *scope) string {
	switch c.word {
	case "slowest":
		return b.mark(slowestOf(s.of(c.args)), fmt.Sprintf("the slowest of %d", len(s.of(c.args))))
	case "order":
		return b.weighOrder(s.disorder(c.args))
	case "errors":
		return b.origin(s.of(c.args), s)
	case "status":
		return b.weighStatus(c, s)
	case "duration":
		return b.weighDuration(s)
	case "calls", "total":
		if len(c.args) == 0 {
			return ""
		}
		return b.list(s.of(c.args))
	default:
		return ""
	}
}

func (b *blame) mark(span *trace.Span, note string) string {
	if span == nil {
		return ""
	}
	if b.marks[span.ID] == "" && len(b.marks) < mostMarks {
		b.marks[span.ID] = note
	}
	return span.Edge()
}

// list marks exchanges by number. Where they crossed several edges the last
// is to blame: it is the one too many.
func (b *blame) list(spans []*trace.Span) (edge string) {
	for i, span := range spans {
		edge = b.mark(span, fmt.Sprintf("%d of %d", i+1, len(spans)))
	}
	return edge
}

func (b *blame) weighOrder(d *disorder) string {
	if d == nil {
		return ""
	}
	b.mark(d.first, fmt.Sprintf("%s ended here", d.names[0]))
	return b.mark(d.then, fmt.Sprintf("%s began before", d.names[1]))
}

// origin marks the failed exchanges that have no failed one below: there it
// went wrong first.
func (b *blame) origin(spans []*trace.Span, s *scope) string {
	bad := failed(spans)
	caused := map[*trace.Span]bool{}
	for _, span := range failed(s.edges) {
		for above := s.trace.Caller(span); above != nil && !caused[above]; above = s.trace.Caller(above) {
			caused[above] = true
		}
	}
	edge := ""
	for _, span := range bad {
		if !caused[span] {
			if at := b.mark(span, "it went wrong here"); edge == "" {
				edge = at
			}
		}
	}
	if edge == "" && len(bad) > 0 {
		return b.mark(bad[0], "it went wrong here")
	}
	return edge
}

func (b *blame) weighStatus(c call, s *scope) string {
	if len(c.args) == 0 {
		if edge := b.origin(s.edges, s); edge != "" {
			return edge
		}
		if s.entry == nil {
			return ""
		}
		return b.mark(s.entry, fmt.Sprintf("status %d", statusOf(s.entry)))
	}
	var highest *trace.Span
	for _, span := range s.of(c.args) {
		if highest == nil || statusOf(span) > statusOf(highest) {
			highest = span
		}
	}
	return b.mark(highest, fmt.Sprintf("status %d", statusOf(highest)))
}

// weighDuration blames the exchange that spent the most time of its own,
// outside of the calls that were made during it.
func (b *blame) weighDuration(s *scope) string {
	inner := map[*trace.Span][]*trace.Span{}
	for _, span := range s.edges {
		if above := s.trace.Caller(span); above != nil {
			inner[above] = append(inner[above], span)
		}
	}
	var worst *trace.Span
	var most time.Duration
	for _, span := range s.edges {
		if own := ownTime(span, inner[span]); worst == nil || own > most {
			worst, most = span, own
		}
	}
	return b.mark(worst, fmt.Sprintf("%s of its own", short(most)))
}

// ownTime is a span's duration without the time in which any of the inner
// spans ran; those are sorted by start.
func ownTime(span *trace.Span, inner []*trace.Span) time.Duration {
	own, covered := span.Duration(), span.Start
	for _, in := range inner {
		from, to := in.Start, in.End
		if from.Before(covered) {
			from = covered
		}
		if to.After(span.End) {
			to = span.End
		}
		if to.After(from) {
			own -= to.Sub(from)
			covered = to
		}
	}
	return max(own, 0)
}

// namesIn lists the parties and edges that calls speak of.
func namesIn(calls []call) []string {
	var names []string
	for _, c := range calls {
		args := c.args
		if measures[c.word].keyLast {
			args = args[:max(len(args)-1, 0)]
		}
		for _, arg := range args {
			if s := parseSubject(arg); s.route == "" {
				names = append(names, arg)
			}
		}
	}
	return names
}

// onlyEdge is the edge that the calls name, where they name just one.
func onlyEdge(calls []call) string {
	only := ""
	for _, name := range namesIn(calls) {
		s := parseSubject(name)
		edge := s.consumer + "->" + s.provider
		if s.consumer == "" || strings.Contains(name, "*") || only != "" && only != edge {
			return ""
		}
		only = edge
	}
	return only
}

// declaredFor finds an edge of the system for a provider that saw no call.
func declaredFor(calls []call, declared []string) string {
	for _, name := range slices.Backward(namesIn(calls)) {
		s := parseSubject(name)
		for _, edge := range declared {
			if s.who.MatchString(edge) {
				return edge
			}
		}
	}
	return ""
}
