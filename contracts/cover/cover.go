// Package cover holds the traffic of one consumer and one provider against
// the contracts between them: what conforms, what does not, what nobody
// agreed on, and what was agreed on but never shown. It is pure and does no
// I/O.
//
// A call is judged by these rules, in this order:
//
//  1. An interaction describes a call when the request matches the agreed
//     one. Where its path may be any text, the call's must have the shape of
//     the example: as many segments, and those without a digit the same.
//     Where no interaction describes the call, it is uncovered; the verdict
//     says which one of the same method and path came nearest, and why it is
//     none.
//  2. A call is conforming when the response, too, matches that of one of
//     the interactions that describe it. It shows all of which this is true:
//     two of them may differ in nothing but their provider states, or be of
//     two consumers.
//  3. Where all of these depend on provider states, the provider may well be
//     in another state, and the call is uncovered: when none of them agrees
//     on the status and it is one of 400 to 499, or one below 400 where all
//     of them are about errors; and when nothing differs but values, of the
//     agreed type, that no rule asks for.
//  4. Where all of these are pending, the call is uncovered.
//  5. Otherwise it is violating, with the mismatches of the nearest response.
//
// What needs a plugin, and what its caller could not capture whole, is
// unjudged.
package cover

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// An Outcome is what became of a call.
type Outcome string

// The outcomes.
const (
	Conforming Outcome = "conforming"
	Violating  Outcome = "violating"
	Uncovered  Outcome = "uncovered"
	Unjudged   Outcome = "unjudged"
)

// A Verdict is the judgement of one call. Its mismatches are as they were
// seen: who keeps them redacts them.
type Verdict struct {
	Outcome    Outcome
	Nearest    *contracts.Interaction // the one that describes the call, or came nearest; nil for none
	Mismatches []match.Mismatch       // of the response when violating, of the request when uncovered
	Why        string                 // why it is uncovered or unjudged
	New        *Violation             // where it is the first of its kind: what is kept of it, redacted; read-only
}

// A Config says what a ledger judges by.
type Config struct {
	// Plans are the interactions between one consumer and one provider. Those
	// of messages are left out: they cross no edge as calls.
	Plans []*match.Plan

	// Redact is called with each mismatch before it is kept; nil keeps it as it is.
	Redact func(match.Mismatch) match.Mismatch
}

// A Seen call is a request with its answer. Bodies are decoded and whole.
type Seen struct {
	Request  *contracts.Request
	Response *contracts.Response
	Route    string // the path's template, free of secrets; "": made from the path
	Example  string // kept with what the call shows first, such as its trace id
}

// A Ledger judges calls and keeps the tally. It may be used by many
// goroutines at once. Its memory is bounded: a byte for each field of each
// interaction (at most 1,000 an interaction), MaxViolations violations and
// MaxUndescribed calls, of which each keeps a few mismatches of at most 512
// bytes a text.
type Ledger struct {
	entries []*entry
	of      map[*match.Plan]*entry
	routes  *match.Routes
	redact  func(match.Mismatch) match.Mismatch

	conforming, violating, uncovered, unjudged atomic.Int64

	mu          sync.Mutex
	undescribed map[kind]*Call        // guarded by mu
	others      int64                 // guarded by mu; calls beyond the bound
	violations  map[breach]*Violation // guarded by mu
	more        int64                 // guarded by mu; violations beyond the bound
	reasons     map[string]int64      // guarded by mu; why calls were not judged
}

// An entry is an interaction with what was seen of it.
type entry struct {
	plan  *match.Plan
	of    *contracts.Interaction
	loose sync.Once
	other *match.Plan // accepts other values of the agreed types; made by loose, nil where that cannot be
	shape []string    // of the example's path, where the path may be any text; else nil

	calls      atomic.Int64
	violations atomic.Int64

	mu    sync.Mutex
	seen  []bool      // guarded by mu; by field: a conforming response had it
	left  int         // guarded by mu; fields that none had
	whole atomic.Bool // none is left
}

