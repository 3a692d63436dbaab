package wrap_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seamtest/seam/harness/wrap"
)

// A service wraps what it serves and what it calls with, and shuts telemetry
// down last.
func Example() {
	ctx := context.Background()
	telemetry, err := wrap.Start(ctx, wrap.Config{Service: "books"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := telemetry.Shutdown(ctx); err != nil {
			fmt.Println(err)
		}
	}()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /books/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "book ", r.PathValue("id"))
	})
	server := httptest.NewServer(wrap.Handler(mux))
	defer server.Close()

	answer, err := wrap.Client(server.Client()).Get(server.URL + "/books/7")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	// Output: 200 OK
}

// A service that still uses Jaeger's old client only changes where its tracer
// comes from.
func ExampleJaeger() {
	tracer, closer, err := wrap.Jaeger("payments")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer closer.Close()
	span := tracer.StartSpan("charge")
	span.Finish()
}
