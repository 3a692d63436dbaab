//go:build amd64 || arm64

package load

import (
	"runtime"
	"syscall"
	"time"
)

// open begins to connect c; the class is "" unless that failed at once.
func (l *loop) open(c *conn) (class string) {
	fd, err := connect(l.to)
	if err != nil {
		return classOf(err)
	}
	c.fd, c.state = fd, connecting
	c.generation++
	c.rest = c.rest[:0]
	if l.ring != nil {
		l.attend(c)
		return ""
	}
	if err := watch(l.epoll, fd, c.slot, c.generation); err != nil {
		l.hangUp(c)
		return classOf(err)
	}
	return ""
}

// handle looks at a connection that something happened to.
func (l *loop) handle(e *event) {
	c := l.conns[e.Fd]
	if c.generation != e.Pad || c.fd < 0 {
		return // of a connection that is gone
	}
	if c.state == connecting {
		if err := connected(c.fd); err != nil {
			l.fail(c, classOf(err))
			return
		}
		if e.Events&(syscall.EPOLLOUT|syscall.EPOLLIN) == 0 {
			return
		}
		l.established(c)
	}
	if len(c.rest) > 0 && e.Events&syscall.EPOLLOUT != 0 {
		l.flush(c)
	}
	const over = syscall.EPOLLRDHUP | syscall.EPOLLHUP | syscall.EPOLLERR
	if c.fd >= 0 && e.Events&(syscall.EPOLLIN|over) != 0 {
		l.read(c, e.Events&over != 0)
	}
}

// established goes on with a connection that was made.
func (l *loop) established(c *conn) {
	c.state = ready
	switch {
	case c.wire != nil:
		l.send(c)
	case l.r.closedModel() && l.began:
		l.again(c, l.now())
	default:
		l.idle = append(l.idle, c)
	}
}

// read takes what has come, all of it: the next event comes only with more.
func (l *loop) read(c *conn, over bool) {
	for generation := c.generation; c.fd >= 0 && c.generation == generation; {
		n, errno := readFrom(c.fd, l.buffer)
		switch {
		case errno == syscall.EAGAIN:
			return
		case errno == syscall.EINTR:
			continue
		case errno != 0:
			l.fail(c, classOf(errno))
			return
		case n == 0:
			l.ended(c)
			return
		case c.wire == nil:
			l.fail(c, classProtocol) // nobody asked
			return
		}
		if !l.take(c, l.buffer[:n]) || (n < len(l.buffer) && !over) {
			return
		}
	}
}

// take hands bytes to the parser; it reports whether the connection goes on.
func (l *loop) take(c *conn, b []byte) bool {
	used, err := c.parser.feed(b)
	switch {
	case err != nil:
		l.fail(c, classOfAnswer(err))
		return false
	case !c.parser.done():
		return true
	case used < len(b) || len(c.rest) > 0:
		c.parser.last = true // it sent more than it said, or answered before it was asked in full
	}
	if used < len(b) {
		l.fail(c, classProtocol)
		return false
	}
	return l.complete(c)
}

// ended is the server closing the connection.
func (l *loop) ended(c *conn) {
	if c.wire == nil || c.parser.end() != nil {
		l.fail(c, classClosed)
		return
	}
	l.complete(c)
}

// complete writes down a whole answer; it reports whether the connection goes on.
func (l *loop) complete(c *conn) bool {
	now := l.now()
	c.mark.done, c.mark.status, c.mark.bytes = now, c.parser.status, c.parser.body
	switch {
	case !accepted(c.wire.want, c.mark.status):
		c.mark.class = classStatus
	case c.parser.tap != nil:
		l.look(c)
	}
	l.tape.record(&c.mark)
	last, s := c.parser.last, c.session
	l.land(c)
	if last {
		l.hangUp(c)
	} else {
		c.state = ready
	}
	taken := s != nil && l.goesOn(c, s, now)
	switch {
	case taken:
	case l.r.closedModel():
		l.again(c, now)
	case last:
		l.spare = append(l.spare, c.slot)
	default:
		l.idle = append(l.idle, c)
	}
	return !last
}

// again keeps a connection of the closed model busy: the next request is due
// when the last one ended.
func (l *loop) again(c *conn, now time.Duration) {
	if now >= l.r.horizon() || l.r.cancelled.Load() {
		if c.state == ready {
			l.idle = append(l.idle, c)
		}
		return
	}
	l.fire(c, now, now)
	l.n += l.of
}

// fail writes down that no whole answer came, and hangs up.
func (l *loop) fail(c *conn, class string) {
	l.hangUp(c)
	switch {
	case c.thinking:
		return // it is made anew when its user goes on
	case c.wire == nil: // it was idle, or being made ahead of need
		l.forget(c)
	default:
		c.mark.done, c.mark.class = l.now(), class
		c.mark.status, c.mark.bytes = c.parser.status, c.parser.body
		l.tape.record(&c.mark)
		s := c.session
		if l.land(c); s != nil {
			l.next(s, &c.mark)
		}
	}
	if !l.r.closedModel() {
		l.spare = append(l.spare, c.slot)
		return
	}
	c.until = l.now() + restFor // a server that refuses is not asked a million times a second
	l.resting = append(l.resting, c)
}

// forget takes a connection out of those that are idle.
func (l *loop) forget(c *conn) {
	for i, other := range l.idle {
		if other == c {
			l.idle = append(l.idle[:i], l.idle[i+1:]...)
			return
		}
	}
}

// wake lets rested connections of the closed model go on.
func (l *loop) wake(now time.Duration) {
	for len(l.resting) > 0 && l.resting[0].until <= now {
		c := l.resting[0]
		l.resting = append(l.resting[:0], l.resting[1:]...)
		l.again(c, now)
	}
	l.rouse(now)
}

// hangUp closes the connection; events that still come are of an older generation.
func (l *loop) hangUp(c *conn) {
	if c.fd >= 0 {
		if l.ring != nil {
			l.part(c)
		}
		_ = syscall.Close(c.fd)
	}
	c.fd, c.state = -1, unconnected
	c.rest = c.rest[:0]
}

// fly appends c to those in flight, which are in the order of sending.
func (l *loop) fly(c *conn) {
	c.parser.status, c.parser.body = 0, 0
	c.prev, c.next = l.newest, nil
	if l.newest != nil {
		l.newest.next = c
	} else {
		l.oldest = c
	}
	l.newest = c
	l.flying++
	l.looks.Store(int64(l.flying))
}

// land takes c out of those in flight.
func (l *loop) land(c *conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.oldest = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.newest = c.prev
	}
	l.release(c)
	c.prev, c.next, c.wire, c.session = nil, nil, nil, nil
	l.flying--
	l.looks.Store(int64(l.flying))
}

// finish writes down what the end of the run cut off: what is in flight, and
// what was due but found no connection.
func (l *loop) finish() {
	now := l.now()
	for c := l.oldest; c != nil; c = l.oldest {
		c.mark.done, c.mark.class = now, classUnfinished
		l.tape.record(&c.mark)
		s := c.session
		if l.land(c); s != nil {
			l.next(s, &c.mark)
		}
	}
	l.curtain(now)
	for ; l.more && l.due <= now; l.advance() {
		l.unbegun(now)
	}
}

func (l *loop) close() {
	for _, c := range l.conns {
		if c != nil {
			l.hangUp(c)
		}
	}
	if l.ring != nil {
		l.ring.Close()
		runtime.UnlockOSThread()
	}
	_ = syscall.Close(l.epoll)
}
