package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// A run that is cut short is summed up by the process that ran it.
func TestALoadWithMetricsIsSummedUpWhenItIsInterrupted(t *testing.T) {
	asked, once := make(chan struct{}), sync.Once{}
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { once.Do(func() { close(asked) }) }))
	defer origin.Close()
	cmd := exec.CommandContext(t.Context(), "seam", "load", origin.URL, "--rate", "20/s", "--for", "10m", "-q", "--otlp", "http://127.0.0.1:9")
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(60 * time.Second):
		t.Error("the load asks for nothing")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(out.String(), "load "+origin.URL) {
		t.Errorf("exit code %d\n%s\n%s", code, out.String(), talk.String())
	}
}

// The counts of a load of a URL arrive at an endpoint as they stand in its
// report, though another process sent the requests.
func TestALoadSendsItsMetrics(t *testing.T) {
	var mu sync.Mutex
	counts := map[string]float64{} // guarded by mu
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := pmetricotlp.NewExportRequest()
		if err != nil || request.UnmarshalProto(body) != nil || r.URL.Path != "/v1/metrics" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, m := range request.Metrics().ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			switch m.Name() {
			case "http.client.request.duration", "seam.load.latency":
				counts[m.Name()] = float64(m.ExponentialHistogram().DataPoints().At(0).Count())
			case "seam.load.done", "seam.load.due":
				counts[m.Name()] = m.Sum().DataPoints().At(0).DoubleValue()
			}
		}
	}))
	defer receiver.Close()
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer origin.Close()
	cmd := exec.CommandContext(t.Context(), "seam", "load", origin.URL, "--rate", "20/s", "--for", "1s", "-q", "-o", "json=load.json")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.URL)
	if out, err := cmd.CombinedOutput(); strings.Contains(string(out), "exports of metrics") {
		t.Fatalf("%v: %s", err, out)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"http.client.request.duration", "seam.load.latency", "seam.load.done", "seam.load.due"} {
		if counts[name] != 20 {
			t.Errorf("%s counts %v requests of 20", name, counts[name])
		}
	}
}

// The secrets of a URL reach the system that is loaded, and neither the
// endpoint of metrics nor stderr.
func TestALoadTellsNobodyTheSecretsOfItsURL(t *testing.T) {
	var mu sync.Mutex
	var sent bytes.Buffer // guarded by mu; to the endpoint of metrics
	var asked string      // guarded by mu
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = sent.ReadFrom(r.Body)
	}))
	defer receiver.Close()
	origin := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked += r.URL.RawQuery
	}))
	defer origin.Close()
	folder, host := t.TempDir(), strings.TrimPrefix(origin.URL, "http://")
	pact := filepath.Join(folder, "pact.json")
	if err := os.WriteFile(pact, []byte(pactOfCharges), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"http://" + host + "/x?token=REDACTED": {"http://" + host + "/x?token=s3cret"},
		"http://REDACTED@" + host + "/":        {"http://me:s3cret@" + host + "/", "--pact", pact},
	} {
		args = append([]string{"load", "--rate", "10/s", "--for", "300ms", "--otlp", receiver.URL}, args...)
		cmd := exec.CommandContext(t.Context(), "seam", args...)
		cmd.Dir = folder
		out, _ := cmd.CombinedOutput() // its code is that of objectives and contracts
		mu.Lock()
		if strings.Contains(sent.String(), "s3cret") || !strings.Contains(sent.String(), name) {
			t.Errorf("%s: the endpoint of metrics is sent %q", name, sent.String())
		}
		if strings.Contains(string(out), "s3cret") || !strings.Contains(string(out), "loading "+name+" for") {
			t.Errorf("%s: %s", name, out)
		}
		mu.Unlock()
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(asked, "token=s3cret") {
		t.Errorf("the system is asked with %q", asked)
	}
}

// The requests of a load out of pacts are made in another process, and their
// durations say all the same where they went.
func TestMetricsOfPactsSayWhereTheirRequestsWent(t *testing.T) {
	var mu sync.Mutex
	var seen []map[string]any // guarded by mu
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := pmetricotlp.NewExportRequest()
		if err != nil || request.UnmarshalProto(body) != nil {
			return // then nothing is seen
		}
		mu.Lock()
		defer mu.Unlock()
		for _, m := range request.Metrics().ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			if m.Name() == "http.client.request.duration" {
				seen = append(seen, m.ExponentialHistogram().DataPoints().At(0).Attributes().AsRaw())
			}
		}
	}))
	defer receiver.Close()
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer origin.Close()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "pact.json"), []byte(pactOfCharges), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "seam", "load", origin.URL, "--pact", "pact.json", "--rate", "10/s", "--for", "300ms", "-q", "--otlp", receiver.URL)
	cmd.Dir = folder
	out, _ := cmd.CombinedOutput() // its code is that of objectives and contracts
	mu.Lock()
	defer mu.Unlock()
	if len(seen) == 0 {
		t.Fatalf("no durations were exported: %s", out)
	}
	at, err := url.Parse(origin.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range seen {
		if got["http.request.method"] != "_OTHER" || got["server.address"] != at.Hostname() || fmt.Sprint(got["server.port"]) != at.Port() {
			t.Errorf("%v, want those of %s", got, origin.URL)
		}
	}
}

const pactOfCharges = `{
  "consumer": {"name": "shop"}, "provider": {"name": "payments"},
  "interactions": [{"description": "a charge", "request": {"method": "POST", "path": "/charges"}, "response": {"status": 200}}],
  "metadata": {"pactSpecification": {"version": "2.0.0"}}
}`
