package edge

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// drainFor is how long the rest of a request's body is waited for when its
// answer did not need it. After that the connection is closed with the answer.
const drainFor = 50 * time.Millisecond

// drainMost bounds that rest; more is not worth a connection.
const drainMost = 256 << 10

// A requestBody counts and records the consumer's body on its way. The
// transport may read it longer than the round trip takes, so stop must be
// called before the handler returns.
type requestBody struct {
	call *call
	from io.ReadCloser

	mu    sync.Mutex
	left  int64 // of a declared length; negative where none was; guarded by mu
	count int64 // guarded by mu until stop returned
	ended bool  // at its end; guarded by mu
	over  bool  // the exchange ended; guarded by mu
	err   error // why it broke off; guarded by mu
}

// Read passes the consumer's bytes on.
func (b *requestBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.over:
		return 0, errEnded
	case b.ended:
		return 0, io.EOF
	}
	n, err := b.from.Read(p)
	b.note(p[:n], err)
	return n, err
}

// note counts what was read. mu is held.
func (b *requestBody) note(p []byte, err error) {
	b.count += int64(len(p))
	if c := b.call.capture; c != nil {
		c.request.write(p)
	}
	if b.left >= 0 {
		b.left -= int64(len(p))
		b.ended = b.left == 0
	}
	switch {
	case err == io.EOF:
		b.ended = true
		b.trailers()
	case err != nil && !b.ended:
		b.err = err
	}
}

// trailers hands the consumer's trailer fields on; they are known at the end
// only, and the transport writes what the map then holds.
func (b *requestBody) trailers() {
	in := b.call.request.Trailer
	out := b.call.trailer
	if out == nil {
		return
	}
	for name, values := range in {
		out[name] = values
	}
}

// Close does nothing: the transport closes a body that it gave up, and the
// rest of it is still needed to find the next request.
func (b *requestBody) Close() error { return nil }

// broken is why the body could not be read to its end; nil where it could, or
// where nobody tried.
func (b *requestBody) broken() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// stop ends the reading. A body that was not read to its end is read on for a
// moment, unless the exchange was aborted; if that does not help, the
// connection serves no further request.
func (b *requestBody) stop(aborted bool) {
	conn := b.call.conn
	if b.call.request.ProtoMajor != 1 || conn == nil {
		b.from.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.over = true
		return
	}
	if b.done() {
		return
	}
	if aborted {
		conn.cut.Store(true)
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // a closed connection needs none
		b.mu.Lock()
		defer b.mu.Unlock()
		b.over = true
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(drainFor)) // a closed connection needs none
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if !b.ended && b.err == nil {
		n, err := io.CopyN(io.Discard, b.from, drainMost)
		b.ended = err == io.EOF
		b.count += n
	}
	if !b.ended {
		conn.cut.Store(true)
		return
	}
	_ = conn.SetReadDeadline(time.Time{}) // a closed connection needs none
}

// done ends the reading of a body that is at its end or whose connection was
// taken over.
func (b *requestBody) done() bool {
	if b.from == nil || b.from == http.NoBody || b.call.conn.tunnel.Load() {
		return true
	}
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	if b.ended {
		b.over = true
	}
	return b.ended
}
