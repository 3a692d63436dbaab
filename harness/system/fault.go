package system

import (
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
	return Fault{Pos: pos, Key: key, Message: message, Excerpt: excerpt(s.Source, pos)}
}

// Error lists each fault as "file:line:column: key: message", then the
// excerpt, then what to try.
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
		fmt.Fprintf(b, "  try: %s\n", f.Remedy)
	}
}

// excerptWidth is how much of a long line an excerpt shows.
const excerptWidth = 100

// excerpt is the line of pos with a caret below its column, or "" where the
// place is not in the text. What does not print is shown as a middle dot, so
// that a file cannot send control sequences to a terminal.
func excerpt(source []byte, pos Pos) string {
	line, ok := lineOf(source, pos.Line)
	if !ok || pos.Column < 1 {
		return ""
	}
	runes := []rune(line)
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

// lineOf is line n of the text, counted from 1, without its line break.
func lineOf(source []byte, n int) (string, bool) {
	if n < 1 || source == nil {
		return "", false
	}
	i := 1
	for line := range strings.Lines(string(source)) {
		if i == n {
			return strings.TrimRight(line, "\r\n"), true
		}
		i++
	}
	return "", i == n
}

// faults gathers what is wrong with a file; the zero value is ready.
type faults struct {
	source []byte
	list   []Fault
}

// add notes a fault; the same message about the same place is kept once, as
// it comes up again wherever an alias repeats it.
func (l *faults) add(f Fault) {
	f.Excerpt = excerpt(l.source, f.Pos)
	same := func(g Fault) bool { return g.Pos == f.Pos && g.Message == f.Message }
	if len(l.list) < 10*maxFaults && !slices.ContainsFunc(l.list, same) {
		l.list = append(l.list, f)
	}
}

// err is nil where nothing is wrong.
func (l *faults) err(file string) error {
	if len(l.list) == 0 {
		return nil
	}
	slices.SortStableFunc(l.list, func(a, b Fault) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	shown := min(len(l.list), maxFaults)
	return &Error{File: file, Faults: l.list[:shown], More: len(l.list) - shown}
}
