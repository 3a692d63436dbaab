//go:build pactffi

package pactgo

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/pact-foundation/pact-go/v2/log"
	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"
)

// Run verifies, and fails the test for each interaction that is not as
// agreed. The verifier prints its own report to stdout.
func (v Verification) Run(t *testing.T) {
	t.Helper()
	if err := v.check(); err != nil {
		t.Fatal(err)
	}
	if err := log.SetLogLevel("ERROR"); err != nil {
		t.Fatal(err)
	}
	request := provider.VerifyRequest{
		Provider: v.Provider, ProviderBaseURL: v.URL, PactFiles: v.Pacts,
		FilterConsumers: v.Consumers, FilterDescription: v.Description,
		ProviderStatesSetupURL: v.StatesURL, StateHandlers: v.handlers(), FailIfNoPactsFound: true,
	}
	if len(v.Header) > 0 {
		request.RequestFilter = v.filter
	}
	_ = provider.NewVerifier().VerifyProvider(t, request) // it has failed the test already
}

func (v Verification) check() error {
	switch {
	case v.Provider == "":
		return errors.New("pactgo: name the provider as the pacts do")
	case v.URL == "":
		return errors.New("pactgo: give the provider's base URL, such as http://127.0.0.1:8080")
	case len(v.Pacts) == 0:
		return errors.New("pactgo: name at least one pact file")
	}
	return nil
}

func (v Verification) handlers() models.StateHandlers {
	if v.StatesURL != "" {
		return nil
	}
	handlers := models.StateHandlers{}
	for name, state := range v.States {
		handlers[name] = func(setUp bool, s models.ProviderState) (models.ProviderStateResponse, error) {
			if state == nil {
				return nil, nil
			}
			return state(setUp, s.Parameters)
		}
	}
	return handlers
}

// filter sets the headers on every request that passes to the provider.
func (v Verification) filter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range v.Header {
			r.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
		next.ServeHTTP(w, r)
	})
}
