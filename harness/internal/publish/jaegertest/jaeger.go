// Package jaegertest starts a real Jaeger for tests, and reads spans back from
// its query API in a way of its own, so that a test compares two
// implementations and not one with itself.
package jaegertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seamtest/seam/harness/trace"
)

// A Jaeger is Jaeger v2 with its memory storage. A span that it has answered
// for can be queried at once.
type Jaeger struct {
	OTLP  string // base URL of OTLP over HTTP
	GRPC  string // base URL of OTLP over gRPC
	Query string // base URL of its API and pages
	Pid   int    // of its process
}

const config = `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}
  telemetry: {metrics: {level: none}, logs: {level: warn}}
extensions:
  jaeger_query: {storage: {traces: memory}, http: {endpoint: %q}, grpc: {endpoint: %q}}
  jaeger_storage: {backends: {memory: {memory: {max_traces: 100000}}}}
receivers: {otlp: {protocols: {http: {endpoint: %q}, grpc: {endpoint: %q}}}}
exporters: {jaeger_storage_exporter: {trace_storage: memory}}
`

// startWithin bounds one attempt to start it.
const startWithin = 30 * time.Second

// Start runs Jaeger on free ports until the test ends. Several may run at
// once. With -short a test that needs it is skipped.
func Start(t testing.TB) *Jaeger {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED: -short leaves out what needs a real Jaeger")
	}
	program := find(t)
	var err error
	for range 3 { // a port can be taken between its choice and Jaeger's own bind
		var j *Jaeger
		if j, err = attempt(t, program); err == nil {
			return j
		}
	}
	t.Fatal(err)
	return nil
}

func attempt(t testing.TB, program string) (*Jaeger, error) {
	t.Helper()
	at := freeAddresses(t, 4)
	file := filepath.Join(t.TempDir(), "jaeger.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, at[0], at[1], at[2], at[3]), 0o600); err != nil {
		return nil, err
	}
	var said bytes.Buffer // read only after the process has ended
	cmd := exec.Command(program, "--config", file)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_SAMPLER=always_off") // it would send its own traces to port 4317
	cmd.Stdout, cmd.Stderr = &said, &said
	ended, err := start(cmd)
	if err != nil {
		return nil, fmt.Errorf("start Jaeger: %w", err)
	}
	kill := func() { _ = cmd.Process.Kill(); <-ended } // an error says that it has ended already
	j := &Jaeger{Query: "http://" + at[0], OTLP: "http://" + at[2], GRPC: "http://" + at[3], Pid: cmd.Process.Pid}
	deadline := time.After(startWithin)
	for !j.ready(at) {
		select {
		case <-ended:
			return nil, fmt.Errorf("Jaeger ended before it was ready:\n%s", &said)
		case <-deadline:
			kill()
			return nil, fmt.Errorf("Jaeger was not ready within %s:\n%s", startWithin, &said)
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Cleanup(kill)
	return j, nil
}

// start runs the command on a thread that stays until it has ended: where the
// kernel can kill it with the thread that started it, it dies with the test.
func start(cmd *exec.Cmd) (ended chan struct{}, err error) {
	dieWithUs(cmd)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed, so its status says nothing
		}
	}()
	return ended, <-started
}

// find looks for .tools/jaeger at the root of the project.
func find(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		program := filepath.Join(dir, ".tools", "jaeger")
		if _, err := os.Stat(program); err != nil {
			t.Fatalf("%s is missing: run make tools", program)
		}
		return program
	}
	t.Fatal("no go.mod above the test's folder")
	return ""
}

func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all are held until the last is known
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}

func (j *Jaeger) ready(addresses []string) bool {
	for _, address := range addresses {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
	}
	_, err := j.get("/api/v3/services")
	return err == nil
}

var errUnknown = errors.New("unknown to Jaeger")

func (j *Jaeger) get(path string) ([]byte, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Get(j.Query + path)
	if err != nil {
		return nil, fmt.Errorf("ask Jaeger: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask Jaeger for %s: %w", path, err)
	case answer.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("ask Jaeger for %s: %w", path, errUnknown)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("ask Jaeger for %s: %s: %s", path, answer.Status, body)
	}
	return body, nil
}

// Kept returns the spans of a trace as Jaeger's storage holds them, in no
// certain order, and Shown as its pages show them; none where it knows none.
// Both ask /api/v3, which keeps nanoseconds where the older API cuts to
// microseconds.
func (j *Jaeger) Kept(id trace.ID) ([]*trace.Span, error) { return j.trace(id, "true") }

// Shown is told at Kept.
func (j *Jaeger) Shown(id trace.ID) ([]*trace.Span, error) { return j.trace(id, "false") }

func (j *Jaeger) trace(id trace.ID, raw string) ([]*trace.Span, error) {
	body, err := j.get("/api/v3/traces/" + id.String() + "?raw_traces=" + raw)
	if errors.Is(err, errUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var reply struct{ Result json.RawMessage }
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, fmt.Errorf("read Jaeger's trace %s: %w", id, err)
	}
	var plain ptrace.JSONUnmarshaler
	traces, err := plain.UnmarshalTraces(reply.Result)
	if err != nil {
		return nil, fmt.Errorf("read Jaeger's trace %s: %w", id, err)
	}
	return Spans(traces), nil
}

// A Call is an arrow of the service graph.
type Call struct{ Parent, Child string }

// Graph counts, for each pair of services, the spans of the child whose
// parent is a span of the other, within the last hour. Spans whose parent is
// of the same service are left out.
func (j *Jaeger) Graph() (map[Call]int, error) {
	const lookback = time.Hour
	until := time.Now().Add(time.Minute).UnixMilli()
	body, err := j.get(fmt.Sprintf("/api/dependencies?endTs=%d&lookback=%d", until, lookback.Milliseconds()))
	if err != nil {
		return nil, err
	}
	var reply struct {
		Data []struct {
			Call
			CallCount int
		}
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, fmt.Errorf("read Jaeger's service graph: %w", err)
	}
	graph := map[Call]int{}
	for _, link := range reply.Data {
		if link.Parent != link.Child {
			graph[link.Call] = link.CallCount
		}
	}
	return graph, nil
}
