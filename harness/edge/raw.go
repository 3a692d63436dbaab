package edge

import (
	"context"
	"log"
	"net"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// acceptRaw serves the connections of a raw edge until Close closes the listener.
func (p *Proxy) acceptRaw(ctx context.Context) {
	const first, longest = 5 * time.Millisecond, time.Second
	wait := first
	for {
		tcp, err := p.listener.AcceptTCP()
		switch {
		case p.isClosing():
			if err == nil {
				tcp.Close()
			}
			return
		case err != nil: // out of file descriptors, say: others may be given back
			p.complain("accept: %v; retrying in %s", err, wait)
			select {
			case <-time.After(wait):
			case <-p.closing:
			}
			wait = min(2*wait, longest)
			continue
		}
		wait = first
		c := p.remember(tcp)
		c.tunnel.Store(true)
		p.enter()
		go func() {
			defer p.leave()
			p.passRaw(ctx, c)
		}()
	}
}

// complain writes where net/http writes what is wrong with a server.
func (p *Proxy) complain(format string, args ...any) {
	logger := p.cfg.ErrorLog
	if logger == nil {
		logger = log.Default()
	}
	logger.Printf(format, args...)
}

// passRaw passes one connection's bytes untouched, and observes it.
func (p *Proxy) passRaw(ctx context.Context, c *conn) {
	defer func() { _ = c.Close() }() // both sides are done with it
	x := &Exchange{Edge: p.cfg.Edge, Phase: p.state.Load().phase, Raw: true, Trace: newTrace(), Span: newSpan(), Start: time.Now()}
	p.begun.Add(1)
	if p.cfg.Begin != nil {
		p.cfg.Begin(x)
	}
	message, address := p.connectRaw(ctx, c, x)
	x.Took = time.Since(x.Start)

	flags := (&remote{}).flags(x.Phase)
	s := p.newSpan(x, "", flags)
	s.Name = "tcp"
	s.Attrs = append(s.Attrs, attrTransport.String("tcp"), attrReceived.Int64(x.RequestBytes), attrAnswered.Int64(x.ResponseBytes))
	s.Attrs = append(s.Attrs, peers(c.RemoteAddr().String(), address)...)
	if x.Fault != "" {
		s.Code, s.Message = trace.Error, limit(message)
		s.Attrs = append(s.Attrs, attrError.String(x.Fault))
	}
	p.observe(x, s)
}

// connectRaw connects to the provider and returns when both sides are done.
// A connection that cannot be made is reset, as the provider would refuse it.
func (p *Proxy) connectRaw(ctx context.Context, c *conn, x *Exchange) (message, address string) {
	to, wrong := p.await(ctx)
	if wrong != nil {
		x.Fault = wrong.fault
		_ = c.SetLinger(0) // best effort
		return wrong.message, ""
	}
	address = to.Host
	if p.cfg.DisturbRaw != nil {
		if err := p.cfg.DisturbRaw(ctx, x); err != nil {
			x.Fault = FaultInjected
			_ = c.SetLinger(0) // best effort: the consumer sees a reset
			return err.Error(), address
		}
	}
	up, err := c.dial(ctx, "tcp", address)
	if err != nil {
		x.Fault = faultOf(err)
		_ = c.SetLinger(0) // best effort
		return text(err), address
	}
	defer up.Close()
	x.TTFB = time.Since(x.Start)
	x.RequestBytes, x.ResponseBytes = exchangeBytes(stream{c.TCPConn, c.TCPConn}, stream{up, up})
	return "", address
}

// peers describes a connection's two ends.
func peers(client, server string) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if host, _, err := net.SplitHostPort(client); err == nil {
		attrs = append(attrs, attrClientAddress.String(host))
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return attrs
	}
	attrs = append(attrs, attrServerAddress.String(host))
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, attrServerPort.Int(n))
	}
	return attrs
}
