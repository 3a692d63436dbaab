// Package stock is how orders calls the service stock, and the contract it
// has with it.
package stock

import (
	"context"
	"net/url"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// A Client calls stock.
type Client struct{ Base call.Base }

// A Line asks for a number of copies.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// A Reservation is what stock holds for us, and what that costs.
type Reservation struct {
	ID       string `json:"id"`
	Total    int    `json:"total"` // in the smallest unit of Currency
	Currency string `json:"currency"`
}

// Reserve puts all lines aside, or none and returns a *call.Refusal.
func (c Client) Reserve(ctx context.Context, lines []Line) (Reservation, error) {
	var made Reservation
	asked := map[string][]Line{"items": lines}
	return made, c.Base.Do(ctx, "POST /reservations", asked, &made)
}

// Release gives a reservation back.
func (c Client) Release(ctx context.Context, id string) error {
	return c.Base.Do(ctx, "DELETE /reservations/"+url.PathEscape(id), nil, nil)
}
