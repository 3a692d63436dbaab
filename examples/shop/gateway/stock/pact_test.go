//go:build pactffi

package stock

import (
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"github.com/seamtest/seam/examples/shop/internal/pacttest"
)

type m = pacttest.M

func TestPactWithStock(t *testing.T) {
	pact, err := consumer.NewV3Pact(pacttest.Config(t, "../../pacts", "gateway", "stock"))
	if err != nil {
		t.Fatal(err)
	}
	book := m{
		"sku": matchers.Regex("book-1", `^book-\d+$`), "title": matchers.Like("The Seams of Cloth"), "price": matchers.Integer(1250),
		"currency": matchers.Regex("EUR", `^[A-Z]{3}$`), "weight_kg": matchers.Decimal(0.35), "available": matchers.Integer(5),
	}
	want := Item{SKU: "book-1", Title: "The Seams of Cloth", Price: 1250, Currency: "EUR", WeightKG: 0.35, Available: 5}

	t.Run("all items", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for all items").
			WithRequest("GET", "/items", accept).
			WillRespondWith(200, func(b *consumer.V3ResponseBuilder) { b.JSONBody(matchers.ArrayMinLike(book, 2)) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Items(t.Context())
				return pacttest.Differ([]Item{want, want}, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("one item", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("item book-1 has 5 left", m{"sku": "book-1", "available": 5})).
			UponReceiving("a request for an item").
			WithRequest("GET", "/items/book-1", accept).
			WillRespondWith(200, func(b *consumer.V3ResponseBuilder) { b.JSONBody(book) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Item(t.Context(), "book-1")
				return pacttest.Differ(want, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an item that is sold out", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("item book-2 is sold out", m{"sku": "book-2", "available": 0})).
			UponReceiving("a request for an item that is sold out").
			WithRequest("GET", "/items/book-2", accept).
			WillRespondWith(200, func(b *consumer.V3ResponseBuilder) {
				b.JSONBody(m{"sku": "book-2", "available": matchers.Equality(0)})
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Item(t.Context(), "book-2")
				return pacttest.Differ(Item{SKU: "book-2"}, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an item that is not sold", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for an item that is not sold").
			WithRequest("GET", "/items/book-99", accept).
			WillRespondWith(404, func(b *consumer.V3ResponseBuilder) { b.JSONBody(pacttest.Refusal("unknown_item", "book-99")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Item(t.Context(), "book-99")
				return pacttest.Refused(err, 404, "unknown_item")
			})
		if err != nil {
			t.Error(err)
		}
	})
}

func accept(b *consumer.V3RequestBuilder) { b.Header("Accept", matchers.S("application/json")) }
