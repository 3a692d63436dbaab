package edge

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// DefaultHold is how long a call is held until its provider is ready.
const DefaultHold = 60 * time.Second

// A Config says what an edge does. The hooks are called from many goroutines
// at once and in the call's own time, so they should be quick; for one
// exchange they come in the order Begin, Capture, Spans, End.
type Config struct {
	Edge        system.Edge
	Listen      string        // default 127.0.0.1 and a free port; without a host it is 127.0.0.1
	Raw         bool          // protocol tcp: bytes pass untouched, one span for each connection
	RewriteHost bool          // the provider is sent its own Host, as `url:` services need
	Phase       Phase         // that the run begins with; default Live
	Hold        time.Duration // how long calls wait for Forward; default DefaultHold

	Begin   func(*Exchange)         // when a request's header was read; nil: nobody asks
	Capture func(*Exchange) Capture // what of it is recorded; nil: nothing
	Spans   func(*trace.Span)       // the edge's span, when the exchange ended
	End     func(*Exchange)         // once for each Begin, after the last byte or the abort

	// Route gives the path's template for the span's name and http.route, "" where
	// it knows none; nil: GuessRoute.
	Route func(method, path string) string

	// Disturb puts faults round the way to the provider for one exchange, and says
	// so in its Injected, and with FaultInjected in its Fault where they stand for
	// the provider; nil: never. An error of the way that wraps
	// http.ErrAbortHandler breaks the consumer's connection.
	Disturb func(x *Exchange, way http.RoundTripper) http.RoundTripper
	// DisturbRaw is that of a raw edge, called before it connects; an error breaks
	// the consumer's connection.
	DisturbRaw func(ctx context.Context, x *Exchange) error

	ErrorLog *log.Logger // for panics of hooks; nil: the log package's standard logger
}

// A Proxy is an edge at work. Its methods are safe for use by several
// goroutines at once.
type Proxy struct {
	cfg     Config
	address string
	epoch   time.Time
	state   atomic.Pointer[state]
	open    ledger
	dialer  net.Dialer
	// longIdle is how long a connection was idle at least that a provider may have
	// closed for that; servers wait 2 s or more.
	longIdle time.Duration
	other    atomic.Bool // the provider listens on the other loopback address

	resource *trace.Resource
	scope    *trace.Scope
	fixed    []attribute.KeyValue // that every span of this edge bears

	server   *http.Server // nil for a raw edge
	listener *net.TCPListener
	cancel   context.CancelFunc
	closing  chan struct{}
	closed   sync.Once
	work     sync.WaitGroup // the accepting goroutine and those of raw connections

	mu    sync.Mutex
	conns map[*conn]struct{} // guarded by mu
	calls int                // handlers that run; guarded by mu
	idle  chan struct{}      // closed when calls is 0 while closing; guarded by mu

	begun, ended, unanswered, refused, held, contextless atomic.Uint64
}

// Stats are counts since Start.
type Stats struct {
	Begun       uint64 // exchanges
	Ended       uint64 // of these, observed
	Unanswered  uint64 // of these, without a whole answer from the provider
	Contextless uint64 // that carried no trace context
	Held        uint64 // that had to wait for the provider
	Refused     uint64 // requests whose framing was ambiguous; these are no exchanges
}

// Start binds the edge's address before it returns. Calls are held until
// Forward says where the provider is.
func Start(cfg Config) (*Proxy, error) {
	if cfg.Hold <= 0 {
		cfg.Hold = DefaultHold
	}
	if cfg.Phase == "" {
		cfg.Phase = Live
	}
	if cfg.Route == nil {
		cfg.Route = func(_, path string) string { return GuessRoute(path) }
	}
	listener, err := listen(cfg)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		cfg: cfg, listener: listener, address: listener.Addr().String(), epoch: time.Now(),
		dialer: net.Dialer{Timeout: 30 * time.Second}, longIdle: time.Second, closing: make(chan struct{}), conns: map[*conn]struct{}{},
	}
	p.state.Store(&state{phase: cfg.Phase, next: make(chan struct{})})
	p.describe()
	p.serve()
	return p, nil
}

// listen binds the edge's address; a taken one is named with what to do.
func listen(cfg Config) (*net.TCPListener, error) {
	address := cfg.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("edge %s: listen on %q: want host:port, such as 127.0.0.1:8080: %w", cfg.Edge, address, err)
	}
	if host == "" {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("edge %s: listen on %s: the address is taken; stop what holds it (ss -ltnp shows it) or choose another `listen:`: %w", cfg.Edge, address, err)
	case err != nil:
		return nil, fmt.Errorf("edge %s: listen on %s: %w", cfg.Edge, address, err)
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("edge %s: listen on %s: not a TCP address", cfg.Edge, address)
	}
	return tcp, nil
}

// serve starts the goroutine that accepts.
func (p *Proxy) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	if p.cfg.Raw {
		p.work.Go(func() { p.acceptRaw(ctx) })
		return
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	p.server = &http.Server{
		Handler:                      http.HandlerFunc(p.handle),
		Protocols:                    protocols,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     p.cfg.ErrorLog,
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnContext:                  func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ConnState:                    onState,
	}
	p.work.Go(func() { _ = p.server.Serve(accepting{p.listener, p}) }) // ends when Close closes the listener
}

// Addr is the edge's host:port.
func (p *Proxy) Addr() string { return p.address }

// URL is what a consumer calls: http://host:port, or tcp://host:port of a raw edge.
func (p *Proxy) URL() string {
	u := url.URL{Scheme: "http", Host: p.address}
	if p.cfg.Raw {
		u.Scheme = "tcp"
	}
	return u.String()
}

// Stats is cheap enough to be asked for at any time.
func (p *Proxy) Stats() Stats {
	return Stats{
		Ended: p.ended.Load(), Unanswered: p.unanswered.Load(), Contextless: p.contextless.Load(),
		Held: p.held.Load(), Refused: p.refused.Load(), Begun: p.begun.Load(),
	}
}

// An upstream sends a request on the provider's connection that belongs to the
// consumer's, in the consumer's version of HTTP.
type upstream struct{}

func (upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	c := connOf(r.Context())
	if c == nil {
		return nil, errGone
	}
	return c.transport(r.ProtoMajor == 2).RoundTrip(r)
}
