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
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/load"
)

// loadInChild runs the job in a process of its own, so that the work of the
// edges does not disturb its clock. The child ends when its stdin does, so it
// does not outlive a seam that is killed.
// When ctx ends early the child is told so and still sums up.
func loadInChild(ctx context.Context, task check.LoadTask) (*check.LoadResult, error) {
	self, err := os.Executable()
	if err != nil {
		return task.Run(ctx)
	}
	input, err := json.Marshal(task)
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, self, "load", "--child")
	stdin, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	child.Cancel, child.WaitDelay = stdin.Close, sumsUpWithin
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
	result, read := hear(stdout, task.Progress)
	if err := child.Wait(); err != nil {
		if result != nil && ctx.Err() != nil {
			return result, ctx.Err()
		}
		if said := strings.TrimSpace(strings.TrimPrefix(talk.String(), "seam: ")); said != "" { // then it says why itself
			return nil, errors.New(said)
		}
		return nil, errors.Join(err, unread)
	}
	if read != nil {
		return nil, fmt.Errorf("read the summary of the load process: %w", read)
	}
	return result, nil
}

// sumsUpWithin is how long a load process may take to sum up once it is told
// to end; then it is killed.
const sumsUpWithin = 15 * time.Second

// A childLine is one line that the load process writes: how the run goes, and
// at last its summary.
type childLine struct {
	Progress *load.Progress    `json:"progress,omitempty"`
	Result   *check.LoadResult `json:"result,omitempty"`
}

// hear reads what the load process writes, to its end.
func hear(from io.Reader, progress func(load.Progress)) (*check.LoadResult, error) {
	var result *check.LoadResult
	for decoder := json.NewDecoder(from); ; {
		var line childLine
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF) && result != nil:
			return result, nil
		case err != nil:
			_, _ = io.Copy(io.Discard, from) // the process must not wait for a reader
			return nil, err
		}
		if line.Result != nil {
			result = line.Result
		}
		if line.Progress != nil && progress != nil {
			progress(*line.Progress)
		}
	}
}

func runChild(cmd *cobra.Command) error {
	var task check.LoadTask
	input := json.NewDecoder(cmd.InOrStdin())
	input.UseNumber() // values of provider states stay as they were written
	if err := input.Decode(&task); err != nil {
		return usage("--child reads a job as JSON from stdin: %v", err)
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	go func() { // ends with the process at the latest
		_, _ = io.Copy(io.Discard, cmd.InOrStdin())
		cancel()
	}()
	to := json.NewEncoder(cmd.OutOrStdout())
	task.Progress = func(p load.Progress) { _ = to.Encode(childLine{Progress: &p}) } // nobody reads: stdin ends as well
	result, err := task.Run(ctx)
	if result == nil {
		return err
	}
	return to.Encode(childLine{Result: result}) // of a run that was cut short too: who cut it knows
}
