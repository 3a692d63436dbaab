package stock

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/examples/shop/internal/call"
	"github.com/seamtest/seam/mocks"
)

// TestTheClientAgainstAStub runs the client against stock as it was agreed
// with pact-go, without stock and without cgo.
func TestTheClientAgainstAStub(t *testing.T) {
	server := mocks.Serve(t, mocks.Files(t, "../../pacts/gateway-stock.json")...)
	client := Client{call.Base{URL: server.URL}}
	book := Item{SKU: "book-1", Title: "The Seams of Cloth", Price: 1250, Currency: "EUR", WeightKG: 0.35, Available: 5}

	all, err := client.Items(t.Context())
	if diff := cmp.Diff([]Item{book, book}, all); diff != "" || err != nil {
		t.Errorf("all items: %v\n%s", err, diff)
	}
	for sku, want := range map[string]Item{"book-1": book, "book-2": {SKU: "book-2"}} {
		got, err := client.Item(t.Context(), sku)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", sku, err, diff)
		}
	}
	var refused *call.Refusal
	if _, err := client.Item(t.Context(), "book-99"); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("an item that is not sold: %v", err)
	}
	for _, use := range server.Uses() {
		if use.Count != 1 {
			t.Errorf("%q was asked for %d times, want once", use.Interaction.Description, use.Count)
		}
	}
	if n := server.Misses(); n > 0 {
		t.Errorf("%d requests that the pact does not know", n)
	}
}
