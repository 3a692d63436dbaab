package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// pageFlags say where the page of a run is, and who may ask for it.
type pageFlags struct {
	address string
	hosts   []string
}

// add names the flag --page; --listen is another name of it.
func (p *pageFlags) add(cmd *cobra.Command, address, means string) {
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "listen" {
			name = "page"
		}
		return pflag.NormalizedName(name)
	})
	cmd.Flags().StringVar(&p.address, "page", address, means)
	cmd.Flags().StringArrayVar(&p.hosts, "allow-host", nil, "name under which the page may be asked for, besides addresses and localhost; repeatable")
}

// toListenOn finds a flag's address usable as far as one can see; "" is none.
func toListenOn(flag, address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return usage("%s %s: write host:port, such as %s; port 0 takes a free one", flag, address, defaultPage)
	}
	return nil
}

// warnBeyond says so where what listens there can be reached from other machines.
func warnBeyond(w io.Writer, what, address, risk string) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	fmt.Fprintf(w, "seam: warning: the %s listens on %s: whoever reaches this machine there can %s\n", what, address, risk)
}

// stayFor waits, having said so, until the time is over or ctx ends.
func stayFor(ctx context.Context, d time.Duration, say func()) error {
	if d <= 0 {
		return nil
	}
	say()
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return nil
}
