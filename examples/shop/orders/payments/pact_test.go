//go:build pactffi

package payments

import (
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"

	"github.com/seamtest/seam/examples/shop/internal/pacttest"
)

type m = pacttest.M

func bill(amount any, card string) func(*consumer.V3RequestBuilder) {
	return func(b *consumer.V3RequestBuilder) {
		b.Header("Accept", matchers.S("application/json")).
			JSONBody(m{"amount": amount, "currency": matchers.Regex("EUR", `^[A-Z]{3}$`), "card": card})
	}
}

func charge(amount any) m {
	return m{
		"id": matchers.Regex("ch-7", `^ch-[0-9a-z]+$`), "status": matchers.Equality("approved"),
		"amount": amount, "currency": matchers.Regex("EUR", `^[A-Z]{3}$`),
		"at": matchers.Regex("2026-11-23T10:00:00Z", `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
	}
}

func TestPactWithPayments(t *testing.T) {
	pact, err := consumer.NewV3Pact(pacttest.Config(t, "../../pacts", "orders", "payments"))
	if err != nil {
		t.Fatal(err)
	}
	want := Charge{ID: "ch-7", Status: "approved", Amount: 2500, Currency: "EUR"}
	t.Run("a card is charged", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a charge").
			WithRequest("POST", "/charges", bill(matchers.Integer(2500), pacttest.Card)).
			WillRespondWith(201, func(b *consumer.V3ResponseBuilder) { b.JSONBody(charge(matchers.Integer(2500))) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Charge(t.Context(), Bill{Amount: 2500, Currency: "EUR", Card: pacttest.Card})
				return pacttest.Differ(want, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a card is declined", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("the card is declined", m{"card": pacttest.Declined})).
			UponReceiving("a charge to a card that is declined").
			WithRequest("POST", "/charges", bill(matchers.Integer(2500), pacttest.Declined)).
			WillRespondWith(402, func(b *consumer.V3ResponseBuilder) { b.JSONBody(pacttest.Refusal("card_declined", "declined")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Charge(t.Context(), Bill{Amount: 2500, Currency: "EUR", Card: pacttest.Declined})
				return pacttest.Refused(err, 402, "card_declined")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an amount that is not positive", func(t *testing.T) {
		err := pact.AddInteraction().
			UponReceiving("a charge of nothing").
			WithRequest("POST", "/charges", bill(0, pacttest.Card)).
			WillRespondWith(400, func(b *consumer.V3ResponseBuilder) { b.JSONBody(pacttest.Refusal("bad_request", "amount")) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				_, err := Client{pacttest.Base(server)}.Charge(t.Context(), Bill{Currency: "EUR", Card: pacttest.Card})
				return pacttest.Refused(err, 400, "bad_request")
			})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("an earlier charge", func(t *testing.T) {
		err := pact.AddInteraction().
			GivenWithParameter(pacttest.State("a charge exists", m{"id": "ch-7", "amount": 2500, "currency": "EUR"})).
			UponReceiving("a request for a charge").
			WithRequestPathMatcher("GET", matchers.FromProviderState("/charges/${id}", "/charges/ch-7")).
			WillRespondWith(200, func(b *consumer.V3ResponseBuilder) { b.JSONBody(charge(2500)) }).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				got, err := Client{pacttest.Base(server)}.Find(t.Context(), "ch-7")
				return pacttest.Differ(want, got, err)
			})
		if err != nil {
			t.Error(err)
		}
	})
}
