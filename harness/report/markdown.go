package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Markdown renders a summary table and what failed, folded.
func Markdown(w io.Writer, doc *Document) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## seam %s %s: %s\n\n", doc.Verb, escapeCell(doc.System), doc.Verdict)
	fmt.Fprintf(&b, "| part | result | |\n|---|---|---|\n")
	for _, p := range doc.Summary() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, p.Result, escapeCell(p.Detail))
	}
	for _, c := range doc.Cases() {
		if c.Result != CaseFailed {
			continue
		}
		fmt.Fprintf(&b, "\n<details><summary>%s: %s%s</summary>\n\n", escapeHTML(c.Suite), escapeHTML(c.Name), escapeHTML(traceNote(c.TraceID)))
		fmt.Fprintf(&b, "%s\n</details>\n", fence(c.Detail))
	}
	fmt.Fprintf(&b, "\n%.1f s\n", doc.Duration)
	_, err := w.Write(b.Bytes())
	return err
}

// GitHub renders for $GITHUB_STEP_SUMMARY, which takes Markdown.
func GitHub(w io.Writer, doc *Document) error { return Markdown(w, doc) }

// fence quotes text that may itself hold fences.
func fence(text string) string {
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + "\n" + strings.TrimRight(text, "\n") + "\n" + ticks + "\n"
}

var (
	cellEscaper = strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", ">", "&gt;", "`", "\\`")
	htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ")
)

func escapeCell(text string) string { return cellEscaper.Replace(text) }
func escapeHTML(text string) string { return htmlEscaper.Replace(text) }
