package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// doomVariable marks seam and everything that descends from it with its
// environment; naps mark what has none.
const doomVariable = "SEAM_KILL_TEST"

// goneWithin is how long after the end of seam something may still run.
const goneWithin = 5 * time.Second

// A doomed is a seam that runs the shop, with a service beside it that starts
// grandchildren in groups and sessions of their own.
type doomed struct {
	cmd    *exec.Cmd
	mark   string // value of doomVariable
	nap    string // seconds that only its grandchildren sleep
	lines  chan string
	exited chan error
	said   bytes.Buffer // to be read after exited
}

// stubborn ignores SIGTERM.
const stubborn = `trap "" TERM
echo settled
while :; do sleep $NAP; done`

// kin ignores SIGTERM, and so do those whom it starts: one in its group, one
// in a session of its own.
const kin = `trap "" TERM
sleep $NAP &
setsid sh -c 'trap "" TERM; sleep $NAP; sleep $NAP' &
echo settled
while :; do sleep $NAP; done`

// hermit has a session of its own and no environment. While the guard lives,
// it is known by its descent; nothing else tells whose it is.
const hermit = `env -i PATH=/usr/bin:/bin NAP=$NAP setsid sh -c 'trap "" TERM; sleep $NAP; sleep $NAP' &
`

// writeDoom writes a seam.yaml of kin, with something to build and to drive.
func writeDoom(t *testing.T, kin string, within time.Duration) string {
	t.Helper()
	return writeFiles(t, map[string]string{"kin.sh": kin, "seam.yaml": fmt.Sprintf(`seam: 1
name: doomed
services:
  kin: { build: [sleep, "0.3"], run: [sh, kin.sh], ready: { log: settled }, stop: { within: %s } }
drive: [{ run: [sleep, "60"] }]
`, within)})
}

// writeShop writes a seam.yaml of the shop and of kin beside it. The programs
// are in a folder of their own; that of the gateway is built in each run.
func writeShop(t *testing.T) string {
	t.Helper()
	shop, err := filepath.Abs("../../examples/shop")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./gateway", "./orders", "./stock", "./payments")
	build.Dir = shop
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the shop: %v\n%s", err, out)
	}
	y := `seam: 1
name: doomed
entry: gateway
drive: [{ request: { path: /books }, times: 50 }]
load: { rate: 50/s, for: 20s, request: { path: /books } }
services:
  kin: { run: [sh, kin.sh], ready: { log: settled }, stop: { within: 20s } }
` + fmt.Sprintf(`  gateway: { dir: %[1]s, build: [go, build, -o, %[2]s/gateway, ./gateway], run: [%[2]s/gateway], ready: { http: /healthz }, calls: [orders, stock] }
  orders: { run: [%[2]s/orders], ready: { http: /healthz }, calls: [stock, payments] }
  stock: { run: [%[2]s/stock], ready: { http: /healthz } }
  payments: { run: [%[2]s/payments], ready: { http: /healthz } }
`, shop, bin)
	return writeFiles(t, map[string]string{"seam.yaml": y, "kin.sh": hermit + kin})
}

func writeFiles(t testing.TB, files map[string]string) (system string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "seam.yaml")
}

// buildSeam builds the static binary that users run.
func buildSeam(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "seam")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build seam: %v\n%s", err, out)
	}
	return program
}

func startDoomed(t *testing.T, program string, args ...string) *doomed {
	t.Helper()
	d := &doomed{
		cmd: exec.Command(program, args...), mark: strconv.FormatUint(rand.Uint64(), 36), nap: fmt.Sprintf("1000.%09d", rand.IntN(1e9)),
		lines: make(chan string, 10_000), exited: make(chan error, 1),
	}
	d.cmd.Env = append(os.Environ(), doomVariable+"="+d.mark, "NAP="+d.nap)
	read, write := io.Pipe()
	d.cmd.Stdout, d.cmd.Stderr = write, write
	d.cmd.WaitDelay = goneWithin // an orphan could hold the outputs open
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			fmt.Fprintln(&d.said, lines.Text())
			d.lines <- lines.Text()
		}
	}()
	go func() {
		err := d.cmd.Wait()
		write.Close()
		<-copied
		d.exited <- err
	}()
	t.Cleanup(func() { // where the test has failed
		for _, pid := range d.alive() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return d
}

// says waits for a line of output.
func (d *doomed) says(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		select {
		case line := <-d.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			t.Fatalf("seam did not say %q within a minute", text)
		}
	}
}

// ends waits for seam's end and returns its exit code; -1 after a signal.
func (d *doomed) ends(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case err := <-d.exited:
		d.exited <- err
		return d.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("seam did not end within %s", within)
		return 0
	}
}

func (d *doomed) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// alive lists what seam has started and is not over.
func (d *doomed) alive() []int {
	return append(scan("environ", doomVariable+"="+d.mark), scan("cmdline", d.nap)...)
}

// gone waits until nothing is left, and returns how long that took.
func (d *doomed) gone(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	for left := d.alive(); len(left) > 0; left = d.alive() {
		if time.Since(began) > goneWithin {
			for _, pid := range left {
				command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				t.Errorf("process %d is left: %q", pid, bytes.ReplaceAll(command, []byte{0}, []byte{' '}))
			}
			return goneWithin
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(began)
}

// scan lists the processes, but for this one, one of whose NUL-terminated
// entries in a file of /proc/PID is want.
func scan(file, want string) []int {
	var all []int
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, file)) // empty for a zombie
		pid, _ := strconv.Atoi(filepath.Base(folder))
		if err == nil && pid != os.Getpid() && slices.Contains(strings.Split(string(text), "\x00"), want) {
			all = append(all, pid)
		}
	}
	return all
}
