package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/seamtest/seam/harness/load"
)

// A glass is what a terminal shows: it understands what a screen writes, and
// breaks its lines anew when it becomes narrower, as terminals do.
type glass struct {
	mu      sync.Mutex
	columns int      // guarded by mu
	lines   []string // guarded by mu; whole, however often they are broken
	at      int      // guarded by mu; the line of the cursor
	painted bool     // guarded by mu; a colour was used
	moved   int      // guarded by mu; how often the cursor went up
	odd     []string // guarded by mu; what it does not understand
	part    []byte   // guarded by mu; of a sequence that is not whole yet
}

func newGlass(columns int) *glass { return &glass{columns: columns, lines: []string{""}} }

func (g *glass) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := string(append(g.part, b...))
	g.part = nil
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexAny(text[2:], "ABCDEFGHJKSTfhlmnsu") + 2
			if end < 2 {
				g.part = []byte(text)
				return len(b), nil
			}
			g.obey(text[2:end], text[end])
			text = text[end+1:]
		case text[0] == '\r':
			text = text[1:]
		case text[0] == '\n':
			if g.at++; g.at == len(g.lines) {
				g.lines = append(g.lines, "")
			}
			text = text[1:]
		default:
			g.lines[g.at] += text[:1]
			text = text[1:]
		}
	}
	return len(b), nil
}

func (g *glass) obey(argument string, command byte) {
	switch command {
	case 'm':
		g.painted = true
	case 'A':
		g.moved++
		for up, _ := strconv.Atoi(argument); up > 0; up -= g.rows(g.at) {
			g.at--
			if g.at < 0 || up < g.rows(g.at) {
				g.odd = append(g.odd, "it goes up into the middle of a line")
				g.at = max(g.at, 0)
				return
			}
		}
	case 'J':
		g.lines = append(g.lines[:g.at], "")
	default:
		g.odd = append(g.odd, fmt.Sprintf("ESC [ %s %c", argument, command))
	}
}

func (g *glass) rows(line int) int {
	return max((len([]rune(g.lines[line]))+g.columns-1)/g.columns, 1)
}

func (g *glass) narrow(columns int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.columns = columns
}

// shows is all that stands on it.
func (g *glass) shows() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.lines, "\n")
}

func TestABlockIsDrawnInItsPlaceAndLeavesNothing(t *testing.T) {
	g := newGlass(40)
	s := screen{w: g, live: true, size: func() (int, int) { return g.columns, 4 }}
	s.print("one\n")
	s.draw([]string{"rate 1", strings.Repeat("x", 60), "\x1b[31mred\x1b[0m", "beyond the height"})
	if diff := cmp.Diff("one\nrate 1\n"+strings.Repeat("x", 39)+"\nred\n", g.shows()); diff != "" {
		t.Error(diff)
	}
	g.narrow(25) // its lines are broken now
	s.print("two\n")
	s.draw([]string{"rate 2"})
	if diff := cmp.Diff("one\ntwo\nrate 2\n", g.shows()); diff != "" {
		t.Error(diff)
	}
	s.draw(nil)
	s.print("three\n")
	if diff := cmp.Diff("one\ntwo\nthree\n", g.shows()); diff != "" || len(g.odd) > 0 {
		t.Error(diff, g.odd)
	}
}

func TestAGaugeFitsAndNamesWhatMatters(t *testing.T) {
	var g gauge
	p := load.Progress{
		Name: "http://127.0.0.1:8080/\x1b[2J" + strings.Repeat("long", 40), Elapsed: 12 * time.Second, Total: 30 * time.Second, Rate: 498.26, Intended: 500, InFlight: 3,
		Requests: 6000, Errors: 12, Waited: 2, Classes: map[string]int64{"timeout": 2, "status": 10},
		Lately: load.Quantiles{P50: 61 * time.Microsecond, P90: 2 * time.Millisecond, P99: 41 * time.Millisecond, Max: 1500 * time.Millisecond}, Late: load.Quantiles{P99: 80 * time.Microsecond},
	}
	for range 100 {
		g.add(&p)
	}
	for _, columns := range []int{20, 80, 200} {
		text := strings.Join(g.lines(&p, columns, false), "\n")
		for _, want := range []string{"498.3/s of 500.0/s, 3 in flight", "p50 61µs  p90 2.00ms  p99 41ms  max 1.50s", "12 errors of 6000 (status 10, timeout 2)", "p99 80µs, 2 waited", "12s of 30s, 18s left"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d columns: no %q in\n%s", columns, want, text)
			}
		}
		if strings.ContainsRune(text, '\x1b') || (columns == 80) != strings.Contains(text, "█") && columns != 200 {
			t.Errorf("%d columns:\n%q", columns, text)
		}
	}
	want := "loading: 498.3/s of 500.0/s, p50 61µs, p99 41ms, 12 errors of 6000 (status 10, timeout 2), 3 in flight, late p99 80µs, 12s of 30s, 18s left"
	if diff := cmp.Diff(want, plainly(&p)); diff != "" {
		t.Error(diff)
	}
}

