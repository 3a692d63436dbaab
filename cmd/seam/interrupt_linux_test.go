package main

import (
	"encoding/json"
	"errors"
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
)

// A target answers, and says when the load has come to it; it writes down the
// provider states that are posted.
type target struct {
	*httptest.Server
	loaded chan struct{}
	mu     sync.Mutex
	states []string // guarded by mu
}

func newTarget(t *testing.T) *target {
	t.Helper()
	to := &target{loaded: make(chan struct{})}
	asked := 0
	to.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		to.mu.Lock()
		defer to.mu.Unlock()
		switch r.URL.Path {
		case "/states":
			var state struct{ State, Action string }
			_ = json.Unmarshal(body, &state)
			to.states = append(to.states, state.Action+" "+state.State)
		case "/thing":
			const enough = 5 // of them are answered, and in the figures
			if asked++; asked == enough {
				close(to.loaded)
			}
		}
	}))
	t.Cleanup(to.Close)
	return to
}

// Ctrl-C during a load of seam.yaml ends it, tells of what was due until then,
// tears provider states down, and leaves with 130. A terminal tells the load
// process as well.
func TestALoadOfASystemThatIsInterruptedIsSummedUp(t *testing.T) {
	const plain, pacts = "request: { path: /thing }", "pacts: { files: p.json, states: /states, teardown: true }"
	for _, test := range []struct{ reason, verb, what string }{
		{"load", "load", plain},
		{"test", "test", plain},
		{"out of pacts", "load", pacts},
	} {
		t.Run(test.reason, func(t *testing.T) {
			server, folder := newTarget(t), t.TempDir()
			files := map[string]string{
				"seam.yaml": fmt.Sprintf("seam: 1\nservices: { api: { url: %q } }\ndrive: { request: { path: / } }\nload: { rate: 20/s, for: 10m, %s }\n", server.URL, test.what),
				"p.json": `{"consumer": {"name": "web"}, "provider": {"name": "api"}, "interactions": [
				  {"description": "a thing", "providerStates": [{"name": "one is there"}], "request": {"method": "GET", "path": "/thing"}, "response": {"status": 200}}
				], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`,
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			to := newTTY(t, 80)
			cmd, out := seamOn(t, to, nil, test.verb, "-f", folder)
			<-server.loaded
			if _, err := to.master.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			to.end()
			var left *exec.ExitError
			if !errors.As(err, &left) || left.ExitCode() != exitInterrupted {
				t.Errorf("left with %v\n%s", err, to.shows())
			}
			if !strings.Contains(out.String(), "into 10m0s: the figures cover what was due until then") || !strings.Contains(out.String(), "latency") {
				t.Errorf("no summary:\n%s\n%s", out, to.shows())
			}
			if shown := to.shows(); !strings.Contains(shown, "seam: interrupted; everything that was started is stopped") {
				t.Errorf("it leaves\n%s", shown)
			}
			states := strings.Join(server.states, ", ")
			if test.what == pacts && states != "setup , setup one is there, teardown one is there, teardown " {
				t.Errorf("states: %s", states)
			}
		})
	}
}
