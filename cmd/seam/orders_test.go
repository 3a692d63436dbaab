package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

// orders is a gRPC server of shop.v1.Orders that tells of itself unless
// REFLECTION says otherwise; with TLS it has a certificate of nobody's.
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
	var options []grpc.ServerOption
	if os.Getenv("TLS") != "" {
		pair := httptest.NewUnstartedServer(nil)
		pair.StartTLS() // for its certificate
		defer pair.Close()
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: pair.TLS.Certificates})))
	}
	end, err := descriptortest.Serve(listener, offered, options...)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("orders listens on " + os.Getenv("PORT"))
	<-ctx.Done()
	return nil
}
