// Package orders is how the gateway calls the service orders, and the contract
// it has with it.
package orders

import (
	"context"
	"strconv"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// A Client calls orders.
type Client struct{ Base call.Base }

// A Cart is what a customer wants, and who pays.
type Cart struct {
	Items []Line `json:"items"`
	Card  string `json:"card"`
}

// A Line asks for a number of copies.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// An Order is a cart that was paid.
type Order struct {
	ID       int64  `json:"id"`
	Status   string `json:"status"`
	Total    int    `json:"total"` // in the smallest unit of Currency
	Currency string `json:"currency"`
	Items    []Line `json:"items"`
}

// Place reserves and charges, or returns a *call.Refusal.
func (c Client) Place(ctx context.Context, cart Cart) (Order, error) {
	var placed Order
	return placed, c.Base.Do(ctx, "POST /orders", cart, &placed)
}

// Order finds one, or returns a *call.Refusal.
func (c Client) Order(ctx context.Context, id int64) (Order, error) {
	var found Order
	return found, c.Base.Do(ctx, "GET /orders/"+strconv.FormatInt(id, 10), nil, &found)
}
