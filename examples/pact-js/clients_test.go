//go:build pactffi

// Package pactjs tests the example with the real pact-js: what it writes,
// seam verifies, and its own tests pass against seam stub.
package pactjs

import (
	"bufio"
	"context"
	"encoding/json"
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

// installed is the example in a folder of its own, with its packages.
func installed(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("npm is missing: install Node.js 20 or newer (Debian: apt-get install npm)")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "client.js", "client.test.js", "pact.test.js"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	npm(t, dir, nil, "ci", "--no-audit", "--no-fund", "--silent")
	return dir
}

func npm(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "npm", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), append(env, "PACT_DO_NOT_TRACK=true")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// seam is the command, built once.
func seam(t *testing.T, dir string) string {
	t.Helper()
	bin := filepath.Join(dir, "seam")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../../cmd/seam")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build seam: %v\n%s", err, out)
	}
	return bin
}

func TestPactJSAndSeam(t *testing.T) {
	dir := installed(t)
	bin := seam(t, dir)
	npm(t, dir, []string{"PACT_DIR=" + dir + "/pacts"}, "run", "--silent", "pact")
	pact := filepath.Join(dir, "pacts", "web-js-stock.json")

	t.Run("the pact that pact-js writes verifies", func(t *testing.T) {
		out, err := verify(t, bin, pact, &stock{})
		if err != nil || !strings.Contains(out, "4 interactions") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	faults := map[string]string{
		"price": "$.price", "left": "$.left", "status": "expected 201 but was 200", "until": "$.until", "unknown": "expected 404 but was 200", "empty": "$.articles",
	}
	for fault, told := range faults {
		t.Run("a fault is found: "+fault, func(t *testing.T) {
			out, err := verify(t, bin, pact, &stock{fault: fault})
			if err == nil || !strings.Contains(out, told) && !strings.Contains(out, strings.ReplaceAll(strings.TrimPrefix(told, "$"), ".", "/")) {
				t.Errorf("error %v; %q is not told in\n%s", err, told, out)
			}
		})
	}
	t.Run("the consumer's own tests pass against seam stub", func(t *testing.T) {
		npm(t, dir, []string{"STOCK_URL=" + stub(t, bin, pact)}, "test", "--silent")
	})
}

// verify runs seam verify against a provider.
func verify(t *testing.T, bin, pact string, provider *stock) (string, error) {
	t.Helper()
	server := httptest.NewServer(provider)
	defer server.Close()
	out, err := exec.CommandContext(t.Context(), bin, "verify", "--pact", pact, "--provider-url", server.URL,
		"--states-url", server.URL+"/_states", "--teardown", "--strict").CombinedOutput()
	return string(out), err
}

// stub runs seam stub until the test ends and returns its address.
func stub(t *testing.T, bin, pact string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, bin, "stub", "--pact", pact, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed, as meant
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, rest, found := strings.Cut(line, "http://")
	address, _, _ := strings.Cut(rest, ";")
	if err != nil || !found {
		t.Fatalf("seam stub said %q: %v", line, err)
	}
	return "http://" + address
}

// stock is a provider of its own making, with a fault where a test wants one.
type stock struct {
	fault string

	mu  sync.Mutex
	sku string // guarded by mu; what the provider states say is there
}

func (s *stock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch path := r.URL.Path; {
	case path == "/_states":
		s.change(w, r)
	case path == "/reservations":
		s.reserve(w, r)
	case path == "/articles" && len(r.URL.Query()["tag"]) == 2:
		if s.fault == "empty" {
			reply(w, http.StatusOK, `{"articles": [], "total": 0}`)
			return
		}
		reply(w, http.StatusOK, fmt.Sprintf(`{"articles": [%s, %s], "total": 2}`, s.article(), s.article()))
	case s.sku != "" && path == "/articles/"+s.sku:
		reply(w, http.StatusOK, s.article())
	case s.fault == "unknown":
		reply(w, http.StatusOK, `{}`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// change sets a provider state up; the sku that it returns is another than
// the consumer's example, so that the generators must work.
func (s *stock) change(w http.ResponseWriter, r *http.Request) {
	var asked struct{ State, Action string }
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.sku = ""
	if asked.Action == "setup" && asked.State == "an article is there" {
		s.sku = "pen-77"
		reply(w, http.StatusOK, `{"sku": "pen-77"}`)
	}
}

func (s *stock) article() string {
	price, left := "9.99", "12"
	switch s.fault {
	case "price":
		price = `"9.99"`
	case "left":
		left = "1.5"
	}
	return fmt.Sprintf(`{"sku": %q, "name": "A pen", "price": %s, "left": %s, "colour": "blue"}`, s.sku, price, left)
}

func (s *stock) reserve(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		SKU    string
		Pieces int
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.SKU == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	status, until := http.StatusCreated, "2026-02-03T04:05:06+01:00"
	switch s.fault {
	case "status":
		status = http.StatusOK
	case "until":
		until = "tomorrow"
	}
	reply(w, status, fmt.Sprintf(`{"id": "0b0c0d0e-1a1b-4c1d-9e1f-2a2b2c2d2e2f", "until": %q, "pieces": %d}`, until, asked.Pieces))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
