// Package jaegertest starts a real Jaeger for tests, and reads spans back from
// its query API in a way of its own, so that a test compares two
// implementations and not one with itself.
package jaegertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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

// Start runs Jaeger on free ports until the test ends. Several may run at once.
func Start(t testing.TB) *Jaeger {
	t.Helper()
	program := find(t)
	at := freeAddresses(t, 4)
	file := filepath.Join(t.TempDir(), "jaeger.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, at[0], at[1], at[2], at[3]), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "--config", file)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_SAMPLER=always_off") // it would send its own traces to port 4317
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Jaeger: %v", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed, so its status says nothing
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })

	j := &Jaeger{Query: "http://" + at[0], OTLP: "http://" + at[2], GRPC: "http://" + at[3]}
	deadline := time.After(30 * time.Second)
	for !j.ready(at) {
		select {
		case <-ended:
			t.Fatalf("Jaeger ended before it was ready:\n%s", &said)
		case <-deadline:
			t.Fatal("Jaeger was not ready within 30 s")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return j
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

func (j *Jaeger) get(path string) ([]byte, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Get(j.Query + path)
	if err != nil {
		return nil, fmt.Errorf("ask Jaeger: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("ask Jaeger for %s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask Jaeger for %s: %s: %s", path, answer.Status, body)
	}
	return body, nil
}

// Trace returns the spans of a trace in no certain order. It asks /api/v3,
// which keeps nanoseconds where the older API cuts to microseconds.
func (j *Jaeger) Trace(id trace.ID) ([]*trace.Span, error) {
	body, err := j.get("/api/v3/traces/" + id.String())
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
