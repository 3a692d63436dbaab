package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

// orders is a gRPC server of shop.v1.Orders that tells of itself unless
// REFLECTION says otherwise.
func orders() {
	if err := serveOrders(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveOrders() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		return err
	}
	offered := descriptortest.Both
	if given := os.Getenv("REFLECTION"); given != "" {
		offered = descriptortest.Reflection(given)
	}
	end, err := descriptortest.Serve(listener, offered)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("orders listens on " + os.Getenv("PORT"))
	<-ctx.Done()
	return nil
}
