package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Text renders for a terminal: no colours, no cursor codes, a line for each
// part, then what is wrong in full.
func Text(w io.Writer, doc *Document) error {
	var b bytes.Buffer
	name := "seam " + doc.Verb
	if doc.System != "" {
		name += " " + doc.System
	}
	fmt.Fprintf(&b, "%s: %s in %.1f s\n\n", name, strings.ToUpper(string(doc.Verdict)), doc.Duration)
	for _, p := range doc.Summary() {
		fmt.Fprintf(&b, "  %-4s  %-13s %s\n", mark(p.Result), p.Name, p.Detail)
	}
	textDrive(&b, doc)
	textContracts(&b, doc)
	textCoverage(&b, doc)
	textExpectations(&b, doc)
	textLoad(&b, doc)
	textFindings(&b, doc)
	_, err := w.Write(b.Bytes())
	return err
}

func mark(r Result) string {
	switch r {
	case CasePassed:
		return "ok"
	case CaseFailed:
		return "FAIL"
	default:
		return string(r[:4])
	}
}

func textDrive(b *bytes.Buffer, doc *Document) {
	for _, s := range doc.Drive {
		if s.Result == CaseFailed {
			fmt.Fprintf(b, "\nFAIL drive: %s%s\n%s\n", s.Name, traceNote(s.TraceID), indent(s.Message))
		}
	}
}

func textContracts(b *bytes.Buffer, doc *Document) {
	for _, c := range doc.Contracts {
		for _, i := range c.Interactions {
			if i.Result != CaseFailed && i.Result != CasePending {
				textRemarks(b, doc, i, fmt.Sprintf("\n%-4s contract %s->%s: %s\n", mark(i.Result), c.Consumer, c.Provider, i.Description))
				continue
			}
			fmt.Fprintf(b, "\n%s contract %s->%s: %s%s%s\n", mark(i.Result), c.Consumer, c.Provider, i.Description, given(i.States), traceNote(i.TraceID))
			textRemarks(b, doc, i, "")
			if i.Error != "" {
				fmt.Fprintln(b, indent(i.Error))
			}
			for _, m := range i.Mismatches {
				fmt.Fprintln(b, indent(mismatchText(m)))
			}
			for _, note := range i.Notes {
				fmt.Fprintln(b, indent("note: "+note))
			}
			fmt.Fprintf(b, "     in %s\n", c.Source)
		}
	}
}

// textRemarks prints what a pact says about an interaction for people, below
// a heading. Runs that do more than verify leave it out.
func textRemarks(b *bytes.Buffer, doc *Document, i Interaction, heading string) {
	if doc.Verb != "verify" || i.TestName == "" && len(i.Comments) == 0 {
		return
	}
	b.WriteString(heading)
	if i.TestName != "" {
		fmt.Fprintln(b, indent("test name: "+i.TestName))
	}
	for _, text := range i.Comments {
		fmt.Fprintln(b, indent("comment: "+text))
	}
}

func given(states []string) string {
	if len(states) == 0 {
		return ""
	}
	return ", given " + strings.Join(states, " and ")
}

func mismatchText(m Mismatch) string {
	place := m.Part
	if m.Pointer != "" {
		place += " " + m.Pointer
	}
	text := fmt.Sprintf("%s: %s", place, m.Message)
	if m.Rule != "" {
		text += fmt.Sprintf(" [rule %s]", m.Rule)
	}
	return text
}

func textCoverage(b *bytes.Buffer, doc *Document) {
	for _, c := range doc.Coverage {
		if c.Violating+c.Uncovered+c.Unjudged+len(c.NeverShown) == 0 {
			continue
		}
		fmt.Fprintf(b, "\ncoverage %s: %d conforming, %d violating, %d uncovered, %d unjudged; %d of %s shown\n",
			c.Edge, c.Conforming, c.Violating, c.Uncovered, c.Unjudged, c.Shown, plural(c.Interactions, "interaction"))
		for _, call := range c.Undescribed {
			fmt.Fprintf(b, "     no contract describes %s %s (%s, such as trace %s)\n", call.Method, call.Route, plural(call.Count, "call"), call.TraceID)
		}
		for _, name := range c.NeverShown {
			fmt.Fprintf(b, "     never shown: %s\n", name)
		}
	}
}

func textExpectations(b *bytes.Buffer, doc *Document) {
	for _, e := range doc.Expectations {
		if e.Result != CaseFailed {
			continue
		}
		fmt.Fprintf(b, "\nFAIL expectation: %s%s%s\n%s\n", e.Name, edgeNote(e.Edge), traceNote(e.TraceID), indent(e.Message))
		if e.Drawing != "" {
			fmt.Fprintln(b, indent(e.Drawing))
		}
	}
}

func textLoad(b *bytes.Buffer, doc *Document) {
	for i := range doc.Load {
		l := &doc.Load[i]
		fmt.Fprintf(b, "\nload %s\n", l.Scenario)
		fmt.Fprintf(b, "     latency     %s\n     service     %s\n", percentiles(l.Latency), percentiles(l.Service))
		fmt.Fprintf(b, "     schedule    %.1f/s of %.1f/s intended; late p50 %.0f µs, p99 %.0f µs, max %.0f µs\n",
			l.AchievedRate, l.IntendedRate, l.ScheduleError["p50"], l.ScheduleError["p99"], l.ScheduleError["max"])
		for _, o := range l.Objectives {
			fmt.Fprintf(b, "     %-4s        %s: %s\n", mark(o.Result), o.Text, o.Measured)
		}
		for class, n := range sorted(l.ErrorsByClass) {
			fmt.Fprintf(b, "     error       %s: %d\n", class, n)
		}
		for _, e := range l.Edges {
			fmt.Fprintf(b, "     edge        %-24s %s, p50 %s (%.0f%%), p99 %s (%.0f%%)\n", e.Edge, plural(e.Requests, "call"),
				millis(e.P50), 100*e.ShareP50, millis(e.P99), 100*e.ShareP99)
		}
		if len(l.Slowest) > 0 {
			fmt.Fprintf(b, "     slowest     %s\n", strings.Join(l.Slowest[:min(3, len(l.Slowest))], " "))
		}
	}
}

func percentiles(ms map[string]float64) string {
	var parts []string
	for _, p := range []string{"p50", "p90", "p99", "p999", "max"} {
		if v, ok := ms[p]; ok {
			parts = append(parts, p+" "+millis(v))
		}
	}
	return strings.Join(parts, ", ")
}

func textFindings(b *bytes.Buffer, doc *Document) {
	for _, f := range doc.Findings {
		kind := "FAIL finding"
		if f.Warning {
			kind = "warning"
		}
		first := ""
		if len(f.Evidence) > 0 {
			first = f.Evidence[0]
		}
		fmt.Fprintf(b, "\n%s: %s%s%s\n%s\n", kind, f.Kind, edgeNote(f.Edge), traceNote(first), indent(f.Message))
	}
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
	return " (trace " + id + ")"
}

// indent moves a detail below its line.
func indent(text string) string {
	const by = "     "
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by)
}
