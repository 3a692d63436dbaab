package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/mocks"
)

// stubFlags are those of `seam stub`.
type stubFlags struct {
	pacts            []string
	listen, provider string
	state, latency   string
	header, param    string
	cors             bool
	seed             uint64
	publish          []string
}

func stubCommand() *cobra.Command {
	var flags stubFlags
	cmd := &cobra.Command{
		Use:   "stub",
		Short: "Play a provider from its pacts",
		Example: `  seam stub --pact pacts/web-orders.json
  seam stub --pact pacts/ --provider orders --listen 127.0.0.1:9000 --latency 20ms..80ms
  seam stub --pact 'pacts/*.json' --listen 127.0.0.1:0    # a free port, printed
  seam stub --pact pacts/ --publish http://127.0.0.1:4318 # a span of each answer, to Jaeger`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handler, err := flags.stub(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := toListenOn("--listen", flags.listen); err != nil {
				return err
			}
			listener, err := net.Listen("tcp", flags.listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w; choose another with --listen", flags.listen, err)
			}
			traced, err := flags.trace(handler)
			if err != nil {
				return err
			}
			if _, err = fmt.Fprintf(cmd.OutOrStdout(), "stub listens on http://%s; Ctrl-C stops it\n", listener.Addr()); err == nil {
				err = serve(cmd.Context(), handler.Front(listener), handler)
			} else {
				err = errors.Join(err, listener.Close())
			}
			end, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 5*time.Second)
			defer cancel()
			if lost := traced.Close(end); lost != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "seam: %s\n", quoted(lost.Error()))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.pacts, "pact", nil, "file, folder, glob or URL of pacts, repeatable")
	f.StringVar(&flags.listen, "listen", "127.0.0.1:8080", "address to listen on")
	f.StringVar(&flags.provider, "provider", "", "only pacts of this provider")
	complete(cmd, "provider", providersOf(nil, &flags.pacts))
	f.StringVar(&flags.state, "state", "", "only interactions with a provider state that matches this regular expression")
	f.StringVar(&flags.header, "state-header", "", "request `HEADER` whose value names the provider state to answer from")
	f.StringVar(&flags.param, "state-param", "", "query `PARAMETER` whose value names the provider state to answer from")
	f.StringVar(&flags.latency, "latency", "", "how long each answer takes, such as 50ms or 20ms..80ms")
	f.BoolVar(&flags.cors, "cors", false, "answer preflight requests that no interaction is about, and allow every origin")
	f.StringArrayVar(&flags.publish, "publish", nil, "OTLP endpoint that a span of each answer is sent to; repeatable")
	f.Uint64Var(&flags.seed, "seed", 0, "makes generated values the same in every run; 0 is by chance")
	return cmd
}

func (f *stubFlags) stub(ctx context.Context, stderr io.Writer) (*mocks.Stub, error) {
	if len(f.pacts) == 0 {
		return nil, usage("seam stub needs at least one --pact")
	}
	state, err := pattern("--state", f.state)
	if err != nil {
		return nil, err
	}
	for _, endpoint := range f.publish {
		if _, err := baseURL("--publish", endpoint); err != nil {
			return nil, err
		}
	}
	least, most, err := between(f.latency)
	if err != nil {
		return nil, err
	}
	sources, err := verify.Sources(ctx, f.pacts)
	if err != nil {
		return nil, usageError{err}
	}
	for _, line := range warnings(sources) {
		fmt.Fprintf(stderr, "seam: warning: %s\n", quoted(line))
	}
	if err := parties(sources, f.provider); err != nil {
		return nil, err
	}
	handler, err := mocks.New(verify.Of(sources, f.provider)...)
	if err != nil {
		return nil, usageError{err}
	}
	handler.State, handler.StateHeader, handler.StateParam = state, f.header, f.param
	handler.Latency, handler.Jitter = least, most-least
	handler.CORS, handler.Seed = f.cors, f.seed
	return handler, nil
}

// trace makes no spans where nobody is to have them.
func (f *stubFlags) trace(stub *mocks.Stub) (*harness.StubTracer, error) {
	if len(f.publish) == 0 {
		return &harness.StubTracer{}, nil
	}
	return harness.TraceStub(stub, f.publish)
}

// between reads 50ms or 20ms..80ms; "" is no time at all.
func between(text string) (least, most time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	from, to, both := strings.Cut(text, "..")
	if !both {
		to = from
	}
	least, errLeast := time.ParseDuration(from)
	most, errMost := time.ParseDuration(to)
	if errors.Join(errLeast, errMost) != nil || least < 0 || most < least {
		return 0, 0, usage("--latency %s: write a time such as 50ms, or two such as 20ms..80ms, the shorter first", text)
	}
	return least, most, nil
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
