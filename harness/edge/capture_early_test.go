package edge

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestABodyIsCapturedWhole: a provider that answers without reading the
// request's body leaves the edge to read it.
func TestABodyIsCapturedWhole(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r := startEdge(t, to, func(c *Config) { c.Capture = func(*Exchange) Capture { return Capture{Bodies: true} } })
	const calls = 50
	for range calls {
		response, err := client(t).Post(r.URL(), "text/plain", strings.NewReader("a short body"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	exchanges, _ := r.settled(t)
	for i := range exchanges {
		if body := exchanges[i].RequestBody(); string(body.Bytes) != "a short body" || body.Truncated {
			t.Errorf("captured %q, truncated %v", body.Bytes, body.Truncated)
		}
	}
	if len(exchanges) != calls {
		t.Errorf("%d exchanges", len(exchanges))
	}
}

func TestABodyThatNeverComesWholeIsMarked(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			fmt.Fprintf(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	r := startEdge(t, to, func(c *Config) { c.Capture = func(*Exchange) Capture { return Capture{Bodies: true} } })
	c := r.dialRaw(t)
	sent := "only this"
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n%s", sent)
	eventually(t, "the exchange is observed", func() bool { return r.Stats().Ended == 1 })
	x, _ := r.only(t)
	if body := x.RequestBody(); !body.Truncated || !strings.HasPrefix(sent, string(body.Bytes)) {
		t.Errorf("captured %q, truncated %v; want it marked as a part", body.Bytes, body.Truncated)
	}
}
