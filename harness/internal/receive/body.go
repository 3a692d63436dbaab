package receive

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// A body is the decompressed content of a request, in a buffer that is used
// again after free. What is decoded from it must not share its memory.
type body struct{ buf []byte }

var (
	bodies = sync.Pool{New: func() any { return &body{buf: make([]byte, 0, firstBody)} }}
	gunzip = sync.Pool{New: func() any { return new(gzip.Reader) }}
)

const (
	firstBody = 64 << 10
	keptBody  = 1 << 20 // larger buffers are left to the garbage collector
)

func (b *body) free() {
	if cap(b.buf) <= keptBody {
		bodies.Put(b)
	}
}

// A source is the compressed body. It remembers whether the sender, and not
// the decompressor, ended it, and stops what is too long.
type source struct {
	from io.Reader
	left int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.err = errTooLong
		return 0, s.err
	}
	n, err := s.from.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	s.err = err
	return n, err
}

var errTooLong = errors.New("too long")

// read takes in a body of at most MaxBody bytes after decompression, and
// charges the lease for its buffer. The caller frees what it returns.
func (r *Receiver) read(from io.Reader, encoding string, l *lease) (*body, error) {
	src := &source{from: from, left: r.config.MaxBody + 1}
	var plain io.Reader = src
	switch strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		z := gunzip.Get().(*gzip.Reader)
		defer gunzip.Put(z)
		if err := z.Reset(src); err != nil {
			return nil, r.unreadable(src, err)
		}
		plain = z
	case "deflate":
		z, err := zlib.NewReader(src)
		if err != nil {
			return nil, r.unreadable(src, err)
		}
		plain = z
	default:
		return nil, refuse(Unsupported, fmt.Errorf("the encoding %q is not understood; send gzip, deflate or identity", encoding))
	}
	b := bodies.Get().(*body)
	b.buf = b.buf[:0]
	if err := r.fill(b, plain, l); err != nil {
		b.free()
		if _, ok := errors.AsType[*refusal](err); ok {
			return nil, err
		}
		return nil, r.unreadable(src, err)
	}
	return b, nil
}

// fill charges what a new buffer would take, so that it makes no difference
// which one the pool had: each was charged to the request that made it grow.
func (r *Receiver) fill(b *body, plain io.Reader, l *lease) error {
	charged := firstBody
	if err := l.take(charged); err != nil {
		return err
	}
	for {
		if int64(len(b.buf)) > r.config.MaxBody {
			return errTooLong
		}
		if len(b.buf) == charged {
			if err := l.take(charged); err != nil {
				return err
			}
			charged *= 2
		}
		if len(b.buf) == cap(b.buf) {
			b.buf = append(make([]byte, 0, 2*cap(b.buf)), b.buf...)
		}
		n, err := plain.Read(b.buf[len(b.buf):min(cap(b.buf), charged)])
		b.buf = b.buf[:len(b.buf)+n]
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if int64(len(b.buf)) > r.config.MaxBody {
				return errTooLong
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unreadable tells a sender that broke off from one that sent something wrong.
func (r *Receiver) unreadable(src *source, err error) error {
	switch {
	case errors.Is(err, errTooLong):
		return refuse(TooLarge, fmt.Errorf("the body is larger than %d bytes; send smaller batches", r.config.MaxBody))
	case src.err != nil && !errors.Is(src.err, io.EOF):
		return refuse(Aborted, fmt.Errorf("read the body: %w", src.err))
	}
	return malformed("compressed body", err)
}
