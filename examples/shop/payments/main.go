// Command payments is the shop's oldest service: it is still instrumented with
// OpenTracing and Jaeger's old client, whose tracer harness/wrap makes join
// the traces of the others.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/harness/wrap"
)

func main() { os.Exit(serve.Main(run)) }

func run(ctx context.Context, getenv func(string) string, log io.Writer) (err error) {
	fault, err := serve.FaultOf("payments", getenv)
	if err != nil {
		return err
	}
	tracer, closer, err := wrap.Jaeger("payments")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer.Close()) }()

	l := &ledger{}
	handler := traced(tracer, serve.Broken{Number: "amount", Field: "currency"}.Break(fault, l.routes()))
	if fault == serve.NoContext {
		handler = serve.Forget(handler)
	}
	return serve.Run(ctx, serve.Service{Name: "payments", Handler: handler, States: l.states()}, getenv, log)
}
