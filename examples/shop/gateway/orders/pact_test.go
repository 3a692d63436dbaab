//go:build pactffi

package orders

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
	p, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "gateway", Provider: "orders", PactDir: "../../pacts", LogDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func client(mock consumer.MockServerConfig) Client {
	return Client{call.Base{URL: fmt.Sprintf("http://%s:%d", mock.Host, mock.Port)}}
}

func order() matchers.Map {
	return matchers.Map{
		"id": matchers.Integer(42), "status": matchers.Regex("paid", "^(paid|sent)$"), "total": matchers.Integer(2500), "currency": matchers.Regex("EUR", "^[A-Z]{3}$"),
		"items": matchers.EachLike(matchers.Map{"sku": matchers.String("book-1"), "quantity": matchers.Integer(2)}, 1),
	}
}

func TestPactPlace(t *testing.T) {
	err := pact(t).AddInteraction().
		UponReceiving("an order for two books").
		WithRequest("POST", "/orders", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(matchers.Map{
				"items": matchers.EachLike(matchers.Map{"sku": matchers.String("book-1"), "quantity": matchers.Integer(2)}, 1), "card": matchers.String("4242424242424242"),
			})
		}).
		WillRespondWith(201, func(b *consumer.V4ResponseBuilder) { b.JSONBody(order()) }).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			placed, err := client(mock).Place(context.Background(), Cart{Items: []Line{{"book-1", 2}}, Card: "4242424242424242"})
			if err == nil && placed.ID != 42 {
				return fmt.Errorf("read %+v", placed)
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}

func TestPactOrder(t *testing.T) {
	err := pact(t).AddInteraction().
		GivenWithParameter(models.ProviderState{Name: "order 42 exists", Parameters: map[string]any{"id": 42}}).
		UponReceiving("an order that exists").
		WithRequest("GET", "/orders/42").
		WillRespondWith(200, func(b *consumer.V4ResponseBuilder) { b.JSONBody(order()) }).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			found, err := client(mock).Order(context.Background(), 42)
			if err == nil && (found.Total != 2500 || len(found.Items) != 1) {
				return fmt.Errorf("read %+v", found)
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}

func TestPactUnknownOrder(t *testing.T) {
	err := pact(t).AddInteraction().
		UponReceiving("an order that does not exist").
		WithRequest("GET", "/orders/999999999").
		WillRespondWith(404, func(*consumer.V4ResponseBuilder) {}).
		ExecuteTest(t, func(mock consumer.MockServerConfig) error {
			if found, err := client(mock).Order(context.Background(), 999999999); err == nil {
				return fmt.Errorf("read %+v", found)
			}
			return nil
		})
	if err != nil {
		t.Error(err)
	}
}
