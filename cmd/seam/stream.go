package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
)

// A stream is stdout or stderr of a run. It remembers that it could not be
// written, for help and the like do not look. Where nobody reads any more, as
// behind `| head -1`, what is written goes nowhere and is no error.
type stream struct {
	io.Writer
	name string

	mu     sync.Mutex
	err    error  // guarded by mu; the first that a write met
	unread bool   // guarded by mu
	gone   func() // guarded by mu; called once nobody reads any more; nil: nothing is
}

// A fileStream is a stream of which one can ask whether it is a terminal.
type fileStream struct {
	*stream
	file *os.File
}

func (f fileStream) Fd() uintptr                { return f.file.Fd() }
func (f fileStream) Stat() (os.FileInfo, error) { return f.file.Stat() }

// watched is w as a stream, and the writer to hand on.
func watched(name string, w io.Writer) (*stream, io.Writer) {
	s := &stream{Writer: w, name: name}
	if file, ok := w.(*os.File); ok {
		return s, fileStream{s, file}
	}
	return s, s
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unread {
		return len(p), nil
	}
	n, err := s.Writer.Write(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, syscall.EPIPE):
		s.unread = true
		if s.gone != nil {
			s.gone()
		}
		return len(p), nil
	case s.err == nil:
		s.err = fmt.Errorf("write to %s: %w", s.name, bare(err))
	}
	return n, s.err
}

// bare is an error without the name of the file, which is a number to people.
func bare(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// onceUnread has f called when nobody reads the stream any more; f must not
// write to it.
func (s *stream) onceUnread(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = f
}

// fault is why the stream could not be written; nil where it could.
func (s *stream) fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
