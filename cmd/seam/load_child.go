package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/load"
)

// loadInChild runs the job in a process of its own, so that the work of the
// edges does not disturb its clock. The child ends when its stdin does, so it
// does not outlive a seam that is killed.
func loadInChild(ctx context.Context, job load.Job) (*load.Summary, error) {
	self, err := os.Executable()
	if err != nil {
		return load.Run(ctx, job)
	}
	input, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, self, "load", "--child")
	stdin, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	var talk bytes.Buffer
	child.Stderr = &talk
	stdout, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start the load process: %w", err)
	}
	_, unread := stdin.Write(input)
	summary, read := hear(stdout, job.Progress)
	if err := child.Wait(); err != nil {
		return nil, errors.Join(err, unread, errors.New(strings.TrimSpace(talk.String())))
	}
	if read != nil {
		return nil, fmt.Errorf("read the summary of the load process: %w", read)
	}
	return summary, nil
}

// A childLine is one line that the load process writes: how the run goes, and
// at last its summary.
type childLine struct {
	Progress *load.Progress `json:"progress,omitempty"`
	Summary  *load.Summary  `json:"summary,omitempty"`
}

// hear reads what the load process writes, to its end.
func hear(from io.Reader, progress func(load.Progress)) (*load.Summary, error) {
	var summary *load.Summary
	for decoder := json.NewDecoder(from); ; {
		var line childLine
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF) && summary != nil:
			return summary, nil
		case err != nil:
			_, _ = io.Copy(io.Discard, from) // the process must not wait for a reader
			return nil, err
		}
		if line.Summary != nil {
			summary = line.Summary
		}
		if line.Progress != nil && progress != nil {
			progress(*line.Progress)
		}
	}
}

func runChild(cmd *cobra.Command) error {
	var job load.Job
	if err := json.NewDecoder(cmd.InOrStdin()).Decode(&job); err != nil {
		return usage("--child reads a job as JSON from stdin: %v", err)
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	go func() { // ends with the process at the latest
		_, _ = io.Copy(io.Discard, cmd.InOrStdin())
		cancel()
	}()
	to := json.NewEncoder(cmd.OutOrStdout())
	job.Progress = func(p load.Progress) { _ = to.Encode(childLine{Progress: &p}) } // nobody reads: stdin ends as well
	summary, err := load.Run(ctx, job)
	if err != nil {
		return err
	}
	return to.Encode(childLine{Summary: summary})
}
