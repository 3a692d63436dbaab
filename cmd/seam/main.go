// Command seam runs a system of services and checks what crosses between them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/system"
)

// The exit codes of every verb.
const (
	exitClean       = 0
	exitFindings    = 1 // a contract, an expectation or an objective failed
	exitUsage       = 2 // a flag or seam.yaml is wrong
	exitCouldNotRun = 3 // a port is taken, a service did not start, a figure is invalid
	exitInterrupted = 130
)

func main() {
	os.Exit(run(interruptible(), os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible ends its context at the first signal. The second ends seam
// at once; what runs then is killed by its guard, which notices that. Under
// nohup a closed terminal is no signal, and a pipe that nobody reads is none:
// the stream says so.
func interruptible() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // not ignored: the services would inherit that
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "seam: interrupted again; whatever still runs is killed")
		os.Exit(exitInterrupted)
	}()
	return ctx
}

// run is the whole program: it neither exits nor reads global state beside
// the environment, so a test can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results, stdout := watched("stdout", stdout)
	talk, stderr := watched("stderr", stderr)
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	completing(root)
	prepare := root.PersistentPreRunE
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if stays[cmd.Name()] {
			results.onceUnread(func() { cancel(errUnread) })
			talk.onceUnread(func() { cancel(errUnread) })
		}
		return prepare(cmd, args)
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err = sourced(cmd, err); err == nil {
		err = results.fault()
	}
	return conclude(ctx, err, stderr)
}

// stays are the verbs that go on until Ctrl-C: a reader who goes away ends them
// as that does, while the others go on to their end.
var stays = map[string]bool{"up": true, "stub": true, "record": true}

var errUnread = errors.New("nobody reads the output any more")

// conclude tells of an error that nobody told of, and says what to leave with.
func conclude(ctx context.Context, err error, stderr io.Writer) int {
	var wrong *system.Error
	switch code := exitCode(ctx, err); {
	case err == nil, errors.Is(err, errFindings), errors.Is(err, errFile):
		return code
	case errors.As(err, &wrong):
		_ = withoutSecrets(wrong).WriteText(stderr, colourful(stderr)) // where stderr cannot be written, nothing can be told
		return code
	case code == exitInterrupted:
		why := "interrupted"
		if errors.Is(context.Cause(ctx), errUnread) {
			why = errUnread.Error()
		}
		fmt.Fprintf(stderr, "seam: %s; everything that was started is stopped\n", why)
		return code
	default:
		fmt.Fprintf(stderr, "seam: %s%s\n", quoted(err.Error()), remedy(err))
		return code
	}
}

// errFindings ends a verb that has already printed what it found.
var errFindings = errors.New("findings")

// A usageError is a fault in how seam was called.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func exitCode(ctx context.Context, err error) int {
	var wrong usageError
	var file *system.Error
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &wrong), errors.As(err, &file):
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	default:
		return exitCouldNotRun
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "seam",
		Short: "Run a system of services and check every call between them",
		Long: `seam runs your services, sits on every call between two of them, and there
traces (OpenTelemetry), tests contracts (Pact), loads, and reports.

  seam init                writes a commented seam.yaml
  seam up                  runs the system and shows it on a page
  seam test                drives, verifies, loads and judges it; one report

Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 could not run, 130 interrupted.`,
		Version:       versionLine(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return nil
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd, os.LookupEnv) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetUsageFunc(printUsage)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(
		initCommand(), checkCommand(), upCommand(), testCommand(), verifyCommand(), loadCommand(),
		stubCommand(), recordCommand(), tracesCommand(), dashboardsCommand(), doctorCommand(), versionCommand(),
	)
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction == nil && cmd.Name() != "test" && cmd.Name() != "record" { // whose commands may be files
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
	return root
}

// noArgs is cobra.NoArgs with the exit code of a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument, but got %q", cmd.CommandPath(), args[0])
	}
	return nil
}
