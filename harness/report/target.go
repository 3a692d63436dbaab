package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Target is where a report goes, in which format.
type Target struct {
	Format string
	Path   string // "": stdout
}

// ParseTargets reads targets written FORMAT or FORMAT=PATH, where the path -
// is stdout; none is text on stdout. GitHub's step summary goes to the file
// that its runner names unless a path is given. It refuses unknown formats,
// two targets at one place, and what cannot be written to, so that a run is
// not in vain.
func ParseTargets(written []string, env func(string) (string, bool)) ([]Target, error) {
	if len(written) == 0 {
		return []Target{{Format: "text"}}, nil
	}
	var targets []Target
	places := map[string]string{}
	for _, text := range written {
		t, err := parseTarget(text, env)
		if err != nil {
			return nil, err
		}
		place := Place(t.Path)
		if before, taken := places[place]; taken {
			place := "stdout"
			if t.Path != "" {
				place = t.Path
			}
			return nil, fmt.Errorf("-o %s: %s already goes to %s; give one of them another path", text, before, place)
		}
		places[place] = t.Format
		targets = append(targets, t)
	}
	return targets, nil
}

func parseTarget(text string, env func(string) (string, bool)) (Target, error) {
	format, path, given := strings.Cut(text, "=")
	if renderers[format] == nil {
		return Target{}, fmt.Errorf("-o %s: unknown format %q; choose from %s", text, format, strings.Join(Formats(), ", "))
	}
	switch {
	case given && path == "":
		return Target{}, fmt.Errorf("-o %s: there is no path after the =; write -o %s for stdout", text, format)
	case !given && format == "github":
		path, _ = env("GITHUB_STEP_SUMMARY")
	case path == "-":
		path = ""
	}
	t := Target{format, path}
	if err := t.Check(); err != nil {
		return t, fmt.Errorf("-o %s: %w", text, err)
	}
	return t, nil
}

// Place is the same for all paths that lead to one file; "" is stdout.
func Place(path string) string {
	if path == "" {
		return ""
	}
	whole, err := filepath.Abs(resolved(path))
	if err != nil {
		return path
	}
	return filepath.Join(resolved(filepath.Dir(whole)), filepath.Base(whole))
}

// Check tries what writing will need, and leaves nothing behind.
func (t Target) Check() error {
	if t.Path == "" {
		return nil
	}
	info, err := os.Stat(t.Path)
	if special(t.Path) { // a device or a pipe is not tried: opening it may wait
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", t.Path, reason(err))
		}
		return nil
	}
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder; name a file in it", t.Path)
	case err == nil && t.Format == "github":
		return tryAppending(t.Path)
	}
	folder := filepath.Dir(resolved(t.Path))
	if info, err = os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s; make it first", folder)
	}
	file, err := os.CreateTemp(folder, temporary)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w; choose a folder that exists and can be written to", t.Path, reason(err))
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

func tryAppending(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, reason(err))
	}
	return file.Close()
}

// WriteAll renders the document to every target. Text on a terminal is
// coloured and fits its width. Where one target fails the others are written
// all the same, and text goes to stdout unless something has: the results of
// a run must not be lost.
func WriteAll(doc *Document, targets []Target, stdout io.Writer, env func(string) (string, bool)) error {
	var errs []error
	style := StyleOf(stdout, env)
	shown := false
	for _, t := range targets {
		shown = shown || t.Path == ""
		if t.Format == "text" && t.Path == "" {
			errs = append(errs, TextIn(stdout, doc, style))
		} else {
			errs = append(errs, Write(doc, t.Format, t.Path, stdout))
		}
	}
	if !shown && errors.Join(errs...) != nil {
		errs = append(errs, TextIn(stdout, doc, style))
	}
	// GitHub reads its commands from the log, so they come with any github
	// target, but not into a report of another format on stdout.
	machine := func(t Target) bool { return t.Path == "" && t.Format != "text" && t.Format != "github" }
	if slices.ContainsFunc(targets, func(t Target) bool { return t.Format == "github" }) && !slices.ContainsFunc(targets, machine) {
		if root, ok := env("GITHUB_WORKSPACE"); ok && root != "" {
			style.Root = root
		}
		errs = append(errs, Annotations(stdout, doc, style))
	}
	return errors.Join(errs...)
}
