// Command gateway is the shop's public face: it sells what stock has through
// orders.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/seamtest/seam/examples/shop/gateway/orders"
	"github.com/seamtest/seam/examples/shop/gateway/stock"
	"github.com/seamtest/seam/examples/shop/internal/call"
	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/harness/wrap"
)

func main() { os.Exit(serve.Main(run)) }

func run(ctx context.Context, getenv func(string) string, log io.Writer) (err error) {
	fault, err := serve.FaultOf("gateway", getenv)
	if err != nil {
		return err
	}
	toOrders, inOrders := call.FromEnv(getenv, "ORDERS_URL", fault != serve.NoContext)
	toStock, inStock := call.FromEnv(getenv, "STOCK_URL", fault != serve.NoContext)
	if err := errors.Join(inOrders, inStock); err != nil {
		return err
	}
	telemetry, err := wrap.Start(ctx, wrap.Config{Service: "gateway"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, telemetry.Shutdown(context.WithoutCancel(ctx))) }()

	shop := &shop{catalogue: stock.Client{Base: toStock}, orders: orders.Client{Base: toOrders}}
	handler := wrap.Handler(serve.Broken{Number: "price", Field: "title"}.Break(fault, shop.routes()))
	return serve.Run(ctx, serve.Service{Name: "gateway", Handler: handler}, getenv, log)
}
