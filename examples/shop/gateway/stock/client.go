// Package stock is how the gateway calls the service stock, and the contract
// it has with it.
package stock

import (
	"context"
	"net/url"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// A Client calls stock.
type Client struct{ Base call.Base }

// An Item is a book on the shelf.
type Item struct {
	SKU       string  `json:"sku"`
	Title     string  `json:"title"`
	Price     int     `json:"price"` // in the smallest unit of Currency
	Currency  string  `json:"currency"`
	WeightKG  float64 `json:"weight_kg"`
	Available int     `json:"available"`
}

// Items lists all that is sold.
func (c Client) Items(ctx context.Context) ([]Item, error) {
	var all []Item
	return all, c.Base.Do(ctx, "GET /items", nil, &all)
}

// Item finds one, or returns a *call.Refusal.
func (c Client) Item(ctx context.Context, sku string) (Item, error) {
	var found Item
	return found, c.Base.Do(ctx, "GET /items/"+url.PathEscape(sku), nil, &found)
}
