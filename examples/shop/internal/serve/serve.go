// Package serve is what the shop's four services have in common: they listen
// on 127.0.0.1, answer /healthz, take provider states when asked to, break
// when told to, and stop gracefully.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A Service is one of the shop's.
type Service struct {
	Name    string
	Handler http.Handler // the service proper, traced
	States  States       // provider states; served only where SEAM_PACT_STATES is 1
}

// Main runs a service until SIGTERM or an interrupt and returns the exit code.
func Main(run func(ctx context.Context, getenv func(string) string, log io.Writer) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Run listens on PORT (unset: any free port), says so on log, and serves until
// ctx ends; then it lets requests under way finish, for at most 4 s.
func Run(ctx context.Context, s Service, getenv func(string) string, log io.Writer) error {
	port := getenv("PORT")
	if port == "" {
		port = "0"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return fmt.Errorf("%s: listen on PORT %s: %w", s.Name, port, err)
	}
	server := &http.Server{Handler: s.routes(getenv), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(log, "%s listens on http://%s\n", s.Name, listener.Addr())

	select {
	case err = <-served:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
		defer cancel()
		err = server.Shutdown(end)
		if serving := <-served; !errors.Is(serving, http.ErrServerClosed) {
			err = errors.Join(err, serving)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: serve: %w", s.Name, err)
	}
	return nil
}

// routes keeps what is not the service's business outside its tracing.
func (s Service) routes(getenv func(string) string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	if getenv("SEAM_PACT_STATES") == "1" {
		mux.Handle("POST /_pact/states", s.States)
	}
	return mux
}
