package harness

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/system"
)

// TestAStubIsPlayedAsSeamYAMLSays asks a stub through its edge.
func TestAStubIsPlayedAsSeamYAMLSays(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shop-pay.json": `{"consumer": {"name": "shop"}, "provider": {"name": "pay"}, "metadata": {"pactSpecification": {"version": "3.0.0"}}, "interactions": [
			{"description": "paid", "providerStates": [{"name": "a good card"}], "request": {"method": "POST", "path": "/charges"}, "response": {"status": 201}},
			{"description": "declined", "providerStates": [{"name": "a bad card"}], "request": {"method": "POST", "path": "/charges"}, "response": {"status": 402}},
			{"description": "lost", "providerStates": [{"name": "no cards"}], "request": {"method": "POST", "path": "/charges"}, "response": {"status": 404}}]}`,
		"seam.yaml": "seam: 1\nname: shop\nservices:\n  pay: { stub: { pacts: '*.json', state: card$, state-header: X-State, latency: 30ms } }\nentry: pay\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := Run(t, filepath.Join(dir, "seam.yaml"))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for state, want := range map[string]int{"": 201, "a bad card": 402, "no cards": 404} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.Entry()+"/charges", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-State", state)
		start := time.Now()
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if miss := answer.Header.Get("X-Seam-Stub") != ""; answer.StatusCode != want || miss != (state == "no cards") {
			t.Errorf("state %q: got %d, miss %v; want %d", state, answer.StatusCode, miss, want)
		}
		if took := time.Since(start); took < 30*time.Millisecond {
			t.Errorf("state %q: answered after %s, want 30 ms at least", state, took)
		}
	}
}

// TestWhatIsOddInAPactIsSaid names the first few things.
func TestWhatIsOddInAPactIsSaid(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shop-pay.json": `{"consumer": {"name": "shop"}, "provider": {"name": "pay"}, "metadata": {"pactSpecification": {"version": "3.0.0"}}, "interactions": [
			{"description": "paid", "request": {"method": "POST", "path": "/", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}, "response": {"status": 201}}]}`,
		"seam.yaml": "seam: 1\nname: shop\nservices:\n  pay: { stub: { pacts: '*.json' } }\nentry: pay\ncontracts: [{ pacts: '*.json' }]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	said := 0
	h, err := Start(t.Context(), Config{Spec: spec, Progress: func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(line, "warning: pact ") && (strings.Contains(line, "/interactions/0/request/") || strings.HasSuffix(line, "and 2 more")) {
			said++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if said != 6 { // the first five and the rest, of one file once
		t.Errorf("%d warnings, want 6", said)
	}
}
