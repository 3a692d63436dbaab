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
	"hdr":      HDRLog,
	"hgrm":     Percentiles,
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
	case format == "github":
		return add(path, text.Bytes())
	default:
		return WriteFile(path, text.Bytes())
	}
}

// WriteFile writes a file whole or not at all: beside it, and then renamed. A
// device or a pipe is written to as it stands, and a link stays one.
func WriteFile(path string, text []byte) error {
	if special(path) {
		return add(path, text)
	}
	return replace(path, text)
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
	var linked *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err
	case errors.As(err, &linked):
		return linked.Err
	}
	return err
}

func add(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// temporary names the file beside the one that it will become.
const temporary = ".seam-report-*"

// replace writes beside the file and renames, so that a full disk leaves the
// former report as it was.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(resolved(path)), temporary)
	if err != nil {
		return fmt.Errorf("write %s: %w; does its folder exist?", path, reason(err))
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, reason(err))
	}
	if err := os.Rename(file.Name(), resolved(path)); err != nil {
		return fmt.Errorf("write %s: %w", path, reason(err))
	}
	return nil
}

// JSON renders the document itself.
func JSON(w io.Writer, doc *Document) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(doc)
}
