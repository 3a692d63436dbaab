package system

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Outline draws what was understood: the services, who calls whom, and what a
// test would do. It ends with a line break.
func (s *Spec) Outline() string {
	var b strings.Builder
	b.WriteString("services\n")
	width := 0
	for i := range s.Services {
		width = max(width, len(s.Services[i].Name))
	}
	for i := range s.Services {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, s.Services[i].Name, s.Services[i].outline(filepath.Dir(s.File)))
	}
	b.WriteString("\ncalls\n")
	s.drawCalls(&b)
	b.WriteString("\nseam test\n")
	for _, phase := range s.phases() {
		fmt.Fprintf(&b, "  %-7s %s\n", phase[0], phase[1])
	}
	return b.String()
}

// outline says in a line how a service comes to life.
func (s *Service) outline(root string) string {
	var parts []string
	switch {
	case s.Stub != nil:
		parts = append(parts, "stub of "+shown(strings.Join(s.Stub.Pacts, ", "), root))
	case s.URL != "":
		parts = append(parts, "runs already at "+s.URL)
	default:
		parts = append(parts, "run "+brief(strings.Join(s.Run, " ")))
	}
	if s.Build != nil {
		parts = append(parts, "built first")
	}
	if s.Dir != root && s.Stub == nil && s.URL == "" {
		parts = append(parts, "in "+shown(s.Dir, root))
	}
	if s.Port != 0 {
		parts = append(parts, fmt.Sprintf("port %d", s.Port))
	}
	if s.Stub == nil {
		parts = append(parts, "ready when "+s.Ready.outline()+" within "+short(s.Ready.Within.String()))
	}
	if len(s.After) > 0 {
		parts = append(parts, "after "+strings.Join(s.After, " and "))
	}
	return strings.Join(parts, ", ")
}

func (r Ready) outline() string {
	switch {
	case r.HTTP != "":
		return r.HTTP + " answers"
	case r.Log != "":
		return "it writes " + brief(r.Log)
	default:
		return "it takes a connection"
	}
}

// shown is text with paths that are relative to root again.
func shown(text, root string) string {
	return brief(strings.ReplaceAll(text, root+string(filepath.Separator), ""))
}

// brief is text in one line of bounded length that a terminal can show.
func brief(text string) string { return clean(strings.Join(strings.Fields(text), " ")) }

// short is a duration without units that count nothing: 1m and not 1m0s.
func short(duration string) string {
	if strings.HasSuffix(duration, "m0s") {
		duration = strings.TrimSuffix(duration, "0s")
	}
	if strings.HasSuffix(duration, "h0m") {
		duration = strings.TrimSuffix(duration, "0m")
	}
	return duration
}

// drawCalls draws the calls as trees, from the entry first and then from each
// service that no tree has reached. What a service calls is drawn once.
func (s *Spec) drawCalls(b *strings.Builder) {
	tree := &callTree{spec: s, services: map[string]*Service{}, drawn: map[string]bool{}}
	called := map[string]bool{}
	for i := range s.Services {
		tree.services[s.Services[i].Name] = &s.Services[i]
		for _, c := range s.Services[i].Calls {
			called[c.Provider] = true
		}
	}
	if s.Entry.Service != "" {
		b.WriteString("  entry\n")
		tree.branch(b, "  ", []Call{{Provider: s.Entry.Service, Listen: s.Entry.Listen}})
	}
	for pass := range 2 { // first those that nobody calls, then rings that no entry leads into
		for i := range s.Services {
			if name := s.Services[i].Name; !tree.drawn[name] && (pass == 1 || !called[name]) {
				tree.drawn[name] = true
				fmt.Fprintf(b, "  %s\n", name)
				tree.branch(b, "  ", s.Services[i].Calls)
			}
		}
	}
}

type callTree struct {
	spec     *Spec
	services map[string]*Service
	drawn    map[string]bool
}

// mostDrawn bounds how deep a chain of calls is drawn.
const mostDrawn = 100

func (t *callTree) branch(b *strings.Builder, indent string, calls []Call) {
	for i, c := range calls {
		mark, below := "├─ ", "│  "
		if i == len(calls)-1 {
			mark, below = "└─ ", "   "
		}
		b.WriteString(indent + mark + c.Provider)
		if c.Protocol == "tcp" {
			b.WriteString(" (tcp)")
		}
		if !strings.HasSuffix(c.Listen, ":0") {
			b.WriteString(" at " + c.Listen)
		}
		next := t.services[c.Provider]
		again := next != nil && t.drawn[c.Provider] && len(next.Calls) > 0
		if again || len(indent) > 3*mostDrawn {
			b.WriteString(" ...")
		}
		b.WriteByte('\n')
		if next != nil && !again && len(indent) <= 3*mostDrawn {
			t.drawn[c.Provider] = true
			t.branch(b, indent+below, next.Calls)
		}
	}
}

// phases are what a test does in its order, each with its name.
func (s *Spec) phases() [][2]string {
	phases := [][2]string{{"ready", count(len(s.Services), "service")}}
	add := func(name, what string) {
		if what != "" {
			phases = append(phases, [2]string{name, what})
		}
	}
	requests, commands := 0, 0
	for _, step := range s.Drive {
		if step.Request != nil {
			requests += step.Times
		} else {
			commands += step.Times
		}
	}
	add("drive", listOf(count(len(s.Drive), "step"), count(requests, "request"), count(commands, "command")))
	for _, c := range s.Contracts {
		what := shown(strings.Join(c.Pacts, ", "), filepath.Dir(s.File))
		if c.Provider != "" {
			what += " of " + c.Provider
		}
		if c.Downstream == "stub" {
			what += ", the provider's own calls stubbed"
		}
		add("verify", what)
	}
	objectives := 0
	for i := range s.Load {
		l := &s.Load[i]
		what := l.Plan()
		if l.Name != what {
			what = brief(l.Name) + ": " + what
		}
		add("load", listOf(what, count(len(l.Requests), "request"), count(len(l.Flows), "flow"), l.Call.outline(), l.Pacts.outline()))
		objectives += len(l.Objectives)
	}
	expressions := 0
	for _, e := range s.Expect {
		expressions += len(e.That)
	}
	add("judge", listOf(count(len(s.Expect), "expectation"), count(expressions, "expression"), count(objectives, "objective"), s.Coverage.outline()))
	for _, p := range s.Publish {
		add("publish", p.OTLP+" ("+listOf(p.Protocol, p.outline())+")")
	}
	return phases
}

func (c *LoadCall) outline() string {
	if c == nil {
		return ""
	}
	return "calls of " + brief(c.Method)
}

func (p *LoadPacts) outline() string {
	switch {
	case p == nil:
		return ""
	case p.Provider == "":
		return "the interactions of its pacts"
	}
	return "the interactions with " + brief(p.Provider)
}

func (p *Publish) outline() string {
	switch {
	case !p.Metrics():
		return ""
	case p.Traces():
		return "traces and metrics of loads"
	}
	return "metrics of loads"
}

func (c Coverage) outline() string {
	var parts []string
	if c.Calls > 0 {
		parts = append(parts, fmt.Sprintf("%g%% of the calls", 100*c.Calls))
	}
	if c.Interactions > 0 {
		parts = append(parts, fmt.Sprintf("%g%% of the interactions", 100*c.Interactions))
	}
	if parts == nil {
		return ""
	}
	return "coverage of " + strings.Join(parts, " and ")
}

// count is such as "1 step" or "2 steps", "" for none.
func count(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + what
	default:
		return fmt.Sprintf("%d %ss", n, what)
	}
}

// listOf joins the parts that are not empty.
func listOf(parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ", ")
}
