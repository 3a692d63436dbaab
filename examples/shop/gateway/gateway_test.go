package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/mock"

	"github.com/seamtest/seam/examples/shop/gateway/mocks"
	"github.com/seamtest/seam/examples/shop/gateway/orders"
	"github.com/seamtest/seam/examples/shop/gateway/stock"
	"github.com/seamtest/seam/examples/shop/internal/call"
)

func TestShop(t *testing.T) {
	item := stock.Item{SKU: "book-1", Title: "The Seams of Cloth", Price: 1250, Currency: "EUR", WeightKG: 0.35, Available: 7}
	gone := item
	gone.SKU, gone.Available = "book-2", 0
	const (
		itemJSON  = `{"id":"book-1","title":"The Seams of Cloth","price":1250,"currency":"EUR","weight_kg":0.35,"in_stock":true}`
		goneJSON  = `{"id":"book-2","title":"The Seams of Cloth","price":1250,"currency":"EUR","weight_kg":0.35,"in_stock":false}`
		cartJSON  = `{"items":[{"sku":"book-1","quantity":2}],"card":"4242424242424242"}`
		orderJSON = `{"id":42,"status":"paid","total":2500,"currency":"EUR","items":[{"sku":"book-1","quantity":2}]}`
	)
	lines := []orders.Line{{SKU: "book-1", Quantity: 2}}
	cart := orders.Cart{Items: lines, Card: "4242424242424242"}
	order := orders.Order{ID: 42, Status: "paid", Total: 2500, Currency: "EUR", Items: lines}
	away := fmt.Errorf("%w: connection refused", call.ErrUpstream)
	for _, test := range []struct {
		reason, method, path, body string
		expect                     func(*mocks.Catalogue, *mocks.OrderBook)
		status                     int
		want                       string
	}{
		{"all books, without how many there are", "GET", "/books", "", func(c *mocks.Catalogue, _ *mocks.OrderBook) {
			c.EXPECT().Items(mock.Anything).Return([]stock.Item{item, gone}, nil).Once()
		}, 200, "[" + itemJSON + "," + goneJSON + "]"},
		{"no books are an empty list", "GET", "/books", "", func(c *mocks.Catalogue, _ *mocks.OrderBook) {
			c.EXPECT().Items(mock.Anything).Return(nil, nil).Once()
		}, 200, "[]"},
		{"stock is away", "GET", "/books", "", func(c *mocks.Catalogue, _ *mocks.OrderBook) {
			c.EXPECT().Items(mock.Anything).Return(nil, away).Once()
		}, 502, `{"error":"upstream","message":"no usable answer: connection refused"}`},
		{"one book", "GET", "/books/book-1", "", func(c *mocks.Catalogue, _ *mocks.OrderBook) {
			c.EXPECT().Item(mock.Anything, "book-1").Return(item, nil).Once()
		}, 200, itemJSON},
		{"stock's refusal is passed on", "GET", "/books/book-9", "", func(c *mocks.Catalogue, _ *mocks.OrderBook) {
			c.EXPECT().Item(mock.Anything, "book-9").Return(stock.Item{}, &call.Refusal{Status: 404, Code: "unknown_item", Message: "no item"}).Once()
		}, 404, `{"error":"unknown_item","message":"no item"}`},
		{"a checkout", "POST", "/checkout", cartJSON, func(_ *mocks.Catalogue, o *mocks.OrderBook) {
			o.EXPECT().Place(mock.Anything, cart).Return(order, nil).Once()
		}, 201, orderJSON},
		{"a card that is declined", "POST", "/checkout", cartJSON, func(_ *mocks.Catalogue, o *mocks.OrderBook) {
			o.EXPECT().Place(mock.Anything, cart).Return(orders.Order{}, &call.Refusal{Status: 402, Code: "card_declined", Message: "no"}).Once()
		}, 402, `{"error":"card_declined","message":"no"}`},
		{"a cart that is no JSON goes nowhere", "POST", "/checkout", "?", func(*mocks.Catalogue, *mocks.OrderBook) {}, 400,
			`{"error":"bad_request","message":"the body: invalid character '?' looking for beginning of value"}`},
		{"an order", "GET", "/orders/42", "", func(_ *mocks.Catalogue, o *mocks.OrderBook) {
			o.EXPECT().Order(mock.Anything, int64(42)).Return(order, nil).Once()
		}, 200, orderJSON},
		{"orders is away", "GET", "/orders/42", "", func(_ *mocks.Catalogue, o *mocks.OrderBook) {
			o.EXPECT().Order(mock.Anything, int64(42)).Return(orders.Order{}, away).Once()
		}, 502, `{"error":"upstream","message":"no usable answer: connection refused"}`},
		{"an order that is no number goes nowhere", "GET", "/orders/x", "", func(*mocks.Catalogue, *mocks.OrderBook) {}, 400,
			`{"error":"bad_request","message":"order \"x\": not a number"}`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c, o := mocks.NewCatalogue(t), mocks.NewOrderBook(t)
			test.expect(c, o)
			answer := httptest.NewRecorder()
			(&shop{catalogue: c, orders: o}).routes().ServeHTTP(answer, httptest.NewRequest(test.method, test.path, strings.NewReader(test.body)))
			got := fmt.Sprint(answer.Code, " ", strings.TrimSpace(answer.Body.String()))
			if diff := cmp.Diff(fmt.Sprint(test.status, " ", test.want), got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if answer.Code == 201 && answer.Header().Get("Location") != "/orders/42" {
				t.Errorf("Location %q", answer.Header().Get("Location"))
			}
		})
	}
}
