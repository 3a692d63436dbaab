package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/report"
)

// filterFlags choose interactions.
type filterFlags struct {
	describe, state string
	noState         bool
	consumers       []string
}

func (f *filterFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.describe, "description", "", "only interactions whose description matches this regular expression (or $PACT_DESCRIPTION)")
	flags.StringVar(&f.state, "state", "", "only interactions with a provider state that matches this regular expression (or $PACT_PROVIDER_STATE)")
	flags.BoolVar(&f.noState, "no-state", false, "only interactions without provider state (or $PACT_PROVIDER_NO_STATE=true)")
	flags.StringArrayVar(&f.consumers, "consumer", nil, "only pacts of this consumer, repeatable")
}

// filter also reads the variables that other verifiers of pacts know.
func (f *filterFlags) filter(env func(string) (string, bool)) (verify.Filter, error) {
	filter := verify.Filter{NoState: f.noState, Consumers: f.consumers}
	describe, state := f.describe, f.state
	if value, _ := env("PACT_DESCRIPTION"); describe == "" {
		describe = value
	}
	if value, _ := env("PACT_PROVIDER_STATE"); state == "" {
		state = value
	}
	if value, _ := env("PACT_PROVIDER_NO_STATE"); value == "true" || value == "1" {
		filter.NoState = true
	}
	if filter.NoState && state != "" {
		return filter, usage("--no-state and --state exclude one another")
	}
	var err error
	if filter.Description, err = pattern("--description", describe); err != nil {
		return filter, err
	}
	filter.State, err = pattern("--state", state)
	return filter, err
}

// direct verifies providers that run already, with no system around them.
func (f *verifyFlags) direct(cmd *cobra.Command) (*report.Document, error) {
	if len(f.pacts) == 0 {
		return nil, usage("--provider-url needs at least one --pact")
	}
	base, err := f.config()
	if err != nil {
		return nil, err
	}
	at, err := providers(f.urls)
	if err != nil {
		return nil, err
	}
	sources, err := verify.Sources(cmd.Context(), f.pacts)
	if err != nil {
		return nil, usageError{err}
	}
	if err := f.judge(cmd, sources); err != nil {
		return nil, err
	}
	if err := parties(sources, f.provider, f.filter.consumers...); err != nil {
		return nil, err
	}
	tasks, err := f.tasks(sources, base, at)
	if err != nil {
		return nil, err
	}
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	talk.begin(fmt.Sprintf("verifying %s", many(len(tasks), "pact")))
	return check.Verify(cmd.Context(), tasks)
}

// judge prints the warnings of pacts, or refuses them where they must be flawless.
func (f *verifyFlags) judge(cmd *cobra.Command, sources []verify.Source) error {
	said := warnings(sources)
	if f.strict && len(said) > 0 {
		return usage("--strict refuses pacts with warnings:\n  %s", strings.Join(said, "\n  "))
	}
	if !f.quiet {
		for _, line := range said {
			fmt.Fprintf(cmd.ErrOrStderr(), "seam: warning: %s\n", quoted(line))
		}
	}
	return nil
}

// warnings are what reading the pacts gave rise to, each with its file.
func warnings(sources []verify.Source) (said []string) {
	for _, source := range sources {
		for _, w := range source.Warnings {
			said = append(said, fmt.Sprintf("pact %s: %s", shownURL(source.Name), w))
		}
	}
	return said
}

