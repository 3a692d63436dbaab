package harness

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
)

// sayer collects what is said, and closes heard at the first that holds the text.
type sayer struct {
	text  string
	heard chan struct{}
	once  sync.Once

	mu   sync.Mutex
	said []string // guarded by mu
}

func (s *sayer) say(step string) {
	s.mu.Lock()
	s.said = append(s.said, step)
	s.mu.Unlock()
	if strings.Contains(step, s.text) {
		s.once.Do(func() { close(s.heard) })
	}
}

// publishTo runs a system that publishes to the endpoint, calls it once, waits, and stops it.
func publishTo(t *testing.T, endpoint string, s *sayer, wait func()) *Harness {
	t.Helper()
	service := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(service.Close)
	spec := &system.Spec{
		Name: "told", Services: []system.Service{{Name: "web", URL: service.URL}},
		Entry: system.Entry{Service: "web"}, Publish: []system.Publish{{OTLP: endpoint}},
	}
	h, err := Start(t.Context(), Config{Spec: spec, Phase: edge.Drive, Progress: s.say})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(h.Entry())
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	wait()
	if err := h.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	return h
}

func TestTheEndSaysThatItWaitsForAnEndpoint(t *testing.T) {
	s := &sayer{text: "to take the last span", heard: make(chan struct{})}
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the sender left
		select {
		case <-s.heard:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	h := publishTo(t, slow.URL, s, func() {})
	select {
	case <-s.heard:
	default:
		t.Errorf("said only %q", s.said)
	}
	if lost := h.Unpublished(); lost != nil {
		t.Errorf("lost: %q", lost)
	}
}

func TestSpansThatNoEndpointTookAreCounted(t *testing.T) {
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(busy.Close)
	endpoint := busy.URL
	s := &sayer{text: "publishing to " + endpoint + " fails: ", heard: make(chan struct{})}
	lost := publishTo(t, endpoint, s, func() { <-s.heard }).Unpublished()
	if len(lost) != 1 || !strings.HasPrefix(lost[0], "1 of 1 spans did not reach "+endpoint+": ") || !strings.Contains(lost[0], "503") {
		t.Errorf("lost: %q; said %q", lost, s.said)
	}
}
