package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Markdown renders a table of the parts, then what failed, folded.
func Markdown(w io.Writer, doc *Document) error {
	b := markdown(doc)
	_, err := w.Write(b.Bytes())
	return err
}

func markdown(doc *Document) *bytes.Buffer {
	b := &bytes.Buffer{}
	icon := map[Verdict]string{Passed: "✅", Failed: "❌", Invalid: "⚠️"}[doc.Verdict]
	fmt.Fprintf(b, "## %s seam %s %s: %s\n\n", icon, escapeCell(doc.Verb), escapeCell(doc.System), doc.Verdict)
	fmt.Fprintf(b, "| part | result | |\n|---|---|---|\n")
	for _, p := range doc.Summary() {
		fmt.Fprintf(b, "| %s | %s | %s |\n", p.Name, p.Result, escapeCell(p.Detail))
	}
	cases := doc.Cases()
	for i := range cases {
		if c := &cases[i]; c.Result == CaseFailed {
			markdownCase(b, c, "❌")
		}
	}
	for i := range cases {
		if c := &cases[i]; c.Warning {
			markdownCase(b, c, "⚠️")
		}
	}
	markdownCoverage(b, doc)
	fmt.Fprintf(b, "\n%.1f s\n", doc.Duration)
	return b
}

func markdownCase(b *bytes.Buffer, c *Case, icon string) {
	fmt.Fprintf(b, "\n<details><summary>%s %s</summary>\n\n", icon, escapeHTML(c.Title+traceNote(c.TraceID)))
	b.WriteString(fence("diff", marked(c.Detail())))
	if c.Drawing != "" {
		b.WriteString("\n" + fence("text", clean(c.Drawing)))
	}
	if c.Next != "" && c.Result == CaseFailed {
		fmt.Fprintf(b, "\nNext: %s\n", escapeText(c.Next))
	}
	fmt.Fprintf(b, "\n</details>\n")
}

// marked moves the signs of differences to where Markdown's diff expects them.
func marked(detail string) string {
	lines := strings.Split(detail, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "  - ") || strings.HasPrefix(line, "  + ") || strings.HasPrefix(line, "    ") {
			lines[i] = line[2:]
		}
	}
	return strings.Join(lines, "\n")
}

func markdownCoverage(b *bytes.Buffer, doc *Document) {
	if len(doc.Coverage) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| edge | phase | calls | conforming | violating | uncovered | unjudged | interactions shown |\n|---|---|--:|--:|--:|--:|--:|--:|\n")
	for i := range doc.Coverage {
		c := &doc.Coverage[i]
		fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %d | %d | %d of %d |\n", escapeCell(c.Edge), c.Phase, c.Calls(), c.Conforming, c.Violating, c.Uncovered, c.Unjudged, c.Shown, c.Interactions)
	}
}

// fence quotes text that may itself hold fences.
func fence(language, text string) string {
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + strings.TrimRight(text, "\n") + "\n" + ticks + "\n"
}

var (
	cellEscaper = strings.NewReplacer("&", "&amp;", "|", "\\|", "\n", " ", "<", "&lt;", ">", "&gt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "\\", "\\\\")
	textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]")
	htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "*", "&#42;", "_", "&#95;", "`", "&#96;", "[", "&#91;", "~", "&#126;", "@", "&#64;")
)

func escapeCell(text string) string { return cellEscaper.Replace(clean(text)) }

// escapeText leaves backticks: what stands between them is code.
func escapeText(text string) string { return textEscaper.Replace(clean(text)) }
func escapeHTML(text string) string { return htmlEscaper.Replace(clean(text)) }
