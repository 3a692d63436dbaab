package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// verifyFlags are those of `seam verify`.
type verifyFlags struct {
	file     fileFlag
	output   outputFlag
	pacts    []string
	provider string
	urls     []string
	states   string
	messages string
	headers  []string
	filter   filterFlags
	query    bool
	teardown bool
	failFast bool
	strict   bool
	quiet    bool
	parallel int
	timeout  time.Duration
}

func verifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Replay contracts against a running provider, or against the system of seam.yaml",
		Long: `verify replays every interaction of the pacts and compares each answer with
what the consumer relies on. With --provider-url it needs no seam.yaml; without,
it starts the system of seam.yaml and replays through its edges.`,
		Example: `  seam verify
  seam verify --provider orders --provider-url http://127.0.0.1:8080 --pact pacts/
  seam verify --provider-url http://127.0.0.1:8080 --pact pacts/web-orders.json \
    --states-url http://127.0.0.1:8080/_pact/states -o junit=pact.xml
  TOKEN=secret seam verify --provider-url http://127.0.0.1:8080 --pact pacts/ \
    --header 'Authorization: Bearer ${TOKEN}' --consumer web --parallel 8
  seam verify --pact pacts/ --provider-url orders=http://127.0.0.1:8080 \
    --provider-url stock=http://127.0.0.1:8081`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.output.check(); err != nil {
				return err
			}
			doc, err := flags.run(cmd)
			if err != nil {
				return err
			}
			if err := flags.output.write(cmd.OutOrStdout(), doc); err != nil {
				return err
			}
			return verdict(doc)
		},
	}
	flags.file.add(cmd)
	flags.output.add(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&flags.pacts, "pact", nil, "file, folder, glob or URL of pacts, repeatable; needs --provider-url")
	f.StringVar(&flags.provider, "provider", "", "only pacts of this provider")
	f.StringArrayVar(&flags.urls, "provider-url", nil, "base `URL` of the running provider, or NAME=URL for each of several, repeatable")
	f.StringVar(&flags.messages, "messages-url", "", "URL that is posted the description of a message and answers with it (default: --provider-url)")
	f.StringVar(&flags.states, "states-url", "", "URL that provider states are posted to")
	f.BoolVar(&flags.query, "states-query", false, "post provider states as query parameters instead of a JSON body")
	f.BoolVar(&flags.teardown, "teardown", false, "also post each state with action teardown")
	f.StringArrayVar(&flags.headers, "header", nil, "`NAME: VALUE` added to every request, repeatable; ${VARIABLE} is taken from the environment")
	flags.filter.add(f)
	complete(cmd, "provider", providersOf(&flags.file, &flags.pacts))
	complete(cmd, "consumer", consumersOf(&flags.file, &flags.pacts))
	f.BoolVar(&flags.failFast, "fail-fast", false, "stop at the first failed interaction")
	f.BoolVar(&flags.strict, "strict", false, "refuse pacts that are read with a warning")
	f.IntVar(&flags.parallel, "parallel", 1, "replay up to `N` interactions at once; those with provider states stay one after the other")
	f.DurationVar(&flags.timeout, "timeout", 30*time.Second, "how long the provider may take for one answer")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command) (*report.Document, error) {
	if len(f.urls) > 0 {
		return f.direct(cmd)
	}
	if err := refuse(cmd, "needs --provider-url: name the running provider, or leave both out to verify the system of seam.yaml",
		"pact", "messages-url", "states-url", "states-query", "teardown", "header", "strict", "parallel", "timeout"); err != nil {
		return nil, err
	}
	spec, err := f.file.load()
	if err != nil {
		return nil, err
	}
	if err := f.output.spare(&f.file); err != nil {
		return nil, err
	}
	if len(spec.Contracts) == 0 {
		return nil, usage("%s names no contracts; add `contracts: [{pacts: pacts/*.json}]`, or use --pact with --provider-url", fromHere(spec.File))
	}
	filter, err := f.filter.filter(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if err := f.narrow(cmd.Context(), spec, &filter); err != nil {
		return nil, err
	}
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	spec.Expect, spec.Load = nil, nil
	doc, err := check.Run(cmd.Context(), check.Options{
		Spec: spec, Progress: talk.say, Skip: map[string]bool{"drive": true, "load": true},
		Filter: filter, FailFast: f.failFast,
	})
	if err != nil {
		return nil, err
	}
	doc.Verb = "verify"
	return doc, nil
}

// narrow leaves the contracts of --provider, and refuses, before anything is
// started, names and filters that leave nothing to verify.
func (f *verifyFlags) narrow(ctx context.Context, spec *system.Spec, filter *verify.Filter) error {
	if f.provider == "" && len(filter.Consumers) == 0 && filter.Description == nil && filter.State == nil && !filter.NoState {
		return nil
	}
	var all []verify.Source
	kept := false
	for _, c := range spec.Contracts {
		sources, err := verify.Sources(ctx, c.Pacts)
		if err != nil {
			return fmt.Errorf("contracts: %w", err)
		}
		for _, s := range sources {
			if c.Provider != "" && c.Provider != s.Pact.Provider || c.Consumer != "" && c.Consumer != s.Pact.Consumer {
				continue
			}
			all = append(all, s)
			for i := range s.Pact.Interactions {
				kept = kept || (f.provider == "" || s.Pact.Provider == f.provider) && filter.Keeps(s.Pact, &s.Pact.Interactions[i])
			}
		}
	}
	if err := parties(all, f.provider, filter.Consumers...); err != nil {
		return err
	}
	if !kept {
		return usage("no interaction of the contracts in %s passes the filters: nothing would be verified; there are %s", fromHere(spec.File), choice(*filter, all))
	}
	if f.provider != "" {
		spec.Contracts = slices.DeleteFunc(spec.Contracts, func(c system.Contract) bool { return c.Provider != "" && c.Provider != f.provider })
		for i := range spec.Contracts {
			spec.Contracts[i].Provider = f.provider
		}
	}
	return nil
}
