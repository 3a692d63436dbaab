package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"
)

// A streamConn is one connection of HTTP/2, or of HTTP/1.1 with one stream, and
// what runs on it. Whoever holds mu may send: the clock that starts requests, and
// the reader of answers, which in the closed model starts the next ones itself.
type streamConn struct {
	s     *streamSender
	tape  *tape
	dials atomic.Bool // of the open model: it is being made

	mu       sync.Mutex // guards all below
	state    streamConnState
	listed   bool // among those that the sender may choose
	net      net.Conn
	pipe     *pipe
	out      []byte // frames to send
	table    []*stream
	order    streamList
	queue    streamList // taken on, not sent yet
	free     []*stream
	stuck    []*stream
	unstuck  []*stream
	flying   int                        // streams that run
	taken    int                        // these and the queue
	parked   []appointment[*streamConn] // sessions that wait for it to be made again
	thinking int                        // users whose next step is due later
	sheet    h2Wire                     // of the step that is being written
	seen     seenPool                   // that are free
	parser   parser                     // of HTTP/1.1
	nextID   uint32
	since    time.Duration // when it said hello
	class    string        // why it ended, where we know better than the socket
	served   bool          // it brought a whole answer

	peerStreams int   // how many streams the peer allows
	peerWindow  int64 // of a new stream
	peerFrame   int   // the largest payload that it takes
	window      int64 // of the connection, what it may still be sent
	allowed     int64 // of the connection, what we may still be sent
	owed        int   // outcomes that the sender does not know of yet
	replies     int   // to its pings and settings, since the backlog was last empty

	hpack   *hpack.Decoder
	block   []byte // of headers that frames have brought so far
	begun   uint32 // stream whose headers are not whole; 0: none
	ends    bool   // they are the last of that stream
	current *stream
	decoded int // bytes of the headers being read
}

type streamConnState uint8

const (
	connDialing  streamConnState = iota
	connOpen                     // the peer's settings have come
	connDraining                 // no new streams
	connGone
)

// The bounds of a connection.
const (
	streamWindow = 1 << 20         // what one stream may send before we have read it
	connWindow   = 1 << 30         // what all may; it is thrown away as it is read
	mostBacklog  = 256 << 10       // of bytes to send beyond which bodies wait
	mostReplies  = 10_000          // to pings and settings of a peer that does not read them
	readSize     = 32 << 10        // holds any frame
	lastUsedID   = lastStream >> 1 // beyond it a connection is replaced
)

var (
	errNoH2   = errors.New("the server does not speak HTTP/2 there")
	errHandle = errors.New("the TLS handshake failed")
)

func newStreamConn(s *streamSender, index int) *streamConn {
	size := 4
	for size < 2*s.streams {
		size *= 2
	}
	return &streamConn{
		s: s, tape: s.r.tapes[index%len(s.r.tapes)], table: make([]*stream, size), nextID: 1, sheet: h2Wire{plain: &wire{}},
		peerStreams: max(int(s.fewest.Load()), 1), peerWindow: firstWindow, peerFrame: leastFrame, window: firstWindow, allowed: connWindow,
	}
}

// limit is how many requests the connection may have taken on.
func (c *streamConn) limit() int { return min(c.s.streams, c.peerStreams) }

// choked reports whether the peer leaves so much unread that nothing more is
// to be sent to it for now.
func (c *streamConn) choked() bool {
	return c.pipe != nil && len(c.out)+int(c.pipe.backlog.Load()) > mostBacklog
}

// room reports whether another request may be taken on.
func (c *streamConn) room() bool { return c.taken < c.limit() && !c.choked() }

// ready reports whether another stream may be begun.
func (c *streamConn) ready() bool { return c.state == connOpen && c.flying < c.limit() && !c.choked() }

// live makes the connection and reads from it until it ends; then everything
// on it has its outcome. It reports whether the connection ended in order, and
// was of use before: a peer that only leaves again refuses as well.
func (c *streamConn) live(ctx context.Context) bool {
	err := c.connect(ctx)
	if err == nil {
		err = c.read()
	}
	c.mu.Lock()
	inOrder := c.state == connDraining && c.flying == 0 && c.served
	c.s.withdraw(c)
	c.state = connGone
	class := c.class
	if class == "" {
		class = classOfH2(err)
	}
	if ctx.Err() != nil {
		class = classUnfinished
	}
	c.failAll(class)
	c.account()
	p := c.pipe
	c.mu.Unlock()
	if p != nil {
		_ = p.Close() // waits for a goroutine that may want mu
	}
	return inOrder
}

// renew makes a connection of the closed model as new, with a request on it:
// where it cannot be made that request has failed.
func (c *streamConn) renew(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := newStreamConn(c.s, 0)
	c.state, c.net, c.pipe, c.hpack, c.class = connDialing, nil, nil, nil, ""
	c.served = false
	c.out, c.nextID, c.begun, c.replies = c.out[:0], 1, 0, 0
	c.peerStreams, c.peerWindow, c.peerFrame = fresh.peerStreams, fresh.peerWindow, fresh.peerFrame
	c.window, c.allowed = fresh.window, fresh.allowed
	if c.s.began.Load() && !c.s.r.cancelled.Load() {
		c.unpark()
		if c.taken+c.thinking < c.limit() {
			c.next(now)
		}
	}
}

