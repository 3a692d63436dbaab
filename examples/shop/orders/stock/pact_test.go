//go:build pactffi

package stock

import (
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"github.com/seamtest/seam/examples/shop/internal/pacttest"
)

type m = pacttest.M

func asks(sku string, quantity int) func(*consumer.V4RequestBuilder) {
	return func(b *consumer.V4RequestBuilder) {
		b.JSONBody(m{"items": matchers.ArrayMinLike(m{"sku": matchers.Equality(sku), "quantity": matchers.Integer(quantity)}, 1)})
	}
}

func TestPactWithStock(t *testing.T) {
	pact, err := consumer.NewV4Pact(pacttest.Config(t, "../../pacts", "orders", "stock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("goods are put aside", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("item book-1 has 5 left", m{"sku": "book-1", "available": 5})).
			UponReceiving("a reservation of two books").
			WithRequest("POST", "/reservations", asks("book-1", 2)).
			WillRespondWith(201, func(b *consumer.V4ResponseBuilder) {
				b.Header("Location", matchers.Regex("/reservations/res-7d1k", `^/reservations/res-[0-9a-z]+$`)).
					JSONBody(m{
						"id":    matchers.Regex("res-7d1k", `^res-[0-9a-z]+$`),
						"total": matchers.Integer(2500), "currency": matchers.Regex("EUR", `^[A-Z]{3}$`),
					})
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Reserve(t.Context(), []Line{{"book-1", 2}})
				return pacttest.Differ(Reservation{ID: "res-7d1k", Total: 2500, Currency: "EUR"}, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("there is not enough", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("item book-2 is sold out", m{"sku": "book-2", "available": 0})).
			UponReceiving("a reservation of a book that is sold out").
			WithRequest("POST", "/reservations", asks("book-2", 1)).
			WillRespondWith(409, func(b *consumer.V4ResponseBuilder) { b.JSONBody(pacttest.Refusal("sold_out", "book-2: 0 left")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Reserve(t.Context(), []Line{{"book-2", 1}})
				return pacttest.Refused(err, 409, "sold_out")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("goods go back", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("a reservation exists", m{"id": "res-77"})).
			UponReceiving("the release of a reservation").
			WithRequestPathMatcher("DELETE", matchers.FromProviderState("/reservations/${id}", "/reservations/res-77")).
			WillRespondWith(204).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				return Client{pacttest.Base(server)}.Release(t.Context(), "res-77")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a reservation that is not known", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("the release of a reservation that is not known").
			WithRequest("DELETE", "/reservations/res-0").
			WillRespondWith(404, func(b *consumer.V4ResponseBuilder) { b.JSONBody(pacttest.Refusal("unknown_reservation", "res-0")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				return pacttest.Refused(Client{pacttest.Base(server)}.Release(t.Context(), "res-0"), 404, "unknown_reservation")
			})
		if err != nil {
			t.Error(err)
		}
	})
}
