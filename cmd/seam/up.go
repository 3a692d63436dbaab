package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/system"
)

// defaultPage is where the page listens unless told otherwise: SEAM on a
// telephone's keys. Another seam may hold it; then a free port serves.
const defaultPage = "127.0.0.1:7326"

func upCommand() *cobra.Command {
	var file fileFlag
	var page pageFlags
	var otlp, entry string
	var publish []string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the system until Ctrl-C and show it on a page",
		Example: `  seam up
  seam up -f shop/seam.yaml --page 127.0.0.1:8080
  seam up --otlp 127.0.0.1:4318    # services elsewhere send their spans here`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			spec, err := file.load()
			if err != nil {
				return err
			}
			talk := newTalk(cmd.ErrOrStderr(), quiet)
			defer talk.close()
			if entry != "" {
				spec.Entry.Listen = entry
			}
			for _, endpoint := range publish {
				if _, err := baseURL("--publish", endpoint); err != nil {
					return err
				}
				spec.Publish = append(spec.Publish, system.Publish{OTLP: endpoint})
			}
			for _, flag := range [][2]string{{"--page", page.address}, {"--entry", entry}, {"--otlp", otlp}} {
				if err := toListenOn(flag[0], flag[1]); err != nil {
					return err
				}
			}
			warnBeyond(cmd.ErrOrStderr(), "page", page.address, "read traces and logs")
			warnBeyond(cmd.ErrOrStderr(), "entry", entry, "call the system")
			warnBeyond(cmd.ErrOrStderr(), "receiver of spans", otlp, "send spans")
			cfg := harness.Config{Spec: spec, Progress: talk.say, Receive: otlp, Page: page.address, PageHosts: page.hosts, PageOrFree: !cmd.Flags().Changed("page")}
			if !quiet {
				cfg.Log = talk.line
			}
			h, err := harness.Start(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			talk.close()
			if _, err := io.WriteString(cmd.OutOrStdout(), described(h)); err != nil {
				return errors.Join(err, stop(cmd.Context(), h))
			}
			fmt.Fprint(cmd.ErrOrStderr(), moved(page.address, h.Page()))
			return stay(cmd.Context(), h, cmd.ErrOrStderr())
		},
	}
	file.add(cmd)
	page.add(cmd, defaultPage, "address of the page and of /metrics; a free port where this one is taken and not asked for")
	cmd.Flags().StringVar(&entry, "entry", "", "address of the entry, in place of the one of seam.yaml")
	cmd.Flags().StringArrayVar(&publish, "publish", nil, "OTLP endpoint that every span is sent on to, besides those of seam.yaml; repeatable")
	cmd.Flags().StringVar(&otlp, "otlp", "", "address that receives OTLP (gRPC and HTTP); default a free port")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "neither progress nor the output of the services on stderr")
	return cmd
}

// moved says where the page is instead of where it was wanted; "" where it is there.
func moved(wanted, page string) string {
	at := strings.TrimPrefix(page, "http://")
	if wanted != defaultPage || at == wanted {
		return ""
	}
	return fmt.Sprintf("seam: %s is taken, by another seam perhaps; list the traces of this one with: seam traces --page %s\n", wanted, at)
}

// described says where everything is that was started.
func described(h *harness.Harness) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is up\n", h.Spec().Name)
	if h.Entry() != "" {
		fmt.Fprintf(&b, "  entry    %s\n", h.Entry())
	}
	fmt.Fprintf(&b, "  page     %s\n  metrics  %s/metrics\n  otlp     %s\n", h.Page(), h.Page(), h.OTLP())
	for _, e := range h.Edges() {
		fmt.Fprintf(&b, "  edge     %s at %s\n", e.Name, e.URL())
	}
	b.WriteString("Ctrl-C stops everything\n")
	return b.String()
}

// stop gives the services half a minute, whether or not ctx has ended.
func stop(ctx context.Context, h *harness.Harness) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return h.Stop(end)
}

// stay keeps the system up until it is interrupted, which is its normal end,
// or until a service dies, which is a finding and said even where all else is quiet.
func stay(ctx context.Context, h *harness.Harness, stderr io.Writer) error {
	select {
	case <-ctx.Done():
		fmt.Fprintln(stderr, "seam: stopping the services; a second Ctrl-C kills them")
	case <-h.Dead():
	}
	err := stop(ctx, h)
	for _, lost := range h.Unpublished() {
		fmt.Fprintf(stderr, "seam: %s\n", quoted(lost))
	}
	deaths := h.Deaths()
	for _, death := range deaths {
		fmt.Fprintf(stderr, "seam: %s\n", quoted(death.Why)) // its last lines included
	}
	switch {
	case err != nil: // whatever it was, the services are not to blame
		return err
	case len(deaths) > 0:
		return errFindings
	default:
		return ctx.Err()
	}
}
