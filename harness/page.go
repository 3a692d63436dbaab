package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	h.metrics.Add(h.figures()...)
	handler, err := web.Handler(web.Source{
		Name: h.spec.Name, Entry: h.Entry(), OTLP: h.OTLP(), Started: time.Now(), Hosts: h.cfg.PageHosts, Store: h.store,
		Services: h.servicesView, Edges: h.edgesView, Contracts: h.contractsView, Logs: h.output.After, Metrics: h.metrics.Handler(),
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

// ClosePage ends what Config.KeepPage let stay.
func (h *Harness) ClosePage(ctx context.Context) error {
	if h.page == nil {
		return nil
	}
	return h.page.Close(ctx)
}

// A served is an HTTP server of ours with the goroutine that runs it.
type served struct {
	addr   string
	server *http.Server
	done   chan struct{}
}

func serve(listener net.Listener, handler http.Handler) *served {
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{addr: listener.Addr().String(), done: make(chan struct{}), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx },
	}}
	s.server.RegisterOnShutdown(cancel) // ends what would go on for ever
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
