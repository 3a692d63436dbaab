package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/system"
)

// offered makes what completes a flag or an argument of a list. Whatever goes
// wrong offers nothing: a shell has no place to tell of it.
func offered(list func(cmd *cobra.Command) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		_ = fromEnvironment(cmd, os.LookupEnv)
		return list(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

// complete has the values of a flag offered; the flag is there.
func complete(cmd *cobra.Command, flag string, list func(cmd *cobra.Command) []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, offered(list))
}

// spec is the system of seam.yaml, as far as it is right; its pacts are not read.
func (f *fileFlag) spec() *system.Spec {
	here, _ := os.Getwd()
	path, err := system.Find(f.path, os.LookupEnv, here)
	if err != nil {
		return &system.Spec{}
	}
	spec, err := system.Read(path, os.LookupEnv)
	if err != nil {
		return &system.Spec{}
	}
	return spec
}

func (f *fileFlag) edges(*cobra.Command) []string {
	var names []string
	for _, e := range f.spec().Edges() {
		names = append(names, e.String())
	}
	return names
}

// providersOf and consumersOf list the parties of the pacts that a flag names,
// or of those of seam.yaml.
func providersOf(file *fileFlag, pacts *[]string) func(cmd *cobra.Command) []string {
	return parted(file, pacts, func(s verify.Source) string { return s.Pact.Provider })
}

func consumersOf(file *fileFlag, pacts *[]string) func(cmd *cobra.Command) []string {
	return parted(file, pacts, func(s verify.Source) string { return s.Pact.Consumer })
}

func parted(file *fileFlag, pacts *[]string, party func(verify.Source) string) func(cmd *cobra.Command) []string {
	return func(cmd *cobra.Command) []string {
		ctx, cancel := context.WithTimeout(cmd.Context(), time.Second)
		defer cancel()
		paths := *pacts
		if len(paths) == 0 && file != nil {
			for _, c := range file.spec().Contracts {
				paths = append(paths, c.Pacts...)
			}
		}
		sources, _ := verify.Sources(ctx, paths) // those that are right
		var names []string
		for _, s := range sources {
			names = append(names, party(s))
		}
		return slices.Compact(slices.Sorted(slices.Values(names)))
	}
}

// What runs is what a page knows.
type running struct{ services, edges, traces []string }

// runningOf asks the page; where none answers, nothing is known.
func runningOf(cmd *cobra.Command, page string) (known running) {
	var system struct {
		Services []struct{ Name string }
		Edges    []struct{ Edge string }
	}
	var traces []struct{ ID string }
	decode(cmd.Context(), addressOf(page)+"/api/system", &system)
	decode(cmd.Context(), addressOf(page)+"/api/traces", &traces)
	for _, s := range system.Services {
		known.services = append(known.services, s.Name)
	}
	for _, e := range system.Edges {
		known.edges = append(known.edges, e.Edge)
	}
	for _, t := range traces {
		known.traces = append(known.traces, t.ID)
	}
	return known
}

// decode leaves what it fills as it was where there is no answer.
func decode(ctx context.Context, url string, to any) {
	const most = 8 << 20
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+url, nil)
	if err != nil {
		return
	}
	client := http.Client{Timeout: time.Second}
	answer, err := client.Do(request)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(io.LimitReader(answer.Body, most)).Decode(to) // what is no JSON names nothing
}

// bashAlone stands before the script for bash, which relies on two functions of
// the package bash-completion: where that is not installed, these do.
const bashAlone = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    }
fi
if ! declare -F _filedir >/dev/null; then
    _filedir() {
        local kind=-f
        [[ $1 == -d ]] && kind=-d
        mapfile -t COMPREPLY < <(compgen "$kind" -- "$cur")
    }
fi
`

// completing adds the verb completion; what it prints goes where root prints.
func completing(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	bash, _, err := root.Find([]string{"completion", "bash"})
	if err != nil || bash.RunE == nil {
		return
	}
	script := bash.RunE
	bash.RunE = func(cmd *cobra.Command, args []string) error {
		if _, err := io.WriteString(cmd.OutOrStdout(), bashAlone); err != nil {
			return err
		}
		return script(cmd, args)
	}
}
