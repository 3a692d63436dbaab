package report

import (
	"iter"
	"maps"
	"slices"
)

// sorted walks a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// A Case is one judged thing, flattened for the formats that list cases.
type Case struct {
	Suite   string // "contracts gateway->orders", "expectations", ...
	Name    string
	Edge    string
	Result  Result
	Seconds float64
	TraceID string
	Detail  string // what was wrong, over several lines
}

// Cases flattens the document in the order of its parts.
func (d *Document) Cases() []Case {
	var all []Case
	for _, s := range d.Drive {
		all = append(all, Case{Suite: "drive", Name: s.Name, Result: s.Result, Seconds: s.TookS, TraceID: s.TraceID, Detail: s.Message})
	}
	for _, c := range d.Contracts {
		edge := c.Consumer + "->" + c.Provider
		for _, i := range c.Interactions {
			all = append(all, Case{
				Suite: "contracts " + edge, Name: i.Description + given(i.States), Edge: edge, Result: i.Result,
				Seconds: i.TookS, TraceID: i.TraceID, Detail: interactionDetail(i),
			})
		}
	}
	for _, e := range d.Expectations {
		detail := e.Message
		if e.Drawing != "" {
			detail += "\n" + e.Drawing
		}
		all = append(all, Case{Suite: "expectations", Name: e.Name, Edge: e.Edge, Result: e.Result, TraceID: e.TraceID, Detail: detail})
	}
	for i := range d.Load {
		all = append(all, loadCases(&d.Load[i])...)
	}
	for _, f := range d.Findings {
		c := Case{Suite: "findings", Name: f.Kind + edgeNote(f.Edge), Edge: f.Edge, Result: CaseFailed, Detail: f.Message}
		if f.Warning {
			c.Result = CasePassed
		}
		if len(f.Evidence) > 0 {
			c.TraceID = f.Evidence[0]
		}
		all = append(all, c)
	}
	return all
}

func interactionDetail(i Interaction) string {
	detail := i.Error
	for _, m := range i.Mismatches {
		if detail != "" {
			detail += "\n"
		}
		detail += mismatchText(m)
	}
	return detail
}

func loadCases(l *Load) []Case {
	suite := "load " + l.Scenario
	valid := Case{Suite: suite, Name: "the figures can be trusted", Result: CasePassed, Seconds: l.DurationS}
	if !l.Valid {
		valid.Result, valid.Detail = CaseFailed, l.WhyInvalid
	}
	all := []Case{valid}
	for _, o := range l.Objectives {
		all = append(all, Case{Suite: suite, Name: o.Text, Result: o.Result, Detail: "measured " + o.Measured})
	}
	return all
}
