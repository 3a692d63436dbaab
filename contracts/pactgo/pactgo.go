// Package pactgo lets a Go test verify a provider with the reference
// implementation's own verifier, pact-go, for teams that want its verdict
// beside seam's. It is the only package that needs cgo and libpact_ffi, and
// only with the build tag pactffi; without the tag it builds, and Run fails
// the test with the remedy. No command of seam contains it.
//
// Behind the harness the provider's URL is that of an edge, so that each
// interaction has a trace to open:
//
//	h := harness.Run(t, "seam.yaml")
//	pactgo.Verification{
//		Provider: "orders",
//		URL:      h.Edge("web", "orders").URL(),
//		Pacts:    []string{"pacts/web-orders.json"},
//	}.Run(t)
package pactgo

import "net/http"

// A Verification says which pacts a provider is held to. Provider, URL and
// Pacts are needed.
type Verification struct {
	Provider string   // its name in the pacts
	URL      string   // base URL of the provider, or of an edge that leads to it
	Pacts    []string // files

	Consumers   []string    // only pacts of these; none: all
	Description string      // only interactions described so, as a regular expression; "": all
	Header      http.Header // set on each request, in place of the pact's

	// States sets provider states up and takes them down, by name. What it
	// returns feeds the pact's generators. A state that has no entry fails
	// its interaction. StatesURL is asked instead where it is set.
	States    map[string]State
	StatesURL string
}

// A State sets a provider state up, or takes it down. It may be nil, which
// does nothing.
type State func(setUp bool, params map[string]any) (values map[string]any, err error)
