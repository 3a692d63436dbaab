package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/harness/system"
)

// helpWidth is how wide the list of flags may get: a terminal of 100 columns
// shows it without breaking a line.
const helpWidth = 100

// printUsage is what --help shows below a verb's description.
func printUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	fmt.Fprintln(w, "Usage:")
	if !cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	} else {
		if cmd.HasParent() {
			fmt.Fprintf(w, "  %s\n", cmd.UseLine())
		}
		fmt.Fprintf(w, "  %s VERB [flags]\n\nVerbs:\n", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(w, "  %-*s  %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	_, err := fmt.Fprintf(w, "\nFlags:\n%s", cmd.LocalFlags().FlagUsagesWrapped(helpWidth))
	if !cmd.HasParent() {
		_, err = fmt.Fprint(w, "\nEvery flag can be set by a variable too: --page by SEAM_PAGE, -f by SEAM_CONFIG.\n`seam VERB --help` tells more about a verb.\n")
	}
	return err
}

// unknownFlag names the flag that was probably meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	remedy := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if near := system.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			remedy = fmt.Sprintf("did you mean --%s? %s", near, remedy)
		}
	}
	return usage("%v; %s", err, remedy)
}

// unknownVerb names the verb that was probably meant.
func unknownVerb(root *cobra.Command, verb string) error {
	names := []string{"help"}
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	remedy := "`seam --help` lists the verbs"
	if near := system.Nearest(verb, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q? %s", near, remedy)
	}
	return usage("unknown verb %q; %s", verb, remedy)
}

// helpCommand is `seam help [VERB]`; cobra's own leaves with 0 for a verb that
// does not exist.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Tell about a verb",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownVerb(cmd.Root(), strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}
