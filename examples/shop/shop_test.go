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

	if status := checkout(ctx, t, system); status != http.StatusCreated {
		t.Fatalf("the checkout answered %d", status)
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

// checkout buys a book at the entry, and tells the status of the answer.
func checkout(ctx context.Context, t *testing.T, system *harness.Harness) int {
	t.Helper()
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
	return answer.StatusCode
}

// Whether payments is overloaded or its connection breaks: the checkout fails
// in good order, and the books that were reserved go back.
func TestACheckoutThatCannotBeChargedLeavesNothingReserved(t *testing.T) {
	system := harness.Run(t, "seam.yaml")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, fault := range []harness.Fault{{Status: http.StatusServiceUnavailable}, {Reset: true}} {
		injected, err := system.Edge("orders", "payments").Inject(fault)
		if err != nil {
			t.Fatal(err)
		}
		status := checkout(ctx, t, system)
		injected.Remove()
		if status != http.StatusBadGateway {
			t.Errorf("under the fault %s the checkout answered %d, want 502", &fault, status)
		}
	}

	if err := system.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	reserved, released := 0, 0
	for _, exchange := range system.Edge("orders", "stock").Exchanges() {
		switch {
		case exchange.Status >= 300:
			t.Errorf("%s %s answered %d", exchange.Method, exchange.Target, exchange.Status)
		case exchange.Method == http.MethodPost:
			reserved++
		case exchange.Method == http.MethodDelete:
			released++
		}
	}
	if reserved != 2 || released != 2 {
		t.Errorf("%d reserved and %d released, want 2 and 2", reserved, released)
	}
	if broken := system.Edge("gateway", "orders").Coverage().Violating; broken != 0 {
		t.Errorf("what the fault led to is held against the contract of orders, %d times", broken)
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
