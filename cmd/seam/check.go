package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

func checkCommand() *cobra.Command {
	var file fileFlag
	var outputs []string
	var schema bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check seam.yaml and start nothing",
		Long: `Check seam.yaml, the expressions in it and the pact files that it names, and
start nothing. What is right is shown as seam understands it.`,
		Example: `  seam check
  seam check -f shop/seam.yaml
  seam check -o github                    # annotations beside the lines of a pull request
  seam check --schema > seam.schema.json  # for an editor`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				if err := refuse(cmd, "has no effect with --schema", "file", "output"); err != nil {
					return err
				}
				_, err := cmd.OutOrStdout().Write(system.Schema())
				return err
			}
			targets, err := checkTargets(outputs)
			if err != nil {
				return err
			}
			spec, err := file.load()
			var wrong *system.Error
			if err != nil && !errors.As(err, &wrong) {
				return err
			}
			wrong = withoutSecrets(wrong)
			for _, t := range targets {
				if err := file.spare(t.Format, t.Path); err != nil {
					return err
				}
			}
			for _, t := range targets {
				if err := tell(cmd, t, spec, wrong); err != nil {
					return err
				}
			}
			if wrong != nil {
				return errFile
			}
			return nil
		},
	}
	file.add(cmd)
	cmd.Flags().StringArrayVarP(&outputs, "output", "o", []string{"text"}, "tell as `FORMAT[=PATH]`, repeatable: text, json, github (annotations)")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "github"}, cobra.ShellCompDirectiveNoSpace)) // the flag exists: defined above
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of seam.yaml")
	return cmd
}

// errFile ends a verb that has already printed the faults of seam.yaml.
var errFile = usageError{errors.New("seam.yaml is not right")}

// checkTargets reads FORMAT or FORMAT=PATH, where - is stdout, and refuses what
// cannot be written to, two at one place, and what would spoil JSON.
func checkTargets(outputs []string) ([]report.Target, error) {
	var targets []report.Target
	places := map[string]string{}
	for _, text := range outputs {
		format, path, named := strings.Cut(text, "=")
		t := report.Target{Format: format, Path: path}
		if path == "-" {
			t.Path = ""
		}
		place := report.Place(t.Path)
		before, taken := places[place]
		switch {
		case checkFormats[format] == nil:
			return nil, usage("-o %s: unknown format %q; choose from github, json, text", text, format)
		case named && path == "":
			return nil, usage("-o %s: there is no path after the =; write -o %s for stdout", text, format)
		case taken && (t.Path != "" || before == format || before == "json" || format == "json"):
			return nil, usage("-o %s: %s already goes there; give one of them another path", text, before)
		}
		if err := t.Check(); err != nil {
			return nil, usage("-o %s: %v", text, err)
		}
		places[place] = format
		targets = append(targets, t)
	}
	return targets, nil
}

// tell writes what was found to the target. The text of faults goes to stderr,
// where that of every other verb goes.
func tell(cmd *cobra.Command, t report.Target, spec *system.Spec, wrong *system.Error) error {
	if t.Path == "" {
		w := cmd.OutOrStdout()
		if t.Format == "text" && wrong != nil {
			w = cmd.ErrOrStderr()
		}
		return checkFormats[t.Format](w, spec, wrong)
	}
	var b bytes.Buffer
	if err := checkFormats[t.Format](&b, spec, wrong); err != nil {
		return err
	}
	return report.WriteFile(t.Path, b.Bytes())
}

// checkFormats tell of a right file, or of what is wrong with it.
var checkFormats = map[string]func(w io.Writer, spec *system.Spec, wrong *system.Error) error{
	"text": func(w io.Writer, spec *system.Spec, wrong *system.Error) error {
		if wrong != nil {
			return wrong.WriteText(w, colourful(w))
		}
		_, err := fmt.Fprintf(w, "%s\n\n%s", summary(spec), spec.Outline())
		return err
	},
	"github": func(w io.Writer, spec *system.Spec, wrong *system.Error) error {
		if wrong != nil {
			return wrong.WriteGitHub(w)
		}
		_, err := fmt.Fprintf(w, "%s\n", summary(spec))
		return err
	},
	"json": func(w io.Writer, spec *system.Spec, wrong *system.Error) error {
		if wrong != nil {
			return wrong.WriteJSON(w)
		}
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(outlineOf(spec))
	},
}

func summary(spec *system.Spec) string {
	return fmt.Sprintf("%s: %s is right: %s, %s, %s, %s, %s", fromHere(spec.File), spec.Name, many(len(spec.Services), "service"),
		many(len(spec.Edges()), "edge"), many(len(spec.Contracts), "contract"), many(len(spec.Expect), "expectation"), many(len(spec.Load), "load"))
}

func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// An outline is what was understood, for programs.
type outline struct {
	File     string        `json:"file"`
	Right    bool          `json:"right"`
	Name     string        `json:"name"`
	Services []string      `json:"services"`
	Edges    []outlineEdge `json:"edges"`
}

type outlineEdge struct {
	Consumer string `json:"consumer"` // "" is the world outside
	Provider string `json:"provider"`
}

func outlineOf(spec *system.Spec) outline {
	o := outline{File: fromHere(spec.File), Right: true, Name: spec.Name, Edges: []outlineEdge{}}
	for i := range spec.Services {
		o.Services = append(o.Services, spec.Services[i].Name)
	}
	for _, e := range spec.Edges() {
		o.Edges = append(o.Edges, outlineEdge(e))
	}
	return o
}

// fromHere is the path as it is called from the current folder, where the file
// is in or below it.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

// colourful says whether colours can be sent: to a terminal that wants them
// (no-color.org).
func colourful(w io.Writer) bool {
	file, ok := w.(interface{ Stat() (os.FileInfo, error) }) // a file, or what watches one
	if !ok || os.Getenv("NO_COLOR") != "" || strings.HasPrefix(os.Getenv("TERM"), "dumb") {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
