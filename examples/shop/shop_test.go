package shop_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/harness"
)

// A checkout crosses all four services, and the trace shows each of them once:
// three with OpenTelemetry and payments with Jaeger's old client.
func TestACheckoutIsOneTraceThroughAllServices(t *testing.T) {
	system := harness.Run(t, "seam.yaml")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	body := `{"items":[{"sku":"book-1","quantity":1}],"card":"4242424242424242"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, system.Entry()+"/checkout", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("the checkout answered %s", answer.Status)
	}

	if err := system.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	entry := system.Edge("", "gateway").Exchanges()
	if len(entry) != 1 {
		t.Fatalf("%d exchanges at the entry, want 1", len(entry))
	}
	trace, complete := system.Wait(ctx, entry[0].Trace)
	if !complete.Complete {
		t.Errorf("the trace is not complete: %s", complete.Why)
	}
	for _, service := range []string{"gateway", "orders", "stock", "payments"} {
		if !slices.Contains(trace.Services(), service) {
			t.Errorf("no span of %s among those of %v", service, trace.Services())
		}
	}
	if calls := system.Edge("orders", "payments").Seen(); calls != 1 {
		t.Errorf("payments was called %d times, want once", calls)
	}
	if found := system.Traces().Find(harness.Query{Edge: "orders->payments", Failed: true}); len(found) > 0 {
		t.Errorf("the charge failed in trace %s", found[0].ID)
	}

	// Each of these calls was held against the pacts of its edge.
	for _, edge := range system.Edges() {
		coverage := edge.Coverage()
		for _, broken := range coverage.Violations {
			t.Errorf("%s: %q is broken: %s", edge.Name, broken.Description, broken.Mismatches[0].Message)
		}
	}
	if charged := system.Edge("orders", "payments").Coverage(); charged.Conforming != 1 {
		t.Errorf("the charge is not as agreed: %+v", charged.Undescribed)
	}
}

// The pacts can be replayed from a test as well, here those of payments.
func TestPaymentsKeepsItsContract(t *testing.T) {
	system := harness.Run(t, "seam.yaml")
	for _, contract := range system.Contracts() {
		if contract.Pact.Provider != "payments" {
			continue
		}
		results, err := system.Verify(t.Context(), contract, harness.Verification{})
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range results {
			if result.Outcome != "passed" {
				t.Errorf("%s: %s, %v", result.Description, result.Outcome, result.Mismatches)
			}
		}
	}
}
