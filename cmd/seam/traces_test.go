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

// TestAPageThatHadToMoveSaysHowItsTracesAreListed; one that was chosen does not move.
func TestAPageThatHadToMoveSaysHowItsTracesAreListed(t *testing.T) {
	if got := moved(defaultPage, "http://127.0.0.1:40001"); !strings.Contains(got, defaultPage+" is taken") || !strings.HasSuffix(got, "seam traces --page 127.0.0.1:40001\n") {
		t.Errorf("said %q", got)
	}
	for wanted, page := range map[string]string{defaultPage: "http://" + defaultPage, "127.0.0.1:0": "http://127.0.0.1:40001"} {
		if got := moved(wanted, page); got != "" {
			t.Errorf("wanted at %s, and at %s: said %q", wanted, page, got)
		}
	}
}
