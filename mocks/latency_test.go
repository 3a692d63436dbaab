package mocks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seamtest/seam/mocks"
)

func stubOf(t *testing.T, interactions string) *mocks.Stub {
	t.Helper()
	stub, err := mocks.New(parse(t, interactions))
	if err != nil {
		t.Fatal(err)
	}
	return stub
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stub := stubOf(t, shop)
		stub.Latency, stub.Jitter, stub.Seed = 50*time.Millisecond, 100*time.Millisecond, 5
		took := map[time.Duration]bool{}
		for range 20 {
			start := time.Now()
			stub.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/orders?page=1", nil))
			d := time.Since(start)
			if d < 50*time.Millisecond || d >= 150*time.Millisecond {
				t.Fatalf("an answer took %s, want 50 ms to 150 ms", d)
			}
			took[d] = true
		}
		if len(took) < 10 {
			t.Errorf("only %d different times in 20 answers", len(took))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		stub.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/orders?page=1", nil))
		if d := time.Since(start); d > 2*time.Millisecond {
			t.Errorf("the stub waited %s for a caller that had gone", d)
		}
	})
}

const users = `
	{"description": "a user", "providerStates": [{"name": "user 1 exists"}], "request": {"method": "GET", "path": "/users/1"}, "response": {"status": 200}},
	{"description": "no user", "providerStates": [{"name": "user 1 is unknown"}], "request": {"method": "GET", "path": "/users/1"}, "response": {"status": 404}},
	{"description": "an odd user", "providerStates": [{"name": "user 1 exists"}, {"name": "it is Tuesday"}], "request": {"method": "GET", "path": "/users/1"}, "response": {"status": 418}}`

func TestARequestChoosesTheProviderState(t *testing.T) {
	tests := []struct {
		header, param string
		status        int
		reason        string
	}{
		{"", "", 200, "the first of equals answers"},
		{"user 1 is unknown", "", 404, "the header names a state"},
		{"", "user+1+is+unknown", 404, "the parameter names a state, and is not matched"},
		{"it is Tuesday", "", 418, "one of several states is enough"},
		{"", "it+is+Wednesday", 404, "no interaction has this state: a miss"},
	}
	for _, tt := range tests {
		stub := stubOf(t, users)
		stub.StateHeader, stub.StateParam = "X-Pact-State", "_state"
		target := "/users/1"
		if tt.param != "" {
			target += "?_state=" + tt.param
		}
		r := httptest.NewRequest(http.MethodGet, target, nil)
		if tt.header != "" {
			r.Header.Set("x-pact-state", tt.header)
		}
		w := httptest.NewRecorder()
		stub.ServeHTTP(w, r)
		if miss := w.Header().Get("X-Seam-Stub") != ""; w.Code != tt.status || miss != (tt.reason[:2] == "no") {
			t.Errorf("got %d %s, want %d: %s", w.Code, w.Body, tt.status, tt.reason)
		}
		if tt.reason[:2] == "no" && !strings.Contains(w.Body.String(), `no interaction has the provider state \"it is Wednesday\"`) {
			t.Errorf("the answer does not say that the state is unknown: %s", w.Body)
		}
	}
}
