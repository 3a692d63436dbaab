package cover

import "github.com/seamtest/seam/contracts/match"

// Answer holds an answer against the one interaction whose request was made,
// in the provider states that it asks for, and counts it: it is conforming or
// violating, nothing excuses it. The plan is one of the ledger's; of x only
// the response and the example are read, and the response is not kept.
func (l *Ledger) Answer(p *match.Plan, x Seen) Verdict {
	e := l.of[p]
	if e == nil {
		return l.Skip("no interaction of these contracts was asked for")
	}
	if plugin := needs(e.of); plugin != "" {
		return l.Skip("needs the plugin " + plugin)
	}
	v := Verdict{Outcome: Conforming, Nearest: e.of, Mismatches: p.Response(x.Response)}
	e.calls.Add(1)
	if len(v.Mismatches) == 0 {
		l.conforming.Add(1)
		e.show(x.Response)
		return v
	}
	v.Outcome = Violating
	l.violating.Add(1)
	e.violations.Add(1)
	v.New = l.blame(x, e, v.Mismatches)
	return v
}
