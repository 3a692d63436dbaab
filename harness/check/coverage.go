package check

import (
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/report"
)

// judgeCoverage reports how the calls of the drive, and those under load, kept
// to the contracts of their edges.
func (r *run) judgeCoverage() {
	declared := r.Spec.Edges()
	for _, e := range r.harness.Edges() {
		if !e.Judged() {
			continue
		}
		driven, loaded := e.Coverage(), e.CoverageUnderLoad()
		if driven.Calls() > 0 || len(e.Contracts()) > 0 && !r.Skip["drive"] && slices.Contains(declared, e.Name) {
			c := report.NewCoverage(e.Name.String(), string(edge.Drive), &driven)
			c.Contracts = len(e.Contracts())
			r.cover(&c)
		}
		if loaded.Calls() > 0 && !r.judgedByLoad(e.Name.String()) {
			c := report.NewCoverage(e.Name.String(), string(edge.Load), &loaded)
			c.FromRates(r.breaches(e.Name.String()))
			r.toldAlready(&c)
			c.Contracts = len(e.Contracts())
			r.cover(&c)
		}
	}
	r.judgeKept()
	if demanded := r.Spec.Coverage; !r.Skip["drive"] {
		for _, f := range report.TooLow(r.doc.Coverage, demanded.Calls, demanded.Interactions) {
			f.Line = demanded.Pos.Line
			r.doc.Findings = append(r.doc.Findings, f)
		}
	}
}

// judgedByLoad reports whether all load on an edge came from pacts: then the
// answers are tallied already, by whoever asked.
func (r *run) judgedByLoad(edge string) bool {
	return len(r.loadings) > 0 && !slices.ContainsFunc(r.loadings, func(l *loading) bool { return l.through != edge })
}

// judgeKept reports how the answers to loads that come from pacts kept to these.
func (r *run) judgeKept() {
	for _, k := range r.kept {
		c := k.report()
		r.cover(&c)
	}
}

func (r *run) cover(c *report.Coverage) {
	r.doc.Coverage = append(r.doc.Coverage, *c)
	r.doc.Findings = append(r.doc.Findings, c.Findings()...)
}

// toldAlready leaves out the violations that a load which comes from pacts
// tells of: its own judgement knows which interaction each request was of, and
// missed no answer.
func (r *run) toldAlready(c *report.Coverage) {
	_, provider, _ := strings.Cut(c.Edge, "->")
	for _, k := range r.kept {
		if !strings.HasSuffix(k.Edge, "->"+provider) {
			continue
		}
		c.Violations = slices.DeleteFunc(c.Violations, func(v report.Violation) bool {
			return slices.ContainsFunc(k.Coverage.Violations, func(told cover.Violation) bool {
				return told.Description == v.Interaction && slices.Equal(told.States, v.States)
			})
		})
	}
}
