package main

import (
	"errors"
	"fmt"
	"math"

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

// wrongFlag names the flag that was probably meant, or what a flag takes.
func wrongFlag(cmd *cobra.Command, err error) error {
	remedy := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	var unknown *pflag.NotExistError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &wrong):
		return usage("--%s %s: %s", wrong.GetFlag().Name, wrong.GetValue(), taken(wrong.GetFlag()))
	case errors.As(err, &unknown):
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

// taken says what a flag takes.
func taken(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "write true or false, or the flag alone"
	case "int":
		return "write a whole number such as 10"
	case "uint64":
		return fmt.Sprintf("write a whole number from 0 to %d", uint64(math.MaxUint64))
	case "duration":
		return "write a time such as 30s, 500ms or 1m30s"
	default:
		return "write " + f.Value.Type()
	}
}

// unknownVerb names the verb that was probably meant, of those below another.
func unknownVerb(above *cobra.Command, verb string) error {
	var names []string
	for _, sub := range above.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			names = append(names, sub.Name())
		}
	}
	remedy := fmt.Sprintf("`%s --help` lists the verbs", above.CommandPath())
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
		ValidArgsFunction: offered(func(cmd *cobra.Command) []string {
			var names []string
			for _, sub := range cmd.Root().Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, sub.Name())
				}
			}
			return names
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return unknownVerb(cmd.Root(), args[0])
			case len(rest) > 0 && about.HasAvailableSubCommands():
				return unknownVerb(about, rest[0])
			case len(rest) > 0:
				return usage("seam help tells about one verb, but got %q too; `%s --help` and `seam help %s` tell about each", rest[0], about.CommandPath(), rest[0])
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}
