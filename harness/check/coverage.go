package check

import (
	"slices"

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
		if loaded.Calls() > 0 {
			c := report.NewCoverage(e.Name.String(), string(edge.Load), &loaded)
			c.FromRates(r.breaches(e.Name.String()))
			c.Contracts = len(e.Contracts())
			r.cover(&c)
		}
	}
	if demanded := r.Spec.Coverage; !r.Skip["drive"] {
		for _, f := range report.TooLow(r.doc.Coverage, demanded.Calls, demanded.Interactions) {
			f.Line = demanded.Pos.Line
			r.doc.Findings = append(r.doc.Findings, f)
		}
	}
}

func (r *run) cover(c *report.Coverage) {
	r.doc.Coverage = append(r.doc.Coverage, *c)
	r.doc.Findings = append(r.doc.Findings, c.Findings()...)
}
