package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/report"
)

// verifyFlags are those of `seam verify`.
type verifyFlags struct {
	file     fileFlag
	output   outputFlag
	pacts    []string
	provider string
	url      string
	states   string
	headers  []string
	describe string
	state    string
	teardown bool
	failFast bool
	quiet    bool
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
  seam verify --provider-url http://127.0.0.1:8080 --pact web-orders.json --states-url http://127.0.0.1:8080/_pact/states -o junit=pact.xml`,
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
	f.StringVar(&flags.url, "provider-url", "", "base URL of the running provider")
	f.StringVar(&flags.states, "states-url", "", "URL that provider states are posted to")
	f.BoolVar(&flags.teardown, "teardown", false, "also post each state with action teardown")
	f.StringArrayVar(&flags.headers, "header", nil, "`NAME: VALUE` added to every request, repeatable")
	f.StringVar(&flags.describe, "description", "", "only interactions whose description matches this regular expression")
	f.StringVar(&flags.state, "state", "", "only interactions with a provider state that matches this regular expression")
	f.BoolVar(&flags.failFast, "fail-fast", false, "stop at the first failed interaction")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command) (*report.Document, error) {
	if f.url != "" {
		return f.direct(cmd)
	}
	if err := refuse(cmd, "needs --provider-url: name the running provider, or leave both out to verify the system of seam.yaml",
		"pact", "states-url", "teardown", "header", "description", "state", "fail-fast"); err != nil {
		return nil, err
	}
	spec, err := f.file.load()
	if err != nil {
		return nil, err
	}
	if len(spec.Contracts) == 0 {
		return nil, usage("%s names no contracts; add `contracts: [{pacts: pacts/*.json}]`, or use --pact with --provider-url", spec.File)
	}
	if f.provider != "" {
		for i := range spec.Contracts {
			spec.Contracts[i].Provider = f.provider
		}
	}
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	spec.Expect, spec.Load = nil, nil
	doc, err := check.Run(cmd.Context(), check.Options{
		Spec: spec, Progress: talk.say, Skip: map[string]bool{"drive": true, "load": true},
	})
	if err != nil {
		return nil, err
	}
	doc.Verb = "verify"
	return doc, nil
}

// direct verifies a provider that runs already, with no system around it.
func (f *verifyFlags) direct(cmd *cobra.Command) (*report.Document, error) {
	cfg, err := f.config()
	if err != nil {
		return nil, err
	}
	sources, err := verify.Sources(cmd.Context(), f.pacts)
	if err != nil {
		return nil, usageError{err}
	}
	sources = slices.DeleteFunc(sources, func(s verify.Source) bool { return f.provider != "" && s.Pact.Provider != f.provider })
	if len(sources) == 0 {
		return nil, usage("no pact of provider %q among %s", f.provider, strings.Join(f.pacts, ", "))
	}
	return check.Verify(cmd.Context(), sources, cfg)
}

func (f *verifyFlags) config() (verify.Config, error) {
	cfg := verify.Config{Teardown: f.teardown, FailFast: f.failFast, Header: http.Header{}, Client: &http.Client{Timeout: 30 * time.Second}}
	if len(f.pacts) == 0 {
		return cfg, usage("--provider-url needs at least one --pact")
	}
	var err error
	if cfg.Provider, err = baseURL("--provider-url", f.url); err != nil {
		return cfg, err
	}
	if f.states != "" {
		if cfg.States, err = baseURL("--states-url", f.states); err != nil {
			return cfg, err
		}
	}
	for _, header := range f.headers {
		name, value, ok := strings.Cut(header, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return cfg, usage("--header %q: write it as \"Name: value\"", name)
		}
		cfg.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if cfg.Description, err = pattern("--description", f.describe); err != nil {
		return cfg, err
	}
	cfg.State, err = pattern("--state", f.state)
	return cfg, err
}

func pattern(flag, text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, usage("%s: %v", flag, err)
	}
	return compiled, nil
}

func baseURL(flag, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, usage("%s: %v", flag, err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, usage("%s %s: write a whole URL such as %s", flag, text, fmt.Sprintf("http://127.0.0.1:8080%s", u.Path))
	}
	return u, nil
}
