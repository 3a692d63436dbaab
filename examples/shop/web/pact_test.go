//go:build pactffi

package web

import (
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"github.com/seamtest/seam/examples/shop/internal/pacttest"
)

type m = pacttest.M

func TestPactWithGateway(t *testing.T) {
	pact, err := consumer.NewV2Pact(pacttest.Config(t, "../pacts", "web", "gateway"))
	if err != nil {
		t.Fatal(err)
	}
	book := m{
		"id": matchers.Regex("book-1", `^book-\d+$`), "title": matchers.Like("The Seams of Cloth"),
		"price": matchers.Like(1250), "currency": matchers.Regex("EUR", `^[A-Z]{3}$`), "in_stock": matchers.Like(true),
	}
	want := Book{ID: "book-1", Title: "The Seams of Cloth", Price: 1250, Currency: "EUR", InStock: true}

	t.Run("all books", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for all books").
			WithRequest("GET", "/books").
			WillRespondWith(200, func(b *consumer.V2ResponseBuilder) { b.JSONBody(matchers.EachLike(book, 1)) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Books(t.Context())
				return pacttest.Differ([]Book{want}, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("one book", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for a book").
			WithRequest("GET", "/books/book-1").
			WillRespondWith(200, func(b *consumer.V2ResponseBuilder) { b.JSONBody(book) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Book(t.Context(), "book-1")
				return pacttest.Differ(want, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a book that is not sold", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for a book that is not sold").
			WithRequest("GET", "/books/book-99").
			WillRespondWith(404, func(b *consumer.V2ResponseBuilder) {
				b.JSONBody(m{"error": "unknown_item", "message": matchers.Like("no item book-99")})
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Book(t.Context(), "book-99")
				return pacttest.Refused(err, 404, "unknown_item")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a checkout", func(t *testing.T) {
		line := m{"sku": matchers.Like("book-1"), "quantity": matchers.Like(2)}
		lines := []Line{{SKU: "book-1", Quantity: 2}}
		err := pact.AddInteraction().
			UponReceiving("a checkout of two books").
			WithRequest("POST", "/checkout", func(b *consumer.V2RequestBuilder) {
				b.JSONBody(m{"items": matchers.EachLike(line, 1), "card": pacttest.Card})
			}).
			WillRespondWith(201, func(b *consumer.V2ResponseBuilder) {
				b.JSONBody(m{
					"id": matchers.Like(42), "status": "paid", "total": matchers.Like(2500),
					"currency": matchers.Regex("EUR", `^[A-Z]{3}$`), "items": matchers.EachLike(line, 1),
				})
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Checkout(t.Context(), Checkout{Items: lines, Card: pacttest.Card})
				return pacttest.Differ(Receipt{ID: 42, Status: "paid", Total: 2500, Currency: "EUR", Items: lines}, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
}
