// Package live holds the exchanges of a running system against the contracts
// of their edges. Judging takes place beside the calls: an exchange that ended
// waits in a bounded queue for one worker. Where the queue is full the
// exchange is counted as not judged and nothing waits, except in the phase
// drive, whose coverage is exact.
package live

import (
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/harness/edge"
)

// Reasons for not judging an exchange.
const (
	Overload = "overload: more exchanges than could be judged beside the calls"
	TooLarge = "too large: a body exceeds what an edge captures"
	Unread   = "the provider answered before the request's body had come, and it never came whole"
	Upgraded = "the connection was upgraded"
)

// A Docket is an edge's contracts with the tally of what crossed it. The zero
// value of a pointer judges nothing.
type Docket struct {
	judge  *Judge
	plans  int
	said   func(*edge.Exchange, cover.Verdict)
	ledger *cover.Ledger // of the phases drive and live
	loaded *cover.Ledger // of the phase load
}

// Open makes the docket of an edge. Without plans every exchange is
// uncovered. Said hears each verdict with its exchange, from any goroutine; it
// may keep the verdict's outcome and New, and nothing of the exchange.
func (j *Judge) Open(plans []*match.Plan, said func(*edge.Exchange, cover.Verdict)) *Docket {
	return &Docket{
		judge: j, plans: len(plans), said: said,
		ledger: cover.New(cover.Config{Plans: plans, Redact: Redact}),
		loaded: cover.New(cover.Config{Plans: plans, Redact: Redact}),
	}
}

// of is the ledger that reads the phase; nil where none does.
func (d *Docket) of(phase edge.Phase) *cover.Ledger {
	switch phase {
	case edge.Drive, edge.Live:
		return d.ledger
	case edge.Load:
		return d.loaded
	}
	return nil
}

// Coverage is the tally of the phases drive and live.
func (d *Docket) Coverage() cover.Coverage {
	if d == nil {
		return cover.Coverage{}
	}
	return d.ledger.Coverage()
}

// UnderLoad is the tally of the phase load.
func (d *Docket) UnderLoad() cover.Coverage {
	if d == nil {
		return cover.Coverage{}
	}
	return d.loaded.Coverage()
}

// Capture asks for the bodies of what will be judged.
func (d *Docket) Capture(x *edge.Exchange) edge.Capture {
	if d == nil || d.plans == 0 || d.of(x.Phase) == nil || x.Phase != edge.Drive && d.judge.full() {
		return edge.Capture{}
	}
	return edge.Capture{Bodies: true}
}

// End takes an exchange that ended. It is quick: see the package's comment.
func (d *Docket) End(x *edge.Exchange) {
	if d == nil || x.Raw || d.judge.struck.has(x.Trace) {
		return
	}
	ledger := d.of(x.Phase)
	switch {
	case ledger == nil:
	case x.Fault != "" || x.Status == 0:
		d.skip(ledger, x, "no whole answer: "+x.Fault)
	case x.Status == 101:
		d.skip(ledger, x, Upgraded)
	case d.plans == 0:
		d.rule(ledger, x)
	case !d.judge.take(filed{exchange: *x, docket: d, ledger: ledger}):
		d.skip(ledger, x, Overload)
	}
}

func (d *Docket) skip(ledger *cover.Ledger, x *edge.Exchange, why string) {
	d.said(x, ledger.Skip(why))
}

// rule judges an exchange.
func (d *Docket) rule(ledger *cover.Ledger, x *edge.Exchange) {
	seen, why := seenOf(x)
	if why != "" {
		d.skip(ledger, x, why)
		return
	}
	d.said(x, ledger.Judge(seen))
}
