//go:build pactffi

package payments

import (
	"context"
	"fmt"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// pact begins the contract; run writes it to examples/shop/pacts.
func pact(t *testing.T) *consumer.V4HTTPMockProvider {
	t.Helper()
	p, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "orders", Provider: "payments", PactDir: "../../pacts", LogDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func client(mock consumer.MockServerConfig) Client {
	return Client{call.Base{URL: fmt.Sprintf("http://%s:%d", mock.Host, mock.Port)}}
}

func charge() matchers.Map {
	return matchers.Map{
		"id": matchers.Like("ch-1"), "status": matchers.Regex("approved", "^(approved|pending)$"), "amount": matchers.Integer(2500), "currency": matchers.String("EUR"),
	}
}

func TestPactCharge(t *testing.T) {
	err := pact(t).AddInteraction().
		UponReceiving("a charge").
		WithRequest("POST", "/charges", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(matchers.Map{"amount": matchers.Integer(2500), "currency": matchers.String("EUR"), "card": matchers.String("4242424242424242")})
		}).
		WillRespondWith(201, func(b *consumer.V4ResponseBuilder) { b.JSONBody(charge()) }).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			made, err := client(mock).Charge(context.Background(), Bill{2500, "EUR", "4242424242424242"})
			if err == nil && made.Status != "approved" {
				return fmt.Errorf("read %+v", made)
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}

// The card is quoted twice: the library reads a parameter as JSON, and digits
// alone would become a number.
func TestPactDeclined(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "the card is declined", Parameters: map[string]any{"card": `"4000000000000002"`}}).
		UponReceiving("a charge to a card that is declined").
		WithRequest("POST", "/charges", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(matchers.Map{"amount": matchers.Integer(2500), "currency": matchers.String("EUR"), "card": matchers.Equality("4000000000000002")})
		}).
		WillRespondWith(402, func(*consumer.V4ResponseBuilder) {}).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			if made, err := client(mock).Charge(context.Background(), Bill{2500, "EUR", "4000000000000002"}); err == nil {
				return fmt.Errorf("read %+v", made)
			}
			return nil
		})
	if err != nil {
		t.Error(err)
	}
}

func TestPactFind(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "a charge exists", Parameters: map[string]any{"id": "ch-7", "amount": 2500, "currency": "EUR"}}).
		UponReceiving("an earlier charge").
		WithRequest("GET", "/charges/ch-7").
		WillRespondWith(200, func(b *consumer.V4ResponseBuilder) { b.JSONBody(charge()) }).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			found, err := client(mock).Find(context.Background(), "ch-7")
			if err == nil && found.Amount != 2500 {
				return fmt.Errorf("read %+v", found)
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}
