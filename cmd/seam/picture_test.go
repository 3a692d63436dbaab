package main

import (
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/img/test.svg and the arrows of docs/architecture.md anew")

// The picture in the README is a real report of `seam test` on a system with a
// fault. It is out of date when the report has other lines than it has today;
// figures and ids may differ.
func TestThePictureShowsTheReportOfToday(t *testing.T) {
	folder := prepared(t)
	cmd := exec.CommandContext(t.Context(), "seam", "test", "--quiet", "--skip", "load")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "BUG=1")
	output, err := cmd.Output()
	if err == nil || cmd.ProcessState.ExitCode() != exitFindings {
		t.Fatalf("seam test found no fault: %v\n%s", err, output)
	}
	report := strings.ReplaceAll(strings.TrimSpace(string(output)), folder+"/", "")
	path := filepath.Join(docs, "img", "test.svg")
	if *update {
		if err := os.WriteFile(path, []byte(picture("BUG=1 seam test --skip load", report)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	drawn, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	figures := regexp.MustCompile(`[0-9a-f]{32}|[0-9.]+(?: ?[mµ]?s\b)?|[\s━]+`)
	got, want := figures.ReplaceAllString(textOf(t, drawn), "#"), figures.ReplaceAllString("$ BUG=1 seam test --skip load\n"+report, "#")
	if got != want {
		t.Errorf("docs/img/test.svg shows\n%s\nbut the report is\n%s\nrun: go test ./cmd/seam -run Picture -update", got, want)
	}
}

// picture draws lines of a terminal; its spaces do not collapse.
func picture(command, text string) string {
	const wide, high, left, top = 8.2, 19, 20, 52
	lines := []string{"$ " + command}
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, broken(line)...)
	}
	columns := 0
	for _, line := range lines {
		columns = max(columns, len([]rune(line)))
	}
	w, h := float64(columns)*wide+2*left, len(lines)*high+top+8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d">`+"\n", w, h, w, h)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#1d2129"/>` + "\n")
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="18" r="5" fill="%s"/>`+"\n", left+5+i*18, colour)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13.5" fill="#d8dee9">` + "\n")
	for i, line := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d"%s>`, left, top+i*high, colour(line))
		_ = xml.EscapeText(&b, []byte(strings.ReplaceAll(line, " ", "\u00a0"))) // a Builder never fails
		b.WriteString("</text>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// broken breaks a line between words where a terminal is as wide as the help is.
func broken(line string) []string {
	trimmed := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(trimmed)]
	words := strings.Split(trimmed, " ")
	parts := []string{indent + words[0]}
	for _, word := range words[1:] {
		last := &parts[len(parts)-1]
		if len([]rune(*last))+1+len([]rune(word)) > 104 && !strings.Contains(word, "━") {
			parts = append(parts, indent+"  "+word)
			continue
		}
		*last += " " + word
	}
	return parts
}

func colour(line string) string {
	switch {
	case strings.HasPrefix(line, "$ "):
		return ` fill="#81a1c1"`
	case strings.Contains(line, "FAIL"):
		return ` fill="#f07178" font-weight="bold"`
	case strings.HasPrefix(line, "  ok"):
		return ` fill="#a3be8c"`
	default:
		return ""
	}
}

// textOf is what a picture says.
func textOf(t *testing.T, svg []byte) string {
	t.Helper()
	var whole struct {
		Lines []string `xml:"g>text"`
	}
	if err := xml.Unmarshal(svg, &whole); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.Join(whole.Lines, "\n"), "\u00a0", " ")
}
