package system

import "strings"

// Within is where a character of an expression stands in the file; column
// counts them from 1. Where that cannot be told, as behind a variable that was
// put in, it is where the expression starts.
func (s *Spec) Within(e Expr, column int) Pos {
	walk := &walk{lines: linesOf(s.Source), at: e.Pos}
	walk.start()
	text := []rune(e.Text)
	for _, c := range text[:max(0, min(column-1, len(text)))] {
		if walk.next() != c {
			return e.Pos
		}
	}
	if column > 1 || walk.block || walk.quote != 0 {
		return walk.at
	}
	return e.Pos
}

// A walk goes through a scalar of the file, character by character as YAML
// reads them.
type walk struct {
	lines  []string
	at     Pos
	quote  rune // ' or ", 0 for none
	block  bool // a literal or folded block
	fold   rune // what a line break within a block is read as
	indent int  // of the lines of a block
}

// peek is the character at the place, a line break at the end of a line.
func (w *walk) peek() rune {
	if w.at.Line < 1 || w.at.Line > len(w.lines) {
		return 0
	}
	line := []rune(w.lines[w.at.Line-1])
	if w.at.Column > len(line) {
		return '\n'
	}
	return line[w.at.Column-1]
}

// start goes to the scalar's first character.
func (w *walk) start() {
	switch c := w.peek(); c {
	case '\'', '"':
		w.quote = c
		w.at.Column++
	case '|', '>':
		w.block, w.fold = true, '\n'
		if c == '>' {
			w.fold = ' '
		}
		w.line()
	}
}

// line goes to the start of the next line that is not blank.
func (w *walk) line() {
	for w.at.Line++; w.at.Line < len(w.lines) && strings.TrimSpace(w.lines[w.at.Line-1]) == ""; {
		w.at.Line++
	}
	if w.at.Line > len(w.lines) {
		return
	}
	line := w.lines[w.at.Line-1]
	if w.indent == 0 || !w.block {
		w.indent = len(line) - len(strings.TrimLeft(line, " "))
	}
	w.at.Column = w.indent + 1
}

// next is the character that YAML reads here, a space for a folded line
// break; the place is behind it then.
func (w *walk) next() rune {
	c := w.peek()
	switch {
	case c == '\n' && w.block:
		w.line()
		return w.fold
	case c == '\n':
		w.line()
		return ' '
	case w.quote == '\'' && c == '\'':
		w.at.Column += 2
		return c
	case w.quote == '"' && c == '\\':
		w.at.Column++
		if c = w.peek(); c != '"' && c != '\\' && c != '/' {
			return 0 // rarer escapes: leave it to the start of the text
		}
	}
	w.at.Column++
	return c
}