// connect dials, shakes hands where there is TLS, and says hello.
func (c *streamConn) connect(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, c.s.r.job.Timeout)
	defer cancel()
	conn, err := c.s.r.connect(limit)
	if err != nil {
		return err
	}
	p := newPipe(conn, c.drained)
	whole := net.Conn(p)
	if c.s.tls != nil {
		secure := tls.Client(p, c.s.tls)
		if err := c.s.handshake(limit, secure); err != nil {
			_ = p.Close()
			return err
		}
		whole = secure
	}
	c.greet(whole, p)
	return ctx.Err() // who ended the run may not have seen the connection
}

// greet says hello on a connection that was made.
func (c *streamConn) greet(whole net.Conn, p *pipe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.net, c.pipe, c.since = whole, p, c.s.now()
	if c.s.plain {
		c.opened(c.since)
		c.flush()
		return
	}
	c.hpack = hpack.NewDecoder(4096, c.field)
	c.out = appendHello(c.out)
	c.flush()
}

func (s *streamSender) handshake(ctx context.Context, conn *tls.Conn) error {
	if err := conn.HandshakeContext(ctx); err != nil {
		if strings.Contains(err.Error(), "no application protocol") { // the alert has no type (RFC 7301, section 3.2)
			return errNoH2
		}
		if class := classOf(err); class != classProtocol || ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("%w: %w", errHandle, err)
	}
	if !s.plain && conn.ConnectionState().NegotiatedProtocol != "h2" {
		return errNoH2
	}
	return nil
}

// read takes what the peer sends until it ends.
func (c *streamConn) read() error {
	if c.s.plain {
		return c.readPlain()
	}
	buffer := make([]byte, readSize)
	have, first := 0, true
	for {
		n, err := c.net.Read(buffer[have:])
		have += n
		if first && have >= len(notH2) {
			if string(buffer[:len(notH2)]) == notH2 {
				return errNoH2
			}
			first = false
		}
		used, wrong := c.take(buffer[:have])
		if wrong != nil {
			return wrong
		}
		if err != nil {
			return err
		}
		have = copy(buffer, buffer[used:have])
	}
}

// notH2 is how an answer of HTTP/1.1 begins.
const notH2 = "HTTP/1."

// take handles the frames that have come whole and sends what follows from
// them, all at once.
func (c *streamConn) take(b []byte) (used int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.account()
	now := c.s.now()
	for {
		f, n, wrong := cutFrame(b[used:])
		if wrong == nil && n > 0 {
			wrong = c.handle(&f, now)
		}
		switch {
		case wrong != nil:
			c.class = wrong.class
			c.out = appendGoAway(c.out, wrong.code)
			c.flush()
			return used, wrong
		case n == 0:
			c.flush()
			return used, nil
		}
		used += n
	}
}

// flush sends the frames that were written, and where the kernel took them all
// goes on with the bodies that had to wait for that; mu is held.
func (c *streamConn) flush() {
	for len(c.out) > 0 && c.net != nil {
		much := c.choked()
		_, err := c.net.Write(c.out)
		if c.out = c.out[:0]; cap(c.out) > 2*mostBacklog {
			c.out = nil // of a large request
		}
		if err != nil {
			_ = c.pipe.hangUp() // the reader learns of it and ends everything
			return
		}
		if c.pipe.backlog.Load() > 0 {
			return // drained goes on
		}
		c.replies = 0
		if c.resume(); much && c.class == "" {
			c.more(c.s.now())
		}
	}
}

// drained goes on with what waited for the kernel to take bytes.
func (c *streamConn) drained() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == connOpen || c.state == connDraining {
		c.resume()
		c.more(c.s.now())
		c.flush()
		c.account()
	}
}

// expire ends what was sent too long ago.
func (c *streamConn) expire(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range []*streamList{&c.order, &c.queue} {
		for st := list.oldest; st != nil && st.mark.sent+c.s.r.job.Timeout <= now; st = list.oldest {
			c.fail(st, classTimeout, now)
		}
	}
	if c.state == connDialing && c.pipe != nil && c.since+c.s.r.job.Timeout <= now {
		c.class = classTimeout // its settings do not come
		_ = c.pipe.hangUp()
	}
	c.more(now)
	c.flush()
	c.account()
}

// drainSoon lets what runs end and takes nothing more on.
func (c *streamConn) drainSoon() {
	if c.state != connOpen {
		return
	}
	c.s.withdraw(c)
	c.state = connDraining
	for c.queue.oldest != nil {
		c.giveBack(c.queue.oldest)
	}
	if c.flying == 0 {
		c.leave()
	}
}

// leave ends a connection that nothing runs on.
func (c *streamConn) leave() {
	if !c.s.plain {
		c.out = appendGoAway(c.out, codeNone)
	}
	c.flush()
	_ = c.pipe.hangUp()
}

// classOfH2 names why a connection ended.
func classOfH2(err error) string {
	var wrong *h2Error
	switch {
	case err == nil:
		return classClosed
	case errors.As(err, &wrong):
		return wrong.class
	case errors.Is(err, errNoH2):
		return classNotH2
	case errors.Is(err, errHandle):
		return classTLS
	case errors.Is(err, net.ErrClosed):
		return classReset
	}
	return classOf(err)
}
