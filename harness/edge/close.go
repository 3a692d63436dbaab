package edge

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// An accepting listener makes a conn of each connection.
type accepting struct {
	*net.TCPListener
	proxy *Proxy
}

func (a accepting) Accept() (net.Conn, error) {
	tcp, err := a.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return a.proxy.remember(tcp), nil
}

// remember makes the conn that Close will close if nobody else does. One that
// comes after Close began is closed at once.
func (p *Proxy) remember(tcp *net.TCPConn) *conn {
	c := &conn{TCPConn: tcp, proxy: p}
	p.mu.Lock()
	p.conns[c] = struct{}{}
	p.mu.Unlock()
	if p.isClosing() {
		_ = c.Close() // nothing was sent on it
	}
	return c
}

func (p *Proxy) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// onState makes a connection that became idle note its next request's first byte.
func onState(nc net.Conn, s http.ConnState) {
	if c, ok := nc.(*conn); ok && s == http.StateIdle {
		c.first.Store(0)
	}
}

func (p *Proxy) isClosing() bool {
	select {
	case <-p.closing:
		return true
	default:
		return false
	}
}

// enter and leave count the handlers that Close waits for.
func (p *Proxy) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
}

func (p *Proxy) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	if p.calls == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

// quiet returns a channel that is closed when no handler runs.
func (p *Proxy) quiet() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := make(chan struct{})
	if p.calls == 0 {
		close(done)
	} else {
		p.idle = done
	}
	return done
}

// Close stops accepting, answers held calls with 503, cuts connections that
// are raw or were upgraded, and lets other exchanges end until ctx does; then
// it breaks them off and says so. It returns when every exchange was observed
// and every handler ended. Further calls return nil at once.
func (p *Proxy) Close(ctx context.Context) (err error) {
	p.closed.Do(func() { err = p.close(ctx) })
	return err
}

func (p *Proxy) close(ctx context.Context) error {
	defer p.cancel()
	close(p.closing)
	p.cut(func(c *conn) bool { return p.server == nil || c.tunnel.Load() || c.first.Load() == 0 })
	var err error
	if p.server == nil {
		p.listener.Close()
	} else {
		err = p.server.Shutdown(ctx)
	}
	if err != nil {
		err = fmt.Errorf("edge %s: close: broke off what was open: %w", p.cfg.Edge, err)
		p.cancel()
		p.server.Close()
	}
	p.cut(func(*conn) bool { return true })
	<-p.quiet()
	p.work.Wait()
	return err
}

// cut closes the connections that which picks.
func (p *Proxy) cut(which func(*conn) bool) {
	p.mu.Lock()
	var picked []*conn
	for c := range p.conns {
		if which(c) {
			picked = append(picked, c)
		}
	}
	p.mu.Unlock()
	for _, c := range picked {
		_ = c.Close() // whoever uses it learns of its end
	}
}
