package trace

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
)

// DrawConfig says how a trace is drawn; the zero value is useful.
type DrawConfig struct {
	Width int                // columns; 0: 100; at least 60
	Rows  int                // spans at most; 0: 200. Marked spans and those above them stay
	Mark  func(*Span) string // what to say below a span; "": nothing. Nil marks none

	Details bool // below each span all its attributes, events and links
}

const (
	durationWidth = 8 // "1234.5ms"
	deepest       = 12
)

// Draw writes the trace as a tree of plain text, one span to a line: who, what,
// how long, and a bar for when. Exchanges read "consumer->provider". What
// came from outside is cleaned of control characters. Nothing is coloured.
func Draw(w io.Writer, t *Trace, cfg DrawConfig) error {
	p := newPicture(t, cfg)
	_, err := io.WriteString(w, p.draw())
	return err
}

// A picture is a trace on its way to text.
type picture struct {
	t     *Trace
	cfg   DrawConfig
	rows  []*row // depth first
	skew  map[*Span]time.Duration
	start time.Time
	took  time.Duration
	label int // width of the first column
	wrong int // width of the column that says "error"; 0 without errors
	bar   int
}

type row struct {
	span  *Span
	above *row // nil for a root
	depth int
	last  bool // of its siblings
	keep  bool
	note  string
}

func newPicture(t *Trace, cfg DrawConfig) *picture {
	cfg.Width = max(cmp.Or(cfg.Width, 100), 60)
	cfg.Rows = max(cmp.Or(cfg.Rows, 200), 1)
	p := &picture{t: t, cfg: cfg, skew: t.Skew()}
	p.lay()
	p.choose()
	p.time()
	p.measure()
	return p
}

// lay lists the rows depth first, roots by start.
func (p *picture) lay() {
	var stack []*row
	push := func(spans []*Span, above *row) {
		depth := 0
		if above != nil {
			depth = above.depth + 1
		}
		for i := len(spans) - 1; i >= 0; i-- {
			stack = append(stack, &row{span: spans[i], above: above, depth: depth, last: i == len(spans)-1})
		}
	}
	push(p.t.Roots(), nil)
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		r.note = p.note(r)
		p.rows = append(p.rows, r)
		push(p.t.Children(r.span), r)
	}
}

// note is what is said below a span: the mark, the fault that was put in its
// way, its error, a lost parent.
func (p *picture) note(r *row) string {
	var notes []string
	if p.cfg.Mark != nil {
		if mark := p.cfg.Mark(r.span); mark != "" {
			notes = append(notes, mark)
		}
	}
	if fault := r.span.Attr(EdgeFault).AsString(); fault != "" && !strings.HasSuffix(r.span.Message, fault) {
		notes = append(notes, "fault: "+fault)
	}
	if why := failure(r.span); r.span.Code == Error && why != "" {
		notes = append(notes, "error: "+why)
	}
	if r.above == nil && !r.span.Parent.IsZero() && !r.span.IsEntry() {
		notes = append(notes, "its parent "+r.span.Parent.String()+" has not come")
	}
	return strings.Join(notes, "; ")
}

// choose keeps the rows that fit: those with something to say and what is
// above them first, then from the top.
func (p *picture) choose() {
	left := p.cfg.Rows
	keep := func(r *row) {
		if !r.keep && left > 0 {
			r.keep = true
			left--
		}
	}
	if len(p.rows) > p.cfg.Rows {
		for _, r := range p.rows {
			if r.note == "" {
				continue
			}
			for ; r != nil && !r.keep; r = r.above {
				keep(r)
			}
		}
	}
	for _, r := range p.rows {
		keep(r)
	}
}

func (p *picture) time() {
	var end time.Time
	for _, s := range p.t.Spans {
		if s.Timeless() {
			continue
		}
		from := s.Start.Add(p.skew[s])
		to := from.Add(s.Duration())
		if p.start.IsZero() || from.Before(p.start) {
			p.start = from
		}
		if to.After(end) {
			end = to
		}
	}
	p.took = end.Sub(p.start)
}

