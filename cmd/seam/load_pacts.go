package main

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/check"
)

// pactFlags are those of `seam load` whose requests come from pacts.
type pactFlags struct {
	pacts    []string
	consumer string
	provider string
	states   string
	teardown bool
	weights  []string
}

func (p *pactFlags) add(f *pflag.FlagSet) {
	f.StringArrayVar(&p.pacts, "pact", nil, "file, folder, glob or URL of pacts whose interactions are the requests, repeatable")
	f.StringVar(&p.consumer, "consumer", "", "only pacts of this consumer; needs --pact")
	f.StringVar(&p.provider, "provider", "", "only pacts of this provider; needs --pact")
	f.StringVar(&p.states, "states-url", "", "URL that provider states are posted to before the load")
	f.BoolVar(&p.teardown, "teardown", false, "also post each state with action teardown after the load")
	f.StringArrayVar(&p.weights, "weight", nil, "`DESCRIPTION=N`: how often an interaction is asked for, compared with the others, repeatable; 0 is never (default: 1 each)")
}

// pactOnly are these flags but for --pact.
var pactOnly = []string{"consumer", "provider", "states-url", "teardown", "weight"}

// scenario is what the flags come to; nil without --pact.
func (p *pactFlags) scenario(cmd *cobra.Command, target string, header []string) (*check.Scenario, error) {
	if len(p.pacts) == 0 {
		return nil, refuse(cmd, "needs --pact: it speaks of the interactions of pacts", pactOnly...)
	}
	if err := refuse(cmd, "goes without --pact: the interactions say what is sent", append(slices.Clone(callOnly), "method", "body")...); err != nil {
		return nil, err
	}
	if _, err := baseURL("URL", target); err != nil {
		return nil, err
	}
	s := &check.Scenario{
		Pacts: p.pacts, Consumer: p.consumer, Provider: p.provider, Base: strings.TrimSuffix(target, "/"), States: p.states, Teardown: p.teardown,
		Weights: map[string]int{},
	}
	if at, err := url.Parse(target); err == nil && (at.RawQuery != "" || at.Fragment != "") {
		return nil, usage("URL %s: the paths of the interactions come behind it, so it has no query and no fragment", shownURL(target))
	}
	if p.states != "" {
		if _, err := baseURL("--states-url", p.states); err != nil {
			return nil, err
		}
	}
	for _, flag := range p.weights {
		name, text, found := cutLast(flag, "=")
		weight, err := strconv.Atoi(text)
		if !found || err != nil || weight < 0 || weight > mostWeight {
			return nil, usage("--weight %q: write it as 'a charge=3', with a number from 0 to %d", flag, mostWeight)
		}
		s.Weights[name] = weight
	}
	var err error
	s.Header, err = headers(header, os.LookupEnv)
	return s, err
}

const mostWeight = 1_000_000

func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// seed draws the chance of a load out of pacts where no flag gives it.
func (p *pactFlags) seed(cmd *cobra.Command, seed *uint64) {
	if len(p.pacts) > 0 && !cmd.Flags().Changed("seed") {
		*seed = rand.Uint64()
	}
}

// checkPacts reads the pacts before anything is sent: what is wrong with them
// or with what is chosen of them is a fault of the call.
func checkPacts(cmd *cobra.Command, task check.LoadTask) error {
	err := task.Check(cmd.Context())
	if err == nil {
		return nil
	}
	if sources, broken := verify.Sources(cmd.Context(), task.Scenario.Pacts); broken == nil {
		if err := parties(sources, task.Scenario.Provider, task.Scenario.Consumer); err != nil {
			return err
		}
	}
	return usageError{errors.New(inFlags.Replace(err.Error()))}
}

// inFlags puts the words of flags for those of seam.yaml.
var inFlags = strings.NewReplacer("pacts.weights.", "--weight ", "pacts: ", "--pact: ")
