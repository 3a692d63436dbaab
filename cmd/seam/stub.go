package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/mocks"
)

func stubCommand() *cobra.Command {
	var pacts []string
	var listen, provider string
	cmd := &cobra.Command{
		Use:   "stub",
		Short: "Play a provider from its pacts",
		Example: `  seam stub --pact pacts/web-orders.json
  seam stub --pact pacts/ --provider orders --listen 127.0.0.1:9000
  seam stub --pact 'pacts/*.json' --listen 127.0.0.1:0    # a free port, printed`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(pacts) == 0 {
				return usage("seam stub needs at least one --pact")
			}
			sources, err := verify.Sources(cmd.Context(), pacts)
			if err != nil {
				return usageError{err}
			}
			handler, err := mocks.New(verify.Of(sources, provider)...)
			if err != nil {
				return usageError{err}
			}
			listener, err := net.Listen("tcp", listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w; choose another with --listen", listen, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "stub listens on http://%s; Ctrl-C stops it\n", listener.Addr())
			return serve(cmd.Context(), listener, handler)
		},
	}
	cmd.Flags().StringArrayVar(&pacts, "pact", nil, "file, folder, glob or URL of pacts, repeatable")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on")
	cmd.Flags().StringVar(&provider, "provider", "", "only pacts of this provider")
	return cmd
}

// serve answers until ctx ends, then lets what is under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	var served error
	over := make(chan struct{})
	go func() {
		defer close(over)
		served = server.Serve(listener)
	}()
	select {
	case <-over:
		return served
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(end)
	<-over
	if errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close()
	}
	return ctx.Err()
}
