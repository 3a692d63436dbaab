package harness

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seamtest/seam/harness/system"
)

// TestAStreamFromElsewhereDoesNotHoldUpTheStop has a service that seam does not
// end, and whose answer does not end either.
func TestAStreamFromElsewhereDoesNotHoldUpTheStop(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "data: 1\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(elsewhere.Close)
	s := &sayer{text: "edge entry->feed: calls that were still open after 2s are broken off", heard: make(chan struct{})}
	h, err := Start(t.Context(), Config{
		Spec:     &system.Spec{Name: "stream", Services: []system.Service{{Name: "feed", URL: elsewhere.URL}}, Entry: system.Entry{Service: "feed"}},
		Progress: s.say,
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(h.Entry())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	defer cancel() // and no deadline: the stop ends by itself
	if err := h.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	select {
	case <-s.heard:
	default:
		t.Errorf("said %q", s.said)
	}
}
