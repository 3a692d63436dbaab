package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// A screen prints lines, and on a terminal keeps a block below them that is
// drawn anew in its place, so that nothing of it scrolls away or stays. The
// cursor stays visible: whatever ends the program, there is nothing to restore.
type screen struct {
	w      io.Writer
	live   bool // it can be drawn on
	colour bool
	size   func() (columns, rows int)
	lines  []string
	drawn  []int // columns of each line as it is there
}

// newScreen takes w as it is: lines only off a terminal, and on one that is
// dumb; no colours with NO_COLOR (no-color.org).
func newScreen(w io.Writer, env func(string) (string, bool)) screen {
	s := screen{w: w, size: func() (int, int) { return 80, 24 }}
	file, ok := w.(interface{ Fd() uintptr }) // a file, or what watches one
	kind, _ := env("TERM")
	if !ok || kind == "dumb" || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	no, _ := env("NO_COLOR")
	s.live, s.colour = true, no == ""
	s.size = func() (int, int) {
		columns, rows, err := term.GetSize(int(file.Fd()))
		if err != nil || columns <= 0 || rows <= 0 {
			return 80, 24
		}
		return columns, rows
	}
	return s
}

// print writes whole lines above the block; they stay.
func (s *screen) print(text string) {
	_, _ = io.WriteString(s.w, s.erase()+text+s.block())
}

// draw puts the lines where the block is; none takes it away. All of it is one
// write, so that nothing flickers.
func (s *screen) draw(lines []string) {
	if s.live && (len(lines) > 0 || len(s.lines) > 0) {
		gone := s.erase()
		s.lines = lines
		_, _ = io.WriteString(s.w, gone+s.block())
	}
}

// block is the lines, cut at the terminal's width, as many as there is room for.
func (s *screen) block() string {
	columns, rows := s.size()
	var b strings.Builder
	for _, line := range s.lines[:min(len(s.lines), max(rows-1, 0))] {
		text, wide := cutAt(line, columns-1)
		b.WriteString(text + "\n")
		s.drawn = append(s.drawn, wide)
	}
	return b.String()
}

// erase is what takes the block away and leaves the cursor where it began. On
// a terminal that became narrower its lines have been broken meanwhile.
func (s *screen) erase() string {
	if len(s.drawn) == 0 {
		return ""
	}
	columns, most := s.size()
	rows := 0
	for _, wide := range s.drawn {
		rows += max((wide+columns-1)/columns, 1)
	}
	s.drawn = s.drawn[:0]
	return fmt.Sprintf("\r\x1b[%dA\x1b[J", min(rows, most))
}

// cutAt cuts a line that may hold colours at so many columns, and says how
// many it has.
func cutAt(line string, columns int) (string, int) {
	var b strings.Builder
	wide := 0
	for len(line) > 0 {
		if strings.HasPrefix(line, "\x1b[") {
			end := strings.IndexByte(line, 'm') + 1
			if end == 0 {
				break
			}
			b.WriteString(line[:end])
			line = line[end:]
			continue
		}
		_, size := utf8.DecodeRuneInString(line)
		if wide < columns {
			b.WriteString(line[:size])
			wide++
		}
		line = line[size:]
	}
	return b.String(), wide
}
