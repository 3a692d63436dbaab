package report

import "fmt"

// flows tells of what cut a load short and what was made to go wrong in it,
// and is the table of its flows and their steps.
func (p *printer) flows(l *Load) {
	if l.Aborted != "" {
		p.printf("     ended early %s\n", oneLine(l.Aborted))
	}
	for _, f := range l.Faults {
		p.printf("     fault       %s\n", oneLine(f.String()))
	}
	for _, f := range l.Flows {
		p.printf("     flow        %s: %d begun, %d completed, %d failed, %d unfinished\n", oneLine(f.Flow), f.Begun, f.Completed, f.Failed, f.Unfinished)
		for i := range l.Steps {
			if s := &l.Steps[i]; s.Flow == f.Flow {
				p.step(s)
			}
		}
	}
}

func (p *printer) step(s *LoadStep) {
	p.printf("       step      %-24s %s, %s, p50 %s, p99 %s\n", oneLine(s.Step), plural(int(s.Requests), "request"), plural(int(s.Errors), "error"),
		millis(s.Latency["p50"]), millis(s.Latency["p99"]))
	for name, n := range sorted(s.Failed) {
		p.printf("         failed  %s: %d\n", oneLine(name), n)
	}
	for _, o := range s.Objectives {
		p.printf("         %s    %s\n", p.mark(o.Result), oneLine(fmt.Sprintf("%s: %s", o.Text, o.Measured)))
		if o.Warning != "" {
			p.printf("         %s %s\n", p.paint(yellow, "warning"), oneLine(o.Warning))
		}
	}
}