// tasks pairs each pact with its provider.
func (f *verifyFlags) tasks(sources []verify.Source, base verify.Config, at map[string]*url.URL) ([]verify.Task, error) {
	var tasks []verify.Task
	found, kept := false, false
	for _, source := range sources {
		target := at[source.Pact.Provider]
		if target == nil {
			target = at[""]
		}
		if target == nil || f.provider != "" && source.Pact.Provider != f.provider {
			continue
		}
		found = true
		for i := range source.Pact.Interactions {
			kept = kept || base.Keeps(source.Pact, &source.Pact.Interactions[i])
		}
		if len(base.Consumers) > 0 && !slices.Contains(base.Consumers, source.Pact.Consumer) {
			continue
		}
		task := verify.Task{Source: source, Config: base}
		task.Config.Provider = target
		tasks = append(tasks, task)
	}
	switch {
	case !found:
		return nil, usage("none of the pacts in %s is of a provider that --provider-url names; there are %s", strings.Join(f.pacts, ", "), each(sources, provider))
	case !kept:
		return nil, usage("no interaction in %s passes the filters: nothing would be verified; there are %s", strings.Join(f.pacts, ", "), choice(base.Filter, sources))
	}
	return tasks, nil
}

// providers reads URL or NAME=URL; the name "" stands for all others.
func providers(flags []string) (map[string]*url.URL, error) {
	at := map[string]*url.URL{}
	for _, flag := range flags {
		name, text, named := strings.Cut(flag, "=")
		if !named || strings.Contains(name, "/") {
			name, text = "", flag
		}
		if at[name] != nil {
			return nil, usage("--provider-url %s: the provider %q has two; write NAME=URL for each", shownURL(flag), name)
		}
		u, err := baseURL("--provider-url", text)
		if err != nil {
			return nil, err
		}
		at[name] = u
	}
	return at, nil
}

func (f *verifyFlags) config() (verify.Config, error) {
	cfg := verify.Config{Teardown: f.teardown, FailFast: f.failFast, StateQuery: f.query, Parallel: f.parallel, Timeout: f.timeout}
	var err error
	if f.parallel < 1 {
		return cfg, usage("--parallel %d: at least one interaction must run", f.parallel)
	}
	if f.timeout <= 0 {
		return cfg, usage("--timeout %s: give a time such as 30s", f.timeout)
	}
	if f.states != "" {
		if cfg.States, err = baseURL("--states-url", f.states); err != nil {
			return cfg, err
		}
	}
	if f.messages != "" {
		if cfg.Messages, err = baseURL("--messages-url", f.messages); err != nil {
			return cfg, err
		}
	}
	if cfg.Header, err = headers(f.headers, os.LookupEnv); err != nil {
		return cfg, err
	}
	cfg.Filter, err = f.filter.filter(os.LookupEnv)
	return cfg, err
}

// headers reads NAME: VALUE. Errors never hold a value, which may be secret.
func headers(flags []string, env func(string) (string, bool)) (http.Header, error) {
	header := http.Header{}
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, unclear(name)
		}
		value, err := expand(strings.TrimSpace(value), env)
		if err != nil {
			return nil, usage("--header %s: %v", name, err)
		}
		header.Add(name, value)
	}
	return header, nil
}

// unclear is what is wrong with a header that has no colon or no name; what
// stands behind a word of it may be its value.
func unclear(name string) error {
	word, _, _ := strings.Cut(strings.ReplaceAll(name, "=", " "), " ")
	return usage("--header %q: write it as \"Name: value\"", word)
}

// expand puts the environment's values in place of ${NAME}; any other $ stays.
func expand(text string, env func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("${%s lacks a }", name)
		}
		value, set := env(name)
		if !set {
			return "", fmt.Errorf("the variable %s is not set", name)
		}
		b.WriteString(value)
		text = rest
	}
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
	whole := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if wrong := (*url.Error)(nil); errors.As(err, &wrong) && strings.Contains(text, "://") { // which quotes the text
		return nil, usage("%s %s: %v", flag, shownURL(text), wrong.Err)
	}
	if !whole {
		example := "http://127.0.0.1:8080"
		switch {
		case strings.HasPrefix(text, "/"):
			example += shownURL(text)
		case text != "" && !strings.Contains(text, "://"):
			example = "http://" + shownURL(text)
		}
		return nil, usage("%s %s: write a whole URL such as %s", flag, shownURL(text), example)
	}
	return u, nil
}
