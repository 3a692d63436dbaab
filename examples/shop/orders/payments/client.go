// Package payments is how orders calls the service payments, and the contract
// it has with it.
package payments

import (
	"context"
	"net/url"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// A Client calls payments.
type Client struct{ Base call.Base }

// A Bill is what a card is to be charged with.
type Bill struct {
	Amount   int    `json:"amount"` // in the smallest unit of Currency
	Currency string `json:"currency"`
	Card     string `json:"card"`
}

// A Charge is money taken.
type Charge struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Amount   int    `json:"amount"`
	Currency string `json:"currency"`
}

// Charge takes the money, or returns a *call.Refusal.
func (c Client) Charge(ctx context.Context, bill Bill) (Charge, error) {
	var made Charge
	return made, c.Base.Do(ctx, "POST /charges", bill, &made)
}

// Find returns an earlier charge.
func (c Client) Find(ctx context.Context, id string) (Charge, error) {
	var found Charge
	return found, c.Base.Do(ctx, "GET /charges/"+url.PathEscape(id), nil, &found)
}
