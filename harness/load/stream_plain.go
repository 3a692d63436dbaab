package load

import (
	"errors"
	"io"
	"time"
)

// HTTP/1.1 over TLS, and where there is no epoll, is sent as HTTP/2 is, on
// connections that carry one request at a time.

const plainRead = 16 << 10 // bytes that are read at a time

var errUnasked = errors.New("an answer came that nobody asked for")

// ask writes the request of a stream.
func (c *streamConn) ask(st *stream, w *wire) {
	at := len(c.out)
	c.out = append(c.out, w.bytes...)
	spliceContext(c.out[at+w.trace:], st.mark.trace, c.s.r.sampled(st.mark.n))
	if sheet := &c.sheet; cap(sheet.plain.bytes) > keptCaptures {
		sheet.plain.bytes, sheet.body = nil, nil
	}
	c.parser.expect(w.head)
	c.parser.tap = st.seen
}

// readPlain takes what the peer sends until it ends.
func (c *streamConn) readPlain() error {
	buffer := make([]byte, plainRead)
	for {
		n, err := c.net.Read(buffer)
		if n > 0 {
			if wrong := c.hear(buffer[:n]); wrong != nil {
				return wrong
			}
		}
		if err != nil {
			return c.silent(err)
		}
	}
}

// hear takes the next bytes of an answer, and sends what follows from its end.
func (c *streamConn) hear(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.account()
	st := c.order.oldest
	if st == nil {
		return errUnasked
	}
	used, err := c.parser.feed(b)
	st.mark.status, st.mark.bytes = c.parser.status, c.parser.body
	switch {
	case err != nil:
		c.class = classOfAnswer(err)
		return err
	case used < len(b): // it sent more than it said
		c.class = classProtocol
		return errUnasked
	case !c.parser.done():
		return nil
	}
	c.answered(st, c.s.now(), c.parser.last || c.pipe.backlog.Load() > 0) // or it was answered before it was asked in full
	c.flush()
	return nil
}

// answered takes a whole answer; last says that it is the last of the connection.
func (c *streamConn) answered(st *stream, now time.Duration, last bool) {
	if last {
		c.s.withdraw(c)
		c.state = connDraining
	}
	c.complete(st, now)
}

// silent is the end of what the peer sends, which may be that of an answer.
func (c *streamConn) silent(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.account()
	st := c.order.oldest
	switch {
	case st == nil && c.state == connOpen: // it was idle, and may end
		c.s.withdraw(c)
		c.state = connDraining
	case st != nil && errors.Is(err, io.EOF) && c.parser.end() == nil:
		c.answered(st, c.s.now(), true)
	}
	return err
}

// breakOff ends a connection whose answer nobody waits for any more.
func (c *streamConn) breakOff() {
	c.s.withdraw(c)
	c.state = connDraining
	_ = c.pipe.hangUp()
}
