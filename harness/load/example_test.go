package load_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seamtest/seam/harness/load"
)

// A service under load from a Go test or program.
func ExampleRun() {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	summary, err := load.Run(context.Background(), load.Job{
		Rate: 100, For: 500 * time.Millisecond, Requests: []load.Request{{URL: server.URL}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(summary.Requests, "requests,", summary.Errors, "errors, a p99 below a minute:", summary.Latency.P99 < time.Minute)
	// Output: 50 requests, 0 errors, a p99 below a minute: true
}
