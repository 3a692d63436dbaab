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
	var output string
	var force bool
	cmd := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a commented seam.yaml to start from",
		Long: `Write a commented seam.yaml to start from. Its services are those that the
folder seems to hold: of a Procfile; else its programs (main.go, package.json,
app.py) in it, below it, and below cmd, services, apps and packages; else of a
compose file. Contracts in pacts/ say who calls whom.`,
		Example: `  seam init
  seam init services/shop
  seam init -o -                 # show it, write nothing
  seam init && $EDITOR seam.yaml && seam check`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("seam init takes one folder, but got %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			text, err := starterFor(folder)
			if err != nil {
				return err
			}
			if output == "-" {
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			if output == "" {
				output = filepath.Join(folder, "seam.yaml")
			}
			if err := writeStarter(output, text, force); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: name your services in it, then run `seam check` and `seam up`\n", output)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`PATH` to write, - for stdout (default: seam.yaml in the folder)")
	cmd.Flags().BoolVar(&force, "force", false, "write over a file that exists")
	return cmd
}

func starterFor(folder string) ([]byte, error) {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("find folder %s: %w", folder, err)
	}
	if info, err := os.Stat(whole); err != nil || !info.IsDir() {
		return nil, usage("there is no folder %s; make it first", folder)
	}
	return system.Starter(filepath.Base(whole), os.DirFS(whole)), nil
}

// writeStarter writes a file that does not exist yet, or over one by force.
// Where it cannot be written whole, what was there stays as it was.
func writeStarter(path string, text []byte, force bool) error {
	if info, err := os.Stat(path); force && err == nil && info.Mode().IsRegular() {
		return overwrite(path, text, info.Mode().Perm())
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		mode = os.O_WRONLY | os.O_CREATE
	}
	file, err := os.OpenFile(path, mode, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usage("%s exists already; edit it, compare it with `seam init -o -`, or write over it with --force", path)
	case errors.Is(err, fs.ErrNotExist):
		return usage("there is no folder %s; make it first", filepath.Dir(path))
	case err != nil:
		return fmt.Errorf("write the starter file: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil && !force {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// overwrite writes beside the file and renames; a link stays one.
func overwrite(path string, text []byte, mode fs.FileMode) error {
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("write the starter file: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(to), ".seam-init-*")
	if err != nil {
		return fmt.Errorf("write the starter file: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(mode), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), to)
}
