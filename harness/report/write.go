package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
// written whole or not at all, except that GitHub's summary is appended to. A
// device or a pipe is written to as it stands, and a link stays one.
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
	case format == "github" || special(path):
		return appendTo(path, text.Bytes())
	default:
		return replace(path, text.Bytes())
	}
}

// Writable says before a run why its report could not be written to path; ""
// is stdout. It leaves nothing behind.
func Writable(path string) error {
	if path == "" || special(path) {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file in it", path)
	}
	file, err := os.CreateTemp(filepath.Dir(resolved(path)), ".seam-report-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w; choose a folder that exists and can be written to", path, reason(err))
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// special says that path is no plain file: what is there must not be replaced.
func special(path string) bool {
	if strings.HasPrefix(path, "/dev/") { // whatever /dev/stdout leads to
		return true
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// resolved is where a link leads, as far as that exists.
func resolved(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// reason leaves out the name of the file that was tried in place of another.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func appendTo(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err = file.Write(text); err != nil {
		err = fmt.Errorf("report: %w", err)
	}
	return errors.Join(err, file.Close())
}

// replace writes beside the file and renames, so that a full disk leaves the
// former report as it was.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(resolved(path)), ".seam-report-*")
	if err != nil {
		return fmt.Errorf("report: write %s: %w; does its folder exist?", path, reason(err))
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("report: write %s: %w", path, reason(err))
	}
	return os.Rename(file.Name(), resolved(path))
}

// JSON renders the document itself.
func JSON(w io.Writer, doc *Document) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(doc)
}
