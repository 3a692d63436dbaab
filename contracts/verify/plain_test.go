package verify_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts/verify"
)

// TestAProviderThatCannotBeUnderstood holds the messages to say what happened
// in words of the network's user, and what to do.
func TestAProviderThatCannotBeUnderstood(t *testing.T) {
	breaks := func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, strings.ReplaceAll(r.Header.Get("X-Begin"), "|", "\r\n"))
		_ = conn.Close()
	}
	plain := httptest.NewServer(http.HandlerFunc(breaks))
	t.Cleanup(plain.Close)
	safe := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	safe.Config.ErrorLog = log.New(io.Discard, "", 0)
	safe.StartTLS()
	t.Cleanup(safe.Close)
	for _, c := range []struct{ name, url, begin, want string }{
		{"nothing comes", plain.URL, "", "/orders/1: the connection was closed without an answer; try: "},
		{"it breaks off", plain.URL, "HTTP/1.1 200 OK|Content-Length: 100||{", "/orders/1: the answer ended before it was whole; try: "},
		{"a certificate of its own", safe.URL, "", "its certificate is signed by nobody who is trusted here; try: name the file of the certificate that signed it in SSL_CERT_FILE"},
		{"https where there is none", strings.Replace(plain.URL, "http:", "https:", 1), "", "it does not speak https; try: http://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := verify.Config{Provider: mustURL(t, c.url), Header: http.Header{"X-Begin": {c.begin}}}
			result := only(t, parse(t, "3.0.0", `{"description": "d", "request": {"method": "POST", "path": "/orders/1"}, "response": {"status": 200}}`), cfg)
			if !strings.Contains(result.Err, c.want) {
				t.Errorf("error %q does not say %q", result.Err, c.want)
			}
		})
	}
}
