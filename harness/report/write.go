package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// since is time.Since, fixed in tests.
var since = time.Since

// renderers by name of the format. All read one Document and change nothing.
var renderers = map[string]func(io.Writer, *Document) error{
	"text":     Text,
	"json":     JSON,
	"junit":    JUnit,
	"html":     HTML,
	"github":   GitHub,
	"markdown": Markdown,
}

// Formats lists the names that Write knows, sorted.
func Formats() []string {
	names := make([]string, 0, len(renderers))
	for name := range renderers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Known reports whether Write knows the format.
func Known(format string) bool { return renderers[format] != nil }

// DefaultPath is where a format goes when no path is given: stdout (""), but
// GitHub's step summary goes to the file that its runner names.
func DefaultPath(format string, env func(string) (string, bool)) string {
	if format == "github" {
		path, _ := env("GITHUB_STEP_SUMMARY")
		return path
	}
	return ""
}

// Write renders to the file path, or to stdout where it is "". A file is
// written whole or not at all, except that GitHub's summary is appended to.
func Write(doc *Document, format, path string, stdout io.Writer) error {
	render := renderers[format]
	if render == nil {
		return fmt.Errorf("report: unknown format %q", format)
	}
	var text bytes.Buffer
	if err := render(&text, doc); err != nil {
		return fmt.Errorf("report as %s: %w", format, err)
	}
	switch {
	case path == "":
		_, err := stdout.Write(text.Bytes())
		return err
	case format == "github":
		return appendTo(path, text.Bytes())
	default:
		return replace(path, text.Bytes())
	}
}

func appendTo(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// replace writes beside the file and renames, so that a full disk leaves the
// former report as it was.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".seam-report-*")
	if err != nil {
		return fmt.Errorf("report: write %s: %w; does its folder exist?", path, err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}

// JSON renders the document itself.
func JSON(w io.Writer, doc *Document) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(doc)
}
