package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/record"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/mocks"
)

// recordFlags are those of `seam record`.
type recordFlags struct {
	file  fileFlag
	edges []string
	out   string
	quiet bool
}

func recordCommand() *cobra.Command {
	var flags recordFlags
	cmd := &cobra.Command{
		Use:   "record [flags] [-- COMMAND [ARG...]]",
		Short: "Write pacts from what crosses the edges",
		Long: `record starts the system of seam.yaml and writes a pact for each edge between two
services from the calls that cross it, until COMMAND ends or Ctrl-C. Secrets are
redacted. COMMAND finds the system's address in SEAM_ENTRY_URL.

A pact that is there already is brought up to date: what still holds stays as it
is, provider states and examples written by hand included.`,
		Example: `  seam record -- sh -c 'curl -s $SEAM_ENTRY_URL/checkout'
  seam record --out pacts/recorded --edge 'web->orders' -- npm test
  seam record -q -f seam.yaml -- npm test`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return usage("seam record takes no argument before `--`, but got %q; a command that drives the system goes behind it: seam record -- %s", args[0], strings.Join(args, " "))
			}
			return nil
		},
		RunE: flags.run,
	}
	flags.file.add(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&flags.edges, "edge", nil, "only this `CONSUMER->PROVIDER`, repeatable; entry->PROVIDER is the way into the system")
	f.StringVar(&flags.out, "out", "recorded", "folder that the pacts are written to")
	complete(cmd, "edge", flags.file.edges)
	_ = cmd.MarkFlagDirname("out") // the flag exists: defined above
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	return cmd
}

func (f *recordFlags) run(cmd *cobra.Command, args []string) error {
	spec, err := f.file.load()
	if err != nil {
		return err
	}
	tape, err := newTape(spec, f.edges)
	if err != nil {
		return err
	}
	if err := fillable(f.out); err != nil {
		return usage("--out %s: %v; choose a folder that can be written to", f.out, err)
	}
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	h, err := harness.Start(cmd.Context(), harness.Config{Spec: spec, Progress: talk.say, Bodies: true, Observe: tape.observe})
	if err != nil {
		return err
	}
	drive := f.drive(cmd, h, args, talk)
	end, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 30*time.Second)
	defer cancel()
	settled := h.Settle(end)
	if err := errors.Join(drive, settled, h.Stop(end)); err != nil {
		return err
	}
	return tape.write(f.out, cmd.OutOrStdout())
}

// drive runs the command to its end, or waits for Ctrl-C, which is the normal
// end then.
func (f *recordFlags) drive(cmd *cobra.Command, h *harness.Harness, args []string, talk *talk) error {
	if len(args) == 0 {
		talk.say("recording: call " + h.Entry() + "; Ctrl-C writes the pacts")
		select {
		case <-cmd.Context().Done():
		case <-h.Dead():
			return errors.New("a service died: " + h.Deaths()[0].Why)
		}
		return nil
	}
	talk.say("recording while " + args[0] + " runs")
	span := h.StartSpan("record")
	err := h.Command(cmd.Context(), system.Step{Name: args[0], Run: args, Dir: "."}, span)
	span.End(err)
	return err
}

// fillable tries whether files can be written below a folder that may not exist
// yet, so that a run is not in vain. It leaves nothing behind.
func fillable(folder string) error {
	dir := filepath.Clean(folder)
	info, err := os.Stat(dir)
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	file, err := os.CreateTemp(dir, ".seam-record-*")
	if err != nil {
		return bare(err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// A tape gathers exchanges by edge.
type tape struct {
	mu    sync.Mutex
	edges map[system.Edge]*record.Recorder // guarded by mu
}

func newTape(spec *system.Spec, chosen []string) (*tape, error) {
	t := &tape{edges: map[system.Edge]*record.Recorder{}}
	names := map[string]system.Edge{}
	for _, e := range spec.Edges() {
		names[e.String()] = e
		if len(chosen) == 0 && e.Consumer != "" {
			t.edges[e] = &record.Recorder{}
		}
	}
	for _, name := range chosen {
		e, known := names[strings.ReplaceAll(name, " ", "")]
		if !known {
			return nil, noSuch("--edge", "edge", name, slices.Collect(maps.Keys(names)))
		}
		t.edges[e] = &record.Recorder{}
	}
	if len(t.edges) == 0 {
		return nil, usage("%s has no edge between two services; record the way in with --edge 'entry->NAME'", fromHere(spec.File))
	}
	return t, nil
}

// observe keeps examples of an exchange, redacted.
func (t *tape) observe(x *edge.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	recorder := t.edges[x.Edge]
	if recorder == nil || x.Raw {
		return
	}
	request, answer := x.RequestBody(), x.ResponseBody()
	if x.Fault != "" || x.Status == 0 || request.Truncated || answer.Truncated || request.Encoded+answer.Encoded != "" {
		route := x.Route
		if route == "" {
			route, _, _ = strings.Cut(x.Target, "?")
		}
		recorder.Unread(x.Method, edge.RedactTarget(route))
		return
	}
	kept := x.Recordable()
	path, query, _ := strings.Cut(kept.Target, "?")
	asked, answered := kept.RequestHeader(), kept.ResponseHeader()
	recorder.Add(record.Seen{
		Request: &contracts.Request{
			Method: kept.Method, Path: path, Query: contracts.ParseQuery(query), Headers: asked,
			Body: contracts.NewBody(kept.RequestBody().Bytes, asked.Get("Content-Type")),
		},
		Response: &contracts.Response{
			Status: kept.Status, Headers: answered, Body: contracts.NewBody(kept.ResponseBody().Bytes, answered.Get("Content-Type")),
		},
		Route: kept.Route,
	})
}

// write brings the pact of each edge up to date and says what it did.
func (t *tape) write(dir string, w io.Writer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := slices.SortedFunc(maps.Keys(t.edges), func(a, b system.Edge) int { return strings.Compare(a.String(), b.String()) })
	for _, name := range names {
		recorder := t.edges[name]
		consumer := name.Consumer
		if consumer == "" {
			consumer = "entry"
		}
		fresh := recorder.Pact(consumer, name.Provider)
		if len(fresh.Interactions) == 0 {
			if len(recorder.Left()) == 0 {
				fmt.Fprintf(w, "%s: nothing crossed, nothing written\n", name)
			}
			tellLeft(w, name, recorder)
			continue
		}
		path, err := save(dir, fresh)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s in %s\n", name, counted(len(fresh.Interactions), "interaction"), path)
		tellLeft(w, name, recorder)
	}
	return nil
}

func tellLeft(w io.Writer, name system.Edge, recorder *record.Recorder) {
	for _, line := range recorder.Left() {
		fmt.Fprintf(w, "%s: left out: %s\n", name, line)
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func save(dir string, fresh *contracts.Pact) (path string, err error) {
	f, err := os.Open(filepath.Join(dir, mocks.FileName(fresh)))
	if errors.Is(err, fs.ErrNotExist) {
		return mocks.Save(dir, fresh)
	}
	if err != nil {
		return "", err
	}
	before, _, err := contracts.Read(f)
	f.Close()
	if err != nil {
		return "", fmt.Errorf("pact %s: %w", f.Name(), err)
	}
	after, err := record.Update(before, fresh)
	if err != nil {
		return "", err
	}
	return mocks.Save(dir, after)
}
