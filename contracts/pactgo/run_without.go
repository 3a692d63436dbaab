//go:build !pactffi

package pactgo

import "testing"

// Run fails the test: this build has no reference verifier in it.
func (v Verification) Run(t *testing.T) {
	t.Helper()
	t.Fatalf("pactgo: provider %s was not verified: this test was built without pact-go; "+
		"try: install libpact_ffi 0.4 (here: make tools) and run go test with -tags pactffi, CGO_ENABLED=1 and CGO_LDFLAGS=-L<its folder>", v.Provider)
}
