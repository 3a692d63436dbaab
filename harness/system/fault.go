package system

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is everything that is wrong with one seam.yaml. Its text is meant
// for a terminal, without colours.
type Error struct {
	File   string  // as it was named
	Faults []Fault // in the order of the file; at least one, at most maxFaults
	More   int     // faults beyond those
}

// A Fault is one thing that is wrong, with its place and what repairs it.
type Fault struct {
	Pos     Pos    // zero: the file as a whole
	Key     string // path of the key, such as services.gateway.port; "" for the whole
	Message string // what is wrong
	Remedy  string // what to write instead; "" where the message says it
	Excerpt string // the line with a caret under the place; "" for the whole
}

// maxFaults bounds what one Error lists; nobody repairs more in one go.
const maxFaults = 50

// Fault makes a fault of the place pos with the excerpt of the file there. It
// is for what other packages find, such as an expression that does not compile.
func (s *Spec) Fault(pos Pos, key, message string) Fault {
	return Fault{Pos: pos, Key: key, Message: message, Excerpt: excerpt(linesOf(s.Source), pos)}
}

// Error lists each fault as "file:line:column: key: message", then the
// excerpt, then what to write instead.
func (e *Error) Error() string {
	var b strings.Builder
	name := filepath.Base(e.File)
	for i := range e.Faults {
		if i > 0 {
			b.WriteByte('\n')
		}
		e.Faults[i].write(&b, name)
	}
	switch n := len(e.Faults) + e.More; {
	case e.More > 0:
		fmt.Fprintf(&b, "\n%s: %d faults, the first %d of them shown", e.File, n, len(e.Faults))
	case n > 1:
		fmt.Fprintf(&b, "\n%s: %d faults", e.File, n)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (f *Fault) write(b *strings.Builder, file string) {
	b.WriteString(file)
	if f.Pos != (Pos{}) {
		fmt.Fprintf(b, ":%d:%d", f.Pos.Line, f.Pos.Column)
	}
	if f.Key != "" {
		fmt.Fprintf(b, ": %s", f.Key)
	}
	fmt.Fprintf(b, ": %s\n", f.Message)
	if f.Excerpt != "" {
		b.WriteString(f.Excerpt)
		b.WriteByte('\n')
	}
	if f.Remedy != "" {
		fmt.Fprintf(b, "  help: %s\n", f.Remedy)
	}
}

// excerptWidth is how much of a long line an excerpt shows.
const excerptWidth = 100

// excerpt is the line of pos with a caret below its column, or "" where the
// place is not in the text. What does not print is shown as a middle dot, so
// that a file cannot send control sequences to a terminal.
func excerpt(lines []string, pos Pos) string {
	if pos.Line < 1 || pos.Line > len(lines) || pos.Column < 1 {
		return ""
	}
	runes := []rune(lines[pos.Line-1])
	for i, r := range runes {
		switch {
		case r == '\t':
			runes[i] = ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			runes[i] = '·'
		}
	}
	column := min(pos.Column, len(runes)+1)
	from := 0
	if len(runes) > excerptWidth {
		from = max(0, min(column-excerptWidth/2, len(runes)-excerptWidth))
		runes = runes[from : from+excerptWidth]
	}
	number := fmt.Sprintf("%5d", pos.Line)
	return fmt.Sprintf("%s | %s\n%*s | %*s", number, string(runes), len(number), "", column-from, "^")
}

func linesOf(source []byte) []string { return strings.Split(string(source), "\n") }

// faults gathers what is wrong with a file.
type faults struct {
	lines []string // of the file
	list  []Fault
	seen  map[Fault]bool
}

// line is line n of the file, "" where there is none.
func (l *faults) line(n int) string {
	if n < 1 || n > len(l.lines) {
		return ""
	}
	return l.lines[n-1]
}

// add notes a fault; one that comes up again wherever an alias repeats its
// place is kept once.
func (l *faults) add(f Fault) {
	const most = 20 * maxFaults
	same := Fault{Pos: f.Pos, Message: f.Message}
	if len(l.list) >= most || l.seen[same] {
		return
	}
	if l.seen == nil {
		l.seen = map[Fault]bool{}
	}
	l.seen[same] = true
	l.list = append(l.list, f)
}

// within moves a place to where what is next found in its line.
func (l *faults) within(at Pos, what string) Pos {
	runes := []rune(l.line(at.Line))
	if at.Column < 1 || at.Column > len(runes) {
		return at
	}
	before, _, found := strings.Cut(string(runes[at.Column-1:]), what)
	if !found {
		return at
	}
	return Pos{at.Line, at.Column + utf8.RuneCountInString(before)}
}

// err is nil where nothing is wrong.
func (l *faults) err(file string) error {
	if len(l.list) == 0 {
		return nil
	}
	slices.SortStableFunc(l.list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	shown := l.list[:min(len(l.list), maxFaults)]
	for i := range shown {
		shown[i].Excerpt = excerpt(l.lines, shown[i].Pos)
	}
	return &Error{File: file, Faults: shown, More: len(l.list) - len(shown)}
}
