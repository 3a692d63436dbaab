package cover

import (
	"cmp"
	"slices"
	"strings"
)

// Coverage is the tally of a ledger.
type Coverage struct {
	Conforming, Violating, Uncovered, Unjudged int64

	Interactions []Shown // in the order of the plans
	Undescribed  []Call  // by count, the most first
	Others       int64   // undescribed calls beyond MaxUndescribed kinds
}

// Shown says how often an interaction was seen.
type Shown struct {
	Description  string
	States       []string
	Calls        int64 // conforming and violating
	Violations   int64
	FieldsUnseen []string // agreed places of the response that no conforming call had; nil without any
}

// A Call is a kind of call that no interaction describes.
type Call struct {
	Method string
	Path   string // {id} stands for numbers, UUIDs and long hexadecimals
	Status int    // where the request is described and only the answer's status is not; else 0
	Count  int64
}

// NeverShown are the descriptions of interactions that no call was described
// by, with their states.
func (c *Coverage) NeverShown() []string {
	var names []string
	for _, i := range c.Interactions {
		if i.Calls > 0 {
			continue
		}
		name := i.Description
		if len(i.States) > 0 {
			name += " (given " + strings.Join(i.States, " and ") + ")"
		}
		names = append(names, name)
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
	c.Others = l.others
	for at, n := range l.undescribed {
		c.Undescribed = append(c.Undescribed, Call{at.method, at.path, at.status, n})
	}
	slices.SortFunc(c.Undescribed, func(a, b Call) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
	})
	return c
}

func (e *entry) shown() Shown {
	s := Shown{Description: e.of.Description, Calls: e.calls.Load(), Violations: e.violations.Load()}
	for _, state := range e.of.States {
		s.States = append(s.States, state.Name)
	}
	if s.Calls == 0 || e.whole.Load() {
		return s
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, path := range e.plan.ResponseFields() {
		if e.unseen[i] {
			s.FieldsUnseen = append(s.FieldsUnseen, path)
		}
	}
	return s
}

// maxPath bounds the length of a path that is kept.
const maxPath = 256

// general puts {id} for every part of a path that looks like an identifier.
func general(path string) string {
	if len(path) > maxPath {
		path = path[:maxPath]
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if identifies(part) {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// identifies says whether a part of a path is a number, a UUID or another
// run of at least 16 hexadecimal digits.
func identifies(part string) bool {
	if part == "" {
		return false
	}
	if strings.Trim(part, "0123456789") == "" {
		return true
	}
	return len(part) >= 16 && strings.Trim(part, "0123456789abcdefABCDEF-") == "" && strings.ContainsAny(part, "0123456789")
}
