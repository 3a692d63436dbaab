package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/system"
)

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a commented seam.yaml to start from",
		Example: `  seam init
  seam init services/shop
  seam init && $EDITOR seam.yaml && seam check`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("seam init takes one folder, but got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			path, err := writeStarter(folder)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: name your services in it, then run `seam check` and `seam up`\n", path)
			return err
		},
	}
}

func writeStarter(folder string) (string, error) {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("find folder %s: %w", folder, err)
	}
	path := filepath.Join(folder, "seam.yaml")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", usage("%s exists already; edit it, or remove it first", path)
	case errors.Is(err, fs.ErrNotExist):
		return "", usage("there is no folder %s; make it first", folder)
	case err != nil:
		return "", fmt.Errorf("write the starter file: %w", err)
	}
	_, err = file.Write(system.Starter(filepath.Base(whole)))
	return path, errors.Join(err, file.Close())
}
