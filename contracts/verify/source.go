package verify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/contracts"
)

// A Source is a pact and where it came from.
type Source struct {
	Name     string // as given: a file's path, or a URL without its password
	Pact     *contracts.Pact
	Warnings []contracts.Warning
}

// An Origin gives pacts. Paths is one; a broker is another. It reports all
// that it could not read, joined, beside the pacts that it could.
type Origin interface {
	Pacts(ctx context.Context) ([]Source, error)
}

// Paths are files, folders, globs and URLs, as Sources reads them.
type Paths []string

// Pacts reads them.
func (p Paths) Pacts(ctx context.Context) ([]Source, error) { return Sources(ctx, p) }

// maxSources bounds how many pacts one folder or glob may bring.
const maxSources = 10_000

// Sources reads pacts from files, folders (each *.json directly in them),
// globs and http or https URLs. A file that is named twice is read once. All
// faults are reported, each with its file; a path that holds no pact is one.
func Sources(ctx context.Context, paths []string) ([]Source, error) {
	var sources []Source
	var faults []error
	seen := map[string]bool{}
	for _, path := range paths {
		names, err := expand(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, name := range names {
			if key := identity(name); !seen[key] {
				seen[key] = true
				source, err := load(ctx, name)
				if err != nil {
					faults = append(faults, err)
					continue
				}
				sources = append(sources, source)
			}
		}
	}
	return sources, errors.Join(faults...)
}

// Of returns the pacts of one provider, or all where it is "".
func Of(sources []Source, provider string) []*contracts.Pact {
	var pacts []*contracts.Pact
	for _, s := range sources {
		if provider == "" || s.Pact.Provider == provider {
			pacts = append(pacts, s.Pact)
		}
	}
	return pacts
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

func identity(name string) string {
	if isURL(name) {
		return name
	}
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return filepath.Clean(name)
}

// expand turns a path into the names of single pacts.
func expand(path string) ([]string, error) {
	if isURL(path) {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return glob(filepath.Join(escapeGlob(path), "*.json"), path)
	case err == nil:
		return []string{path}, nil
	case strings.ContainsAny(path, "*?["):
		return glob(path, path)
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("pact %s: there is no such file or folder", path)
	}
	return nil, fmt.Errorf("pact %s: %w", path, err)
}

// escapeGlob keeps a folder's own name from being read as a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(path)
}

func glob(pattern, path string) ([]string, error) {
	names, err := filepath.Glob(pattern)
	switch {
	case err != nil:
		return nil, fmt.Errorf("pact %s: %w", path, err)
	case len(names) == 0:
		return nil, fmt.Errorf("pact %s: there is no pact; try: a folder with *.json files, or a glob in quotes", path)
	case len(names) > maxSources:
		return nil, fmt.Errorf("pact %s: names %d files, more than %d", path, len(names), maxSources)
	}
	slices.Sort(names)
	return names, nil
}

func load(ctx context.Context, name string) (Source, error) {
	opener := openFile
	if isURL(name) {
		opener = openURL
	}
	shown, body, err := opener(ctx, name)
	if err != nil {
		return Source{}, fmt.Errorf("pact %s: %w", shown, err)
	}
	defer body.Close()
	pact, warnings, err := contracts.Read(body)
	if err != nil {
		return Source{}, fmt.Errorf("pact %s: %w", shown, tooSlow(err))
	}
	return Source{Name: shown, Pact: pact, Warnings: warnings}, nil
}

func openFile(_ context.Context, name string) (string, io.ReadCloser, error) {
	f, err := os.Open(name)
	return name, f, err
}

// tooSlow says so where that is what was wrong with a URL.
func tooSlow(err error) error {
	if inner := (*url.Error)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return fmt.Errorf("it did not come whole within %s; try: see what the server waits for, or fetch it into a file", fetchTime)
	}
	return err
}

// fetchTime is how long a URL may take to give a whole pact.
const fetchTime = 30 * time.Second

func openURL(ctx context.Context, name string) (shown string, body io.ReadCloser, err error) {
	parsed, err := url.Parse(name)
	if err != nil {
		return name, nil, errors.New("is no URL")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, name, http.NoBody)
	if err != nil {
		return parsed.Redacted(), nil, err
	}
	request.Header.Set("Accept", "application/hal+json, application/json")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	answer, err := (&http.Client{Transport: transport, Timeout: fetchTime}).Do(request)
	if err != nil {
		return parsed.Redacted(), nil, tooSlow(err)
	}
	content := bufio.NewReader(answer.Body)
	switch begin, _ := content.Peek(1); {
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		err = fmt.Errorf("the server answered %s; try: http://USER:PASSWORD@HOST/..., or fetch it into a file", answer.Status)
	case answer.StatusCode != http.StatusOK:
		err = fmt.Errorf("the server answered %s", answer.Status)
	case string(begin) == "<":
		err = errors.New("the server answered with a page, not with a pact; try: look at it in a browser, perhaps it asks for a login")
	}
	if err != nil {
		answer.Body.Close()
		return parsed.Redacted(), nil, err
	}
	return parsed.Redacted(), fetched{content, answer.Body}, nil
}

// fetched is the body of an answer of which the beginning was looked at.
type fetched struct {
	io.Reader
	io.Closer
}