func (p *picture) measure() {
	for _, r := range p.rows {
		if r.keep {
			p.label = max(p.label, len([]rune(r.label())))
		}
		if r.span.Code == Error {
			p.wrong = len("  error")
		}
	}
	room := p.cfg.Width - durationWidth - 4 - p.wrong
	p.label = min(p.label, room-20)
	p.bar = min(room-p.label, 60)
}

func (p *picture) draw() string {
	var b strings.Builder
	b.WriteString(p.head())
	hidden := 0
	more := func() {
		if hidden > 0 {
			fmt.Fprintf(&b, "... %d more spans\n", hidden)
		}
		hidden = 0
	}
	for _, r := range p.rows {
		if !r.keep {
			hidden++
			continue
		}
		more()
		p.line(&b, r)
	}
	more()
	for _, open := range p.t.Open {
		fmt.Fprintf(&b, "%s has not ended\n", clean(open.Edge))
	}
	if p.t.Partial {
		b.WriteString("spans of this trace left the store to make room\n")
	}
	return b.String()
}

func (p *picture) head() string {
	head := fmt.Sprintf("trace %s  %s  %s  %s", p.t.ID, short(p.t.Duration()), count(len(p.t.Spans), "span"), count(len(p.t.Services()), "service"))
	if n := len(p.t.Errors()); n > 0 {
		head += "  " + count(n, "error")
	}
	return head + "\n"
}

func (p *picture) line(b *strings.Builder, r *row) {
	wrong := ""
	if r.span.Code == Error {
		wrong = "  error"
	}
	line := fmt.Sprintf("%s  %*s  %s%s", fit(r.label(), p.label), durationWidth, short(r.span.Duration()), p.bars(r.span), wrong)
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	if r.note != "" {
		p.noted(b, r)
	}
	if p.cfg.Details {
		for _, line := range p.details(r) {
			b.WriteString(line + "\n")
		}
	}
}

// bars draws when the span ran, in the width of the bar; at least one dash.
func (p *picture) bars(s *Span) string {
	if s.Timeless() {
		return pad("", p.bar)
	}
	if p.took <= 0 {
		return pad("━", p.bar)
	}
	at := func(d time.Duration) int { return int(float64(d) / float64(p.took) * float64(p.bar)) }
	from := s.Start.Add(p.skew[s]).Sub(p.start)
	left := min(max(at(from), 0), p.bar-1)
	right := min(max(at(from+s.Duration()), left+1), p.bar)
	return pad(strings.Repeat(" ", left)+strings.Repeat("━", right-left), p.bar)
}

// label is the row's place in the tree, and who did what.
func (r *row) label() string {
	who, what := cmp.Or(r.span.Service(), "(no service)"), r.span.Name
	if r.span.IsEdge() {
		who = r.span.Edge()
		if status := r.span.Attr(statusCode).String(); status != "" {
			what += " " + status
		}
	}
	return r.branch() + clean(who+"  "+what)
}

// branch draws the lines that lead to the row.
func (r *row) branch() string {
	switch {
	case r.depth == 0:
		return ""
	case r.depth > deepest:
		return fmt.Sprintf("%s(%d deep) ", r.lines(), r.depth)
	case r.last:
		return r.lines() + "└─ "
	default:
		return r.lines() + "├─ "
	}
}

// indent is what leads to what stands below the row.
func (r *row) indent() string {
	switch {
	case r.depth == 0:
		return ""
	case r.last || r.depth > deepest:
		return r.lines() + "   "
	default:
		return r.lines() + "│  "
	}
}

// lines are those of the rows above that have siblings to come.
func (r *row) lines() string {
	var parts []string
	for above := r.above; above != nil && above.depth > 0; above = above.above {
		if above.depth >= deepest {
			continue
		}
		if above.last {
			parts = append(parts, "   ")
		} else {
			parts = append(parts, "│  ")
		}
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "")
}

// fit cuts s to the width and fills it up.
func fit(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:max(width-3, 0)]) + "..."
	}
	return pad(s, width)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-len([]rune(s)), 0))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// short writes a duration with three digits, such as 1.23s, 45.6ms or 789µs.
func short(d time.Duration) string {
	step := time.Duration(1)
	for d/step >= 1000 {
		step *= 10
	}
	return d.Round(step).String()
}
