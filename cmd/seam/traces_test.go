package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTracesOfAnotherServerAreRefused asks servers that hold the page's
// address and are not seam, whatever they answer.
func TestTracesOfAnotherServerAreRefused(t *testing.T) {
	for reason, status := range map[string]int{"it answers": http.StatusOK, "it knows no such path": http.StatusNotFound} {
		t.Run(reason, func(t *testing.T) {
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				fmt.Fprintln(w, "<p>another server</p>")
			}))
			defer other.Close()
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"traces", "--page", other.URL}, &stdout, &stderr)
			if code != exitCouldNotRun || stdout.Len() > 0 {
				t.Errorf("left with %d and printed %q, want %d and nothing", code, &stdout, exitCouldNotRun)
			}
			for _, want := range []string{"is no page of seam", "give --page the address that `seam up` printed"} {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("said %q, want %q in it", &stderr, want)
				}
			}
		})
	}
}