// A tty is a pseudo-terminal, and a glass that shows what is written to it.
type tty struct {
	*glass
	master, slave *os.File
	over          chan struct{}
}

func newTTY(t *testing.T, columns int) *tty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	to := &tty{glass: newGlass(columns), master: master, slave: slave, over: make(chan struct{})}
	go func() {
		defer close(to.over)
		_, _ = io.Copy(to.glass, master) // it ends with an error when the other side is closed
	}()
	return to
}

// end waits until all that was written is shown.
func (to *tty) end() {
	to.slave.Close()
	<-to.over
	to.master.Close()
}

// seamOn runs seam with its stderr, and whatever controls it, on a terminal.
func seamOn(t *testing.T, to *tty, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "seam", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = to.slave, &out, to.slave
	cmd.Env = append(append(os.Environ(), "TERM=xterm-256color", "NO_COLOR="), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

func TestALoadIsShownInATerminalAndLeavesNothingThere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	for reason, test := range map[string]struct {
		env     []string
		painted bool
		drawn   bool
	}{
		"a terminal":      {nil, true, true},
		"NO_COLOR":        {[]string{"NO_COLOR=1"}, false, true},
		"a dumb terminal": {[]string{"TERM=dumb"}, false, false},
	} {
		t.Run(reason, func(t *testing.T) {
			to := newTTY(t, 80)
			cmd, out := seamOn(t, to, test.env, "load", server.URL, "--rate", "100/s", "--for", "2500ms")
			err := cmd.Wait()
			to.end()
			if code := cmd.ProcessState.ExitCode(); code != exitClean && code != exitCouldNotRun {
				t.Fatalf("%v\n%s", err, to.shows())
			}
			if to.painted != test.painted || (to.moved > 0) != test.drawn || len(to.odd) > 0 {
				t.Errorf("painted %v, drawn %d times, %v", to.painted, to.moved, to.odd)
			}
			if shown := to.shows(); strings.Contains(shown, "in flight") || !strings.Contains(shown, "loading "+server.URL+" for 2.5s") {
				t.Errorf("it leaves\n%s", shown)
			}
			if !strings.Contains(out.String(), "250 requests") {
				t.Errorf("no summary:\n%s", out)
			}
		})
	}
}

// Ctrl-C ends the load, tells of what was due until then, and leaves with 130.
func TestALoadThatIsInterruptedIsSummedUp(t *testing.T) {
	to := newTTY(t, 60)
	first := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { once.Do(func() { close(first) }) }))
	defer server.Close()
	cmd, out := seamOn(t, to, nil, "load", server.URL, "--rate", "50/s", "--for", "10m")
	<-first
	if _, err := to.master.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	to.end()
	var left *exec.ExitError
	if !errors.As(err, &left) || left.ExitCode() != exitInterrupted {
		t.Errorf("left with %v", err)
	}
	if !strings.Contains(out.String(), "into 10m0s: the figures cover what was due until then") {
		t.Errorf("no summary:\n%s", out)
	}
	if shown := to.shows(); strings.Contains(shown, "in flight") || !strings.Contains(shown, "seam: interrupted") {
		t.Errorf("it leaves\n%s", shown)
	}
}

// Colours of a service pass to a terminal that wants them; nothing else does.
func TestWhatAServicePrintsOnlyColoursATerminal(t *testing.T) {
	folder := t.TempDir()
	file := "seam: 1\nservices:\n  web: { run: [printf, '\\033[2J\\033]0;title\\007\\033[31mred\\a\\n\\033[32mpassword=hush-1\\033[0m\\r\\n'] }\n"
	if err := os.WriteFile(folder+"/seam.yaml", []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	for reason, test := range map[string]struct {
		env     []string
		painted bool
	}{
		"a terminal":      {nil, true},
		"NO_COLOR":        {[]string{"NO_COLOR=1"}, false},
		"a dumb terminal": {[]string{"TERM=dumb"}, false},
	} {
		t.Run(reason, func(t *testing.T) {
			to := newTTY(t, 200)
			cmd, _ := seamOn(t, to, test.env, "up", "-f", folder+"/seam.yaml")
			_ = cmd.Wait() // the service is over at once
			to.end()
			shown := to.shows()
			if to.painted != test.painted || len(to.odd) > 0 || strings.ContainsAny(shown, "\x1b\a") {
				t.Errorf("painted %v, %v in %q", to.painted, to.odd, shown)
			}
			for _, want := range []string{"web | red^G\nweb | password=REDACTED\n", "\n  | red^G\n  | password=REDACTED\n"} {
				if !strings.Contains(shown, want) {
					t.Errorf("no %q in\n%s", want, shown)
				}
			}
		})
	}
}
