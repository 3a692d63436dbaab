//go:build pactffi

// Package pacttest is what the consumer tests of the shop have in common.
package pacttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/log"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// M is short for a JSON object with matchers in it.
type M = map[string]any

// Card is a card number that payments takes; Declined is one that it never does.
const (
	Card     = "4242424242424242"
	Declined = "4000000000000002"
)

// Config makes a test write its pact to dir, from nothing: what was in the
// file before goes, so that an interaction without a test cannot stay.
func Config(t *testing.T, dir, consumes, provides string) consumer.MockHTTPProviderConfig {
	t.Helper()
	if err := log.SetLogLevel("ERROR"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, consumes+"-"+provides+".json")
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return consumer.MockHTTPProviderConfig{Consumer: consumes, Provider: provides, PactDir: dir, LogDir: t.TempDir()}
}

// Base is the mock server as our clients see it.
func Base(server consumer.MockServerConfig) call.Base {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return call.Base{URL: fmt.Sprintf("http://%s:%d", server.Host, server.Port), HTTP: client}
}

// State is a provider state with parameters. The reference library reads a
// string that happens to be JSON, such as a card number, as that JSON, so it is
// quoted once more.
func State(name string, params M) models.ProviderState {
	for key, value := range params {
		if text, ok := value.(string); ok && json.Valid([]byte(text)) {
			params[key] = strconv.Quote(text)
		}
	}
	return models.ProviderState{Name: name, Parameters: params}
}

// Refusal is the body of an answer of 4xx whose message holds a phrase.
func Refusal(code, phrase string) M {
	return M{"error": code, "message": matchers.Includes(phrase)}
}

// Differ reports how a call failed or answered anything but want.
func Differ[T any](want, got T, err error) error {
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("(-want +got):\n%s", diff)
	}
	return nil
}

// Refused reports how err is not the refusal of that status and code.
func Refused(err error, status int, code string) error {
	var refusal *call.Refusal
	switch {
	case err == nil:
		return fmt.Errorf("went well, wanted to be refused with %d %s", status, code)
	case !errors.As(err, &refusal) || refusal.Status != status || refusal.Code != code:
		return fmt.Errorf("wanted to be refused with %d %s: %w", status, code, err)
	default:
		return nil
	}
}
