package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/seamtest/seam/harness"
)

// A talk is what a verb says on stderr while it works: one plain line for
// each step, and off a terminal one a 10 s while a step goes on.
type talk struct {
	began time.Time
	over  chan struct{}
	done  sync.WaitGroup
	once  sync.Once

	mu   sync.Mutex
	w    io.Writer // guarded by mu
	last string    // guarded by mu
	said time.Time // guarded by mu
}

// still is how long a talk keeps quiet within one step.
const still = 10 * time.Second

func newTalk(w io.Writer, quiet bool) *talk {
	if quiet {
		w = io.Discard
	}
	t := &talk{w: w, began: time.Now(), over: make(chan struct{})}
	t.done.Go(t.reassure)
	return t
}

// say prints a step.
func (t *talk) say(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.said = step, time.Now()
	fmt.Fprintf(t.w, "seam: %5.1fs  %s\n", time.Since(t.began).Seconds(), step)
}

// line prints a line of a service's output.
func (t *talk) line(l harness.Line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "%s | %s\n", l.Service, l.Text)
}

func (t *talk) reassure() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-t.over:
			return
		case now := <-ticker.C:
			t.mu.Lock()
			if t.last != "" && now.Sub(t.said) >= still {
				t.said = now
				fmt.Fprintf(t.w, "seam: %5.1fs  still %s\n", now.Sub(t.began).Seconds(), t.last)
			}
			t.mu.Unlock()
		}
	}
}

// close ends the talk; saying more is allowed.
func (t *talk) close() {
	t.once.Do(func() { close(t.over) })
	t.done.Wait()
}
