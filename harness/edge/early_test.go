package edge

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// TestAnAnswerBeforeAResetPasses is what a provider does that refuses a body:
// it answers and closes while bytes come, for which the system sends a reset.
func TestAnAnswerBeforeAResetPasses(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig") // the consumer notices
	})
	r := startEdge(t, to, nil)
	const calls = 40
	for range calls {
		c := r.dialRaw(t)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n") // the answer counts
			_, _ = c.Write(make([]byte, 8<<20))                                                       // the same
		}()
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, response); response.StatusCode != http.StatusRequestEntityTooLarge || got != "big" {
			t.Fatalf("answered %d %q", response.StatusCode, got)
		}
		c.Close()
		<-sent
	}
	exchanges, _ := r.settled(t)
	for _, x := range exchanges {
		if x.Status != http.StatusRequestEntityTooLarge || x.Fault != "" {
			t.Errorf("observed %d, fault %q", x.Status, x.Fault)
		}
	}
}
