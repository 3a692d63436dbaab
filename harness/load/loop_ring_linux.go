//go:build amd64 || arm64

package load

import (
	"runtime"
	"syscall"
	"time"
)

// The closed model over a ring: fewer turns for the same work. Nothing is due
// at a time there, so answers may wait a moment for others. Where the kernel
// has no rings, where few connections have few answers to wait for, and in the
// open model, epoll does the work.
const (
	leastRing  = 16                    // connections
	mostBatch  = 16                    // answers that a turn waits for
	batchShare = 4                     // but for no more than this part of what is in flight
	batchFor   = 50 * time.Microsecond // and for no longer than that once one came
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
	made, err := newRing(l.most)
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
		l.ring.writable(c.fd, c.tag(ofPoll))
		return
	}
	l.ring.receive(c.fd, c.tag(ofReceive))
}

// reap hands over what is to be sent, waits for answers and takes them.
func (l *loop) reap(now time.Duration) {
	until, _ := l.until(now)
	l.ring.enter(max(1, min(mostBatch, l.flying/batchShare)), min(batchFor, until-now))
	first, end := l.ring.came()
	if left := until - now - batchFor; first == end && left > 0 {
		l.ring.enter(1, left)
		first, end = l.ring.came()
	}
	for at := first; at != end; at++ {
		l.told(l.ring.result(at))
	}
	l.ring.taken(end)
}

// told looks at a result of the ring.
func (l *loop) told(r *cqe) {
	c := l.conns[r.user>>32]
	kind := r.user & (1<<kindBits - 1)
	ours := c.fd >= 0 && c.tag(kind) == r.user // else of a connection that is gone
	switch {
	case kind == ofReceive:
		l.received(c, r, ours)
	case !ours:
	case kind == ofPoll:
		l.polled(c)
	case r.result < 0:
		l.fail(c, classOf(syscall.Errno(-r.result)))
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
	l.ring.receive(c.fd, c.tag(ofReceive))
	l.established(c)
}

// received takes what came on a connection.
func (l *loop) received(c *conn, r *cqe, ours bool) {
	if r.result > 0 {
		b, id := l.ring.received(r)
		switch {
		case !ours:
		case c.wire == nil:
			l.fail(c, classProtocol) // nobody asked
		default:
			l.take(c, b)
		}
		l.ring.giveBack(id)
	}
	ours = ours && c.fd >= 0 && c.tag(ofReceive) == r.user // still
	switch errno := syscall.Errno(-r.result); {
	case !ours:
	case r.result == 0:
		l.ended(c)
	case r.result < 0 && errno != syscall.ENOBUFS:
		l.fail(c, classOf(errno))
	case r.flags&cqeMore == 0:
		l.ring.receive(c.fd, c.tag(ofReceive))
	}
}

// post sends the request of c with the others of this turn; false: it is too
// large for the ring.
func (l *loop) post(c *conn) bool {
	if l.ring == nil || len(c.wire.bytes) > ringRequest {
		return false
	}
	l.ring.send(c.fd, append(l.ring.room(c.slot), c.wire.bytes...), c.tag(ofSend))
	return true
}

// part ends what the ring does for a connection. What is not handed over yet
// would go to whichever has its number next.
func (l *loop) part(c *conn) {
	l.ring.submit()
	_ = syscall.Shutdown(c.fd, syscall.SHUT_RDWR) // it may have ended; what waits for it ends with that
}
