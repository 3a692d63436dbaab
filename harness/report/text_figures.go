package report

import (
	"fmt"
	"strings"
)

// mostListed bounds what is listed of one edge's coverage; the document has all.
const mostListed = 10

func (p *printer) coverage(doc *Document) {
	if len(doc.Coverage) == 0 {
		return
	}
	p.printf("\ncoverage              calls   conform   violate  uncovered  unjudged  interactions shown\n")
	for i := range doc.Coverage {
		c := &doc.Coverage[i]
		edge := oneLine(c.Edge)
		switch {
		case c.Phase == "load" && i > 0 && doc.Coverage[i-1].Edge == c.Edge:
			edge = "  under load"
		case c.Phase == "load":
			edge += ", load"
		}
		shown := fmt.Sprintf("%d of %d", c.Shown, c.Interactions)
		if c.Contracts == 0 {
			shown = "no contract"
		}
		if c.Phase == "load" {
			shown = ""
		}
		row := fmt.Sprintf("  %-18s %6d  %8d  %8d  %9d  %8d  %s", edge, c.Calls(), c.Conforming, c.Violating, c.Uncovered, c.Unjudged, shown)
		p.printf("%s\n", strings.TrimRight(row, " "))
	}
	for i := range doc.Coverage {
		c := &doc.Coverage[i]
		if c.Phase != "load" {
			p.gaps(c)
			continue
		}
		if len(c.WhyUnjudged) > 0 {
			p.printf("\n  %s under load\n", oneLine(c.Edge))
		}
		for why, n := range sorted(c.WhyUnjudged) {
			p.text(fmt.Sprintf("%d not judged: %s", n, why))
		}
	}
}

// gaps lists what no contract describes and what no call showed.
func (p *printer) gaps(c *Coverage) {
	var lines []string
	for _, call := range c.Undescribed {
		line := fmt.Sprintf("no contract describes %s %s", call.Method, call.Route)
		if call.Status > 0 {
			line = fmt.Sprintf("no contract describes status %d of %s %s", call.Status, call.Method, call.Route)
		}
		line += fmt.Sprintf(" (%s%s)", plural(call.Count, "call"), suchAs(call.TraceID))
		if call.Nearest != "" && len(call.Mismatches) > 0 {
			line += fmt.Sprintf("; nearest %q: %s", call.Nearest, mismatchText(call.Mismatches[0]))
		}
		lines = append(lines, line)
	}
	for _, name := range c.NeverShown {
		lines = append(lines, "never shown: "+name)
	}
	for _, f := range c.Fields {
		lines = append(lines, "never shown of "+f.Interaction+": "+strings.Join(f.Fields, ", "))
	}
	for why, n := range sorted(c.WhyUnjudged) {
		lines = append(lines, fmt.Sprintf("%d not judged: %s", n, why))
	}
	if len(lines) == 0 {
		return
	}
	p.printf("\n  %s\n", oneLine(c.Edge))
	for _, line := range lines[:min(len(lines), mostListed)] {
		p.text(line)
	}
	if more := len(lines) - mostListed; more > 0 {
		p.text(fmt.Sprintf("... and %d more; -o json has all", more))
	}
}

func suchAs(id string) string {
	if id == "" {
		return ""
	}
	return ", such as trace " + id
}

func (p *printer) loads(doc *Document) {
	for i := range doc.Load {
		l := &doc.Load[i]
		p.printf("\nload %s\n", oneLine(l.Scenario))
		for _, kind := range []struct {
			name    string
			figures map[string]float64
		}{{"latency", l.Latency}, {"service", l.Service}} {
			if len(kind.figures) > 0 {
				p.printf("     %s     %s\n", kind.name, percentiles(kind.figures))
			}
		}
		p.schedule(l)
		if l.Messages > 0 {
			p.printf("     messages    %d in the answers\n", l.Messages)
		}
		p.flows(l)
		for _, o := range l.Objectives {
			p.printf("     %s        %s: %s\n", p.mark(o.Result), oneLine(o.Text), oneLine(o.Measured))
			if o.Warning != "" {
				p.printf("     %s     %s\n", p.paint(yellow, "warning"), oneLine(o.Warning))
			}
		}
		for class, n := range sorted(l.ErrorsByClass) {
			p.printf("     error       %s: %d\n", oneLine(class), n)
		}
		p.loadEdges(l)
		p.worst(l, doc)
	}
}

