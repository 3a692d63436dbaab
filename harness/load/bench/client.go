package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The cores: the origin has one, whatever sends the other.
const (
	originCore = "0"
	clientCore = "1"
)

// A spent is what a client's process took, seen from outside.
type spent struct {
	output string
	cpu    time.Duration // user and system, of all of it
	kernel time.Duration // of that, system
}

// pinned is a command on one core.
func pinned(ctx context.Context, core string, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", core}, argv...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "K6_NO_USAGE_REPORT=true")
	cmd.Stderr = os.Stderr
	return cmd
}

// client runs a client to its end on its own core. What it says on stderr
// matters only when it fails.
func client(ctx context.Context, stdin string, argv ...string) (spent, error) {
	cmd := pinned(ctx, clientCore, argv...)
	var output, talk bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &output, &talk
	if err := cmd.Run(); err != nil {
		return spent{}, fmt.Errorf("%s: %w: %s%s", strings.Join(argv, " "), err, talk.String(), output.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return spent{output.String(), time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), time.Duration(usage.Stime.Nano())}, nil
}

// service starts a command on the origin's core and waits until the URL answers.
func service(ctx context.Context, url string, argv ...string) (stop func(), err error) {
	cmd := pinned(ctx, originCore, argv...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
	}
	for range 200 {
		if _, err = get(ctx, url); err == nil {
			return stop, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	stop()
	return nil, fmt.Errorf("%s does not answer: %w", argv[0], err)
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// arrivals asks the origin when requests came, in order.
func arrivals(ctx context.Context, origin string) ([]time.Duration, error) {
	body, err := get(ctx, origin+stampsPath)
	if err != nil {
		return nil, err
	}
	all := make([]time.Duration, len(body)/8)
	for i := range all {
		all[i] = time.Duration(binary.LittleEndian.Uint64(body[8*i:]))
	}
	slices.Sort(all)
	return all, nil
}
