package mocks

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A Recording is a Mock that listens on 127.0.0.1 until its test ends and
// then writes the pact, or says why not.
type Recording struct {
	*Mock
	URL string // http://127.0.0.1:PORT
}

// Record plays the provider of a pact to the consumer that a test exercises.
// When the test ends, every fault of the consumer fails it; a test that did
// all that the pact says, and nothing else, has its pact saved in dir, merged
// with what other tests saved there. A dir of "" saves nothing.
func Record(t T, pact *contracts.Pact, dir string) *Recording {
	t.Helper()
	mock, err := NewMock(pact)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() { conclude(t, mock, dir) }) // runs after the server's, which is registered later
	url, err := listen(t, mock)
	if err != nil {
		t.Fatalf("mock %s: %v", pact.Provider, err)
		return nil
	}
	return &Recording{Mock: mock, URL: url}
}

func conclude(t T, mock *Mock, dir string) {
	t.Helper()
	for _, f := range mock.Faults() {
		t.Errorf("pact of %s and %s: %s", mock.pact.Consumer, mock.pact.Provider, f)
	}
	if t.Failed() || dir == "" {
		return
	}
	if _, err := Save(dir, mock.pact); err != nil {
		t.Errorf("%v", err)
	}
}

// Save writes a pact to dir/CONSUMER-PROVIDER.json, merged with the pact that
// is there (see contracts.Merge), and returns the file's path. The file is
// always whole: a reader sees the old pact or the new one. Processes that
// save into one folder wait for one another. The error names the file, and
// what in it cannot be merged.
func Save(dir string, pact *contracts.Pact) (path string, err error) {
	path = filepath.Join(dir, FileName(pact))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return path, fmt.Errorf("save pact: %w", err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return path, fmt.Errorf("save pact %s: %w", path, err)
	}
	defer unlock()
	if pact, err = mergedWith(path, tidy(pact)); err != nil {
		return path, fmt.Errorf("save pact %s: %w", path, err)
	}
	var text bytes.Buffer
	if err := contracts.Write(&text, pact); err != nil {
		return path, fmt.Errorf("save pact %s: %w", path, err)
	}
	return path, replace(path, text.Bytes())
}

// tidy is a pact whose JSON bodies stand in the file as values, however a
// test spelt them.
func tidy(pact *contracts.Pact) *contracts.Pact {
	out := *pact
	out.Interactions = slices.Clone(pact.Interactions)
	for n := range out.Interactions {
		i := &out.Interactions[n]
		if i.Request != nil {
			q := *i.Request
			q.Body = q.Body.Compact()
			i.Request = &q
		}
		if i.Response != nil {
			p := *i.Response
			p.Body = p.Body.Compact()
			i.Response = &p
		}
		i.Messages = slices.Clone(i.Messages)
		for k := range i.Messages {
			i.Messages[k].Contents = i.Messages[k].Contents.Compact()
		}
	}
	return &out
}

func mergedWith(path string, pact *contracts.Pact) (*contracts.Pact, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pact, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	before, _, err := contracts.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%w; try: remove the file", err)
	}
	return contracts.Merge(before, pact)
}

// FileName is what Save calls a pact: CONSUMER-PROVIDER.json.
func FileName(pact *contracts.Pact) string {
	return fileName(pact.Consumer) + "-" + fileName(pact.Provider) + ".json"
}

// fileName keeps a pacticipant's name from naming another folder.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

// replace puts a file in place of another at one stroke.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pact-*")
	if err != nil {
		return fmt.Errorf("save pact %s: %w", path, err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("save pact %s: %w", path, err)
	}
	return nil
}