// loadEdges says where in the system the time went.
func (p *printer) loadEdges(l *Load) {
	for _, e := range l.Edges {
		calls := plural(e.Requests, "call")
		if e.Errors > 0 {
			calls += ", " + plural(e.Errors, "error")
		}
		p.printf("     edge        %-24s %s, p50 %s (%.0f%%), p90 %s, p99 %s (%.0f%%), max %s\n", oneLine(e.Edge), calls,
			millis(e.P50), 100*e.ShareP50, millis(e.P90), millis(e.P99), 100*e.ShareP99, millis(e.Max))
	}
	if l.Attributed > 0 && l.Attributed < l.Requests {
		p.printf("     note        the shares rest on the %d requests that the entry saw to their end\n", l.Attributed)
	}
}

// worst names the slowest and the failed requests, and draws the trace of the
// first of each that is there.
func (p *printer) worst(l *Load, doc *Document) {
	for _, kind := range []struct {
		name  string
		shots []Shot
	}{{"slowest", l.Worst}, {"failed", l.Failed}} {
		for _, s := range kind.shots[:min(len(kind.shots), mostWorth)] {
			p.printf("     %-11s %s\n", kind.name, s.text())
		}
		for _, s := range kind.shots[:min(len(kind.shots), mostWorth)] {
			drawing := doc.drawing(s.TraceID)
			if drawing == "" {
				continue
			}
			if !p.drawn[s.TraceID] {
				p.printf("\n")
				p.cut(drawing)
				p.printf("\n")
				p.drawn[s.TraceID] = true
			}
			break
		}
	}
	if len(l.Worst) == 0 && len(l.Slowest) > 0 {
		p.printf("     slowest     %s\n", strings.Join(l.Slowest[:min(3, len(l.Slowest))], " "))
	}
}

// text tells of a request in a line.
func (s *Shot) text() string {
	var parts []string
	parts = append(parts, millis(s.Latency))
	if late := s.Latency - s.Service; late >= 1 {
		parts = append(parts, fmt.Sprintf("of which it waited %s to be sent", millis(late)))
	}
	if s.Status > 0 {
		parts = append(parts, fmt.Sprintf("answered %d", s.Status))
	}
	if s.Class != "" {
		parts = append(parts, "failed: "+oneLine(s.Class))
	}
	if s.Note != "" {
		parts = append(parts, fmt.Sprintf("said %q", oneLine(s.Note)))
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(", due at %.1f s", s.DueS) + traceNote(s.TraceID)
}

// schedule says how well a load run kept its schedule.
func (p *printer) schedule(l *Load) {
	if l.IntendedRate == 0 && l.Certificate != nil {
		p.printf("     schedule    %.1f/s, as fast as answers came\n", l.AchievedRate)
	} else {
		p.printf("     schedule    %.1f/s of %.1f/s intended; late p50 %.0f µs, p99 %.0f µs, max %.0f µs\n",
			l.AchievedRate, l.IntendedRate, l.ScheduleError["p50"], l.ScheduleError["p99"], l.ScheduleError["max"])
	}
	c := l.Certificate
	if c == nil {
		return
	}
	p.printf("     certificate arrivals %.3f and gaps %.3f off, %d waited, %.2f of a processor used, %.1f%% stolen\n",
		c.Arrivals, c.Gaps, c.Waited, c.Busy, 100*c.Steal)
	for _, note := range c.Notes {
		p.printf("     note        %s\n", oneLine(note))
	}
}

func percentiles(ms map[string]float64) string {
	var parts []string
	for _, rank := range []string{"p50", "p90", "p99", "p999", "max"} {
		if v, ok := ms[rank]; ok {
			parts = append(parts, rank+" "+millis(v))
		}
	}
	return strings.Join(parts, ", ")
}
