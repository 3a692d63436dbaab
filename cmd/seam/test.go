package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
)

func testCommand() *cobra.Command {
	var file fileFlag
	var output outputFlag
	var skip []string
	var quiet, logs bool
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
		RunE: func(cmd *cobra.Command, args []string) error {
			skipped, err := phases(skip)
			if err != nil {
				return err
			}
			if err := output.check(); err != nil {
				return err
			}
			spec, err := file.load()
			if err != nil {
				return err
			}
			talk := newTalk(cmd.ErrOrStderr(), quiet)
			defer talk.close()
			options := check.Options{Spec: spec, Skip: skipped, Progress: talk.say, Load: loadInChild}
			if len(args) > 0 {
				options.Command = args
			}
			if logs {
				options.Log = talk.line
			}
			doc, err := check.Run(cmd.Context(), options)
			if err != nil {
				return err
			}
			talk.close()
			if err := output.write(cmd.OutOrStdout(), doc); err != nil {
				return err
			}
			return verdict(doc)
		},
	}
	file.add(cmd)
	output.add(cmd)
	cmd.Flags().StringSliceVar(&skip, "skip", nil, "phases to leave out: drive, verify, load")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "no progress on stderr")
	cmd.Flags().BoolVar(&logs, "logs", false, "show the output of the services on stderr")
	return cmd
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
