package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seamtest/seam/harness/terminal"
)

// GitHub's bounds: a step summary may have 1 MiB, and a step shows ten
// annotations of each kind.
const (
	mostSummary     = 1<<20 - 1<<10
	mostAnnotations = 10
)

// GitHub renders for $GITHUB_STEP_SUMMARY, which takes Markdown.
func GitHub(w io.Writer, doc *Document) error {
	text := markdown(doc).String()
	if len(text) > mostSummary {
		end := mostSummary
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "\n\n(cut: a step summary may not be longer)\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// Annotations writes GitHub's workflow commands, one for each failure and
// warning, which it shows beside the lines of the pact or the seam.yaml. Paths
// are relative to the style's root.
func Annotations(w io.Writer, doc *Document, style Style) error {
	var b strings.Builder
	for _, kind := range []string{"error", "warning"} {
		var lines []string
		cases := doc.Cases()
		for i := range cases {
			if c := &cases[i]; kind == "error" && c.Result == CaseFailed || kind == "warning" && c.Warning {
				lines = append(lines, annotation(kind, c, style))
			}
		}
		if more := len(lines) - mostAnnotations; more > 0 {
			lines = append(lines[:mostAnnotations-1], fmt.Sprintf("::%s title=seam::and %d more: see the summary of this step", kind, more+1))
		}
		for _, line := range lines {
			b.WriteString(line + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func annotation(kind string, c *Case, style Style) string {
	var fields []string
	if c.File != "" && !strings.Contains(c.File, "://") {
		fields = append(fields, "file="+commandField(style.path(c.File)))
		if c.Line > 0 {
			fields = append(fields, fmt.Sprintf("line=%d", c.Line))
		}
	}
	fields = append(fields, "title="+commandField(c.Title))
	return fmt.Sprintf("::%s %s::%s", kind, strings.Join(fields, ","), commandText(c.Detail()))
}

var (
	commandFieldEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	commandTextEscaper  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
)

func commandField(text string) string {
	return commandFieldEscaper.Replace(terminal.Inert(clean(text)))
}
func commandText(text string) string { return commandTextEscaper.Replace(terminal.Inert(clean(text))) }
