package edge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// lingerFor is how long a connection is read on that is closed before its
// request was read to the end; a reset would take the answer with it.
const lingerFor = 500 * time.Millisecond

// A conn is the connection of one consumer with its own connections to the
// provider. They live and die together: a consumer that keeps its connection
// keeps the provider's, and an idle one of another consumer never occupies a
// provider that serves one connection at a time.
type conn struct {
	*net.TCPConn
	proxy *Proxy

	first   atomic.Int64 // of the current request, in nanoseconds since proxy.epoch; 0: no byte yet
	framing framing      // touched by Read only; net/http never runs two at once
	tunnel  atomic.Bool  // not HTTP any more
	cut     atomic.Bool  // the rest of a request's body is not wanted: nothing is read any more
	sent    atomic.Bool  // bytes of the current request have left for the provider
	heard   atomic.Bool  // bytes of its answer have come
	current atomic.Pointer[call]

	mu       sync.Mutex
	closed   bool                       // guarded by mu
	upstream map[*upstreamConn]struct{} // guarded by mu
	h1, h2   *http.Transport            // guarded by mu; made when first used
	err      error                      // of Close; guarded by mu
}

type connKey struct{}

// connOf returns the connection that a request's context belongs to.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// Read notes when a request's first byte came, and has its framing checked.
func (c *conn) Read(p []byte) (int, error) {
	if c.cut.Load() {
		return 0, io.EOF
	}
	n, err := c.TCPConn.Read(p)
	if n > 0 {
		if c.first.Load() == 0 {
			c.first.Store(int64(time.Since(c.proxy.epoch)))
		}
		if !c.tunnel.Load() && c.framing.scan(p[:n]) {
			c.proxy.refused.Add(1)
		}
	}
	return n, err
}

// Close closes the connection and those to the provider. It may be called
// more than once and from several goroutines.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.closed {
		defer c.mu.Unlock()
		return c.err
	}
	c.closed = true
	ups := c.upstream
	c.upstream = nil
	c.mu.Unlock()

	for up := range ups {
		up.TCPConn.Close()
		up.end()
	}
	if c.cut.Load() && !c.proxy.isClosing() {
		c.linger()
	}
	err := c.TCPConn.Close()
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	c.proxy.forget(c)
	return err
}

// linger takes what the consumer still sends, for a while, so that it can read
// the answer to the end.
func (c *conn) linger() {
	const most = 4 << 20
	if c.CloseWrite() != nil || c.SetReadDeadline(time.Now().Add(lingerFor)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, c.TCPConn, most) // whatever ends it, the connection is closed next
}

// transport returns the one that speaks HTTP/2 or HTTP/1.1 for this connection.
func (c *conn) transport(http2 bool) *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	if http2 {
		if c.h2 == nil {
			c.h2 = c.newTransport(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true); p.SetHTTP2(true) })
		}
		return c.h2
	}
	if c.h1 == nil {
		c.h1 = c.newTransport(func(p *http.Protocols) { p.SetHTTP1(true) })
	}
	return c.h1
}

func (c *conn) newTransport(speak func(*http.Protocols)) *http.Transport {
	protocols := new(http.Protocols)
	speak(protocols)
	dial := c.dial
	if protocols.HTTP1() {
		dial = c.dialOnce
	}
	return &http.Transport{
		DialContext:        dial,
		DisableCompression: true,
		Protocols:          protocols,
	}
}

// dialOnce refuses a second connection for a request of which bytes have left
// already: net/http would repeat the request, and an edge never does.
func (c *conn) dialOnce(ctx context.Context, network, address string) (net.Conn, error) {
	if c.sent.Load() {
		return nil, errSent
	}
	nc, err := c.dial(ctx, network, address)
	if up, ok := nc.(*upstreamConn); ok {
		up.patient = true
	}
	return nc, err
}

