//go:build pactffi

package stock

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
	p, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "orders", Provider: "stock", PactDir: "../../pacts", LogDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func client(mock consumer.MockServerConfig) Client {
	return Client{call.Base{URL: fmt.Sprintf("http://%s:%d", mock.Host, mock.Port)}}
}

func TestPactReserve(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "item book-1 has 5 left", Parameters: map[string]any{"sku": "book-1", "available": 5}}).
		UponReceiving("a reservation of two books").
		WithRequest("POST", "/reservations", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(matchers.Map{"items": matchers.EachLike(matchers.Map{"sku": matchers.String("book-1"), "quantity": matchers.Integer(2)}, 1)})
		}).
		WillRespondWith(201, func(b *consumer.V4ResponseBuilder) {
			b.JSONBody(matchers.Map{"id": matchers.Like("r-1"), "total": matchers.Integer(2500), "currency": matchers.Regex("EUR", "^[A-Z]{3}$")})
		}).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			made, err := client(mock).Reserve(context.Background(), []Line{{"book-1", 2}})
			if err == nil && made.ID != "r-1" {
				return fmt.Errorf("read %+v", made)
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}

func TestPactShortage(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "item book-2 is sold out", Parameters: map[string]any{"sku": "book-2", "available": 0}}).
		UponReceiving("a reservation of more than there is").
		WithRequest("POST", "/reservations", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(matchers.Map{"items": matchers.EachLike(matchers.Map{"sku": matchers.Equality("book-2"), "quantity": matchers.Integer(1)}, 1)})
		}).
		WillRespondWith(409, func(*consumer.V4ResponseBuilder) {}).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			if made, err := client(mock).Reserve(context.Background(), []Line{{"book-2", 1}}); err == nil {
				return fmt.Errorf("read %+v", made)
			}
			return nil
		})
	if err != nil {
		t.Error(err)
	}
}

func TestPactRelease(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "a reservation exists", Parameters: map[string]any{"id": "r-9"}}).
		UponReceiving("a reservation given back").
		WithRequest("DELETE", "/reservations/r-9").
		WillRespondWith(204, func(*consumer.V4ResponseBuilder) {}).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error { return client(mock).Release(context.Background(), "r-9") })
	if err != nil {
		t.Error(err)
	}
}
