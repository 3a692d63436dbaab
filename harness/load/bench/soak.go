package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/load"
)

// What a soak is held to.
const (
	soakRate  = 5000
	mostSlope = 1.0 // MB an hour
)

// A soaked is what a long run left behind, as its own process tells it.
type soaked struct {
	Requests, Errors           int64
	Goroutines, GoroutinesLeft int
	Files, FilesLeft           int
	WhyInvalid                 string
}

// soakChild loads the URL through the library and says what is left of it.
func soakChild(ctx context.Context, url string, d time.Duration) error {
	job := load.Job{Rate: soakRate, Requests: []load.Request{{URL: url}}}
	job.For = time.Second
	if _, err := load.Run(ctx, job); err != nil { // what the runtime starts once is there from now on
		return err
	}
	left := soaked{Goroutines: runtime.NumGoroutine(), Files: files(os.Getpid())}
	job.For = d
	summary, err := load.Run(ctx, job)
	if err != nil {
		return err
	}
	left.Requests, left.Errors, left.WhyInvalid = summary.Requests, summary.Errors, summary.WhyInvalid
	left.GoroutinesLeft, left.FilesLeft = runtime.NumGoroutine(), files(os.Getpid())
	return json.NewEncoder(os.Stdout).Encode(left)
}

// soak runs the child for d and watches its memory from outside.
func (b *bench) soak(ctx context.Context, d time.Duration) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	stop, err := b.startOrigin(ctx)
	if err != nil {
		return err
	}
	defer stop()
	child := exec.CommandContext(ctx, self, "-for", d.String(), "soak-child", b.originURL())
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	over := make(chan struct{})
	samples := make(chan []sample)
	go func() { samples <- watchMemory(child.Process.Pid, over) }()
	var left soaked
	unread := json.NewDecoder(out).Decode(&left)
	close(over)
	seen := <-samples
	if err := errors.Join(child.Wait(), unread); err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	return b.judgeSoak(d, &left, seen)
}

// A sample is how much memory a process had, so long after the first.
type sample struct {
	at    time.Duration
	bytes float64
	files int
}

// watchMemory looks at a process every second until it is over.
func watchMemory(pid int, over <-chan struct{}) []sample {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var all []sample
	began := time.Now()
	for {
		select {
		case <-over:
			return all
		case <-ticker.C:
		}
		if bytes := resident(pid); bytes > 0 {
			all = append(all, sample{time.Since(began), bytes, files(pid)})
		}
	}
}

func (b *bench) judgeSoak(d time.Duration, left *soaked, seen []sample) error {
	warm := min(d/5, 2*time.Minute)
	var late []sample
	mostFiles := 0
	for _, s := range seen {
		mostFiles = max(mostFiles, s.files)
		if s.at > warm {
			late = append(late, s)
		}
	}
	if len(late) < 10 {
		return fmt.Errorf("soak: %s is too short to tell anything", d)
	}
	a, slope := regression(late)
	perHour := slope * 3600 / 1e6
	b.say("## A long run\n\n")
	b.say("%d requests at %d/s in %s, %d errors.\n", left.Requests, soakRate, d, left.Errors)
	b.say("Resident memory %.1f MB after %s, slope %+.2f MB an hour over %d samples.\n", a/1e6, warm, perHour, len(late))
	b.say("Goroutines before %d, after %d; open files before %d, at most %d, after %d.\n\n", left.Goroutines, left.GoroutinesLeft, left.Files, mostFiles, left.FilesLeft)
	b.bar("soak: memory grows by less than 1 MB an hour", perHour < mostSlope)
	b.bar("soak: no goroutine and no open file is left", left.GoroutinesLeft <= left.Goroutines && left.FilesLeft <= left.Files)
	b.bar("soak: every request was answered", left.Errors == 0 && left.Requests == int64(soakRate*d.Seconds()))
	if left.WhyInvalid != "" {
		b.say("the run's own certificate: %s\n", left.WhyInvalid)
	}
	return nil
}

// regression is the straight line through the samples by least squares: where
// it begins, and how much it rises each second.
func regression(all []sample) (begins, rises float64) {
	n := float64(len(all))
	var x, y, xx, xy float64
	for _, s := range all {
		t := (s.at - all[0].at).Seconds()
		x, y, xx, xy = x+t, y+s.bytes, xx+t*t, xy+t*s.bytes
	}
	rises = (n*xy - x*y) / (n*xx - x*x)
	return (y - rises*x) / n, rises
}

// resident is what the kernel counts of a process, exactly (smaps_rollup of proc(5)).
func resident(pid int) float64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Rss:"); ok {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
			if err != nil {
				return 0
			}
			return kilobytes * 1024
		}
	}
	return 0
}

// files counts the open files of a process.
func files(pid int) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(entries)
}
