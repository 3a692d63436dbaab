package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/dashboards"
)

func dashboardsCommand() *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "dashboards",
		Short: "Write what provisions Grafana and Prometheus",
		Example: `  seam dashboards
  seam dashboards --out watch
  seam dashboards --out watch --force    # also over files that were changed since`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			files, err := provisioning(out)
			if err != nil {
				return err
			}
			if foreign := differing(files); len(foreign) > 0 && !force {
				return usage("not by seam, or changed since: %s; move them away, name another folder with --out, or overwrite them with --force", strings.Join(foreign, ", "))
			}
			for _, f := range files {
				if err := f.write(); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %d files below %s\n", len(files), filepath.ToSlash(filepath.Clean(out)))
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "dashboards", "`FOLDER` that the files are written to")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that differ")
	return cmd
}

// A provisioned file and where it goes.
type provisioned struct {
	path string
	data []byte
}

func provisioning(folder string) ([]provisioned, error) {
	var files []provisioned
	err := fs.WalkDir(dashboards.Provisioning, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dashboards.Provisioning, path)
		files = append(files, provisioned{filepath.Join(folder, filepath.FromSlash(path)), data})
		return err
	})
	return files, err
}

// differing lists the files that exist with another content, or cannot be read.
func differing(files []provisioned) []string {
	var paths []string
	for _, f := range files {
		have, err := os.ReadFile(f.path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(have, f.data) {
			continue
		}
		paths = append(paths, f.path)
	}
	return paths
}

func (f provisioned) write() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", f.path, err)
	}
	if err := os.WriteFile(f.path, f.data, 0o644); err != nil {
		return fmt.Errorf("write provisioning file: %w", err)
	}
	return nil
}
