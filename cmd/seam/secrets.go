package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/terminal"
)

// shownURL is what a message shows of a URL that the user gave: neither the
// password nor the values of secret parameters, although its scheme may lack.
func shownURL(text string) string {
	if strings.Contains(text, "//") {
		return edge.RedactTarget(text)
	}
	return strings.TrimPrefix(edge.RedactTarget("//"+text), "//")
}

// quoted is a text for people without what could disturb a terminal or command
// a CI system, and without the secrets that it quotes: those that show as such,
// and the values of variables whose names say that they are.
func quoted(text string) string {
	return terminal.Inert(edge.RedactOutput(withoutValues(terminal.Clean(text), os.Environ())))
}

// withoutValues replaces the values of secret variables; a short one may be any
// word, and a path names where a secret is and is none.
func withoutValues(text string, environ []string) string {
	const shortest = 6
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if len(value) >= shortest && secretVariable(name) && !filepath.IsAbs(value) {
			text = strings.ReplaceAll(text, value, edge.Redacted)
		}
	}
	return text
}

// secretVariable reports whether the name of a variable says that its value is
// secret: as a member of JSON does, or by its last word, as in STRIPE_KEY.
func secretVariable(name string) bool {
	switch last := name[strings.LastIndexByte(name, '_')+1:]; strings.ToUpper(last) {
	case "PWD":
		return len(last) < len(name) && name != "OLD_PWD" // PWD is the folder
	case "KEY", "PASS", "PASSWD", "PAT", "DSN":
		return true
	}
	return name != "OLDPWD" && edge.SecretMember(name)
}

// withoutSecrets is the error with the secrets of seam.yaml taken out of what
// it quotes; nil is nil.
func withoutSecrets(wrong *system.Error) *system.Error {
	if wrong == nil {
		return nil
	}
	kept := *wrong
	kept.Faults = slices.Clone(wrong.Faults)
	for i := range kept.Faults {
		f := &kept.Faults[i]
		f.Message, f.Remedy = quoted(f.Message), quoted(f.Remedy)
		f.Excerpt = shownExcerpt(f.Excerpt)
	}
	return &kept
}

// shownExcerpt takes the secrets out of a line; its caret stays left of what
// has another length then.
func shownExcerpt(excerpt string) string {
	line, caret, found := strings.Cut(excerpt, "\n")
	kept := quoted(line)
	if kept == line || !found {
		return kept + strings.TrimPrefix(excerpt, line)
	}
	same := 0
	for same < min(len(line), len(kept)) && line[same] == kept[same] {
		same++
	}
	at := min(strings.IndexByte(caret, '^'), len([]rune(line[:same])))
	bar := strings.IndexByte(caret, '|')
	return kept + "\n" + caret[:bar+1] + strings.Repeat(" ", max(at-bar-1, 0)) + "^"
}
