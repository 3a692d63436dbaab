package jaegertest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
)

const hostVariable = "JAEGERTEST_HOST"

// TestHost is no test: it is the one that crashes in the next.
func TestHost(t *testing.T) {
	if os.Getenv(hostVariable) == "" {
		t.Skip("runs as a part of TestJaegerDiesWithATestThatCrashes")
	}
	fmt.Printf("pid %d\n", jaegertest.Start(t).Pid)
	select {}
}

func TestJaegerDiesWithATestThatCrashes(t *testing.T) {
	host := exec.Command("/proc/self/exe", "-test.run=^TestHost$", "-test.v")
	host.Env = append(os.Environ(), hostVariable+"=1")
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if _, number, found := strings.Cut(lines.Text(), "pid "); found {
			_, err = fmt.Sscan(number, &pid)
		}
	}
	killed := host.Process.Kill()
	_ = host.Wait() // it was killed, so there is an error
	if pid == 0 || err != nil || killed != nil {
		t.Fatalf("no Jaeger was started: pid %d, %v, %v", pid, err, killed)
	}
	deadline := time.After(10 * time.Second)
	for syscall.Kill(pid, 0) == nil && !zombie(pid) {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("Jaeger lives on as process %d", pid)
		}
	}
}

// zombie says that nobody has asked yet how the process ended.
func zombie(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && strings.Contains(string(status), "State:\tZ")
}
