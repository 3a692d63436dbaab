package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker in a release; else the module's version tells.
var version = ""

func versionCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  seam version
  seam version -o json
  seam version | cut -d' ' -f2`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch format {
			case "text":
				_, err := fmt.Fprintln(cmd.OutOrStdout(), versionLine())
				return err
			case "json":
				return json.NewEncoder(cmd.OutOrStdout()).Encode(release{1, "version", versionText(), runtime.GOOS, runtime.GOARCH, runtime.Version()})
			default:
				return usage("-o %s: unknown format; choose from text, json", format)
			}
		},
	}
	addFormat(cmd, &format, "text", "json")
	return cmd
}

// A release is what programs read of it.
type release struct {
	Seam    int    `json:"seam"`
	Verb    string `json:"verb"`
	Version string `json:"version"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Go      string `json:"go"`
}

func versionLine() string {
	return fmt.Sprintf("seam %s %s/%s %s", versionText(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
