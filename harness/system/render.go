package system

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Error is WriteText without colours.
func (e *Error) Error() string {
	var b strings.Builder
	_ = e.WriteText(&b, false) // a Builder takes everything
	return strings.TrimSuffix(b.String(), "\n")
}

// The colours of a fault, as ECMA-48 numbers them.
const (
	bold  = "1"
	red   = "31;1"
	green = "32"
	faint = "2"
)

// WriteText lists each fault as "file:line:column: key: message", then the
// excerpt, then "try:" and what to write instead.
func (e *Error) WriteText(w io.Writer, colour bool) error {
	paint := func(code, s string) string {
		if !colour || s == "" {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	var b strings.Builder
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(paint(bold, f.where(e.File)) + ": ")
		if f.Key != "" {
			b.WriteString(f.Key + ": ")
		}
		b.WriteString(paint(red, f.Message) + "\n")
		if line, caret, found := strings.Cut(f.Excerpt, "\n"); found {
			b.WriteString(paint(faint, line) + "\n" + paint(red, caret) + "\n")
		}
		if f.Remedy != "" {
			b.WriteString("  try: " + paint(green, f.Remedy) + "\n")
		}
	}
	switch n := len(e.Faults) + e.More; {
	case e.More > 0:
		fmt.Fprintf(&b, "\n%s: %d faults, the first %d of them shown\n", e.File, n, len(e.Faults))
	case n > 1:
		fmt.Fprintf(&b, "\n%s: %d faults\n", e.File, n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Fault) where(file string) string {
	if f.Pos == (Pos{}) {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, f.Pos.Line, f.Pos.Column)
}

// WriteJSON writes an object with the members file, faults and more; each
// fault has line, column, key, message, remedy and excerpt. Line and column
// count from 1, columns in characters; both are 0 for the file as a whole.
func (e *Error) WriteJSON(w io.Writer) error {
	type fault struct {
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Key     string `json:"key,omitempty"`
		Message string `json:"message"`
		Remedy  string `json:"remedy,omitempty"`
		Excerpt string `json:"excerpt,omitempty"`
	}
	faults := make([]fault, 0, len(e.Faults))
	for _, f := range e.Faults {
		faults = append(faults, fault{f.Pos.Line, f.Pos.Column, f.Key, f.Message, f.Remedy, f.Excerpt})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"file": e.File, "right": false, "faults": faults, "more": e.More})
}

// WriteGitHub writes one workflow command per fault, which GitHub shows beside
// the line (Workflow commands for GitHub Actions, "Setting an error message").
func (e *Error) WriteGitHub(w io.Writer) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, f := range e.Faults {
		b.WriteString("::error file=" + property.Replace(e.File))
		if f.Pos != (Pos{}) {
			fmt.Fprintf(&b, ",line=%d,col=%d", f.Pos.Line, f.Pos.Column)
		}
		message := strings.TrimPrefix(f.Key+": "+f.Message, ": ")
		if f.Remedy != "" {
			message += "\ntry: " + f.Remedy
		}
		b.WriteString("::" + data.Replace(message) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
