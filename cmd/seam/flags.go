package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// fromEnvironment sets the flags that the command line leaves alone from their
// variables, --rate from SEAM_RATE; a repeatable one takes a value per line.
// -f is not among them, as system.Find reads SEAM_CONFIG, and -o only for reports.
func fromEnvironment(cmd *cobra.Command, env func(string) (string, bool)) error {
	var wrong error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		text, set := env(name)
		if !set || text == "" || f.Changed || f.Hidden || wrong != nil || f.Name == "file" || f.Name == "help" || f.Name == "version" {
			return
		}
		values := []string{text}
		_, many := f.Value.(pflag.SliceValue)
		if f.Name == "output" && !many {
			return
		}
		f.Annotations = map[string][]string{variableKey: {name}}
		if many {
			values = strings.Split(strings.TrimSpace(text), "\n")
		}
		for _, value := range values {
			if err := cmd.Flags().Set(f.Name, value); err != nil {
				wrong = wrongFlag(cmd, err)
				return
			}
		}
	})
	return wrong
}

// variableKey is the annotation of a flag that a variable has set.
const variableKey = "variable"

// sourced names the variable, where the flag that a usage error begins with was
// set by one.
func sourced(cmd *cobra.Command, err error) error {
	var wrong usageError
	if !errors.As(err, &wrong) {
		return err
	}
	word, _, _ := strings.Cut(wrong.Error(), " ")
	name := strings.TrimPrefix(word, "--")
	if word == "-o" {
		name = "output"
	}
	if f := cmd.Flags().Lookup(strings.TrimSuffix(name, ":")); f != nil && strings.HasPrefix(word, "-") && f.Annotations[variableKey] != nil {
		return usage("$%s: %w", f.Annotations[variableKey][0], err)
	}
	return err
}

func variable(flag string) string {
	return "SEAM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// refuse is a usage error when one of the flags was set although it has no
// effect; why says what it needs.
func refuse(cmd *cobra.Command, why string, flags ...string) error {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return usage("--%s %s", name, why)
		}
	}
	return nil
}

// A fileFlag is -f: which seam.yaml.
type fileFlag struct {
	path  string
	found string // the file that load read
}

func (f *fileFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.path, "file", "f", "", "seam.yaml to read (default: $SEAM_CONFIG, else seam.yaml here or above, up to the repository's root)")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml") // the flag exists: defined above
}

// load finds, reads and checks the file, with what it names.
func (f *fileFlag) load() (*system.Spec, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the current folder: %w", err)
	}
	path, err := system.Find(f.path, os.LookupEnv, here)
	if err != nil {
		return nil, usageError{err}
	}
	f.found = path
	spec, err := check.Read(fromHere(path), os.LookupEnv)
	var faults *system.Error
	if err != nil && !errors.As(err, &faults) {
		return nil, usageError{err}
	}
	return spec, err
}

// spare refuses an output that would be written over the file that load read.
func (f *fileFlag) spare(format, path string) error {
	read, gone := os.Stat(f.found)
	there, none := os.Stat(path)
	if gone == nil && none == nil && os.SameFile(read, there) {
		return usage("-o %s=%s: this is the file that says what to run; name another", format, path)
	}
	return nil
}

// An outputFlag is -o FORMAT[=PATH], repeatable.
type outputFlag struct {
	written []string
	targets []report.Target
}

func (o *outputFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&o.written, "output", "o", nil,
		"report as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.Formats(), ", ")+" (default text to stdout)")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(report.Formats(), cobra.ShellCompDirectiveNoSpace)) // the flag exists: defined above
}

// addFormat is -o of a verb that prints one result on stdout, in the first
// format unless told otherwise.
func addFormat(cmd *cobra.Command, format *string, formats ...string) {
	cmd.Flags().StringVarP(format, "output", "o", formats[0], "`FORMAT` of the result: "+strings.Join(formats, " or "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag exists: defined above
}

// check refuses what cannot be written before anything runs.
func (o *outputFlag) check() (err error) {
	if o.targets, err = report.ParseTargets(o.written, os.LookupEnv); err != nil {
		return usageError{err}
	}
	return nil
}

// spare refuses to write a report over the file of the system.
func (o *outputFlag) spare(file *fileFlag) error {
	for _, t := range o.targets {
		if err := file.spare(t.Format, t.Path); err != nil {
			return err
		}
	}
	return nil
}

// write renders the document to every target; a file is complete or absent.
func (o *outputFlag) write(stdout io.Writer, doc *report.Document) error {
	return report.WriteAll(doc, o.targets, stdout, os.LookupEnv)
}

// verdict turns the document's into an exit code.
func verdict(doc *report.Document) error {
	switch doc.Verdict {
	case report.Failed:
		return errFindings
	case report.Invalid:
		return errors.New("a figure of this run cannot be trusted: see the report")
	default:
		return nil
	}
}
