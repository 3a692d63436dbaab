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
	if path == "" {
		_, err := stdout.Write(text.Bytes())
		return err
	}
	info, err := os.Stat(path)
	switch {
	case format == "github":
		return add(path, os.O_APPEND|os.O_CREATE, text.Bytes())
	case err == nil && !info.Mode().IsRegular():
		return add(path, 0, text.Bytes()) // a device or a pipe must stay what it is
	default:
		return replace(path, text.Bytes())
	}
}

func add(path string, flags int, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|flags, 0o644)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return nil
}

// temporary names the file beside the one that it will become.
const temporary = ".seam-report-*"

// replace writes beside the file and renames, so that a full disk leaves the
// former report as it was. Where the path is a link, what it leads to is
// replaced.
func replace(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	file, err := os.CreateTemp(filepath.Dir(path), temporary)
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
