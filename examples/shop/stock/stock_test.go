package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func call(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestRoutes(t *testing.T) {
	for _, test := range []struct {
		reason, method, path, body string
		status                     int
		want                       string // part of the body
	}{
		{"all items, in a fixed order", "GET", "/items", "", 200, `[{"sku":"book-1","title":"The Seams of Cloth","price":1250,"currency":"EUR","weight_kg":0.35,`},
		{"one item", "GET", "/items/book-3", "", 200, `{"sku":"book-3",`},
		{"an item that is not sold", "GET", "/items/book-99", "", 404, `"error":"unknown_item"`},
		{"two lines are reserved at their price", "POST", "/reservations", `{"items":[{"sku":"book-1","quantity":2},{"sku":"book-2","quantity":1}]}`, 201, `"total":3490,"currency":"EUR"`},
		{"more than there is", "POST", "/reservations", `{"items":[{"sku":"book-4","quantity":4}]}`, 409, `book-4: 3 left`},
		{"the same item twice is added up", "POST", "/reservations", `{"items":[{"sku":"book-4","quantity":2},{"sku":"book-4","quantity":2}]}`, 409, `book-4: 3 left`},
		{"an unknown item is as good as sold out", "POST", "/reservations", `{"items":[{"sku":"book-99","quantity":1}]}`, 409, `book-99: 0 left`},
		{"less than one", "POST", "/reservations", `{"items":[{"sku":"book-1","quantity":0}]}`, 400, "quantity 0 of book-1"},
		{"nothing at all", "POST", "/reservations", `{}`, 400, "none are asked for"},
		{"no JSON", "POST", "/reservations", `?`, 400, "bad_request"},
		{"a reservation that is not known", "DELETE", "/reservations/res-1", "", 404, "unknown_reservation"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s := newStore()
			if err := s.setAvailable("book-4", 3); err != nil {
				t.Fatal(err)
			}
			answer := call(routes(s), test.method, test.path, test.body)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("%d %s, wanted %d with %s", answer.Code, answer.Body, test.status, test.want)
			}
		})
	}
}

func TestReserveAndRelease(t *testing.T) {
	s := newStore()
	shelf := routes(s)
	if err := s.setAvailable("book-1", 5); err != nil {
		t.Fatal(err)
	}
	answer := call(shelf, "POST", "/reservations", `{"items":[{"sku":"book-1","quantity":2}]}`)
	var made reservation
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	if at := answer.Header().Get("Location"); at != "/reservations/"+made.ID {
		t.Errorf("Location %q", at)
	}
	available := []int{left(s)}
	codes := []int{}
	for range 2 { // once is enough: the second finds nothing to put back
		codes = append(codes, call(shelf, "DELETE", "/reservations/"+made.ID, "").Code)
		available = append(available, left(s))
	}
	if diff := cmp.Diff([]int{3, 5, 5}, available); diff != "" {
		t.Errorf("on the shelf (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{204, 404}, codes); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func left(s *store) int {
	item, _ := s.item("book-1")
	return item.Available
}

func TestNothingIsSoldTwice(t *testing.T) {
	s := newStore()
	if err := s.setAvailable("book-1", 10); err != nil {
		t.Fatal(err)
	}
	shelf := routes(s)
	codes := make([]int, 30)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			codes[i] = call(shelf, "POST", "/reservations", `{"items":[{"sku":"book-1","quantity":1}]}`).Code
		})
	}
	all.Wait()
	sold := 0
	for _, code := range codes {
		if code == http.StatusCreated {
			sold++
		}
	}
	if sold != 10 || left(s) != 0 {
		t.Errorf("%d sold and %d left, of 10", sold, left(s))
	}
}

func TestStates(t *testing.T) {
	for _, test := range []struct{ reason, state, params, method, path, want string }{
		{"some are left", "item book-1 has 5 left", `{"sku":"book-1","available":5}`, "GET", "/items/book-1", `"available":5`},
		{"none is left", "item book-2 is sold out", `{"sku":"book-2"}`, "GET", "/items/book-2", `"available":0`},
		{"there is a reservation", "a reservation exists", `{"id":"res-77"}`, "DELETE", "/reservations/res-77", ``},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s := newStore()
			body := fmt.Sprintf(`{"state":%q,"params":%s,"action":"setup"}`, test.state, test.params)
			if set := call(s.states(), "POST", "/", body); set.Code != http.StatusOK {
				t.Fatalf("set up: %d %s", set.Code, set.Body)
			}
			answer := call(routes(s), test.method, test.path, "")
			if answer.Code >= 300 || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("%d %s", answer.Code, answer.Body)
			}
		})
	}
	if set := call(newStore().states(), "POST", "/", `{"state":"item book-1 has 5 left","params":{"sku":"x"}}`); set.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown item: %d %s", set.Code, set.Body)
	}
}
