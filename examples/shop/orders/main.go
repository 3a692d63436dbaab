// Command orders takes orders: it reserves at stock, charges at payments and
// keeps what came of it in SQLite.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/seamtest/seam/examples/shop/internal/call"
	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/examples/shop/orders/payments"
	"github.com/seamtest/seam/examples/shop/orders/stock"
	"github.com/seamtest/seam/harness/wrap"
)

func main() { os.Exit(serve.Main(run)) }

func run(ctx context.Context, getenv func(string) string, log io.Writer) (err error) {
	fault, err := serve.FaultOf("orders", getenv)
	if err != nil {
		return err
	}
	toStock, inStock := call.FromEnv(getenv, "STOCK_URL", fault != serve.NoContext)
	toPayments, inPayments := call.FromEnv(getenv, "PAYMENTS_URL", fault != serve.NoContext)
	if err := errors.Join(inStock, inPayments); err != nil {
		return err
	}
	telemetry, err := wrap.Start(ctx, wrap.Config{Service: "orders"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, telemetry.Shutdown(context.WithoutCancel(ctx))) }()

	book, err := openBook(ctx, getenv("DATA_DIR"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.close()) }()

	desk := &desk{warehouse: stock.Client{Base: toStock}, till: payments.Client{Base: toPayments}, book: book}
	handler := wrap.Handler(serve.Broken{Number: "id", Field: "status"}.Break(fault, desk.routes()))
	return serve.Run(ctx, serve.Service{Name: "orders", Handler: handler, States: book.states()}, getenv, log)
}
