package load

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// prepare makes the workers: loops where these can send the requests, else a
// sender with connections of its own, else one that leaves them to net/http.
func (r *runner) prepare(ctx context.Context) ([]func(), error) {
	r.start = time.Now()
	if r.loopsCan() {
		for range r.job.Workers {
			r.tapes = append(r.tapes, r.newTape())
		}
		return r.loops()
	}
	if plain, can := r.streams(ctx); can {
		return r.multiplex(ctx, plain)
	}
	r.job.Workers = 1
	r.tapes = []*tape{r.newTape()}
	s := newSender(r)
	r.looks = append(r.looks, func() int { return int(s.flying.Load()) })
	return []func(){func() { s.run(ctx) }}, nil
}

// streams reports whether the requests go over connections of our own, to one
// host, and whether these speak plain HTTP/1.1.
func (r *runner) streams(ctx context.Context) (plain, can bool) {
	u, one := r.job.origin()
	switch {
	case !one:
		return false, false
	case r.job.calls(), r.job.Protocol == "h2", r.job.Protocol == "h2c":
		return false, true
	case u.Scheme == "http":
		return true, r.dial == nil
	case r.job.Protocol == "http/1.1":
		return true, true
	}
	return !r.offersH2(ctx, u.Hostname()), true
}

// mostOffer is how long a server has to say what it speaks.
const mostOffer = 5 * time.Second

// offersH2 asks the server, before the run, whether it speaks HTTP/2. One that
// does not answer is taken for one that does not.
func (r *runner) offersH2(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, min(r.job.Timeout, mostOffer))
	defer cancel()
	conn, err := r.connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	secure := tls.Client(conn, r.secure(host, "h2", "http/1.1"))
	if secure.HandshakeContext(ctx) != nil || secure.ConnectionState().NegotiatedProtocol != "h2" {
		return false
	}
	takeLeave(secure)
	return true
}

// takeLeave ends a connection of HTTP/2 as it should, so that no server has an
// error to log.
func takeLeave(conn *tls.Conn) {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write(appendGoAway(appendHello(nil), codeNone)); err == nil && conn.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, mostHeader))
	}
}

// connect makes a connection to the one host of the run.
func (r *runner) connect(ctx context.Context) (net.Conn, error) {
	if r.dial != nil {
		return r.dial(ctx, "tcp", r.target.String())
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", r.target.String())
}

// secure is how the host is trusted, and what we offer it to speak.
func (r *runner) secure(host string, protocols ...string) *tls.Config {
	config := &tls.Config{NextProtos: protocols, ServerName: host}
	if own := r.job.tls(); own != nil {
		config.InsecureSkipVerify = own.InsecureSkipVerify
	}
	return config
}

// multiplex makes the sender of HTTP/2, and of HTTP/1.1 where it is plain.
func (r *runner) multiplex(ctx context.Context, plain bool) ([]func(), error) {
	r.job.Workers = r.job.streamWorkers()
	for range r.job.Workers {
		r.tapes = append(r.tapes, r.newTape())
		r.looks = append(r.looks, func() int { return 0 })
	}
	s, err := newStreamSender(r, plain)
	if err != nil {
		return nil, err
	}
	r.looks[0] = func() int { return int(s.flying.Load()) }
	return []func(){s.prepare(ctx)}, nil
}
