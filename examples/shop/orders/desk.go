package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/examples/shop/orders/payments"
	"github.com/seamtest/seam/examples/shop/orders/stock"
)

// A warehouse holds goods back.
type warehouse interface {
	Reserve(ctx context.Context, lines []stock.Line) (stock.Reservation, error)
	Release(ctx context.Context, id string) error
}

// A till takes money.
type till interface {
	Charge(ctx context.Context, bill payments.Bill) (payments.Charge, error)
}

// A desk takes orders.
type desk struct {
	warehouse warehouse
	till      till
	book      *book
}

type cart struct {
	Items []stock.Line `json:"items"`
	Card  string       `json:"card"`
}

func (d *desk) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		cart, ok := serve.Decode[cart](w, r)
		if !ok {
			return
		}
		placed, err := d.place(r.Context(), cart)
		if err != nil {
			serve.Fail(w, err)
			return
		}
		w.Header().Set("Location", "/orders/"+strconv.FormatInt(placed.ID, 10))
		serve.JSON(w, http.StatusCreated, placed)
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			serve.Refuse(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("order %q: not a number", r.PathValue("id")))
			return
		}
		found, ok, err := d.book.find(r.Context(), id)
		switch {
		case err != nil:
			serve.Fail(w, err)
		case !ok:
			serve.Refuse(w, http.StatusNotFound, "unknown_order", fmt.Sprintf("no order %d", id))
		default:
			serve.JSON(w, http.StatusOK, found)
		}
	})
	return mux
}

// place leaves nothing reserved unless the order is paid and written down.
func (d *desk) place(ctx context.Context, cart cart) (_ order, err error) {
	held, err := d.warehouse.Reserve(ctx, cart.Items)
	if err != nil {
		return order{}, err
	}
	defer func() {
		if err == nil {
			return
		}
		// The caller may have gone, but the goods must go back all the same.
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, d.warehouse.Release(undo, held.ID))
	}()
	paid, err := d.till.Charge(ctx, payments.Bill{Amount: held.Total, Currency: held.Currency, Card: cart.Card})
	if err != nil {
		return order{}, err
	}
	return d.book.add(ctx, order{
		Status: "paid", Total: held.Total, Currency: held.Currency, Items: cart.Items, Charge: paid.ID,
	})
}
