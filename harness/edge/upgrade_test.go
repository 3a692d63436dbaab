package edge

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestUpgradeIsATunnel(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		head := readHead(r)
		if !strings.Contains(head, "\r\nConnection: Upgrade\r\n") || !strings.Contains(head, "\r\nUpgrade: echo\r\n") {
			t.Errorf("the provider was sent %q", head)
		}
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nready ") // the consumer notices
		_, _ = io.Copy(c, r)                                                                                               // the same
		_, _ = io.WriteString(c, " bye")                                                                                   // after the consumer's half was closed
	})
	r := startEdge(t, to, nil)
	c := r.dialRaw(t)
	if _, err := io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\nGET / "); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(c)
	head := readHead(br)
	if !strings.HasPrefix(head, "HTTP/1.1 101 Switching Protocols\r\n") || !strings.Contains(head, "Upgrade: echo\r\n") {
		t.Fatalf("read %q", head)
	}
	if _, err := io.WriteString(c, "HTTP/1.0\n \x00raw"); err != nil {
		t.Fatal(err)
	}
	r.settled(t) // does not wait for a tunnel
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(br)
	if want := "ready GET / HTTP/1.0\n \x00raw bye"; string(rest) != want || err != nil {
		t.Errorf("read %q, %v, want %q", rest, err, want)
	}
	eventually(t, "the tunnel's end is observed", func() bool { return r.Stats().Ended == 1 })
	x, _ := r.only(t)
	if x.Status != 101 || x.Fault != "" || x.RequestBytes != 20 || x.ResponseBytes != 30 {
		t.Errorf("observed %d, fault %q, %d and %d bytes", x.Status, x.Fault, x.RequestBytes, x.ResponseBytes)
	}
}

func TestUnaskedUpgradeIsRefused(t *testing.T) {
	to, _ := answering(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
	r := startEdge(t, to, nil)
	if response, _ := get(t, client(t), r.URL()); response.StatusCode != http.StatusBadGateway {
		t.Errorf("answered %d", response.StatusCode)
	}
	if x, _ := r.only(t); x.Fault != faultResponse || x.Status != 0 {
		t.Errorf("observed %d, fault %q", x.Status, x.Fault)
	}
}
