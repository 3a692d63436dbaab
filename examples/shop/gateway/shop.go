package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/seamtest/seam/examples/shop/gateway/orders"
	"github.com/seamtest/seam/examples/shop/gateway/stock"
	"github.com/seamtest/seam/examples/shop/internal/serve"
)

// A catalogue knows what is sold.
type catalogue interface {
	Items(ctx context.Context) ([]stock.Item, error)
	Item(ctx context.Context, sku string) (stock.Item, error)
}

// An orderBook sells it.
type orderBook interface {
	Place(ctx context.Context, cart orders.Cart) (orders.Order, error)
	Order(ctx context.Context, id int64) (orders.Order, error)
}

// A shop is the public API.
type shop struct {
	catalogue catalogue
	orders    orderBook
}

// A bookView is a book as the public sees it: not how many there are.
type bookView struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Price    int     `json:"price"`
	Currency string  `json:"currency"`
	WeightKG float64 `json:"weight_kg"`
	InStock  bool    `json:"in_stock"`
}

func viewOf(i stock.Item) bookView {
	return bookView{ID: i.SKU, Title: i.Title, Price: i.Price, Currency: i.Currency, WeightKG: i.WeightKG, InStock: i.Available > 0}
}

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /books", s.books)
	mux.HandleFunc("GET /books/{id}", s.book)
	mux.HandleFunc("POST /checkout", s.checkout)
	mux.HandleFunc("GET /orders/{id}", s.order)
	return mux
}

func (s *shop) books(w http.ResponseWriter, r *http.Request) {
	items, err := s.catalogue.Items(r.Context())
	if err != nil {
		serve.Fail(w, err)
		return
	}
	views := make([]bookView, len(items))
	for i := range items {
		views[i] = viewOf(items[i])
	}
	serve.JSON(w, http.StatusOK, views)
}

func (s *shop) book(w http.ResponseWriter, r *http.Request) {
	item, err := s.catalogue.Item(r.Context(), r.PathValue("id"))
	if err != nil {
		serve.Fail(w, err)
		return
	}
	serve.JSON(w, http.StatusOK, viewOf(item))
}

func (s *shop) checkout(w http.ResponseWriter, r *http.Request) {
	cart, ok := serve.Decode[orders.Cart](w, r)
	if !ok {
		return
	}
	placed, err := s.orders.Place(r.Context(), cart)
	if err != nil {
		serve.Fail(w, err)
		return
	}
	w.Header().Set("Location", "/orders/"+strconv.FormatInt(placed.ID, 10))
	serve.JSON(w, http.StatusCreated, placed)
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		serve.Refuse(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("order %q: not a number", r.PathValue("id")))
		return
	}
	found, err := s.orders.Order(r.Context(), id)
	if err != nil {
		serve.Fail(w, err)
		return
	}
	serve.JSON(w, http.StatusOK, found)
}
