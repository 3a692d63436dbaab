// Package cover holds the traffic of one consumer and one provider against
// the contracts between them: what conforms, what does not, what nobody
// agreed on, and what was agreed on but never shown. It is pure and does no
// I/O.
//
// A call is judged by these rules, in this order:
//
//  1. An interaction describes a call when the request matches the agreed
//     one. Where none does, the call is uncovered; the verdict says which
//     interaction of the same method and path came nearest, and why it is
//     none.
//  2. A call is conforming when the response, too, matches that of one of
//     the interactions that describe it.
//  3. Where these interactions depend on provider states, none of them agrees
//     on the status and it is one of 400 to 499, the provider may well be in
//     another state: the call is uncovered.
//  4. Otherwise it is violating, with the mismatches of the nearest response.
//
// What needs a plugin, and what its caller could not capture whole, is
// unjudged.
package cover

import (
	"maps"
	"slices"
	"strings"
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

// A Verdict is the judgement of one call.
type Verdict struct {
	Outcome    Outcome
	Nearest    *contracts.Interaction // the one that describes the call, or came nearest; nil for none
	Mismatches []match.Mismatch       // of the response when violating, of the request when uncovered
	Why        string                 // why it is uncovered or unjudged
}

// A Ledger judges calls and keeps the tally. It may be used by many
// goroutines at once. Its memory is bounded: a bit for each field of each
// interaction (at most 1,000 an interaction), and MaxUndescribed calls.
type Ledger struct {
	entries []*entry
	exact   map[route][]*entry // by method and path
	ruled   []*entry           // the path is judged by a rule

	conforming, violating, uncovered, unjudged atomic.Int64

	mu          sync.Mutex
	undescribed map[kind]int64 // guarded by mu
	others      int64          // guarded by mu; calls beyond the bound
}

// MaxUndescribed bounds the undescribed calls that are told apart.
const MaxUndescribed = 1000

type route struct{ method, path string }

// A kind of undescribed call; the status is 0 where the request is what no
// interaction describes.
type kind struct {
	method, path string
	status       int
}

// An entry is an interaction with what was seen of it.
type entry struct {
	plan       *match.Plan
	of         *contracts.Interaction
	calls      atomic.Int64
	violations atomic.Int64

	mu     sync.Mutex
	unseen map[int]bool // guarded by mu; fields that no conforming response had
	whole  atomic.Bool  // unseen is empty
}

// New makes a ledger for the interactions between one consumer and one
// provider. Plans of messages are left out: they cross no edge as calls.
func New(plans ...*match.Plan) *Ledger {
	l := &Ledger{exact: map[route][]*entry{}, undescribed: map[kind]int64{}}
	for _, p := range plans {
		i := p.Interaction()
		if i.Kind != contracts.HTTP || i.Request == nil || i.Response == nil {
			continue
		}
		e := &entry{plan: p, of: i, unseen: map[int]bool{}}
		for n := range p.ResponseFields() {
			e.unseen[n] = true
		}
		e.whole.Store(len(e.unseen) == 0)
		l.entries = append(l.entries, e)
		if len(i.Request.Rules["path"]) > 0 {
			l.ruled = append(l.ruled, e)
			continue
		}
		at := route{strings.ToUpper(i.Request.Method), i.Request.Path}
		l.exact[at] = append(l.exact[at], e)
	}
	return l
}

// Skip counts a call that cannot be judged, such as one whose body was too
// large to capture.
func (l *Ledger) Skip(why string) Verdict {
	l.unjudged.Add(1)
	return Verdict{Outcome: Unjudged, Why: why}
}

// Judge holds a call against the interactions and counts it. Bodies are
// decoded and whole; neither value is kept.
func (l *Ledger) Judge(req *contracts.Request, resp *contracts.Response) Verdict {
	v, by := l.judge(req, resp)
	switch v.Outcome {
	case Conforming:
		l.conforming.Add(1)
		by.calls.Add(1)
		by.show(resp)
	case Violating:
		l.violating.Add(1)
		by.calls.Add(1)
		by.violations.Add(1)
	case Unjudged:
		l.unjudged.Add(1)
	case Uncovered:
		l.uncovered.Add(1)
		status := 0
		if v.Why == otherStatus {
			status = resp.Status
		}
		l.note(kind{strings.ToUpper(req.Method), general(req.Path), status})
	}
	return v
}

const otherStatus = "no interaction describes this status; the provider may be in another state"

func (l *Ledger) judge(req *contracts.Request, resp *contracts.Response) (Verdict, *entry) {
	var described []*entry
	near := nearest{}
	for _, e := range l.candidates(req) {
		found := e.plan.Request(req)
		if len(found) == 0 {
			described = append(described, e)
		} else if len(described) == 0 && sameRoute(found) {
			near.offer(e, found)
		}
	}
	if len(described) == 0 {
		return near.uncovered(), near.entry
	}
	near = nearest{}
	for _, e := range described {
		if plugin := needs(e.of); plugin != "" {
			return Verdict{Outcome: Unjudged, Nearest: e.of, Why: "needs the plugin " + plugin}, e
		}
		found := e.plan.Response(resp)
		if len(found) == 0 {
			return Verdict{Outcome: Conforming, Nearest: e.of}, e
		}
		near.offer(e, found)
	}
	if otherState(described, resp.Status, near) {
		return Verdict{Outcome: Uncovered, Nearest: near.entry.of, Mismatches: near.found,
			Why: otherStatus}, near.entry
	}
	return Verdict{Outcome: Violating, Nearest: near.entry.of, Mismatches: near.found}, near.entry
}

// candidates are the interactions whose method and path may fit.
func (l *Ledger) candidates(req *contracts.Request) []*entry {
	exact := l.exact[route{strings.ToUpper(req.Method), req.Path}]
	if len(l.ruled) == 0 {
		return exact
	}
	return append(slices.Clip(exact), l.ruled...)
}

// needs names a plugin that an interaction cannot be judged without.
func needs(i *contracts.Interaction) string {
	if len(i.Plugins) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(i.Plugins)))
}

func sameRoute(found []match.Mismatch) bool {
	return !slices.ContainsFunc(found, func(m match.Mismatch) bool {
		return m.Part == match.PartMethod || m.Part == match.PartPath
	})
}

// otherState is rule 3.
func otherState(described []*entry, status int, near nearest) bool {
	return status >= 400 && status < 500 &&
		slices.ContainsFunc(near.found, func(m match.Mismatch) bool { return m.Part == match.PartStatus }) &&
		!slices.ContainsFunc(described, func(e *entry) bool { return len(e.of.States) == 0 })
}

// A nearest remembers the entry with the fewest mismatches. A wrong status
// counts more than anything in the body.
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
	e.plan.ShownFields(resp.Body.Content, func(i int) { delete(e.unseen, i) })
	e.whole.Store(len(e.unseen) == 0)
}

// note counts an undescribed call.
func (l *Ledger) note(call kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.undescribed[call]; !known && len(l.undescribed) == MaxUndescribed {
		l.others++
		return
	}
	l.undescribed[call]++
}
