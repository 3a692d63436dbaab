package system

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is everything that is wrong with one seam.yaml. Its text is meant
// for people, without colours; WriteText, WriteJSON and WriteGitHub have more.
type Error struct {
	File   string  // as it was named
	Faults []Fault // in the order of the file; at least one, at most maxFaults
	More   int     // faults beyond those

	// Spec is what could be read all the same, so that others can look for
	// faults of their own in it; it must not be started. Nil where the file is
	// no YAML.
	Spec *Spec
}

// A Fault is one thing that is wrong, with its place and what repairs it.
type Fault struct {
	Pos     Pos    // zero: the file as a whole
	Key     string // path of the key, such as services.gateway.port; "" for the whole
	Message string // what is wrong
	Remedy  string // what to write instead
	Excerpt string // the line with a caret under the place; "" for the whole
}

// maxFaults bounds what one Error lists; nobody repairs more in one go.
const maxFaults = 50

// Fault makes a fault of the place pos with the excerpt of the file there. It
// is for what other packages find, such as an expression that does not compile.
func (s *Spec) Fault(pos Pos, key, message string) Fault {
	file := faults{lines: linesOf(s.Source)}
	pos = file.inside(pos)
	return Fault{Pos: pos, Key: key, Message: message, Excerpt: excerpt(file.lines, pos)}
}

// Place is where the key stands in the file, or the nearest key around it.
func (s *Spec) Place(key string) Pos { return nearestPlace(s.Places, key) }

// Item is the key of an item: its place in the list, or the key itself where
// one value stands in place of a list.
func (s *Spec) Item(key string, i int) string { return itemIn(s.Places, key, i) }

// With is the error with more faults, in the order of the file; e may be nil.
// It is nil where there are none at all.
func (e *Error) With(file string, more ...Fault) *Error {
	all := &Error{File: file}
	if e != nil {
		all = &Error{File: e.File, Faults: slices.Clone(e.Faults), More: e.More, Spec: e.Spec}
	}
	all.Faults = append(all.Faults, more...)
	if len(all.Faults) == 0 {
		return nil
	}
	all.order()
	return all
}

// order sorts the faults by place and keeps the first of them.
func (e *Error) order() {
	slices.SortStableFunc(e.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	if beyond := len(e.Faults) - maxFaults; beyond > 0 {
		e.Faults, e.More = e.Faults[:maxFaults], e.More+beyond
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
	f.Pos = l.inside(f.Pos)
	same := Fault{Pos: f.Pos, Message: f.Message}
	if l.full() || l.seen[same] {
		return
	}
	if l.seen == nil {
		l.seen = map[Fault]bool{}
	}
	l.seen[same] = true
	l.list = append(l.list, f)
}

// full says that there are more faults than anybody counts.
func (l *faults) full() bool { return len(l.list) >= 20*maxFaults }

// inside moves a place that is not in the file to the nearest one that is: the
// parser counts beyond the end where something is not closed, or has a tag.
// Nowhere stays nowhere.
func (l *faults) inside(at Pos) Pos {
	if at == (Pos{}) {
		return at
	}
	line := min(max(at.Line, 1), len(l.lines))
	return Pos{line, min(max(at.Column, 1), utf8.RuneCountInString(l.line(line))+1)}
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
func (l *faults) err(file string, spec *Spec) error {
	if len(l.list) == 0 {
		return nil
	}
	e := &Error{File: file, Faults: l.list, Spec: spec}
	e.order()
	for i := range e.Faults {
		e.Faults[i].Excerpt = excerpt(l.lines, e.Faults[i].Pos)
	}
	return e
}
