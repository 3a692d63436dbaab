package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/internal/web"
)

// OTLP is the base URL that takes spans over OTLP, gRPC and HTTP alike.
func (h *Harness) OTLP() string { return h.receiver.Endpoints().OTLP }

// Page is the URL of the page and of /metrics; "" where none was asked for.
func (h *Harness) Page() string {
	if h.page == nil {
		return ""
	}
	return "http://" + h.page.addr
}

// startPage serves before the services start, so that a slow start can be seen.
func (h *Harness) startPage(context.Context) error {
	if h.cfg.Page == "" {
		return nil
	}
	handler, err := web.Handler(web.Source{
		Name: h.spec.Name, Entry: h.Entry(), Services: h.servicesView, Edges: h.edgesView,
		Find: h.store.Find, Trace: h.store.Trace, Metrics: h.metrics.Handler(),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", h.cfg.Page)
	if errors.Is(err, syscall.EADDRINUSE) && h.cfg.PageOrFree {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return held(fmt.Errorf("page: listen on %s: %w; choose another with --page", h.cfg.Page, err), h.cfg.Page)
	}
	h.page = serve(listener, handler)
	return nil
}

// A served is an HTTP server of ours with the goroutine that runs it.
type served struct {
	addr   string
	server *http.Server
	done   chan struct{}
}

func serve(listener net.Listener, handler http.Handler) *served {
	s := &served{addr: listener.Addr().String(), server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // always ErrServerClosed: Close is the only way out
	}()
	return s
}

// Close lets what is under way finish until ctx ends.
func (s *served) Close(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.server.Close())
	}
	<-s.done
	return err
}

func (h *Harness) servicesView() []web.Service {
	deaths := h.Deaths()
	var all []web.Service
	for i := range h.spec.Services {
		s := h.services[h.spec.Services[i].Name]
		if s == nil {
			continue
		}
		state := "starting"
		select {
		case <-s.ready:
			state = "ready"
		default:
		}
		if slices.ContainsFunc(deaths, func(d Death) bool { return d.Service == s.Name }) {
			state = "died"
		}
		all = append(all, web.Service{Name: s.Name, Kind: s.Kind, State: state})
	}
	return all
}

func (h *Harness) edgesView() []web.Edge {
	var all []web.Edge
	for _, e := range h.Edges() {
		all = append(all, e.view(time.Now()))
	}
	return all
}

// view sums up the exchanges that the edge remembers.
func (e *Edge) view(now time.Time) web.Edge {
	const window = 10 * time.Second
	v := web.Edge{Edge: e.Name.String(), Consumer: e.Name.Consumer, Provider: e.Name.Provider, URL: e.URL(), Requests: e.Seen()}
	var took []time.Duration
	for _, x := range e.Exchanges() {
		took = append(took, x.Took)
		if x.Fault != "" || x.Status >= http.StatusInternalServerError {
			v.Errors++
		}
		if now.Sub(x.Start) < window {
			v.Rate += 1 / window.Seconds()
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		v.P50 = float64(took[len(took)/2].Microseconds()) / 1000
		v.P99 = float64(took[len(took)*99/100].Microseconds()) / 1000
	}
	return v
}

// held adds to the error of a listener who has its address.
func held(err error, address string) error {
	_, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text)
	if port == 0 || !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	who, _ := proc.Taken(port)
	if who == "" {
		who = "a process that has let go of it meanwhile"
	}
	return fmt.Errorf("%w\nit is held by %s", err, who)
}
