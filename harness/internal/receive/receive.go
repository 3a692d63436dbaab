// Package receive takes spans from the services under test, in whatever
// protocol they speak, and hands them on as trace.Span.
//
// Every HTTP listener speaks every protocol, told apart by path and content
// type: OTLP over gRPC (HTTP/2 with prior knowledge) and over HTTP (protobuf
// and JSON) on one port, because many exporters ignore the variable that
// chooses between them; Jaeger's Thrift on /api/traces; Zipkin v2 JSON on
// /api/v2/spans. Jaeger's agent protocol (Thrift in UDP packets) has its own socket.
package receive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// Config says where to listen and what to do with spans.
type Config struct {
	// Listen are the TCP addresses; each speaks every protocol over HTTP.
	// Default: 127.0.0.1 and a free port.
	Listen []string
	// UDP is the address for Jaeger's agent protocol; default 127.0.0.1 and
	// a free port, "-" for none.
	UDP string
	// Sink takes the spans of one request, which it owns from then on. It is
	// called by several goroutines at once. ErrBusy makes the sender try again
	// later; any other error is told to the sender as an internal one.
	Sink func([]*trace.Span) error
	// MaxBody bounds a request's body after decompression, in bytes; default 16 MiB.
	MaxBody int64
	// MaxInFlight bounds the memory of all requests that are being read and
	// decoded, in bytes; default 128 MiB. Beyond it senders are told to try later.
	MaxInFlight int64
	// MaxRequests bounds the requests that are read and decoded at once;
	// default 1,024. Beyond it senders are told to try later.
	MaxRequests int
	// MaxConns bounds the open TCP connections; default 1,024.
	// Beyond it they are closed at once, which is counted. What the system
	// buffers for a connection, up to 256 KiB for HTTP/2, is not in MaxInFlight.
	MaxConns int
}

// Endpoints are the addresses to hand to exporters, of the first listener.
type Endpoints struct {
	OTLP   string // base URL for gRPC and HTTP alike: http://127.0.0.1:PORT
	Jaeger string // URL for Thrift over HTTP
	Zipkin string // URL for Zipkin v2 JSON
	UDP    string // host:port of the agent protocol; "" where it is off
}

// A Receiver listens from Start to Close.
type Receiver struct {
	config    Config
	endpoints Endpoints
	server    *http.Server
	packets   *packets // nil without UDP
	running   sync.WaitGroup

	conns  atomic.Int64
	budget budget
	shared shared
	gate   gate
	stats  counters
}

// Start binds every address and then serves. It is safe to send to the
// endpoints as soon as it returned.
func Start(c Config) (*Receiver, error) {
	if c.Sink == nil {
		return nil, errors.New("receive: Config.Sink is nil: spans need somewhere to go")
	}
	if len(c.Listen) == 0 {
		c.Listen = []string{"127.0.0.1:0"}
	}
	if c.UDP == "" {
		c.UDP = "127.0.0.1:0"
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 16 << 20
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 128 << 20
	}
	if c.MaxRequests <= 0 {
		c.MaxRequests = 1024
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 1024
	}
	r := &Receiver{config: c, budget: budget{total: c.MaxInFlight, most: int64(c.MaxRequests)}}
	listeners, err := listen(c.Listen)
	if err != nil {
		return nil, err
	}
	if err := r.openPackets(); err != nil {
		closeAll(listeners)
		return nil, err
	}
	base := "http://" + listeners[0].Addr().String()
	r.endpoints.OTLP = base
	r.endpoints.Jaeger = base + pathJaeger
	r.endpoints.Zipkin = base + pathZipkin
	r.serve(listeners)
	return r, nil
}

func listen(addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			closeAll(listeners)
			return nil, cannotListen(address, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func cannotListen(address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("receive: listen on %s: the address is taken; stop what listens there, or choose another port (0 takes a free one): %w", address, err)
	}
	return fmt.Errorf("receive: listen on %s: %w", address, err)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

func (r *Receiver) serve(listeners []net.Listener) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	r.server = &http.Server{
		Handler:           http.HandlerFunc(r.serveHTTP),
		Protocols:         protocols,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // senders that die are counted, not printed
		HTTP2:             &http.HTTP2Config{MaxReceiveBufferPerConnection: windowSize, MaxReceiveBufferPerStream: windowSize},
		ConnState:         r.watchConns,
	}
	for _, l := range listeners {
		r.running.Go(func() { _ = r.server.Serve(l) }) // always ErrServerClosed: Close is what ends it
	}
}

// windowSize is what a peer may send over HTTP/2 before it is read.
const windowSize = 256 << 10

// watchConns closes what is beyond the bound on connections.
func (r *Receiver) watchConns(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if r.conns.Add(1) > int64(r.config.MaxConns) {
			r.stats.refuse(Unknown, refuse(Busy, fmt.Errorf("%d connections are open already", r.config.MaxConns)), 0)
			conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		r.conns.Add(-1)
	default: // neither opened nor closed
	}
}

// Endpoints tells where to send.
func (r *Receiver) Endpoints() Endpoints { return r.endpoints }

// Drain returns when every request whose header was read before the call, and
// every packet that the kernel had taken, was handed to the sink or refused.
// Receiving goes on meanwhile.
func (r *Receiver) Drain(ctx context.Context) error {
	if err := r.gate.drain(ctx); err != nil {
		return fmt.Errorf("receive: drain requests: %w", err)
	}
	if r.packets == nil {
		return nil
	}
	if err := r.packets.drain(ctx); err != nil {
		return fmt.Errorf("receive: drain UDP packets: %w", err)
	}
	return nil
}

// Close stops listening, lets requests in flight finish while ctx lasts, and
// returns after the last goroutine ended. UDP packets that the kernel had
// taken before the call are taken in. A second call does nothing.
func (r *Receiver) Close(ctx context.Context) error {
	var errs []error
	if err := r.server.Shutdown(ctx); err != nil {
		r.server.Close()
		errs = append(errs, fmt.Errorf("receive: close: requests were cut off: %w", err))
	}
	if r.packets != nil {
		if err := r.packets.drain(ctx); err != nil {
			errs = append(errs, fmt.Errorf("receive: close: UDP packets were not read: %w", err))
		}
		r.packets.close()
	}
	r.running.Wait()
	r.gate.close() // a request that was cut off may only now reach its handler
	return errors.Join(errs...)
}

// deliver hands a decoded request to the sink and counts it.
func (r *Receiver) deliver(p Protocol, b batch) error {
	if len(b.spans) > 0 {
		if err := r.config.Sink(b.spans); err != nil {
			refusal := refused(err)
			r.stats.refuse(p, refusal, len(b.spans)+b.refused)
			return refusal
		}
	}
	r.stats.accept(p, b)
	return nil
}
