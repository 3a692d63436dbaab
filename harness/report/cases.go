package report

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
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
	Title   string // what it is, to stand after its result: "contract gateway->orders: an order"
	Name    string // within its suite
	Edge    string
	Result  Result
	Warning bool // reported, but fails nothing
	Invalid bool // not a failure of the system: the figures cannot be trusted
	Seconds float64
	TraceID string

	Message    string // what happened, over several lines
	Mismatches []Mismatch
	Notes      []string // what may explain it
	Remarks    []string // what its author says about it
	Drawing    string   // the trace as a tree of text; "" where it is not known
	File       string   // where it is demanded; "" where nobody knows
	Line       int      // 0 where nobody knows
	Next       string   // what to do about it; "" where it is plain
}

// Cases flattens the document in the order of its parts.
func (d *Document) Cases() []Case {
	var all []Case
	for _, s := range d.Drive {
		all = append(all, Case{
			Suite: "drive", Title: "drive: " + s.Name, Name: s.Name, Result: s.Result, Seconds: s.TookS, TraceID: s.TraceID,
			Message: s.Message, Notes: notesOf(s.Faults), File: d.File, Line: s.Line, Next: nextOfDrive,
		})
	}
	for _, c := range d.Contracts {
		for _, i := range c.Interactions {
			all = append(all, d.interactionCase(c, i))
		}
	}
	for _, e := range d.Expectations {
		all = append(all, Case{
			Suite: "expectations", Title: "expectation: " + e.Name + edgeNote(e.Edge), Name: e.Name, Edge: e.Edge, Result: e.Result, TraceID: e.TraceID,
			Message: e.Message, Drawing: e.Drawing, File: d.File, Line: e.Line, Next: nextOfExpectation,
		})
	}
	for i := range d.Load {
		all = append(all, d.loadCases(&d.Load[i])...)
	}
	for _, f := range d.Findings {
		all = append(all, d.findingCase(f))
	}
	for i := range all {
		if all[i].Drawing == "" {
			all[i].Drawing = d.drawing(all[i].TraceID)
		}
	}
	return all
}

// drawing is that of a trace which the document shows.
func (d *Document) drawing(id string) string {
	for i := range d.Shown {
		if d.Shown[i].TraceID == id {
			return d.Shown[i].Drawing
		}
	}
	return ""
}

func (d *Document) interactionCase(c Contract, i Interaction) Case {
	edge := c.Consumer + "->" + c.Provider
	return Case{
		Suite: "contracts " + edge, Title: "contract " + edge + ": " + i.Description + given(i.States), Name: i.Description + given(i.States),
		Edge: edge, Result: i.Result, Seconds: i.TookS, TraceID: i.TraceID, Message: i.Error, Mismatches: i.Mismatches, Notes: i.Notes, Remarks: i.remarks(),
		File: c.Source, Line: i.Line, Next: nextOfInteraction(d, c, i),
	}
}

func (d *Document) findingCase(f Finding) Case {
	c := Case{
		Suite: "findings", Title: "finding: " + f.Kind + edgeNote(f.Edge), Name: f.Kind + edgeNote(f.Edge), Edge: f.Edge, Result: CaseFailed,
		Message: f.Message, Mismatches: f.Mismatches, File: cmp.Or(f.Source, d.File), Line: f.Line, Next: nextOfFinding[f.Kind],
	}
	if f.Warning {
		c.Result, c.Warning, c.Title = CasePassed, true, f.Kind+edgeNote(f.Edge)
	}
	if len(f.Evidence) > 0 {
		c.TraceID = f.Evidence[0]
	}
	return c
}

func (d *Document) loadCases(l *Load) []Case {
	suite := "load " + l.Scenario
	valid := Case{Suite: suite, Title: suite + ": the figures can be trusted", Name: "the figures can be trusted", Result: CasePassed, Seconds: l.DurationS}
	if !l.Valid {
		valid.Title, valid.Result, valid.Invalid = suite+": the figures cannot be trusted", CaseFailed, true
		valid.Message, valid.Next = l.WhyInvalid, nextOfInvalid
	}
	all := []Case{valid}
	for _, o := range l.Objectives {
		c := Case{
			Suite: suite, Title: "objective: " + o.Text + " in " + suite, Name: o.Text, Result: o.Result, Message: o.told(),
			File: d.File, Line: o.Line, Next: nextOfObjective,
		}
		latency := strings.HasPrefix(o.Text, "p") || strings.HasPrefix(o.Text, "max")
		if latency && len(l.Slowest) > 0 && o.Result == CaseFailed {
			c.TraceID = l.Slowest[0]
		}
		all = append(all, c)
	}
	return append(all, d.flowCases(l, suite)...)
}

// flowCases are the objectives of steps, and the one that ended a run early.
func (d *Document) flowCases(l *Load, suite string) (all []Case) {
	if l.Aborted != "" {
		all = append(all, Case{
			Suite: suite, Title: suite + " ended early", Name: "runs to its end", Result: CaseFailed, Message: l.Aborted, File: d.File, Next: nextOfObjective,
		})
	}
	for i := range l.Steps {
		s := &l.Steps[i]
		for _, o := range s.Objectives {
			all = append(all, Case{
				Suite: suite, Title: "objective: " + o.Text + " of " + s.Flow + "/" + s.Step + " in " + suite, Name: s.Flow + "/" + s.Step + ": " + o.Text,
				Result: o.Result, Message: o.told(), File: d.File, Line: o.Line, Next: nextOfObjective,
			})
		}
	}
	return all
}

// Detail is the message with the mismatches and notes, for formats of plain text.
func (c *Case) Detail() string {
	var p printer
	p.body(c)
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(p.String(), "\n"), "\n") {
		lines = append(lines, strings.TrimPrefix(line, margin))
	}
	return strings.Join(lines, "\n")
}
