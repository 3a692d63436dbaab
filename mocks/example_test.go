package mocks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/mocks"
)

// orders is what a consumer needs of the service orders.
func orders() *contracts.Pact {
	return &contracts.Pact{
		Consumer: "web", Provider: "orders", Version: contracts.V4,
		Interactions: []contracts.Interaction{{
			Description: "an order",
			States:      []contracts.State{{Name: "order 7 exists"}},
			Request:     &contracts.Request{Method: http.MethodGet, Path: "/orders/7"},
			Response: &contracts.Response{
				Status: http.StatusOK, Headers: map[string][]string{"Content-Type": {"application/json"}},
				Body:  contracts.NewBody([]byte(`{"id": 7}`), "application/json"),
				Rules: contracts.Rules{"body": {"$.id": {Rules: []contracts.Rule{{Match: "integer"}}}}},
			},
		}},
	}
}

// A Stub is an http.Handler that plays a provider. In a test, Serve listens
// and stops by itself.
func ExampleNew() {
	stub, err := mocks.New(orders())
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(stub)
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/orders/7")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, string(body), err)
	// Output: 200 {"id": 7} <nil>
}

// A Mock tells what a consumer did not do as its pact says. In a test, Record
// listens, fails the test for each fault, and saves the pact.
func ExampleMock() {
	mock, err := mocks.NewMock(orders())
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(mock)
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/orders/8")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	for _, fault := range mock.Faults() {
		fmt.Println(fault)
	}
	// Output:
	// unexpected request GET /orders/8: no interaction has this method and path
	// "an order" (GET /orders/7) given "order 7 exists" was never asked for
}

// Save writes what a consumer relies on where its providers can find it.
func ExampleSave() {
	dir, err := os.MkdirTemp("", "pacts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, err := mocks.Save(dir, orders())
	fmt.Println(path[len(dir)+1:], err)
	// Output: web-orders.json <nil>
}
