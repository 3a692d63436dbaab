package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/doctor"
	"github.com/seamtest/seam/harness/system"
)

func doctorCommand() *cobra.Command {
	var file fileFlag
	var format string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check that this machine has what the system needs",
		Long: `doctor looks, before anything is started, for what keeps a system from running
here: seam.yaml, the programs that it names, ports, open files, loopback, the
guard that ends the services, the clock, the folder of temporary files, proxies,
and whether the endpoints of publish: answer. Without a seam.yaml it looks at
the machine alone.`,
		Example: `  seam doctor
  seam doctor -f shop/seam.yaml
  seam doctor -o json > doctor.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return usage("-o %s: unknown format; choose from text, json", format)
			}
			patient := doctor.Patient{Page: defaultPage}
			patient.Spec, patient.Fault = file.load()
			if errors.Is(patient.Fault, system.ErrNone) {
				patient.Fault = nil
			}
			checks := doctor.Examine(cmd.Context(), patient)
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			for i := range checks {
				checks[i].Found, checks[i].Remedy = quoted(checks[i].Found), quoted(checks[i].Remedy)
			}
			show := showChecks
			if format == "json" {
				show = encodeChecks
			}
			if err := show(cmd.OutOrStdout(), checks); err != nil {
				return err
			}
			if doctor.Worst(checks) == doctor.Fail {
				return errFindings
			}
			return nil
		},
	}
	file.add(cmd)
	addFormat(cmd, &format, "text", "json")
	return cmd
}

// showChecks prints a line for each check, with its remedy below it.
func showChecks(w io.Writer, checks []doctor.Check) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	count := map[doctor.Result]int{}
	for _, c := range checks {
		count[c.Result]++
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.Result, c.Name, c.Found)
		if c.Remedy != "" {
			fmt.Fprintf(table, "\t\ttry: %s\n", c.Remedy)
		}
	}
	fmt.Fprintf(table, "%d ok, %d to mind, %d failed\n", count[doctor.OK], count[doctor.Warn], count[doctor.Fail])
	return table.Flush()
}

// encodeChecks prints what programs read; the verdict is passed or failed.
func encodeChecks(w io.Writer, checks []doctor.Check) error {
	verdict := "passed"
	if doctor.Worst(checks) == doctor.Fail {
		verdict = "failed"
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		Seam    int            `json:"seam"`
		Verb    string         `json:"verb"`
		Verdict string         `json:"verdict"`
		Checks  []doctor.Check `json:"checks"`
	}{1, "doctor", verdict, checks})
}
