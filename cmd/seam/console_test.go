package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A console is one shell in a prepared folder: a fenced `console` block is
// typed into it, and what it prints is held against what the block shows.
//
//	$ seam check -f bad.yaml        # exit code 2
//	...
//
// Lines after a command are what it prints; `...` stands for anything within a
// line, and alone for any lines. Without such lines the output is not looked
// at. A command has to leave with 0 unless its comment says otherwise. One in
// the background is waited for until it has printed what the block shows.
type console struct {
	doubted bool // a run of the page could not be trusted, however often it was tried
	t       *testing.T
	shell   *exec.Cmd
	input   io.WriteCloser
	ports   map[string]string // those that pages name, and the free ones that serve for them
	typed   int

	reading sync.WaitGroup
	mu      sync.Mutex
	printed bytes.Buffer // guarded by mu
}

const (
	commandLimit = 90 * time.Second // for a command to end, on a busy machine too
	outputLimit  = 20 * time.Second // from then on, for what one in the background prints
)

// pagePort finds the ports that pages speak of. Each console has others in
// their place, for the machine may use these.
var pagePort = regexp.MustCompile(`(?:127\.0\.0\.1:|PORT=)([1-9]\d{3,4})\b`)

func newConsole(t *testing.T, folder string, env ...string) *console {
	t.Helper()
	c := &console{t: t, ports: map[string]string{}}
	c.foresee("SEAM_PAGE=" + defaultPage + " SEAM_LISTEN=127.0.0.1:8080")
	output, printing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.shell = exec.Command("bash", "--noprofile", "--norc")
	c.shell.Dir, c.shell.Stdout, c.shell.Stderr = folder, printing, printing
	c.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.shell.Env = append(os.Environ(), "EDITOR=true", "NO_UPDATE_NOTIFIER=1", "npm_config_loglevel=silent",
		"SEAM_PAGE=127.0.0.1:"+c.ports["7326"], "SEAM_LISTEN=127.0.0.1:"+c.ports["8080"])
	c.shell.Env = append(c.shell.Env, env...)
	if c.input, err = c.shell.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.shell.Start(); err != nil {
		t.Fatal(err)
	}
	printing.Close()
	c.reading.Go(func() {
		defer output.Close()
		_, _ = io.Copy(c, output)
	})
	t.Cleanup(c.close)
	return c
}

// foresee finds a free port for each that the text names.
func (c *console) foresee(text string) {
	for _, m := range pagePort.FindAllStringSubmatch(text, -1) {
		if c.ports[m[1]] == "" {
			c.ports[m[1]] = unusedPort(c.t)
		}
	}
}

// Write takes what the shell and its children print.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.printed.Write(p)
}

// close ends what still runs in the shell, and the shell.
func (c *console) close() {
	fmt.Fprintln(c.input, "kill $(jobs -p) 2>/dev/null; wait; exit")
	c.input.Close()
	late := time.AfterFunc(30*time.Second, func() { _ = syscall.Kill(-c.shell.Process.Pid, syscall.SIGKILL) })
	_ = c.shell.Wait() // its code is that of the last wait
	if !late.Stop() {
		c.t.Error("what the page started did not end when it was told to")
	}
	c.reading.Wait()
}

// A command is one line of a block, with what it has to print.
type command struct {
	line string
	want []string
	code int
}

var exitNote = regexp.MustCompile(`\s+# exit code (\d+).*$`)

