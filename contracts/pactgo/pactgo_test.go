//go:build pactffi

package pactgo_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/pactgo"
	"github.com/seamtest/seam/contracts/verify"
)

// pact writes n interactions GET /things/N to a file.
func pact(t *testing.T, n int, states ...contracts.State) string {
	t.Helper()
	p := &contracts.Pact{Consumer: "web", Provider: "things", Version: contracts.V3}
	for i := range n {
		p.Interactions = append(p.Interactions, contracts.Interaction{
			Description: fmt.Sprintf("thing %d", i),
			States:      states,
			Request:     &contracts.Request{Method: http.MethodGet, Path: fmt.Sprintf("/things/%d", i)},
			Response: &contracts.Response{Status: http.StatusOK, Headers: map[string][]string{"Content-Type": {"application/json"}},
				Body: contracts.NewBody([]byte(fmt.Sprintf(`{"id":%d}`, i)), "application/json")},
		})
	}
	file := filepath.Join(t.TempDir(), "web-things.json")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(contracts.Write(f, p), f.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}

// things answers as the pact says, unless it is broken.
func things(broken bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		id := strings.TrimPrefix(r.URL.Path, "/things/")
		if broken {
			id = strconv.Quote(id)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%s}`, id)
	})
}

func TestPactGoVerifies(t *testing.T) {
	server := httptest.NewServer(things(os.Getenv("PACTGO_BROKEN") != ""))
	defer server.Close()
	var calls atomic.Int64
	pactgo.Verification{
		Provider: "things", URL: server.URL, Pacts: []string{pact(t, 3, contracts.State{Name: "things exist", Params: map[string]any{"n": 1}})}, Header: http.Header{"authorization": {"Bearer t"}},
		States: map[string]pactgo.State{"things exist": func(bool, map[string]any) (map[string]any, error) {
			calls.Add(1)
			return nil, nil
		}},
	}.Run(t)
	if n := calls.Load(); n < 3 {
		t.Errorf("the state was set up %d times, want at least 3", n)
	}
}

// TestPactGoFindsAFault runs the test above again, in a process of its own,
// against a provider with a fault.
func TestPactGoFindsAFault(t *testing.T) {
	again := exec.Command(os.Args[0], "-test.run", "^TestPactGoVerifies$")
	again.Env = append(os.Environ(), "PACTGO_BROKEN=1")
	out, err := again.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "to be equal to 0 (Integer)") {
		t.Errorf("error %v; the fault is not told in:\n%s", err, out)
	}
}

// TestVerificationBesidePactGo times both in turn. SEAM_BENCH=1 takes 1,000
// interactions and five rounds.
func TestVerificationBesidePactGo(t *testing.T) {
	n, rounds := 100, 3
	if os.Getenv("SEAM_BENCH") != "" {
		n, rounds = 1000, 5
	}
	server := httptest.NewServer(things(false))
	defer server.Close()
	file := pact(t, n)
	header := http.Header{"Authorization": {"Bearer t"}}
	var ours, theirs []float64
	for range rounds {
		start := time.Now()
		verifySeam(t, file, server.URL, header)
		ours = append(ours, float64(n)/time.Since(start).Seconds())
		start = time.Now()
		pactgo.Verification{Provider: "things", URL: server.URL, Pacts: []string{file}, Header: header}.Run(t)
		theirs = append(theirs, float64(n)/time.Since(start).Seconds())
	}
	t.Logf("%d interactions, interactions/s in %d rounds: seam %.0f, pact-go %.0f", n, rounds, ours, theirs)
	if ratio := median(ours) / median(theirs); ratio < floor {
		t.Errorf("seam verifies only %.1f times as fast as pact-go, want %d", ratio, floor)
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func verifySeam(t *testing.T, file, base string, header http.Header) {
	t.Helper()
	sources, err := verify.Sources(t.Context(), []string{file})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	for r := range verify.Pact(t.Context(), sources[0].Pact, verify.Config{Provider: at, Header: header}) {
		if r.Outcome != verify.Passed {
			t.Fatalf("%s: %s %s %v", r.Description, r.Outcome, r.Err, r.Mismatches)
		}
	}
}
