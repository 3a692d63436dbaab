package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/dashboards"
	"github.com/seamtest/seam/harness/report"
)

// watchers says where the parties are that the written files name.
type watchers struct {
	page, prometheus, jaeger string
}

func dashboardsCommand() *cobra.Command {
	var out string
	var force bool
	var at watchers
	cmd := &cobra.Command{
		Use:   "dashboards",
		Short: "Write what provisions Grafana, Prometheus and Jaeger",
		Example: `  seam dashboards
  seam dashboards --out watch
  seam dashboards --out watch --force    # also over files that were changed since`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			files, err := provisioning(out, at)
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
	_ = cmd.MarkFlagDirname("out") // the flag exists: defined above
	cmd.Flags().StringVar(&at.page, "page", defaultPage, "address of the page of seam up, which Prometheus scrapes")
	cmd.Flags().StringVar(&at.prometheus, "prometheus", "http://127.0.0.1:9090", "URL of Prometheus, for Grafana and Jaeger")
	cmd.Flags().StringVar(&at.jaeger, "jaeger", "http://127.0.0.1:16686", "URL of Jaeger, for Grafana")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that differ")
	return cmd
}

// A provisioned file and where it goes.
type provisioned struct {
	path string
	data []byte
}

// provisioning is what is embedded, with the names that docker-compose.yml
// gives to its containers replaced by where the parties are.
func provisioning(folder string, at watchers) ([]provisioned, error) {
	for flag, address := range map[string]string{"--prometheus": at.prometheus, "--jaeger": at.jaeger} {
		if _, err := baseURL(flag, address); err != nil {
			return nil, err
		}
	}
	if _, _, err := net.SplitHostPort(at.page); err != nil {
		return nil, usage("--page %s: write an address such as %s: %v", at.page, defaultPage, err)
	}
	whole, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	places := strings.NewReplacer("seam:7326", at.page, "http://prometheus:9090", at.prometheus, "http://jaeger:16686", at.jaeger,
		"/var/lib/grafana/dashboards", filepath.ToSlash(filepath.Join(whole, "grafana", "dashboards")), "0.0.0.0", "127.0.0.1")
	var files []provisioned
	err = fs.WalkDir(dashboards.Provisioning, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dashboards.Provisioning, path)
		files = append(files, provisioned{filepath.Join(folder, filepath.FromSlash(path)), []byte(places.Replace(string(data)))})
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
	return report.WriteFile(f.path, f.data)
}