func (c *conn) dial(ctx context.Context, network, address string) (net.Conn, error) {
	tcp, err := c.proxy.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	up := &upstreamConn{TCPConn: tcp, owner: c, ended: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		tcp.Close()
		return nil, errGone
	}
	if c.upstream == nil {
		c.upstream = make(map[*upstreamConn]struct{}, 1)
	}
	c.upstream[up] = struct{}{}
	return up, nil
}

// An upstreamConn is a connection to the provider. Its owner learns when bytes
// of a request have left, and when the connection ends without an answer.
type upstreamConn struct {
	*net.TCPConn
	owner *conn
	asked atomic.Pointer[call] // the call that was written last
	ended chan struct{}        // closed when nothing more can be read
	once  sync.Once            // closes it

	patient bool // it carries HTTP/1, where nobody who reads waits for who writes
}

func (u *upstreamConn) Read(p []byte) (int, error) {
	n, err := u.TCPConn.Read(p)
	if n > 0 && !u.owner.heard.Load() {
		u.owner.heard.Store(true)
	}
	if err != nil && !u.owner.heard.Load() && !errors.Is(err, net.ErrClosed) {
		if c := u.asked.Load(); c != nil && c == u.owner.current.Load() {
			c.body.interrupt(err)
		}
	}
	if err != nil {
		u.end()
	}
	return n, err
}

func (u *upstreamConn) end() { u.once.Do(func() { close(u.ended) }) }

// Write does not tell of a failure before the answer was read that may have
// come with it: a provider that refuses a body answers, closes and resets, and
// the transport would give up on the answer.

func (u *upstreamConn) Write(p []byte) (int, error) {
	if c := u.owner.current.Load(); c != u.asked.Load() {
		u.asked.Store(c) // first, as the provider may be quicker than Write
	}
	n, err := u.TCPConn.Write(p)
	if n > 0 && !u.owner.sent.Load() {
		u.owner.sent.Store(true)
	}
	if err != nil && u.patient && !u.owner.tunnel.Load() {
		<-u.ended // at once where no answer came: whoever cannot be written to has closed or reset
	}
	return n, err
}

// ReadFrom has a request's body written by Write; a tunnel's bytes need not
// leave the kernel.
func (u *upstreamConn) ReadFrom(r io.Reader) (int64, error) {
	if !u.patient || u.owner.tunnel.Load() {
		return u.TCPConn.ReadFrom(r)
	}
	buffer, _ := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{u}, r, buffer[:])
}

func (u *upstreamConn) Close() error {
	u.owner.mu.Lock()
	delete(u.owner.upstream, u)
	u.owner.mu.Unlock()
	defer u.end()
	return u.TCPConn.Close()
}

// dial connects to the provider. A local service may listen on one of the two
// loopback addresses only, so the other is tried when the first refuses.
func (p *Proxy) dial(ctx context.Context, network, address string) (*net.TCPConn, error) {
	first, second := address, ""
	if other := otherLoopback(address); other != "" && !p.cfg.RewriteHost {
		second = other
		if p.other.Load() {
			first, second = second, first
		}
	}
	tcp, err := p.dialTCP(ctx, network, first)
	if err == nil || second == "" || !errors.Is(err, syscall.ECONNREFUSED) {
		return tcp, err
	}
	if tcp, again := p.dialTCP(ctx, network, second); again == nil {
		p.other.Store(second != address)
		return tcp, nil
	}
	return nil, err
}

func (p *Proxy) dialTCP(ctx context.Context, network, address string) (*net.TCPConn, error) {
	c, err := p.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		c.Close()
		return nil, errors.New("dial " + address + ": not a TCP connection")
	}
	return tcp, nil
}

// otherLoopback is the address with the other family's loopback host, "" where
// the host is no loopback address.
func otherLoopback(address string) string {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err == nil && host == "127.0.0.1":
		return net.JoinHostPort("::1", port)
	case err == nil && host == "::1":
		return net.JoinHostPort("127.0.0.1", port)
	}
	return ""
}
