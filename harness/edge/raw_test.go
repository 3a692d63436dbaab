package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

func rawEdge(c *Config) { c.Raw = true; c.Phase = Drive; c.Hold = 20 * time.Millisecond }

func TestRawBytesPassUntouched(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		n, _ := io.Copy(c, r) // until the consumer's half is closed
		_, _ = c.Write([]byte{byte(n)})
	})
	r := startEdge(t, to, rawEdge)
	if got := r.URL(); got != "tcp://"+r.Addr() {
		t.Errorf("URL() = %s", got)
	}
	c := r.dialRaw(t)
	const sent = "GET / HTTP/1.1\r\n folded\r\nContent-Length: x\r\n\x00\xff"
	if _, err := io.WriteString(c, sent); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if want := sent + string(byte(len(sent))); string(got) != want || err != nil {
		t.Errorf("read %q, %v, want %q", got, err, want)
	}
	eventually(t, "the connection was observed", func() bool { return r.Stats().Ended == 1 })
	x, span := r.only(t)
	if !x.Raw || x.Method != "" || x.Status != 0 || x.Fault != "" || x.Phase != Drive || x.RequestBytes != int64(len(sent)) || x.ResponseBytes != int64(len(sent)+1) {
		t.Errorf("observed %+v", x)
	}
	if span.Name != "tcp" || span.Kind != trace.Server || span.Service() != "b" || !span.IsEdge() || span.ID != x.Span || span.Trace != x.Trace {
		t.Errorf("span %+v", span)
	}
	if got := span.Attr(attrTransport).AsString(); got != "tcp" {
		t.Errorf("network.transport = %q", got)
	}
	if got := r.begun[0].Span; got != x.Span {
		t.Error("begin and end tell of different connections")
	}
}

func TestRawConnectionsThatFail(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	tests := []struct {
		to, fault, reason string
		edit              func(*rig)
	}{
		{"http://" + dead.Addr().String(), faultRefused, "nobody listens", nil},
		{"", faultUnready, "never ready", nil},
		{"", faultDied, "died", func(r *rig) { r.Fail("x") }},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := startEdge(t, test.to, rawEdge)
			if test.edit != nil {
				test.edit(r)
			}
			c, err := net.Dial("tcp", r.Addr()) // may learn of the reset already
			if err == nil {
				defer c.Close()
				_, err = c.Read(make([]byte, 1))
			}
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("read %v, want a reset", err)
			}
			eventually(t, "the connection was observed", func() bool { return r.Stats().Ended == 1 })
			x, span := r.only(t)
			if x.Fault != test.fault || span.Code != trace.Error || span.Message == "" {
				t.Errorf("observed fault %q, span %d %q", x.Fault, span.Code, span.Message)
			}
		})
	}
}

// TestRawConnectionsAreHeldSettledAndCut goes through the life of a pool's connection.
func TestRawConnectionsAreHeldSettledAndCut(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) { _, _ = io.Copy(c, r) }) // until the edge closes
	r := startEdge(t, "", func(c *Config) { c.Raw = true })
	c := r.dialRaw(t)
	eventually(t, "the connection is held", func() bool { return r.Stats().Held == 1 })
	r.Forward(parse(t, to))
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := r.Settle(t.Context()); err != nil {
		t.Errorf("Settle = %v, want not to wait for a connection that stays", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
	if got := r.Stats(); got.Ended != 1 {
		t.Errorf("Close returned before the connection was observed")
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
