package expect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"

	"github.com/seamtest/seam/harness/trace"
)

// A Failure is an expectation that did not hold on a trace, or that found no
// trace to hold on.
type Failure struct {
	Name    string // of the expectation
	Text    string // of the expression; "" where no trace was found
	Edge    string // to blame, "consumer->provider"; "" where nobody can tell
	Message string // what was measured, and what was wanted
	Trace   trace.ID
	Seen    *trace.Trace            // to draw; nil where no trace was found
	Marks   map[trace.SpanID]string // what to say of the spans that it is about
}

// Mark is what to say of a span; it fits trace.DrawConfig.
func (f *Failure) Mark(s *trace.Span) string { return f.Marks[s.ID] }

// mostDrawn is how many spans of a trace a failure shows: those that it is
// about and what is above them, then from the top.
const mostDrawn = 60

// Drawing is the trace as a tree of text; "" where there is none.
func (f *Failure) Drawing(width int) string {
	if f.Seen == nil {
		return ""
	}
	var b strings.Builder
	_ = trace.Draw(&b, f.Seen, trace.DrawConfig{Width: width, Rows: mostDrawn, Mark: f.Mark}) // a Builder takes all
	return b.String()
}

// An Expectation is what every trace of a kind must fulfil.
type Expectation struct {
	Name   string
	Trace  string // picks by the exchange from outside: see Match; "" is "*"
	That   []*Check
	Phases []string // whose exchanges from outside count; nil: drive and live
	Edges  []string // those of the system, "consumer->provider": to name one that saw no call
}

// A Verdict is how an expectation fared.
type Verdict struct {
	Judged   int       // exchanges from outside that it was held against
	Failures []Failure // at most one for each of these and each check
}

// Judge holds the expectation against each exchange from outside that it
// picks. To find none is a failure that lists what was seen instead.
func (e *Expectation) Judge(traces []*trace.Trace) Verdict {
	var v Verdict
	phases := e.phases()
	picks := parseSubject(cmp.Or(e.Trace, "*"))
	for _, t := range traces {
		for _, entry := range entries(picks, t) {
			if !slices.Contains(phases, entry.Phase()) {
				continue
			}
			v.Judged++
			s := newScope(t, entry)
			for _, check := range e.That {
				if f, broken := check.judge(s, e.Edges); broken {
					f.Name = e.Name
					v.Failures = append(v.Failures, f)
				}
			}
		}
	}
	if v.Judged == 0 {
		v.Failures = []Failure{{Name: e.Name, Message: e.nothing(traces)}}
	}
	return v
}

func (e *Expectation) phases() []string {
	if e.Phases == nil {
		return []string{"drive", "live"}
	}
	return e.Phases
}

// nothing says that no trace was found, and what there was.
func (e *Expectation) nothing(traces []*trace.Trace) string {
	seen := map[string]int{}
	for _, t := range traces {
		for _, entry := range t.Entries() {
			if slices.Contains(e.phases(), entry.Phase()) {
				seen[routeOf(entry)]++
			}
		}
	}
	message := fmt.Sprintf("no trace matched %q; ", cmp.Or(e.Trace, "*"))
	if len(seen) == 0 {
		return message + "nothing came from outside in " + strings.Join(e.phases(), " or ")
	}
	var routes []string
	for route, n := range seen {
		routes = append(routes, fmt.Sprintf("%s (%d)", route, n))
	}
	slices.Sort(routes)
	const most = 20
	if len(routes) > most {
		routes = append(routes[:most], "...")
	}
	return message + "seen: " + strings.Join(routes, ", ")
}

// judge tells of the first clause that does not hold.
func (c *Check) judge(s *scope, declared []string) (Failure, bool) {
	for _, cl := range c.clauses {
		f := Failure{Text: c.text, Trace: s.trace.ID, Seen: s.trace}
		holds, err := expr.Run(cl.program, s.words())
		switch {
		case err != nil:
			f.Message = fmt.Sprintf("%s cannot be judged: %s", cl.text, firstLine(err.Error()))
		case holds == true:
			continue
		default:
			f.Message = cl.message(s)
		}
		b := blamed(cl, s, declared)
		f.Edge, f.Marks = b.edge, b.marks
		return f, true
	}
	return Failure{}, false
}

// message says what was measured and what was wanted.
func (cl *clause) message(s *scope) string {
	hint := s.hint(cl)
	if cl.left == nil || len(cl.left.calls) == 0 {
		return cl.text + " does not hold" + cl.details(s) + hint
	}
	wanted := show(cl.right.measure(s))
	if len(cl.right.calls) > 0 {
		wanted = fmt.Sprintf("%s (%s)", cl.right.text, wanted)
	}
	return fmt.Sprintf("%s is %s, wanted %s%s%s", cl.left.text, show(cl.left.measure(s)), phrases[cl.op], wanted, hint)
}

var phrases = map[string]string{"==": "", "!=": "anything but ", "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least "}

// details lists what a clause that is no comparison was made from.
func (cl *clause) details(s *scope) string {
	var parts []string
	for _, c := range callsIn(cl.node) {
		if c.word == "order" {
			if d := s.disorder(c.args); d != nil {
				parts = append(parts, d.why)
			}
			continue
		}
		text := c.String()
		part := fmt.Sprintf("%s is %s", text, show(newMeasure(text).measure(s)))
		if !slices.Contains(parts, part) && part != cl.text+" is false" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// String is the call as the user would write it.
func (c call) String() string {
	if len(c.args) == 0 {
		return c.word
	}
	var quoted []string
	for _, arg := range c.args {
		quoted = append(quoted, fmt.Sprintf("%q", arg))
	}
	return c.word + "(" + strings.Join(quoted, ", ") + ")"
}

// hint names what the trace reached where a clause speaks of what it did not.
func (s *scope) hint(cl *clause) string {
	for _, c := range callsIn(cl.node) {
		if c.word != "attr" && len(c.args) > 0 && len(s.of(c.args[:1])) == 0 {
			return "; the trace reached " + cmp.Or(strings.Join(s.services(), ", "), "nobody")
		}
	}
	return ""
}

func newMeasure(text string) *side {
	src, wrong := rewrite(text)
	if wrong != nil {
		return &side{text: text}
	}
	program, _ := build(src.text)
	return &side{text: text, program: program}
}

// measure is the side's value; nil where it has none.
func (d *side) measure(s *scope) any {
	if d.program == nil {
		return nil
	}
	value, err := expr.Run(d.program, s.words())
	if err != nil {
		return nil
	}
	return value
}

func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "absent"
	case time.Duration:
		return short(v)
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// short writes a duration with three digits: 1.23s, 45.6ms.
func short(d time.Duration) string {
	step := time.Duration(1)
	for d/step >= 1000 || d/step <= -1000 {
		step *= 10
	}
	return d.Round(step).String()
}
