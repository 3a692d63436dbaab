//go:build amd64 || arm64

package load

import (
	"runtime"
	"syscall"
	"time"

	"github.com/seamtest/seam/harness/load/uring"
)

// The closed model over a ring: fewer turns for the same work. Nothing is due
// at a time there, so answers may wait a moment for others. Where the kernel
// has no rings, where few connections have few answers to wait for, and in the
// open model, epoll does the work.
const (
	leastRing  = 16                    // connections
	mostBatch  = 16                    // answers that a turn waits for
	batchShare = 4                     // but for no more than this part of what is in flight
	batchFor   = 50 * time.Microsecond // and for no longer than that
)

// What a result of the ring is about, beside slot and generation of the connection.
const (
	ofReceive = iota
	ofSend
	ofPoll

	kindBits       = 2
	generationBits = 32 - kindBits
)

func (c *conn) tag(kind uint64) uint64 {
	return uint64(c.slot)<<32 | uint64(c.generation)&(1<<generationBits-1)<<kindBits | kind
}

// useRing goes over from epoll to a ring, where there is one. Its thread is
// the loop's own from then on.
func (l *loop) useRing() {
	runtime.LockOSThread()
	made, err := uring.New(l.most)
	if err != nil {
		runtime.UnlockOSThread()
		return
	}
	l.ring = made
	for _, c := range l.conns {
		if c != nil && c.fd >= 0 {
			_ = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_DEL, c.fd, nil) // it is there
			l.attend(c)
		}
	}
}

// attend has the ring tell of a connection.
func (l *loop) attend(c *conn) {
	if c.state == connecting {
		l.ring.Writable(c.fd, c.tag(ofPoll))
		return
	}
	l.ring.Receive(c.fd, c.tag(ofReceive))
}

// reap hands over what is to be sent, waits for answers and takes them.
func (l *loop) reap(now time.Duration) {
	until, _ := l.until(now)
	l.ring.Enter(max(1, min(mostBatch, l.flying/batchShare)), min(batchFor, until-now))
	if left := until - now - batchFor; left > 0 && l.ring.Came() == 0 {
		l.ring.Enter(1, left)
	}
	for r := range l.ring.Results() {
		l.told(&r)
	}
}

// told looks at a result of the ring.
func (l *loop) told(r *uring.Result) {
	c := l.conns[r.Tag>>32]
	kind := r.Tag & (1<<kindBits - 1)
	ours := c.fd >= 0 && c.tag(kind) == r.Tag // else of a connection that is gone
	switch {
	case !ours:
	case kind == ofReceive:
		l.received(c, r)
	case kind == ofPoll:
		l.polled(c)
	case r.N < 0:
		l.fail(c, classOf(syscall.Errno(-r.N)))
	default:
		l.fail(c, classClosed) // it was sent in part
	}
}

// polled goes on with a connection that was made, or that takes bytes again.
func (l *loop) polled(c *conn) {
	if c.state != connecting {
		l.flush(c)
		return
	}
	if err := connected(c.fd); err != nil {
		l.fail(c, classOf(err))
		return
	}
	l.ring.Receive(c.fd, c.tag(ofReceive))
	l.established(c)
}

// received takes what came on a connection.
func (l *loop) received(c *conn, r *uring.Result) {
	switch errno := syscall.Errno(-r.N); {
	case r.N == 0:
		l.ended(c)
		return
	case r.N < 0 && errno != syscall.ENOBUFS:
		l.fail(c, classOf(errno))
		return
	case r.N > 0 && c.wire == nil:
		l.fail(c, classProtocol) // nobody asked
	case r.N > 0:
		l.take(c, r.Data)
	}
	if gone := c.fd < 0 || c.tag(ofReceive) != r.Tag; !gone && !r.More {
		l.ring.Receive(c.fd, r.Tag)
	}
}

// post sends the request of c with the others of this turn; false: it is too
// large for the ring.
func (l *loop) post(c *conn) bool {
	if l.ring == nil || len(c.wire.bytes) > uring.RoomSize {
		return false
	}
	l.ring.Send(c.fd, append(l.ring.Room(c.slot), c.wire.bytes...), c.tag(ofSend))
	return true
}

// part ends what the ring does for a connection. What is not handed over yet
// would go to whichever has its number next.
func (l *loop) part(c *conn) {
	l.ring.Submit()
	_ = syscall.Shutdown(c.fd, syscall.SHUT_RDWR) // it may have ended; what waits for it ends with that
}
