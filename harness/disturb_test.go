package harness

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
)

func TestInjectDisturbsAnEdgeUntilItIsRemoved(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(service.Close)
	h, err := Start(t.Context(), Config{Spec: &system.Spec{
		Name: "alone", Entry: system.Entry{Service: "web"},
		Services: []system.Service{
			{Name: "web", URL: service.URL, Calls: []system.Call{{Provider: "db", Protocol: "tcp"}}},
			{Name: "db", URL: service.URL},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(url string) (int, error) {
		response, err := client.Get(url)
		if err != nil {
			return 0, err
		}
		response.Body.Close()
		return response.StatusCode, nil
	}

	entry, db := h.Edge("", "web"), h.Edge("web", "db")
	injected, err := entry.Inject(Fault{Status: http.StatusServiceUnavailable, Path: "/orders/*"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/orders/7?a=b": 503, "/items": 200} {
		if status, err := ask(entry.URL() + path); status != want || err != nil {
			t.Errorf("%s under the fault: %d, %v, want %d", path, status, err, want)
		}
	}
	injected.Remove()
	if status, err := ask(entry.URL() + "/orders/7"); status != 200 || err != nil || injected.Strikes() != 1 {
		t.Errorf("after the fault: %d, %v, it struck %d", status, err, injected.Strikes())
	}
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	struck := 0
	for _, x := range entry.Exchanges() {
		if x.Injected == "status 503" && x.Fault == edge.FaultInjected {
			struck++
		}
	}
	if struck != 1 || entry.Seen() != 3 {
		t.Errorf("%d of %d exchanges bear the fault", struck, entry.Seen())
	}

	if _, err := db.Inject(Fault{Status: 503}); err == nil || !strings.Contains(err.Error(), "edge web->db") {
		t.Errorf("a status on an edge that nobody reads: %v", err)
	}
	if injected, err = db.Inject(Fault{Reset: true}); err != nil {
		t.Fatal(err)
	}
	atDB := strings.Replace(db.URL(), "tcp:", "http:", 1)
	if _, err := ask(atDB); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a raw edge under a reset: %v", err)
	}
	injected.Remove()
	if status, err := ask(atDB); status != 200 || err != nil {
		t.Errorf("a raw edge after it: %d, %v", status, err)
	}
}

// A service that answers wrongly because a fault struck a call of its own has
// not broken its contract; another that answers wrongly has.
func TestWhatAFaultLedToIsNotHeldAgainstContracts(t *testing.T) {
	h := running(t, "contracts: { pacts: ./*.json }\n")
	api, db := h.Edge("web", "api"), h.Edge("web", "db")
	if _, err := db.Inject(Fault{Status: http.StatusServiceUnavailable, Times: 1}); err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, trace := range []string{"0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"} {
		for _, e := range []*Edge{db, api} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+"/things/1", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Wrong", "yes")
			request.Header.Set("Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
			answer, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
		}
	}
	if err := h.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := api.Coverage(); c.Violating != 1 || c.Calls() != 1 {
		t.Errorf("%d of %d calls violating, want 1 of 1", c.Violating, c.Calls())
	}
}
