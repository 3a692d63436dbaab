// Package web is how the shop's page calls the gateway, and the contract it
// has with it. The page itself is no service of the system: its calls come in
// over the entry.
package web

import (
	"context"
	"net/url"
	"strconv"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// A Client calls the gateway.
type Client struct{ Base call.Base }

// A Book as the page shows it.
type Book struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Price    int    `json:"price"` // in the smallest unit of Currency
	Currency string `json:"currency"`
	InStock  bool   `json:"in_stock"`
}

// A Line is a number of copies of a book.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// A Checkout is a customer's cart and card.
type Checkout struct {
	Items []Line `json:"items"`
	Card  string `json:"card"`
}

// A Receipt is what the customer gets.
type Receipt struct {
	ID       int64  `json:"id"`
	Status   string `json:"status"`
	Total    int    `json:"total"` // in the smallest unit of Currency
	Currency string `json:"currency"`
	Items    []Line `json:"items"`
}

// Books lists all.
func (c Client) Books(ctx context.Context) ([]Book, error) {
	var all []Book
	return all, c.Base.Do(ctx, "GET /books", nil, &all)
}

// Book finds one, or returns a *call.Refusal.
func (c Client) Book(ctx context.Context, id string) (Book, error) {
	var found Book
	return found, c.Base.Do(ctx, "GET /books/"+url.PathEscape(id), nil, &found)
}

// Checkout buys, or returns a *call.Refusal.
func (c Client) Checkout(ctx context.Context, cart Checkout) (Receipt, error) {
	var receipt Receipt
	return receipt, c.Base.Do(ctx, "POST /checkout", cart, &receipt)
}

// Order finds an earlier order, or returns a *call.Refusal.
func (c Client) Order(ctx context.Context, id int64) (Receipt, error) {
	var found Receipt
	return found, c.Base.Do(ctx, "GET /orders/"+strconv.FormatInt(id, 10), nil, &found)
}
