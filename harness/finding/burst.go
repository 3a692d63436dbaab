package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// What an edge's span bears of HTTP's semantic conventions.
const (
	methodKey = attribute.Key("http.request.method")
	routeKey  = attribute.Key("http.route")
	pathKey   = attribute.Key("url.path")
	queryKey  = attribute.Key("url.query")
	statusKey = attribute.Key("http.response.status_code")
)

// A burst is what one service called during one exchange that it served.
type burst struct {
	trace  trace.ID
	around *trace.Span   // the exchange
	calls  []*trace.Span // by start
}

// bursts groups the calls of a trace. Calls that were made during no exchange,
// such as those from outside, are nobody's burst.
func bursts(t *trace.Trace) []*burst {
	type key struct {
		around   *trace.Span
		consumer string
	}
	found := map[key]*burst{}
	var all []*burst
	for _, s := range t.Edges() {
		around := t.Caller(s)
		if around == nil {
			continue
		}
		k := key{around, s.Consumer()}
		if found[k] == nil {
			found[k] = &burst{trace: t.ID, around: around}
			all = append(all, found[k])
		}
		found[k].calls = append(found[k].calls, s)
	}
	return all
}

// findRepeated looks for the same call again and again, one after the other.
// A call that only repeats what had failed is a retry and does not count.
func (b *burst) findRepeated(cfg Config, into *pile) {
	again := b.retries()
	chains := map[string]*sight{}
	last := map[string]*trace.Span{}
	var order []string
	for _, s := range b.calls {
		key := s.Edge() + "\x00" + callOf(s)
		if again[s] || last[key] != nil && s.Start.Before(last[key].End) {
			continue
		}
		if chains[key] == nil {
			chains[key] = &sight{trace: b.trace, edge: s.Edge(), what: callOf(s), during: callOf(b.around), around: b.around.Duration()}
			order = append(order, key)
		}
		chains[key].count++
		chains[key].took += s.Duration()
		last[key] = s
	}
	for _, key := range order {
		if chains[key].count >= cfg.LeastCalls {
			into.add(*chains[key])
		}
	}
}

func tellRepeated(g *group) string {
	consumer, provider, _ := strings.Cut(g.worst.edge, "->")
	return fmt.Sprintf("%s calls %s on %s %s, one after the other, during one %s (%s of %s)%s: ask for all in one call",
		consumer, g.worst.what, provider, times(g.worst.count), g.worst.during, short(g.worst.took), short(g.worst.around), elsewhere(g))
}

// retries tells which calls repeat an earlier one that had failed: the same
// method and target, begun after the failed one had ended.
func (b *burst) retries() map[*trace.Span]bool {
	again := map[*trace.Span]bool{}
	last := map[string]*trace.Span{}
	for _, s := range b.calls {
		key := targetOf(s)
		if before := last[key]; before != nil && wentWrong(before) && !s.Start.Before(before.End) {
			again[s] = true
		}
		last[key] = s
	}
	return again
}

// findRetries gathers each call with its repetitions.
func (b *burst) findRetries(into *pile) {
	again := b.retries()
	if len(again) == 0 {
		return
	}
	tried := map[string]*sight{}
	var order []string
	flush := func(key string) {
		if s := tried[key]; s != nil && s.count > 1 {
			into.add(*s)
		}
		delete(tried, key)
	}
	for _, s := range b.calls {
		key := targetOf(s)
		if !again[s] {
			flush(key)
			order = append(order, key)
			tried[key] = &sight{trace: b.trace, edge: s.Edge(), what: callOf(s), during: callOf(b.around)}
		}
		at := tried[key]
		at.count++
		at.took += s.Duration()
		at.good = !wentWrong(s)
		if !at.good {
			at.failed++
			at.detail = cmp.Or(s.Attr(statusKey).String(), s.Message, "no answer")
		}
	}
	for _, key := range order {
		flush(key)
	}
}

func tellRetries(g *group) string {
	consumer, provider, _ := strings.Cut(g.worst.edge, "->")
	end := "the last one too"
	if g.worst.good {
		end = "the last one succeeded"
	}
	return fmt.Sprintf("%s tried %s on %s %s during one %s: %d failed (%s), %s%s",
		consumer, g.worst.what, provider, times(g.worst.count), g.worst.during, g.worst.failed, g.worst.detail, end, elsewhere(g))
}

// findSerial looks for runs of reads on different edges that went well, one
// after the other, and that would have taken much less at once. Whether one
// needs the answer of another nobody can see from outside; writes are left
// out, since their order matters.
func (b *burst) findSerial(cfg Config, into *pile) {
	var run []*trace.Span
	for i, s := range b.calls {
		overlaps := i+1 < len(b.calls) && b.calls[i+1].Start.Before(s.End) || len(run) > 0 && s.Start.Before(run[len(run)-1].End)
		if !reads(s) || wentWrong(s) || overlaps {
			b.weighSerial(run, cfg, into)
			run = nil
			continue
		}
		run = append(run, s)
	}
	b.weighSerial(run, cfg, into)
}

func (b *burst) weighSerial(run []*trace.Span, cfg Config, into *pile) {
	if len(run) < 2 {
		return
	}
	found := sight{trace: b.trace, edge: run[1].Edge(), during: callOf(b.around), count: len(run), around: b.around.Duration()}
	longest := run[0].Duration()
	edges := map[string]bool{}
	var calls []string
	for _, s := range run {
		found.took += s.Duration()
		longest = max(longest, s.Duration())
		edges[s.Edge()] = true
		if call := callOf(s) + " on " + s.Provider(); !slices.Contains(calls, call) {
			calls = append(calls, call)
		}
	}
	found.saves = found.took - longest
	found.what = strings.Join(calls, ", ")
	if len(edges) < 2 || found.saves < cfg.LeastSaving || float64(found.saves) < cfg.LeastShare*float64(found.around) {
		return
	}
	into.add(found)
}

func tellSerial(g *group) string {
	consumer, _, _ := strings.Cut(g.worst.edge, "->")
	return fmt.Sprintf("during %s %s waits for %s one after the other (%s of %s)%s: where none needs the answer of another, calling all at once saves up to %s",
		g.worst.during, consumer, g.worst.what, short(g.worst.took), short(g.worst.around), elsewhere(g), short(g.worst.saves))
}

func elsewhere(g *group) string {
	if g.sights == 1 {
		return ""
	}
	return fmt.Sprintf(", and so %s in all", times(g.sights))
}

func reads(s *trace.Span) bool {
	switch s.Attr(methodKey).AsString() {
	case "GET", "HEAD", "OPTIONS":
		return true
	default:
		return false
	}
}

// wentWrong reports whether whoever made the call had reason to repeat it.
func wentWrong(s *trace.Span) bool {
	status := s.Attr(statusKey).AsInt64()
	return s.Code == trace.Error || status >= 500 || status == 429
}

func lostContext(s *trace.Span) bool {
	v := s.Attr(trace.EdgeContext)
	return v.Type() == attribute.BOOL && !v.AsBool()
}

// callOf is how people name a call: method and route.
func callOf(s *trace.Span) string {
	route := cmp.Or(s.Attr(routeKey).AsString(), s.Attr(pathKey).AsString())
	return cmp.Or(strings.TrimSpace(s.Attr(methodKey).AsString()+" "+route), s.Name)
}

// targetOf tells one call from another on its edge: method, path and query.
func targetOf(s *trace.Span) string {
	return strings.Join([]string{s.Edge(), s.Attr(methodKey).AsString(), cmp.Or(s.Attr(pathKey).AsString(), s.Name), s.Attr(queryKey).AsString()}, "\x00")
}
