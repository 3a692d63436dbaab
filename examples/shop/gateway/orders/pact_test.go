//go:build pactffi

package orders

import (
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"github.com/seamtest/seam/examples/shop/internal/pacttest"
)

type m = pacttest.M

var (
	lines = []Line{{SKU: "book-1", Quantity: 2}}
	line  = m{"sku": matchers.Regex("book-1", `^book-\d+$`), "quantity": matchers.Integer(2)}
	paid  = Order{ID: 42, Status: "paid", Total: 2500, Currency: "EUR", Items: lines}
)

func order() m {
	return m{
		"id": matchers.Integer(42), "status": matchers.Regex("paid", `^(paid|sent)$`), "total": matchers.Integer(2500),
		"currency": matchers.Regex("EUR", `^[A-Z]{3}$`), "items": matchers.ArrayMinLike(line, 1),
	}
}

func cart(card string) func(*consumer.V4RequestBuilder) {
	return func(b *consumer.V4RequestBuilder) {
		b.Header("Accept", matchers.S("application/json")).
			JSONBody(m{"items": matchers.ArrayMinLike(line, 1), "card": card})
	}
}

func TestPactWithOrders(t *testing.T) {
	pact, err := consumer.NewV4Pact(pacttest.Config(t, "../../pacts", "gateway", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("an order is placed", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("an order for two books").
			WithRequest("POST", "/orders", cart(pacttest.Card)).
			WillRespondWith(201, func(b *consumer.V4ResponseBuilder) {
				b.Header("Location", matchers.Regex("/orders/42", `^/orders/\d+$`)).JSONBody(order())
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Place(t.Context(), Cart{Items: lines, Card: pacttest.Card})
				return pacttest.Differ(paid, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a card is declined", func(t *testing.T) {
		err := pact.AddInteraction().
			Given("the card is declined").
			UponReceiving("an order with a card that is declined").
			WithRequest("POST", "/orders", cart(pacttest.Declined)).
			WillRespondWith(402, func(b *consumer.V4ResponseBuilder) { b.JSONBody(pacttest.Refusal("card_declined", "declined")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Place(t.Context(), Cart{Items: lines, Card: pacttest.Declined})
				return pacttest.Refused(err, 402, "card_declined")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an order is found by the id that the state tells", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("order 42 exists", m{"id": 42})).
			UponReceiving("a request for an order").
			WithRequestPathMatcher("GET", matchers.FromProviderState("/orders/${id}", "/orders/42")).
			WillRespondWith(200, func(b *consumer.V4ResponseBuilder) { b.JSONBody(order()) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Order(t.Context(), 42)
				return pacttest.Differ(paid, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an order that does not exist", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a request for an order that does not exist").
			WithRequest("GET", "/orders/999999999").
			WillRespondWith(404, func(b *consumer.V4ResponseBuilder) { b.JSONBody(pacttest.Refusal("unknown_order", "999999999")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Order(t.Context(), 999999999)
				return pacttest.Refused(err, 404, "unknown_order")
			})
		if err != nil {
			t.Error(err)
		}
	})
}
