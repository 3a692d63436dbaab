package check

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seamtest/seam/harness/system"
)

func TestAStepSeesTheRedirectAndTheHostThatItAsksFor(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/old":
			http.Redirect(w, r, "/new", http.StatusFound)
		case r.Host != "shop.example" && r.URL.Path == "/":
			http.NotFound(w, r)
		}
	}))
	defer service.Close()
	for reason, want := range map[string]*system.Request{
		"a redirect that is asked for": {Method: "GET", Path: "/old", Status: http.StatusFound},
		"one that is followed":         {Method: "GET", Path: "/old", Status: http.StatusOK},
		"a host":                       {Method: "GET", Path: "/", Status: http.StatusOK, Headers: map[string]string{"host": "shop.example"}},
	} {
		if wrong := send(t.Context(), service.URL, want); wrong != "" {
			t.Errorf("%s: %s", reason, wrong)
		}
	}
}
