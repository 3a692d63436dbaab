package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asChild names what the test binary does in place of its tests, in a process
// whose limits are its own.
const asChild = "SEAM_TEST_LOAD"

// child runs a load within limits and writes its summary.
func child(what string) int {
	var err error
	target := os.Getenv("SEAM_TEST_URL")
	switch what {
	case "files":
		err = fewFiles()
	case "ports":
		target, err = fewPorts()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	job := Job{Connections: 12, For: 300 * time.Millisecond, Timeout: 5 * time.Second, Requests: []Request{{URL: target}}}
	if os.Getenv("SEAM_TEST_SENDER") != "" {
		job.Requests, job.Next = nil, func(int) Request { return Request{URL: target} }
	}
	s, err := Run(context.Background(), job)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
		return 3
	}
	return 0
}

// fewFiles takes all file descriptors but a few: the limit leaves room for
// twelve connections, and other parts of the process hold more than they should.
func fewFiles() error {
	const limit = 90
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	for {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
		if err != nil {
			return err
		}
		if left := limit - fd; left < 9 {
			return nil
		}
	}
}

// fewPorts leaves four local ports in a network of its own, and listens there.
func fewPorts() (string, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return "", err
	}
	defer syscall.Close(fd)
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return "", err
	}
	loopback.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
		return "", err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40003"), 0); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with the process
	return "http://127.0.0.1:8080/", nil
}

// inChild runs the load in a process of its own.
func inChild(t *testing.T, what string, attr *syscall.SysProcAttr, env ...string) (*Summary, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.SysProcAttr = slices.Concat(os.Environ(), []string{asChild + "=" + what}, env), attr
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	var s Summary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return &s, nil
}

func TestTooFewFilesAreToldWithWhatToChange(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	for _, sender := range []string{"", "1"} {
		s, err := inChild(t, "files", nil, "SEAM_TEST_URL="+server.URL, "SEAM_TEST_SENDER="+sender)
		if err != nil {
			t.Fatal(err)
		}
		if s.Classes[classFiles] == 0 || s.Errors == s.Requests || !noted(s, "ulimit -n") {
			t.Errorf("net/http %q: %d requests, %v, %q", sender, s.Requests, s.Classes, s.Certificate.Notes)
		}
	}
}

// Where no network of one's own may be had, the kernel's word is put in the
// mouth of the dialer.
func TestExhaustedPortsAreToldWithWhatToChange(t *testing.T) {
	attr := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	for _, sender := range []string{"", "1"} {
		s, err := inChild(t, "ports", attr, "SEAM_TEST_SENDER="+sender)
		if err != nil {
			t.Logf("no network of its own: %v", err)
			s = withoutPorts(t)
		}
		if s.Classes[classPorts] == 0 || !noted(s, "net.ipv4.ip_local_port_range") {
			t.Errorf("net/http %q: %d requests, %v, %q", sender, s.Requests, s.Classes, s.Certificate.Notes)
		}
	}
}

// withoutPorts is a load whose dialer finds no local port.
func withoutPorts(t *testing.T) *Summary {
	t.Helper()
	job := Job{Connections: 2, For: 50 * time.Millisecond, Requests: []Request{{URL: "http://127.0.0.1:9/"}}}
	job.complete()
	r, err := newRunner(t.Context(), &job)
	if err != nil {
		t.Fatal(err)
	}
	r.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}
	}
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r.summary()
}

func noted(s *Summary, text string) bool {
	return slices.ContainsFunc(s.Certificate.Notes, func(note string) bool { return strings.Contains(note, text) })
}

func TestMoreConnectionsThanFilesAreRefusedAtOnce(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), Job{Connections: int(limit.Cur), For: time.Second, Requests: []Request{{URL: "http://127.0.0.1:9/"}}})
	if err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("error %v", err)
	}
	if host := (*HostError)(nil); errors.As(err, &host) {
		t.Errorf("it is the host's fault: %v", err)
	}
}
