package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	var file fileFlag
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check seam.yaml and start nothing",
		Example: `  seam check
  seam check -f shop/seam.yaml
  seam check && seam test`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			spec, err := file.load()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s is right: %d services, %d edges, %d contracts, %d expectations, %d loads\n",
				spec.File, spec.Name, len(spec.Services), len(spec.Edges()), len(spec.Contracts), len(spec.Expect), len(spec.Load))
			return err
		},
	}
	file.add(cmd)
	return cmd
}
