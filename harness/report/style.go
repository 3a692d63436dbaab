package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/seamtest/seam/harness/terminal"
)

// A Style says how text is laid out; the zero value is plain text whose lines
// are not broken.
type Style struct {
	Color bool
	Width int    // columns; 0: lines are as long as they are
	Root  string // folder that paths are shown relative to; "": as they are
}

// StyleOf is the style for a stream: colours and the terminal's width where it
// is a terminal, unless NO_COLOR is set or TERM is dumb.
func StyleOf(w io.Writer, env func(string) (string, bool)) Style {
	var s Style
	s.Root, _ = os.Getwd()                    // without it paths stay whole
	file, ok := w.(interface{ Fd() uintptr }) // a file, or what watches one
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	no, _ := env("NO_COLOR")
	kind, _ := env("TERM")
	s.Color = no == "" && kind != "dumb"
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		s.Width = max(width, narrowest)
	}
	return s
}

const narrowest = 40

// The colours, as SGR parameters.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	dim    = "2"
)

// A printer collects text in a style.
type printer struct {
	bytes.Buffer
	Style
	drawn map[string]bool // traces that were drawn already
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *printer) paint(colour, text string) string {
	if !p.Color || colour == "" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// mark is a result in four letters.
func (p *printer) mark(r Result) string {
	switch r {
	case CasePassed:
		return p.paint(green, "ok  ")
	case CaseFailed:
		return p.paint(red, "FAIL")
	default:
		return p.paint(yellow, string(r[:4]))
	}
}

const margin = "     "

// text prints below a heading: indented, broken at the width, cleaned.
func (p *printer) text(text string) { p.colored("", text) }

func (p *printer) colored(colour, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(clean(text), "\n"), "\n") {
		for _, part := range p.broken(line, len(margin)) {
			p.printf("%s\n", strings.TrimRight(margin+p.paint(colour, part), " "))
		}
	}
}

// cut prints lines that lose their meaning when they are broken, such as drawings.
func (p *printer) cut(text string) {
	for line := range strings.SplitSeq(strings.TrimRight(clean(text), "\n"), "\n") {
		if room := p.Width - len(margin); p.Width > 0 && len([]rune(line)) > room {
			line = string([]rune(line)[:room])
		}
		p.printf("%s\n", strings.TrimRight(margin+line, " "))
	}
}

// broken breaks a line at blanks where it does not fit from the column on;
// what goes on is indented as far as the line is.
func (p *printer) broken(line string, column int) []string {
	room := p.Width - column
	if p.Width == 0 || len([]rune(line)) <= room {
		return []string{line}
	}
	hang := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var parts []string
	current := hang
	for word := range strings.FieldsSeq(line) {
		if current != hang && len([]rune(current))+1+len([]rune(word)) > room {
			parts, current = append(parts, current), hang
		}
		if current != hang {
			current += " "
		}
		current += word
	}
	return append(parts, current)
}

// oneLine is clean for what must not go over several lines, such as a name.
func oneLine(text string) string { return strings.ReplaceAll(clean(text), "\n", " ") }

// path is relative to the style's root where it lies below.
func (s Style) path(name string) string {
	if s.Root == "" || !filepath.IsAbs(name) {
		return name
	}
	relative, err := filepath.Rel(s.Root, name)
	if err != nil || strings.HasPrefix(relative, "..") {
		return name
	}
	return relative
}

// clean takes out what could disturb a terminal.
func clean(text string) string { return terminal.Clean(text) }