// commands reads the text of a block; a line that ends with a backslash goes on.
func commands(block string) []command {
	var all []command
	open := false
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		typed, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case open:
			last := &all[len(all)-1]
			last.line += "\n" + strings.TrimPrefix(line, "> ")
			open = strings.HasSuffix(line, `\`)
		case isCommand:
			cmd := command{line: typed}
			if note := exitNote.FindStringSubmatch(typed); note != nil {
				cmd.code, _ = strconv.Atoi(note[1])
				cmd.line = exitNote.ReplaceAllString(typed, "")
			}
			open = strings.HasSuffix(typed, `\`)
			all = append(all, cmd)
		case len(all) > 0:
			all[len(all)-1].want = append(all[len(all)-1].want, line)
		}
	}
	return all
}

// pattern is what the output has to look like; nil where nothing is shown.
func (c *command) pattern() *regexp.Regexp {
	want := slices.Clone(c.want)
	for len(want) > 0 && want[len(want)-1] == "" {
		want = want[:len(want)-1]
	}
	if len(want) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(`\A`)
	for _, line := range want {
		if strings.TrimSpace(line) == "..." {
			b.WriteString(`(?:.*\n)*`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `.*`) + `\s*?\n`)
	}
	return regexp.MustCompile(b.String() + `\s*\z`)
}

// doubt is what seam says of figures that the machine was too busy for. It is
// right to, and the command is worth another try; on a machine that stays busy
// that answer shows that the command runs as well as another.
const doubt = "a figure of this run cannot be trusted"

// run types the block and fails the test where it does not do what it shows.
func (c *console) run(block string) {
	c.t.Helper()
	c.foresee(block)
	for _, cmd := range commands(block) {
		wrong := ""
		for range 3 {
			if wrong = c.enter(&cmd); !strings.Contains(wrong, doubt) {
				break
			}
		}
		if strings.Contains(wrong, doubt) && strings.Contains(wrong, "left with exit code 3") {
			c.t.Log(wrong)
			c.doubted = true
			continue
		}
		if wrong != "" && c.doubted && strings.Contains(wrong, "$ seam load compare ") {
			c.t.Log(wrong) // what it compares was written by the run in doubt
			continue
		}
		if wrong != "" {
			c.t.Error(wrong)
			return
		}
	}
}

// enter types a command and says what was wrong with what it did.
func (c *console) enter(cmd *command) string {
	c.mu.Lock()
	from := c.printed.Len()
	c.mu.Unlock()
	c.typed++
	fmt.Fprintf(c.input, "{ %s\n} </dev/null\nprintf '\\036%%d %%d\\036\\n' %d $?\n", swap(cmd.line, c.ports), c.typed)
	return c.await(cmd, from, fmt.Sprintf("\036%d ", c.typed))
}

// await returns when the command has ended and printed what it should, or
// says what it did instead.
func (c *console) await(cmd *command, from int, mark string) string {
	pattern, back := cmd.pattern(), map[string]string{}
	for page, port := range c.ports {
		back[port] = page
	}
	over := false
	for deadline := time.Now().Add(commandLimit); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		text := string(c.printed.Bytes()[from:])
		c.mu.Unlock()
		before, after, ended := strings.Cut(text, mark)
		code, rest, whole := strings.Cut(after, "\036\n")
		got := swap(before+rest, back)
		if ended && whole && code != strconv.Itoa(cmd.code) {
			return fmt.Sprintf("$ %s\nleft with exit code %s, want %d; it printed:\n%s", cmd.line, code, cmd.code, got)
		}
		if ended && whole && (pattern == nil || pattern.MatchString(strings.Trim(got, "\n")+"\n")) {
			return ""
		}
		if ended && whole && !over {
			over, deadline = true, time.Now().Add(outputLimit)
		}
		if time.Now().After(deadline) {
			return fmt.Sprintf("$ %s\nprinted:\n%s\nwant:\n%s", cmd.line, got, strings.Join(cmd.want, "\n"))
		}
	}
}

// swap replaces whole numbers.
func swap(text string, by map[string]string) string {
	whole := regexp.MustCompile(`\b(` + strings.Join(slices.Sorted(maps.Keys(by)), "|") + `)\b`)
	return whole.ReplaceAllStringFunc(text, func(n string) string { return by[n] })
}

// unusedPort is below the range that the system gives to outgoing connections.
func unusedPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(11000 + rand.IntN(9000))
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no free port between 11000 and 20000")
	return ""
}

// prepared is a fresh folder with the system that the pages speak of: a shop of
// a Node and a Python service, and the same again in a folder shop.
func prepared(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the services of the pages, which need node, python3 and some seconds")
	}
	folder := t.TempDir()
	for _, at := range []string{folder, filepath.Join(folder, "shop")} {
		if err := os.CopyFS(at, os.DirFS("testdata/docs")); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