// New makes a ledger. One without plans finds every call uncovered.
func New(cfg Config) *Ledger {
	l := &Ledger{of: map[*match.Plan]*entry{}, redact: cfg.Redact, undescribed: map[kind]*Call{}, violations: map[breach]*Violation{}, reasons: map[string]int64{}}
	if l.redact == nil {
		l.redact = func(m match.Mismatch) match.Mismatch { return m }
	}
	var plans []*match.Plan
	for _, p := range cfg.Plans {
		i := p.Interaction()
		if i.Kind != contracts.HTTP || i.Request == nil || i.Response == nil {
			continue
		}
		e := &entry{plan: p, of: i, left: len(p.ResponseFields()), shape: shapeOf(i.Request)}
		e.seen = make([]bool, e.left)
		e.whole.Store(e.left == 0)
		l.entries, l.of[p] = append(l.entries, e), e
		plans = append(plans, p)
	}
	l.routes = match.NewRoutes(plans)
	return l
}

// Skip counts a call that cannot be judged, such as one whose body was too
// large to capture. There should be few different reasons: 20 are told apart.
func (l *Ledger) Skip(why string) Verdict {
	l.unjudged.Add(1)
	l.excuse(why)
	return Verdict{Outcome: Unjudged, Why: why}
}

// Judge holds a call against the interactions and counts it. It keeps
// neither the request nor the response.
func (l *Ledger) Judge(x Seen) Verdict {
	v, by := l.judge(x.Request, x.Response)
	switch v.Outcome {
	case Conforming:
		l.conforming.Add(1)
	case Violating:
		l.violating.Add(1)
		by.calls.Add(1)
		by.violations.Add(1)
		v.New = l.blame(x, by, v.Mismatches)
	case Unjudged:
		l.unjudged.Add(1)
		l.excuse(v.Why)
	case Uncovered:
		l.uncovered.Add(1)
		l.note(x, v)
	}
	return v
}

func (l *Ledger) judge(req *contracts.Request, resp *contracts.Response) (Verdict, *entry) {
	var room [4]*entry
	described := room[:0]
	near := nearest{}
	for n := range l.routes.Find(req.Method, req.Path) {
		e := l.entries[n]
		if !e.fits(req.Path) {
			continue
		}
		found := e.plan.Request(req)
		if len(found) == 0 {
			described = append(described, e)
		} else if len(described) == 0 {
			near.offer(e, found)
		}
	}
	if len(described) == 0 {
		return near.uncovered(), near.entry
	}
	near = nearest{}
	var shown *entry
	for _, e := range described {
		if plugin := needs(e.of); plugin != "" {
			if shown != nil {
				continue
			}
			return Verdict{Outcome: Unjudged, Nearest: e.of, Why: "needs the plugin " + plugin}, e
		}
		found := e.plan.Response(resp)
		if len(found) > 0 {
			near.offer(e, found)
			continue
		}
		e.calls.Add(1)
		e.show(resp)
		if shown == nil {
			shown = e
		}
	}
	if shown != nil {
		return Verdict{Outcome: Conforming, Nearest: shown.of}, shown
	}
	if why := excused(described, resp, near.found); why != "" {
		return Verdict{Outcome: Uncovered, Nearest: near.entry.of, Mismatches: near.found, Why: why}, near.entry
	}
	return Verdict{Outcome: Violating, Nearest: near.entry.of, Mismatches: near.found}, near.entry
}

// needs names a plugin that an interaction cannot be judged without.
func needs(i *contracts.Interaction) string {
	if len(i.Plugins) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(i.Plugins)))
}

// A nearest remembers the entry with the fewest mismatches. A wrong status
// counts more than anything in the body, and what is agreed more than what is
// pending.
type nearest struct {
	entry *entry
	found []match.Mismatch
	cost  int
}

func (n *nearest) offer(e *entry, found []match.Mismatch) {
	cost := len(found)
	for _, m := range found {
		if m.Part == match.PartStatus {
			cost += 1000
		}
	}
	if e.of.Pending {
		cost += 1_000_000
	}
	if n.entry == nil || cost < n.cost {
		*n = nearest{e, found, cost}
	}
}

func (n *nearest) uncovered() Verdict {
	if n.entry == nil {
		return Verdict{Outcome: Uncovered, Why: "no interaction has this method and path"}
	}
	return Verdict{Outcome: Uncovered, Nearest: n.entry.of, Mismatches: n.found,
		Why: "no interaction describes this request"}
}

// show strikes out the fields that a response has.
func (e *entry) show(resp *contracts.Response) {
	if e.whole.Load() || resp.Body.Presence != contracts.Present {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.plan.ShownFields(resp.Body.Content, func(i int) {
		if !e.seen[i] {
			e.seen[i] = true
			e.left--
		}
	})
	e.whole.Store(e.left == 0)
}
