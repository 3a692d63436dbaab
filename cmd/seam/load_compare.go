package main

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/load/compare"
	"github.com/seamtest/seam/harness/report"
)

// compareFlags are those of `seam load compare`.
type compareFlags struct {
	before, after []string
	threshold     string
	output        string
	strict        bool
}

func compareCommand() *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare [A B] [flags]",
		Short: "Tell whether load B is worse than load A by more than chance",
		Long: `compare reads JSON reports of seam load or seam test, A before a change and B
after it, and judges percentiles, mean, errors and throughput. Three or more
runs a side, such as A1,A2,A3 B1,B2,B3, show what differs from run to run:
recommended. What the runs cannot tell is inconclusive.`,
		Example: `  seam load compare before.json after.json
  seam load compare a1.json,a2.json,a3.json b1.json,b2.json,b3.json
  seam load compare before.json after.json --threshold 10% -o markdown`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return usage("seam load compare takes two files, or --a and --b; got %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE:              flags.run,
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.before, "a", nil, "`FILE` of a run before the change, repeatable")
	f.StringArrayVar(&flags.after, "b", nil, "`FILE` of a run after it, repeatable")
	f.StringVar(&flags.threshold, "threshold", "5%", "a worsening by less is no regression")
	f.BoolVar(&flags.strict, "strict", false, "leave with 1 where it is inconclusive too")
	addFormat(cmd, &flags.output, "text", "json", "markdown")
	return cmd
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		f.before, f.after = append(f.before, sideOf(args[0])...), append(f.after, sideOf(args[1])...)
	}
	if len(f.before) == 0 || len(f.after) == 0 {
		return usage("name a report of each side: seam load compare before.json after.json")
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(f.threshold, "%"), 64)
	if err != nil || !(percent >= 0) || math.IsInf(percent, 1) || !strings.HasSuffix(f.threshold, "%") {
		return usage("--threshold %s: write it as a share, such as 5%%", f.threshold)
	}
	before, err := loadedFrom(f.before)
	if err != nil {
		return usageError{err}
	}
	after, err := loadedFrom(f.after)
	if err != nil {
		return usageError{err}
	}
	result, err := report.Compare(before, after, compare.Settings{Threshold: percent / 100})
	if err != nil {
		return usage("cannot compare: %v", err)
	}
	var text bytes.Buffer
	if err := result.Write(&text, f.output, report.StyleOf(cmd.OutOrStdout(), os.LookupEnv)); err != nil {
		return usageError{err}
	}
	if _, err := cmd.OutOrStdout().Write(text.Bytes()); err != nil {
		return err
	}
	if result.Verdict == compare.Regression || f.strict && result.Inconclusive() {
		return errFindings
	}
	return nil
}

// sideOf are the reports of a side: names with commas between them, unless
// there is a file whose name has some.
func sideOf(argument string) []string {
	if _, err := os.Stat(argument); err == nil {
		return []string{argument}
	}
	return strings.Split(argument, ",")
}

func loadedFrom(names []string) ([]report.Loaded, error) {
	var all []report.Loaded
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		one, err := report.ReadLoaded(name, file)
		file.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
