package contracts

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Fault is one thing that makes a file unusable as a pact.
type Fault struct {
	Pointer      string // JSON pointer (RFC 6901); "" is the whole file
	Line, Column int    // from 1; the column counts characters
	Message      string // what is wrong
	Remedy       string // what to repair; may be empty
}

func (f Fault) String() string {
	s := fmt.Sprintf("%d:%d: ", f.Line, f.Column)
	if f.Pointer != "" {
		s += f.Pointer + ": "
	}
	s += f.Message
	if f.Remedy != "" {
		s += "; try: " + f.Remedy
	}
	return s
}

// A Warning is something in a file that was read, but perhaps not as its
// author meant it.
type Warning struct {
	Pointer      string
	Line, Column int
	Message      string
}

func (w Warning) String() string {
	return Fault{Pointer: w.Pointer, Line: w.Line, Column: w.Column, Message: w.Message}.String()
}

// A FileError refuses a file and lists every fault found in it.
type FileError struct {
	Faults  []Fault
	Omitted int // faults beyond the first hundred
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString("not a usable pact")
	for _, f := range e.Faults {
		b.WriteString("\n  " + f.String())
	}
	if e.Omitted > 0 {
		fmt.Fprintf(&b, "\n  and %d more", e.Omitted)
	}
	return b.String()
}

// Bounds on what one file may make seam say.
const (
	maxFaults   = 100
	maxWarnings = 200
)

// notes collects what is to be said about a file.
type notes struct {
	src      []byte
	seen     int // offset up to which lines were counted
	lines    int // newlines before seen
	faults   []Fault
	omitted  int
	warnings []Warning
}

func (s *notes) fault(n *node, remedy, format string, args ...any) {
	if len(s.faults) == maxFaults {
		s.omitted++
		return
	}
	line, column := s.place(n.at)
	s.faults = append(s.faults, Fault{clip(n.pointer()), line, column, clip(fmt.Sprintf(format, args...)), remedy})
}

func (s *notes) warn(n *node, format string, args ...any) {
	if len(s.warnings) == maxWarnings {
		return
	}
	line, column := s.place(n.at)
	s.warnings = append(s.warnings, Warning{clip(n.pointer()), line, column, clip(fmt.Sprintf(format, args...))})
}

// clip shortens what quotes a file, in which a name or number may be very long.
func clip(text string) string {
	const most, head, tail = 600, 400, 100
	if len(text) <= most {
		return text
	}
	start, end := strings.ToValidUTF8(text[:head], ""), strings.ToValidUTF8(text[len(text)-tail:], "")
	return fmt.Sprintf("%s … (%d bytes) … %s", start, len(text)-head-tail, end)
}

// err is nil when nothing was wrong. Faults stand in the file's order.
func (s *notes) err() error {
	if len(s.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(s.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &FileError{Faults: s.faults, Omitted: s.omitted}
}

// place counts on from the last place, because a file is read forwards.
func (s *notes) place(at int) (line, column int) {
	at = min(at, len(s.src))
	if at < s.seen {
		s.seen, s.lines = 0, 0
	}
	s.lines += bytes.Count(s.src[s.seen:at], []byte{'\n'})
	s.seen = at
	start := bytes.LastIndexByte(s.src[:at], '\n') + 1
	return s.lines + 1, utf8.RuneCount(s.src[start:at]) + 1
}
