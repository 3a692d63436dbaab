package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/terminal"
)

// A talk is what a verb says on stderr while it works: one plain line for
// each step, and how a load runs. On a terminal that is a block of a few lines
// below the others, drawn anew in its place; off a terminal, and while any
// other step goes on, one line each 10 s.
type talk struct {
	began time.Time
	over  chan struct{}
	done  sync.WaitGroup
	once  sync.Once

	mu      sync.Mutex
	screen  screen         // guarded by mu
	last    string         // guarded by mu
	said    time.Time      // guarded by mu
	gauge   *gauge         // guarded by mu; of the load that runs; nil: none does
	loading *load.Progress // guarded by mu; its latest, likewise
}

// still is how long a talk keeps quiet within one step.
const still = 10 * time.Second

func newTalk(w io.Writer, quiet bool) *talk {
	if quiet {
		w = io.Discard
	}
	t := &talk{screen: newScreen(w, os.LookupEnv), began: time.Now(), over: make(chan struct{})}
	t.done.Go(t.reassure)
	return t
}

// say prints a step, without secrets that it quotes. Of "web is ready; waiting
// for orders" the second part is what goes on.
func (t *talk) say(step string) {
	step = quoted(step)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.said = step, time.Now()
	if at := strings.LastIndex(step, "waiting for "); at > 0 {
		t.last = step[at:]
	}
	t.print(step)
}

// begin is a step that is not said unless it takes long.
func (t *talk) begin(step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.said = quoted(step), time.Now()
}

// print needs mu.
func (t *talk) print(text string) {
	t.screen.print(fmt.Sprintf("seam: %5.1fs  %s\n", time.Since(t.began).Seconds(), text))
}

// line prints a line of a service's output, which the harness has redacted and
// cleaned; its colours pass to a terminal that wants them.
func (t *talk) line(l harness.Line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := l.Service + " | " + l.Text
	if t.screen.colour {
		text = l.Service + " | " + l.Styled
	} else if !t.screen.live {
		text = terminal.Inert(text)
	}
	t.screen.print(text + "\n")
}

// load takes how a load runs, about every second.
func (t *talk) load(p load.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.Over {
		t.gauge, t.loading = nil, nil
		t.screen.draw(nil)
		return
	}
	if t.gauge == nil {
		t.gauge = &gauge{}
	}
	t.loading = &p
	t.gauge.add(&p)
	if t.screen.live {
		t.said = time.Now()
		width, _ := t.screen.size()
		t.screen.draw(t.gauge.lines(&p, width, t.screen.colour))
	}
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
				text := "still " + t.last
				if t.loading != nil {
					text = plainly(t.loading)
				}
				t.print(text)
			}
			t.mu.Unlock()
		}
	}
}

// close ends the talk and takes its block off the terminal; saying more is allowed.
func (t *talk) close() {
	t.once.Do(func() { close(t.over) })
	t.done.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.draw(nil)
}
