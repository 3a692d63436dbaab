// Command bench holds seam load against its peers, from outside: what an
// origin counted and stamped, and what the kernel says that a process took.
//
//	bench [flags] closed | open | stall | soak     one part; without one, all of them
//	bench [flags] grpc                             calls of gRPC, which has a page of its own
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A bench is one run of the comparison.
type bench struct {
	seam   string // the binary
	rounds int
	each   time.Duration // of one client
	soaks  time.Duration
	port   int
	out    io.Writer
	missed []string // bars
	folder string   // for what clients read
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{}
	var page string
	flag.StringVar(&b.seam, "seam", "bin/seam", "the binary under test")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of each comparison")
	flag.DurationVar(&b.each, "each", 4*time.Second, "how long one client runs")
	flag.DurationVar(&b.soaks, "for", 5*time.Minute, "how long the soak lasts")
	flag.IntVar(&b.port, "port", 18400, "first of two ports that origins listen on")
	flag.StringVar(&page, "page", "", "file that the results are written to as well")
	flag.Parse()
	parts := flag.Args()
	if len(parts) == 2 && parts[0] == "soak-child" {
		return soakChild(ctx, parts[1], b.soaks)
	}
	if len(parts) == 2 && parts[0] == "origin" {
		listener, err := net.Listen("tcp", parts[1])
		if err != nil {
			return err
		}
		return (&origin{listener: listener}).serve()
	}
	if len(parts) == 3 && parts[0] == "grpc-origin" {
		return serveCalls(parts[1], parts[2])
	}
	if len(parts) == 0 {
		parts = []string{"closed", "open", "stall", "soak"}
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b.folder = folder
	var text strings.Builder
	b.out = io.MultiWriter(os.Stdout, &text)
	if err := b.runParts(ctx, parts); err != nil {
		return err
	}
	if page != "" {
		if err := os.WriteFile(page, []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	if len(b.missed) > 0 {
		return errors.New("not reached: " + strings.Join(b.missed, "; "))
	}
	return nil
}

func (b *bench) runParts(ctx context.Context, parts []string) error {
	b.head(parts)
	for _, part := range parts {
		var err error
		switch part {
		case "closed":
			err = b.closed(ctx)
		case "open":
			err = b.open(ctx)
		case "stall":
			err = b.stall(ctx)
		case "soak":
			err = b.soak(ctx, b.soaks)
		case "grpc":
			err = b.grpc(ctx)
		default:
			err = fmt.Errorf("there is no part %q; there are closed, open, stall, soak and grpc", part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// bar says whether a bar was reached, and remembers those that were not.
func (b *bench) bar(what string, reached bool) {
	word := "reached"
	if !reached {
		word = "MISSED"
		b.missed = append(b.missed, what)
	}
	b.say("- %s: **%s**\n", what, word)
}

func (b *bench) originURL() string { return fmt.Sprintf("http://127.0.0.1:%d", b.port) }

// startOrigin runs the stamping origin on its core.
func (b *bench) startOrigin(ctx context.Context) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return service(ctx, b.originURL()+stampsPath, self, "origin", fmt.Sprintf("127.0.0.1:%d", b.port))
}

// head says what was run, where and when.
func (b *bench) head(parts []string) {
	title, script, whose := "seam load beside its peers", "bench-load", "wrk and hey are Debian's, vegeta and k6 those\nthat .ci/tools pins."
	if slices.Equal(parts, []string{"grpc"}) {
		title, script, whose = "seam load beside ghz", "bench-load-grpc", "ghz is that which\n.ci/tools pins."
	}
	b.say("# %s\n\n", title)
	b.say("Written by `make bench-load` (.ci/%s), %s, on %d processors of %s. A run on a busy machine tells more of\n", script, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOARCH)
	b.say("the machine than of the clients; the ratios bear it better than the figures. %s\n\n", whose)
}
