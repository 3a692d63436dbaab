package trace

import (
	"cmp"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/otel/attribute"
)

const (
	mostNote   = 8           // lines of what is said below a span
	mostDetail = 4 << 10     // bytes of one attribute that a detailed drawing shows
	leastRoom  = 20          // columns that text below a span has at least, however deep
	exception  = "exception" // the event that tells of one (OpenTelemetry semantic conventions, "Exceptions on spans")
)

// failure is what a span says of its error: its status, else the last exception.
func failure(s *Span) string {
	if s.Code != Error || s.Message != "" {
		return s.Message
	}
	for i := len(s.Events) - 1; i >= 0; i-- {
		if e := &s.Events[i]; e.Name == exception {
			kind, message := valueOf(e.Attrs, "exception.type"), valueOf(e.Attrs, "exception.message")
			return strings.Trim(kind+": "+message, ": ")
		}
	}
	return ""
}

func valueOf(attrs []attribute.KeyValue, key attribute.Key) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// noted writes what is said below a row, on so many lines at most.
func (p *picture) noted(b *strings.Builder, r *row) {
	lines := p.below(r, "^ ", r.note)
	if len(lines) > mostNote {
		lines = append(lines[:mostNote-1], p.unended(lines[mostNote-1]))
	}
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
}

// unended says at the end of a line that there is more.
func (p *picture) unended(line string) string {
	const more = "..."
	if runes := []rune(line); len(runes)+len(more) > p.cfg.Width {
		line = string(runes[:p.cfg.Width-len(more)])
		if at := strings.LastIndexByte(line, ' '); at > p.cfg.Width/2 {
			line = line[:at]
		}
	}
	return line + more
}

// below lays out text below a row, on as many lines as it needs; sign stands
// before the first, as many spaces before the others.
func (p *picture) below(r *row, sign, text string) (lines []string) {
	indent := r.indent()
	for _, line := range wrap(text, max(p.cfg.Width-len([]rune(indent+sign)), leastRoom)) {
		lines = append(lines, strings.TrimRight(indent+sign+line, " "))
		sign = strings.Repeat(" ", len([]rune(sign)))
	}
	return lines
}

// wrap breaks text into lines, at spaces where it can; each is clean.
func wrap(text string, width int) (lines []string) {
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		rest := []rune(strings.TrimRight(clean(line), " "))
		for len(rest) > width {
			at := width
			for at > width/2 && rest[at] != ' ' {
				at--
			}
			if rest[at] != ' ' {
				at = width
			}
			lines = append(lines, string(rest[:at]))
			rest = []rune(strings.TrimLeft(string(rest[at:]), " "))
		}
		lines = append(lines, string(rest))
	}
	return lines
}

// details lists all that a span holds, below its row.
func (p *picture) details(r *row) (lines []string) {
	s := r.span
	if len([]rune(r.label())) > p.label {
		lines = p.below(r, "  ", cmp.Or(s.Edge(), s.Service())+"  "+s.Name)
	}
	lines = append(lines, p.attributes(r, "  ", s.Attrs)...)
	for i := range s.Events {
		e := &s.Events[i]
		lines = append(lines, p.below(r, "  ", "event "+e.Name+" at "+since(s, e.Time))...)
		lines = append(lines, p.attributes(r, "    ", e.Attrs)...)
	}
	for i := range s.Links {
		l := &s.Links[i]
		lines = append(lines, p.below(r, "  ", "link to trace "+l.Trace.String()+" span "+l.Span.String())...)
		lines = append(lines, p.attributes(r, "    ", l.Attrs)...)
	}
	return lines
}

func (p *picture) attributes(r *row, sign string, attrs []attribute.KeyValue) (lines []string) {
	for _, a := range attrs {
		value := a.Value.String()
		if len(value) > mostDetail {
			value = strings.ToValidUTF8(value[:mostDetail], "") + "..."
		}
		lines = append(lines, p.below(r, sign, string(a.Key)+" = "+value)...)
	}
	return lines
}

// since is when something was, counted from the beginning of its span.
func since(s *Span, at time.Time) string {
	if d := at.Sub(s.Start); d >= 0 {
		return "+" + short(d)
	}
	return at.Format(time.RFC3339Nano)
}

// clean replaces what could disturb a terminal or a line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}
