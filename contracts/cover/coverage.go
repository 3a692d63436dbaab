package cover

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// Coverage is the tally of a ledger.
type Coverage struct {
	Conforming, Violating, Uncovered, Unjudged int64

	Interactions []Shown          // in the order of the plans
	Violations   []Violation      // by count, the most first
	More         int64            // violations beyond MaxViolations kinds
	Undescribed  []Call           // by count, the most first
	Others       int64            // undescribed calls beyond MaxUndescribed kinds
	Reasons      map[string]int64 // why calls were not judged; nil without any
}

// Calls counts everything that was seen, judged or not.
func (c *Coverage) Calls() int64 { return c.Conforming + c.Violating + c.Uncovered + c.Unjudged }

// Described counts the calls that some interaction describes.
func (c *Coverage) Described() int64 { return c.Conforming + c.Violating }

// Shown says how often an interaction was seen.
type Shown struct {
	Description  string
	States       []string
	Calls        int64 // conforming and violating
	Violations   int64
	FieldsUnseen []string // agreed places of the response that none of its conforming calls had; nil without any of either
}

// Name is the description with the states.
func (s *Shown) Name() string {
	if len(s.States) == 0 {
		return s.Description
	}
	return s.Description + " (given " + strings.Join(s.States, " and ") + ")"
}

// A Violation is a kind of call that breaks the interaction that describes it.
type Violation struct {
	Description string // of the interaction
	States      []string
	Status      int // of the answer
	Count       int64
	Example     string           // of the first such call
	Mismatches  []match.Mismatch // of the first such call, redacted; at most 20
}

// A Call is a kind of call that no interaction describes.
type Call struct {
	Method  string
	Path    string // {id} stands for what names one thing among many
	Status  int    // where the request is described and only the answer's status is not; else 0
	Count   int64
	Example string // of the first such call
	Why     string // of the first such call

	Nearest    string           // description of the interaction of this route that came nearest; "" for none
	Mismatches []match.Mismatch // why it is not that one, redacted; at most 5
}

// NeverShown are the interactions that no call was described by, with their
// states.
func (c *Coverage) NeverShown() []string {
	var names []string
	for i := range c.Interactions {
		if c.Interactions[i].Calls == 0 {
			names = append(names, c.Interactions[i].Name())
		}
	}
	return names
}

// Coverage is the tally so far. Calls that are judged meanwhile may be
// counted in one of its figures and not yet in another.
func (l *Ledger) Coverage() Coverage {
	c := Coverage{
		Conforming: l.conforming.Load(), Violating: l.violating.Load(),
		Uncovered: l.uncovered.Load(), Unjudged: l.unjudged.Load(),
	}
	for _, e := range l.entries {
		c.Interactions = append(c.Interactions, e.shown())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Others, c.More = l.others, l.more
	if len(l.reasons) > 0 {
		c.Reasons = maps.Clone(l.reasons)
	}
	for _, v := range l.violations {
		c.Violations = append(c.Violations, *v)
	}
	slices.SortFunc(c.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Description, b.Description), strings.Compare(first(a), first(b)), cmp.Compare(a.Status, b.Status))
	})
	for _, call := range l.undescribed {
		c.Undescribed = append(c.Undescribed, *call)
	}
	slices.SortFunc(c.Undescribed, func(a, b Call) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
	})
	return c
}

func first(v Violation) string { return v.Mismatches[0].Path + v.Mismatches[0].Message }

func (e *entry) shown() Shown {
	s := Shown{Description: e.of.Description, States: states(e.of), Calls: e.calls.Load(), Violations: e.violations.Load()}
	if s.Calls == s.Violations || e.whole.Load() {
		return s
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, path := range e.plan.ResponseFields() {
		if !e.seen[i] {
			s.FieldsUnseen = append(s.FieldsUnseen, path)
		}
	}
	return s
}

func states(i *contracts.Interaction) []string {
	var names []string
	for _, state := range i.States {
		names = append(names, state.Name)
	}
	return names
}
