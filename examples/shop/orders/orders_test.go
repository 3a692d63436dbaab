package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/mock"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/examples/shop/internal/call"
	"github.com/seamtest/seam/examples/shop/orders/mocks"
	"github.com/seamtest/seam/examples/shop/orders/payments"
	"github.com/seamtest/seam/examples/shop/orders/stock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	cartJSON = `{"items":[{"sku":"book-1","quantity":2}],"card":"4242424242424242"}`
	paidJSON = `{"id":1,"status":"paid","total":2500,"currency":"EUR","items":[{"sku":"book-1","quantity":2}],"charge":"ch-1"}`
)

var lines = []stock.Line{{SKU: "book-1", Quantity: 2}}

func send(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func open(t *testing.T, dir string) *book {
	t.Helper()
	b, err := openBook(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.close() }) // a test may have closed it
	return b
}

func TestPlace(t *testing.T) {
	refused := &call.Refusal{Status: 409, Code: "sold_out", Message: "book-1: 1 left"}
	declined := &call.Refusal{Status: 402, Code: "card_declined", Message: "declined"}
	held := stock.Reservation{ID: "res-1", Total: 2500, Currency: "EUR"}
	bill := payments.Bill{Amount: 2500, Currency: "EUR", Card: "4242424242424242"}
	for _, test := range []struct {
		reason string
		expect func(*mocks.Warehouse, *mocks.Till, *book)
		status int
		want   string // part of the body
	}{
		{"reserved, charged, written down", func(w *mocks.Warehouse, c *mocks.Till, _ *book) {
			w.EXPECT().Reserve(mock.Anything, lines).Return(held, nil).Once()
			c.EXPECT().Charge(mock.Anything, bill).Return(payments.Charge{ID: "ch-1"}, nil).Once()
		}, 201, paidJSON},
		{"without goods no charge", func(w *mocks.Warehouse, _ *mocks.Till, _ *book) {
			w.EXPECT().Reserve(mock.Anything, lines).Return(stock.Reservation{}, refused).Once()
		}, 409, "sold_out"},
		{"without money the goods go back", func(w *mocks.Warehouse, c *mocks.Till, _ *book) {
			w.EXPECT().Reserve(mock.Anything, lines).Return(held, nil).Once()
			c.EXPECT().Charge(mock.Anything, bill).Return(payments.Charge{}, declined).Once()
			w.EXPECT().Release(mock.Anything, "res-1").Return(nil).Once()
		}, 402, "card_declined"},
		{"when payments is away the goods go back too", func(w *mocks.Warehouse, c *mocks.Till, _ *book) {
			w.EXPECT().Reserve(mock.Anything, lines).Return(held, nil).Once()
			c.EXPECT().Charge(mock.Anything, bill).Return(payments.Charge{}, fmt.Errorf("%w: refused", call.ErrUpstream)).Once()
			w.EXPECT().Release(mock.Anything, "res-1").Return(errors.New("and so is stock")).Once()
		}, 502, "and so is stock"},
		{"when the database is away so do they", func(w *mocks.Warehouse, c *mocks.Till, b *book) {
			w.EXPECT().Reserve(mock.Anything, lines).Return(held, nil).Once()
			c.EXPECT().Charge(mock.Anything, bill).Return(payments.Charge{ID: "ch-1"}, nil).Once()
			w.EXPECT().Release(mock.Anything, "res-1").Return(nil).Once()
			_ = b.close()
		}, 500, "database is closed"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, c, b := mocks.NewWarehouse(t), mocks.NewTill(t), open(t, "")
			test.expect(w, c, b)
			routes := (&desk{warehouse: w, till: c, book: b}).routes()
			answer := send(routes, "POST", "/orders", cartJSON)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Fatalf("%d %s, wanted %d with %s", answer.Code, answer.Body, test.status, test.want)
			}
			if test.status != http.StatusCreated {
				return
			}
			found := send(routes, "GET", answer.Header().Get("Location"), "")
			if diff := cmp.Diff(answer.Body.String(), found.Body.String()); diff != "" {
				t.Errorf("order (-placed +found):\n%s", diff)
			}
		})
	}
}

func TestOrders(t *testing.T) {
	b := open(t, "")
	if set := send(b.states(), "POST", "/", `{"state":"order 42 exists","params":{"id":42}}`); set.Body.String() != "{\"id\":42}\n" {
		t.Fatalf("set up: %d %s", set.Code, set.Body)
	}
	for _, test := range []struct {
		reason, method, path, body string
		status                     int
		want                       string
	}{
		{"an order", "GET", "/orders/42", "", 200, `{"id":42,"status":"paid","total":2500,"currency":"EUR","items":[{"sku":"book-1","quantity":2}],"charge":"ch-42"}`},
		{"no such order", "GET", "/orders/43", "", 404, "unknown_order"},
		{"not a number", "GET", "/orders/x", "", 400, "not a number"},
		{"no JSON", "POST", "/orders", "?", 400, "bad_request"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			answer := send((&desk{book: b}).routes(), test.method, test.path, test.body)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("%d %s, wanted %d with %s", answer.Code, answer.Body, test.status, test.want)
			}
		})
	}
}

func TestBookOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	want := order{Status: "paid", Total: 990, Currency: "EUR", Charge: "ch-1", Items: []stock.Line{{SKU: "book-2", Quantity: 1}, {SKU: "book-1", Quantity: 3}}}
	want, err := first.add(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	want.Status = "sent"
	if want, err = first.add(t.Context(), want); err != nil { // in place of what was there
		t.Fatal(err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	got, ok, err := open(t, dir).find(t.Context(), want.ID)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestOpenBookNamesTheFile(t *testing.T) {
	_, err := openBook(context.Background(), "/nowhere/at/all")
	if err == nil || !strings.Contains(err.Error(), "/nowhere/at/all/orders.db") {
		t.Errorf("error %v", err)
	}
}
