package mocks_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seamtest/seam/mocks"
)

// BenchmarkStub asks at random among 1,000 interactions, a third with a path
// rule; one request in twenty matches none.
func BenchmarkStub(b *testing.B) {
	var interactions []string
	var paths []string
	for n := range 1000 {
		path, rules := fmt.Sprintf("/things%d/7", n), ""
		if n%3 == 0 {
			rules = fmt.Sprintf(`, "matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "^/things%d/\\d+$"}]}}`, n)
		}
		interactions = append(interactions, fmt.Sprintf(`{"description": "thing %d", "request": {"method": "GET", "path": "%s"%s},
			"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": %d}}}`, n, path, rules, n))
		paths = append(paths, path)
	}
	for n := range 50 {
		paths = append(paths, fmt.Sprintf("/absent%d/7", n))
	}
	stub, err := mocks.New(parse(b, strings.Join(interactions, ",")))
	if err != nil {
		b.Fatal(err)
	}
	var requests []*http.Request
	for _, path := range paths {
		requests = append(requests, httptest.NewRequest(http.MethodGet, path, nil))
	}
	random := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		stub.ServeHTTP(discard{http.Header{}}, requests[random.IntN(len(requests))])
	}
	b.ReportMetric(float64(stub.Misses())/float64(b.N), "misses/op")
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
