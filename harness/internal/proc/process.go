package proc

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/terminal"
)

// A Process is a command that was started. Its methods are safe for
// concurrent use.
type Process struct {
	group   *Group
	command Command
	id      int // in the group, from 1
	pid     int
	began   time.Time
	pattern *regexp.Regexp // of the line that shows it ready; nil without one

	gone    chan struct{} // closed when it ended
	how     status        // it ended; written before gone is closed
	done    chan struct{} // closed when its output was read, too
	matched chan struct{} // closed at the first line that fits pattern

	mu      sync.Mutex
	tail    tail  // guarded by mu
	ready   bool  // Ready has returned nil; guarded by mu
	stopped bool  // Stop was called; guarded by mu
	ended   bool  // guarded by mu
	err     error // guarded by mu
}

// killed is what a status calls SIGKILL.
const killed = "killed"

// A status is how a process ended; the zero value is success.
type status struct {
	code   int
	signal string // name of the signal that killed it; "" otherwise
	cause  error  // why nobody knows; nil otherwise
}

// drain bounds how long a process that has ended is still read from, where a
// child of its own holds the pipe open.
const drain = 200 * time.Millisecond

// Service is the name in the command.
func (p *Process) Service() string { return p.command.Service }

// Err is nil while the process runs and where it was ended by Stop, and
// otherwise the *DiedError that tells how it ended.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Tail is the last lines of its output, oldest first: at most 50, each cut
// at 4 KiB.
func (p *Process) Tail() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tail.lines()
}

// Killed reports whether it was stopped, but ended only when it was killed.
func (p *Process) Killed() bool {
	select {
	case <-p.done:
		return p.Err() == nil && p.how.signal == killed
	default:
		return false
	}
}

// Stop ends this process and its group alone, as Group.Stop does, and returns
// when it has ended or ctx has. Its end is no death: Err stays nil and Died
// silent. What left its group lives until Group.Stop.
func (p *Process) Stop(ctx context.Context) error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.group.keeper.end(p.id)
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: it has not ended: %w", p.command.Service, context.Cause(ctx))
	}
}

// follow reads the output and sees the process to its end.
func (p *Process) follow(output [2]*os.File) {
	var readers sync.WaitGroup
	for i, stream := range []string{"stdout", "stderr"} {
		readers.Go(func() { p.read(output[i], stream) })
	}
	drained := make(chan struct{})
	p.group.work.Go(func() {
		readers.Wait()
		close(drained)
	})
	<-p.gone
	wait := time.NewTimer(drain)
	defer wait.Stop()
	select {
	case <-drained:
	case <-wait.C:
	}
	p.finish()
	select {
	case <-drained:
	case <-p.group.keeper.over: // its children are gone, too; who holds the pipe now is not of the run
		for _, f := range output {
			_ = f.SetReadDeadline(time.Now().Add(drain)) // a pipe always takes one
		}
		<-drained
	}
	closeAll(output[:])
}

func (p *Process) finish() {
	stopping := p.group.isStopping()
	p.mu.Lock()
	stopping = stopping || p.stopped
	p.ended = true
	if !stopping {
		p.err = p.death()
	}
	report := p.ready && !stopping
	p.mu.Unlock()
	close(p.done)
	if report {
		select {
		case p.group.died <- p:
		default:
		}
	}
}

// death describes the end; mu is held.
func (p *Process) death() *DiedError {
	e := &DiedError{
		Service: p.command.Service, Argv: p.command.Argv, Dir: p.command.Dir,
		WasReady: p.ready, After: time.Since(p.began).Round(time.Millisecond), End: p.end(), Tail: p.tail.lines(),
	}
	if p.command.Port != 0 && !p.ready {
		if who, taken := Taken(p.command.Port); taken {
			e.Port = &PortTakenError{Service: p.command.Service, Port: p.command.Port, Who: who}
		}
	}
	return e
}

func (p *Process) end() End {
	return End{ExitCode: p.how.code, Signal: p.how.signal, Cause: p.how.cause}
}

// read hands on what comes out of one stream until nobody can write to it.
func (p *Process) read(from *os.File, stream string) {
	out := splitter{emit: func(text string) { p.line(stream, text) }}
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		out.write(buffer[:n])
		if err != nil {
			out.flush()
			return
		}
	}
}

func (p *Process) line(stream, text string) {
	text, styled := terminal.Line(text)
	if len(text) > lineLimit { // what was made visible takes more room
		text = clip(text, lineLimit)
		styled = text
	}
	p.mu.Lock()
	p.tail.add(text)
	p.mu.Unlock()
	if p.pattern != nil {
		p.match(text)
	}
	p.group.log.put(Line{Service: p.command.Service, Stream: stream, Text: text, Styled: styled, Time: time.Now()})
}

// match closes matched at the first line that fits; both streams come here.
func (p *Process) match(text string) {
	select {
	case <-p.matched:
		return
	default:
	}
	if !p.pattern.MatchString(text) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.matched:
	default:
		close(p.matched)
	}
}

// A tail keeps the last lines.
type tail struct {
	ring []string
	next int // place of the oldest once the ring is full
}

const (
	tailLines = 50
	tailWidth = 4 << 10
)

func (t *tail) add(line string) {
	line = clip(line, tailWidth)
	if len(t.ring) < tailLines {
		t.ring = append(t.ring, line)
		return
	}
	t.ring[t.next] = line
	t.next = (t.next + 1) % tailLines
}

func (t *tail) lines() []string {
	return slices.Concat(t.ring[t.next:], t.ring[:t.next])
}
