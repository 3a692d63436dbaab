package edge

import (
	"errors"
	"io"
	"net/http"
	"os"
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
	wait *permission // nil: none is needed

	mu    sync.Mutex // held while the consumer is read from
	left  int64      // of a declared length; negative where none was; guarded by mu
	count int64      // guarded by mu until stop returned
	ended bool       // at its end; guarded by mu
	over  bool       // not read any more; guarded by mu
	err   error      // why it broke off; guarded by mu

	gate    sync.Mutex
	stopped bool  // guarded by gate
	gone    error // why the provider's connection ended before an answer; guarded by gate
}

// Read passes the consumer's bytes on.
func (b *requestBody) Read(p []byte) (int, error) {
	if !b.wait.wait(b.call) {
		return 0, errEnded
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.over || b.providerGone() != nil:
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
	case errors.Is(err, io.EOF):
		b.ended = true
		b.trailers()
	case err != nil && !b.ended:
		b.err = err
	}
}

// trailers hands the consumer's trailer fields on; they are known at the end
// only, and the transport writes what the map then holds.
func (b *requestBody) trailers() {
	if b.call.trailer == nil {
		return
	}
	for name, values := range b.call.request.Trailer {
		if maySayLate(name) {
			b.call.trailer[name] = values
		}
	}
}

// maySayLate keeps what frames or routes a message out of its trailer (RFC
// 9110, section 6.5.1): net/http refuses it only where it was announced.
func maySayLate(name string) bool {
	switch name {
	case "Connection", "Content-Length", "Host", "Trailer", "Transfer-Encoding":
		return false
	}
	return true
}

// Close does nothing: the transport closes a body that it gave up, and the
// rest of it is still needed to find the next request.
func (b *requestBody) Close() error { return nil }

// whole reports whether the body was read to its end.
func (b *requestBody) whole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// broken is why the body could not be read to its end; nil where it could, or
// where nobody tried.
func (b *requestBody) broken() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// providerGone is why the provider's connection ended before an answer.
func (b *requestBody) providerGone() error {
	b.gate.Lock()
	defer b.gate.Unlock()
	return b.gone
}

// interrupt says that the provider's connection ended before an answer. The
// transport tells of that only when the reading of the body has ended, so a
// consumer that pauses is not read any more.
func (b *requestBody) interrupt(err error) {
	b.gate.Lock()
	defer b.gate.Unlock()
	if b.stopped || b.gone != nil {
		return
	}
	b.gone = err
	if b.wait != nil {
		close(b.wait.gone)
	}
	if b.mu.TryLock() {
		defer b.mu.Unlock()
		b.over = true // nobody reads, or everything was read
		return
	}
	b.giveUp()
}

// giveUp ends a read that waits for the consumer; its connection can serve no
// further request.
func (b *requestBody) giveUp() {
	b.call.conn.cut.Store(true)
	_ = b.call.conn.SetReadDeadline(time.Unix(1, 0)) // a closed connection needs none
}

// stop ends the reading. A body that was not read to its end is read on for a
// moment, unless the exchange was aborted; if that does not help, the
// connection serves no further request. It reports whether what follows on the
// connection must not be taken for a request.
func (b *requestBody) stop(aborted bool) (lost bool) {
	b.gate.Lock()
	b.stopped = true
	b.gate.Unlock()
	if b.wait != nil {
		close(b.wait.stopped)
		aborted = aborted || !isClosed(b.wait.given)
	}
	switch {
	case b.from == nil || b.from == http.NoBody || b.call.conn.tunnel.Load():
		return false
	case b.call.request.ProtoMajor != 1:
		b.from.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.over = true
		return false
	}
	if b.mu.TryLock() {
		if b.over = true; b.ended {
			b.mu.Unlock()
			return false
		}
		b.mu.Unlock()
	}
	if aborted {
		b.giveUp()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.over = true
		return isMalformed(b.err)
	}
	return b.drain()
}

// drain reads on, so that the connection can be kept.
func (b *requestBody) drain() (lost bool) {
	conn := b.call.conn
	_ = conn.SetReadDeadline(time.Now().Add(drainFor)) // a closed connection needs none
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if !b.ended && b.err == nil {
		into := io.Discard
		if c := b.call.capture; c != nil {
			into = &c.request
		}
		n, err := io.CopyN(into, b.from, drainMost)
		b.count += n
		if b.ended = errors.Is(err, io.EOF); !b.ended {
			b.err = err
		}
	}
	if !b.ended {
		conn.cut.Store(true)
		return isMalformed(b.err)
	}
	_ = conn.SetReadDeadline(time.Time{}) // a closed connection needs none
	return false
}

// isMalformed tells a body whose end cannot be found from one that did not
// come, after which net/http finds the connection's end.
func isMalformed(err error) bool {
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !isDisconnect(err)
}
