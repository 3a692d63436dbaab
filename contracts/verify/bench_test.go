package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
)

// BenchmarkPact replays 1,000 simple GET interactions against a server in
// the same process.
func BenchmarkPact(b *testing.B) {
	var interactions []string
	for n := range 1000 {
		interactions = append(interactions, fmt.Sprintf(`{"description": "thing %d", "request": {"method": "GET", "path": "/things/%d"},
			"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1, "name": "x"},
				"matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}, "$.name": {"matchers": [{"match": "type"}]}}}}}`, n, n))
	}
	p, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "web"}, "provider": {"name": "things"}, "interactions": [` +
		strings.Join(interactions, ",") + `], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`))
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, 200, `{"id":7,"name":"y"}`) }))
	defer server.Close()
	target, err := url.Parse(server.URL)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for result := range verify.Pact(context.Background(), p, verify.Config{Provider: target}) {
			if result.Outcome != verify.Passed {
				b.Fatal(result.Err, result.Mismatches)
			}
		}
	}
	b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "interactions/s")
}
