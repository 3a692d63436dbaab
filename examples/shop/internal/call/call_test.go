package call

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDo(t *testing.T) {
	type order struct {
		ID int `json:"id"`
	}
	for _, test := range []struct {
		reason  string
		status  int
		body    string
		want    order
		refusal *Refusal
		err     string
	}{
		{reason: "an answer is decoded", status: 200, body: `{"id":7,"more":true}`, want: order{7}},
		{reason: "any 2xx will do", status: 201, body: `{"id":7}`, want: order{7}},
		{reason: "a refusal keeps its code", status: 409, body: `{"error":"sold_out","message":"none left"}`, refusal: &Refusal{409, "sold_out", "none left"}},
		{reason: "a refusal that is not JSON", status: 404, body: "page not found", err: "answered 404"},
		{reason: "the provider failed", status: 503, body: `{"error":"x"}`, err: "answered 503"},
		{reason: "a field of the wrong type", status: 200, body: `{"id":"7"}`, err: "POST /orders: no usable answer: decode the answer"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent, _ := io.ReadAll(r.Body)
				if string(sent) != `{"id":1}` || r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("sent %s as %s", sent, r.Header.Get("Content-Type"))
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer server.Close()
			var got order
			err := Base{URL: server.URL}.Do(t.Context(), "POST /orders", order{1}, &got)
			var refusal *Refusal
			errors.As(err, &refusal)
			if diff := cmp.Diff(test.refusal, refusal); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
			if refusal == nil && (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, wanted %q", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromEnv(t *testing.T) {
	for _, test := range []struct{ reason, value, want string }{
		{"a base URL", "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"a slash at the end is not doubled", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
		{"nothing is set", "", ""},
		{"an address is no URL", "127.0.0.1:8080", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			base, err := FromEnv(func(string) string { return test.value }, "ORDERS_URL", true)
			if base.URL != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%q, %v", base.URL, err)
			}
			if err != nil && !strings.Contains(err.Error(), "ORDERS_URL") {
				t.Errorf("%v does not name the variable", err)
			}
		})
	}
}
