package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/report"
)

// testFlags are those of `seam test`.
type testFlags struct {
	file        fileFlag
	output      outputFlag
	page        pageFlags
	linger      time.Duration
	skip        []string
	quiet, logs bool
}

func testCommand() *cobra.Command {
	var flags testFlags
	cmd := &cobra.Command{
		Use:   "test [flags] [-- COMMAND [ARG...]]",
		Short: "Drive, verify, load and judge the system; one report",
		Long: `test starts the system of seam.yaml, drives traffic through it, replays its
contracts, loads it, stops it, and judges what crossed the edges.

A COMMAND replaces the drive of seam.yaml: it finds the system's address in
SEAM_ENTRY_URL and a trace context in TRACEPARENT.`,
		Example: `  seam test
  seam test -f shop/seam.yaml -o text -o junit=report.xml -o json=report.json
  seam test --skip load -- npm test`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return usage("seam test takes no argument before `--`, but got %q; a command that drives the system goes behind it: seam test -- %s", args[0], strings.Join(args, " "))
			}
			return nil
		},
		RunE: flags.run,
	}
	flags.file.add(cmd)
	flags.output.add(cmd)
	flags.page.add(cmd, "", "address of the page and of /metrics while the run lasts; none without it")
	cmd.Flags().DurationVar(&flags.linger, "linger", 0, "how long the page stays after the run, such as 15s, so that a scraper sees its end")
	cmd.Flags().StringSliceVar(&flags.skip, "skip", nil, "phases to leave out: drive, verify, load")
	_ = cmd.RegisterFlagCompletionFunc("skip", cobra.FixedCompletions([]string{"drive", "verify", "load"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists: defined above
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	cmd.Flags().BoolVar(&flags.logs, "logs", false, "show the output of the services on stderr")
	return cmd
}

func (f *testFlags) run(cmd *cobra.Command, args []string) error {
	skipped, err := phases(f.skip)
	if err != nil {
		return err
	}
	if err := f.agree(); err != nil {
		return err
	}
	if err := f.output.check(); err != nil {
		return err
	}
	if err := toListenOn("--page", f.page.address); err != nil {
		return err
	}
	spec, err := f.file.load()
	if err != nil {
		return err
	}
	if err := f.output.spare(&f.file); err != nil {
		return err
	}
	var metrics loadMetrics
	if len(spec.Load) > 0 && !skipped["load"] {
		defer metrics.close(cmd.ErrOrStderr())
		if err := errors.Join(metrics.start(), metrics.publish(spec)); err != nil {
			return err
		}
	}
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	warnBeyond(cmd.ErrOrStderr(), "page", f.page.address, "read traces and logs")
	told := false
	options := check.Options{
		Spec: spec, Skip: skipped, Progress: talk.say, Load: metrics.inChild, Loading: talk.load, Page: f.page.address, PageHosts: f.page.hosts,
		Finished: func(ctx context.Context, doc *report.Document, page string) error {
			told = true
			if err := f.output.write(cmd.OutOrStdout(), doc); err != nil {
				return err
			}
			return stayFor(ctx, f.linger, func() { talk.say(fmt.Sprintf("the page stays at %s for %s, or until Ctrl-C", page, f.linger)) })
		},
	}
	if len(args) > 0 {
		options.Command = args
	}
	if f.logs {
		options.Log = talk.line
	}
	doc, err := check.Run(cmd.Context(), options)
	if err != nil {
		if doc != nil && !told { // of a run that was interrupted during a load
			err = errors.Join(f.output.write(cmd.OutOrStdout(), doc), err)
		}
		return err
	}
	return verdict(doc)
}

// agree refuses flags that cancel one another.
func (f *testFlags) agree() error {
	switch {
	case f.quiet && f.logs:
		return usage("--logs shows what the services print on stderr, and -q keeps that quiet: choose one")
	case f.linger < 0:
		return usage("--linger %s: write a time such as 15s", f.linger)
	case f.linger != 0 && f.page.address == "":
		return usage("--linger keeps a page, and there is none: add --page %s", defaultPage)
	}
	return nil
}

func phases(names []string) (map[string]bool, error) {
	skip := map[string]bool{}
	for _, name := range names {
		switch name {
		case "drive", "verify", "load":
			skip[name] = true
		default:
			return nil, usage("--skip %s: no such phase; choose from drive, verify, load", fmt.Sprintf("%q", strings.TrimSpace(name)))
		}
	}
	return skip, nil
}
