package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/seamtest/seam/harness/terminal"
)

// Text renders plain text, as TextIn does in the zero style.
func Text(w io.Writer, doc *Document) error { return TextIn(w, doc, Style{}) }

// TextIn renders for a person: what is wrong first, each with what was
// expected and what was seen, its trace, and what to do next; then a line for
// each part of the run, and its figures.
func TextIn(w io.Writer, doc *Document, style Style) error {
	p := &printer{Style: style, drawn: map[string]bool{}}
	p.head(doc)
	p.failures(doc)
	p.printf("\n")
	for _, part := range doc.Summary() {
		p.part(part)
	}
	p.remarks(doc)
	p.coverage(doc)
	p.loads(doc)
	_, err := io.WriteString(w, terminal.Inert(p.String()))
	return err
}

// part prints a line of the summary; where it is broken, what goes on stands
// below its beginning.
func (p *printer) part(part Part) {
	const column = 22
	for i, line := range p.broken(oneLine(part.Detail), column) {
		if i == 0 {
			p.printf("  %s  %-13s %s\n", p.mark(part.Result), part.Name, line)
		} else {
			p.printf("%*s%s\n", column, "", line)
		}
	}
}

func (p *printer) head(doc *Document) {
	name := "seam " + doc.Verb
	if doc.System != "" {
		name += " " + doc.System
	}
	colour := red
	if doc.Verdict == Passed {
		colour = green
	}
	p.printf("%s: %s in %.1f s", oneLine(name), p.paint(colour, strings.ToUpper(string(doc.Verdict))), doc.Duration)
	failed, warnings := 0, 0
	for _, c := range doc.Cases() {
		if c.Result == CaseFailed {
			failed++
		}
		if c.Warning {
			warnings++
		}
	}
	if failed > 0 {
		p.printf(", %s", plural(failed, "failure"))
	}
	if warnings > 0 {
		p.printf(", %s", plural(warnings, "warning"))
	}
	p.printf("\n")
}

// failures prints what failed, then what is pending, then the warnings.
func (p *printer) failures(doc *Document) {
	cases := doc.Cases()
	for i := range cases {
		if cases[i].Result == CaseFailed {
			p.failure(&cases[i], p.mark(CaseFailed))
		}
	}
	for i := range cases {
		if cases[i].Result == CasePending {
			p.failure(&cases[i], p.mark(CasePending))
		}
	}
	for i := range cases {
		if cases[i].Warning {
			p.printf("\n%s: %s%s\n", p.paint(yellow, "warning"), oneLine(cases[i].Title), traceNote(cases[i].TraceID))
			p.text(cases[i].Message)
		}
	}
}

func (p *printer) failure(c *Case, mark string) {
	p.printf("\n%s %s%s\n", mark, p.paint(bold, oneLine(c.Title)), traceNote(c.TraceID))
	p.body(c)
	switch {
	case c.File != "" && c.Line > 0:
		p.colored(dim, fmt.Sprintf("in %s:%d", p.path(c.File), c.Line))
	case c.File != "" && len(c.Mismatches) > 0:
		p.colored(dim, "in "+p.path(c.File))
	}
	if c.Drawing != "" && !p.drawn[c.TraceID] {
		p.printf("\n")
		p.cut(c.Drawing)
		p.drawn[c.TraceID] = true
	}
	if c.Next != "" && c.Result == CaseFailed {
		p.text("next: " + c.Next)
	}
}

// mostMismatches bounds what is printed of one case.
const mostMismatches = 20

// body prints what happened, and how what was seen differs.
func (p *printer) body(c *Case) {
	if c.Message != "" {
		p.text(c.Message)
	}
	groups := grouped(c.Mismatches)
	for _, group := range groups[:min(len(groups), mostMismatches)] {
		p.mismatch(group.Mismatch)
		if len(group.Also) > 0 {
			p.text("  " + group.also())
		}
	}
	if more := len(groups) - mostMismatches; more > 0 {
		p.text(fmt.Sprintf("... and %s; -o json has all", plural(more, "more difference")))
	}
	for _, note := range c.Notes {
		p.text("note: " + note)
	}
	for _, remark := range c.Remarks {
		p.text(remark)
	}
}

func (p *printer) mismatch(m Mismatch) {
	p.text(mismatchText(m))
	for _, line := range diff(m) {
		colour := map[byte]string{'-': red, '+': green, ' ': dim}[line.Sign]
		p.colored(colour, "  "+string(line.Sign)+" "+line.Text)
	}
}

func mismatchText(m Mismatch) string {
	place := m.Part
	if at := m.Place(); at != "" {
		place += " " + at
	}
	text := fmt.Sprintf("%s: %s", place, m.Message)
	if m.Rule != "" {
		text += fmt.Sprintf(" [rule %s]", m.Rule)
	}
	return text
}

// remarks prints what pacts say for people about interactions that are not
// told of already. Runs that do more than verify leave it out.
func (p *printer) remarks(doc *Document) {
	if doc.Verb != "verify" {
		return
	}
	for _, c := range doc.Contracts {
		for _, i := range c.Interactions {
			all := i.remarks()
			if len(all) == 0 || i.Result == CaseFailed || i.Result == CasePending {
				continue
			}
			p.printf("\n%s contract %s->%s: %s\n", p.mark(i.Result), oneLine(c.Consumer), oneLine(c.Provider), oneLine(i.Description+given(i.States)))
			for _, remark := range all {
				p.text(remark)
			}
		}
	}
}

func given(states []string) string {
	if len(states) == 0 {
		return ""
	}
	return ", given " + strings.Join(states, " and ")
}

func edgeNote(edge string) string {
	if edge == "" {
		return ""
	}
	return " on " + edge
}

func traceNote(id string) string {
	if id == "" {
		return ""
	}
	return " (trace " + oneLine(id) + ")"
}
