package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// A collector notes how many requests of a load it was told of, and which
// paths were posted to.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	done  float64         // guarded by mu
	paths map[string]bool // guarded by mu
	key   string          // guarded by mu; the header Key of the metrics
}

func collect(t *testing.T) *collector {
	c := &collector{paths: map[string]bool{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths[r.URL.Path] = true
	request := pmetricotlp.NewExportRequest()
	if err != nil || r.URL.Path != "/v1/metrics" || request.UnmarshalProto(body) != nil {
		return // then nothing is seen
	}
	c.key = r.Header.Get("Key")
	for _, m := range request.Metrics().ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		if m.Name() == "seam.load.done" {
			c.done = m.Sum().DataPoints().At(0).DoubleValue()
		}
	}
}

// told is the requests, whether spans came, and the header of the metrics.
func (c *collector) told() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%v requests, spans %v, key %q", c.done, c.paths["/v1/traces"], c.key)
}

// Each endpoint of seam.yaml gets the signals that it asks for, and the one of
// the variables gets metrics too, with the headers of its own alone.
func TestTheLoadsOfAFileSendTheirMetrics(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer origin.Close()
	for _, verb := range []string{"test", "load"} {
		traces, metrics, both, variable := collect(t), collect(t), collect(t), collect(t)
		folder := t.TempDir()
		file := fmt.Sprintf(`seam: 1
services: { web: { url: %q } }
load: { rate: 20/s, for: 1s, request: { path: / } }
publish:
  - otlp: %s
  - { otlp: %s, signals: metrics, headers: { Key: mine } }
  - { otlp: %s, signals: both }
`, origin.URL, traces.URL, metrics.URL, both.URL)
		if err := os.WriteFile(filepath.Join(folder, "seam.yaml"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		seam := func(more ...string) string {
			cmd := exec.CommandContext(t.Context(), "seam", verb, "-q")
			cmd.Dir, cmd.Env = folder, append(os.Environ(), more...)
			out, _ := cmd.CombinedOutput() // its code depends on the machine
			return string(out)
		}
		out := seam("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="+variable.URL+"/v1/metrics", "OTEL_EXPORTER_OTLP_METRICS_HEADERS=Key=theirs")
		for name, c := range map[string]struct{ got, want string }{
			"traces":   {traces.told(), `0 requests, spans true, key ""`},
			"metrics":  {metrics.told(), `20 requests, spans false, key "mine"`},
			"both":     {both.told(), `20 requests, spans true, key ""`},
			"variable": {variable.told(), `20 requests, spans false, key "theirs"`},
		} {
			if c.got != c.want {
				t.Errorf("seam %s: the endpoint of %s: %s, want %s\n%s", verb, name, c.got, c.want, out)
			}
		}
		metrics.Close()
		if out := seam("OTEL_METRICS_EXPORTER=none"); strings.Contains(out, "exports of metrics") {
			t.Errorf("seam %s: metrics are off: %s", verb, out)
		}
		if out := seam(); !strings.Contains(out, "exports of metrics to "+metrics.URL+" failed") {
			t.Errorf("seam %s: nobody takes the metrics: %s", verb, out)
		}
	}
}
