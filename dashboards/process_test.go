package dashboards_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var client = &http.Client{Timeout: 10 * time.Second}

// A process runs until its test ends; what it prints is kept.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = in, in
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	go p.read(out)
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *process) read(out io.ReadCloser) {
	defer close(p.done)
	defer out.Close()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		p.mu.Lock()
		p.text.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func (p *process) stop(t *testing.T) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	if !kill.Stop() {
		t.Errorf("%s did not stop within 20 s of SIGTERM", p.cmd.Path)
	}
	<-p.done
	if t.Failed() {
		t.Logf("%s printed:\n%s", filepath.Base(p.cmd.Path), p.output())
	}
}

// says waits until the output has the text, and returns the word after it.
func (p *process) says(t *testing.T, text string) string {
	t.Helper()
	word := ""
	wait(t, fmt.Sprintf("%s says %q", filepath.Base(p.cmd.Path), text), func() error {
		_, after, ok := strings.Cut(p.output(), text)
		if word, _, _ = strings.Cut(strings.TrimSpace(after), "\n"); !ok || word == "" {
			return fmt.Errorf("it printed:\n%s", p.output())
		}
		return nil
	})
	return strings.Fields(word)[0]
}

// wait asks until there is no error, for at most 60 s.
func wait(t *testing.T, what string, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within 60 s: %v", what, err)
		case <-tick.C:
		}
	}
}

// tool finds a real peer.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../.tools/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no %s (%v): run make tools", name, err)
	}
	return path
}

// freeAddress is one that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func build(t *testing.T, to, folder string) {
	t.Helper()
	if out, err := exec.Command("go", "build", "-o", to, folder).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", folder, err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// get reads JSON.
func get(address string, into any) error {
	res, err := client.Get(address)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("read the answer to %s: %d: %w", address, res.StatusCode, err)
	}
	return nil
}

// post sends a body and wants a status.
func post(t *testing.T, address, body string, status int) {
	t.Helper()
	res, err := client.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != status {
		t.Fatalf("%s answers %d, want %d", address, res.StatusCode, status)
	}
}
