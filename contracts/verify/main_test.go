package verify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parse reads a pact whose interactions are given as JSON.
func parse(t *testing.T, version, interactions string) *contracts.Pact {
	t.Helper()
	p, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "web"}, "provider": {"name": "orders"},
		"interactions": [` + interactions + `],
		"metadata": {"pactSpecification": {"version": "` + version + `"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// provider starts a server and returns a config that points to it.
func provider(t *testing.T, handler http.HandlerFunc) verify.Config {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return verify.Config{Provider: mustURL(t, server.URL)}
}

func mustURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func all(t *testing.T, p *contracts.Pact, cfg verify.Config) []verify.Result {
	t.Helper()
	return slices.Collect(verify.Pact(context.Background(), p, cfg))
}

// only replays a pact of one interaction.
func only(t *testing.T, p *contracts.Pact, cfg verify.Config) verify.Result {
	t.Helper()
	results := all(t, p, cfg)
	if len(results) != 1 {
		t.Fatalf("got %d results, want one: %+v", len(results), results)
	}
	return results[0]
}

func sendJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
