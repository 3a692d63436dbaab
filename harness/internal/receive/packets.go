package receive

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
)

// largestPacket is more than UDP carries over IPv4.
const largestPacket = 64 << 10

// packets reads Jaeger's agent protocol: emitBatch of agent.thrift in the
// compact protocol, one call to a packet.
type packets struct {
	conn   net.PacketConn
	marker []byte        // a packet of our own that shows how far the reader is
	passed chan struct{} // takes one for each marker that was read
	closed chan struct{}
	mu     sync.Mutex // one drain at a time

	missedAtEnd atomic.Uint64 // the kernel's count goes with the socket
}

// wantedBuffer is asked of the kernel for packets that wait to be read; it may
// grant less.
const wantedBuffer = 4 << 20

func (r *Receiver) openPackets() error {
	if r.config.UDP == "-" {
		return nil
	}
	conn, err := net.ListenPacket("udp", r.config.UDP)
	if err != nil {
		return cannotListen("udp "+r.config.UDP, err)
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		_ = udp.SetReadBuffer(wantedBuffer) // what overflows is counted
	}
	r.packets = &packets{
		conn: conn, marker: []byte("seam-marker-" + rand.Text()), passed: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	r.endpoints.UDP = conn.LocalAddr().String()
	r.running.Go(r.readPackets)
	return nil
}

func (r *Receiver) readPackets() {
	buffer := make([]byte, largestPacket)
	for {
		n, _, err := r.packets.conn.ReadFrom(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // such as a packet that an earlier answer bounced
		case bytes.Equal(buffer[:n], r.packets.marker):
			select {
			case r.packets.passed <- struct{}{}:
			default:
			}
		default:
			r.takePacket(buffer[:n])
		}
	}
}

func (r *Receiver) takePacket(body []byte) {
	held := &lease{of: &r.budget}
	defer held.release()
	b, err := decodePacket(body, held)
	if err == nil {
		_ = r.deliver(JaegerUDP, b) // counted there; nobody waits for an answer
		return
	}
	r.stats.refuse(JaegerUDP, refused(err), 0)
}

func decodePacket(body []byte, l *lease) (batch, error) {
	ctx := context.Background()
	p := &guard{TProtocol: thrift.NewTCompactProtocolConf(inMemory(body), thriftLimits(body)), lease: l, left: len(body)}
	name, _, _, err := p.ReadMessageBegin(ctx)
	if err != nil {
		return batch{}, malformedThrift("Jaeger packet", err)
	}
	if name != "emitBatch" {
		return batch{}, malformed("Jaeger packet", fmt.Errorf("it calls %q, not emitBatch", clip(name)))
	}
	var args agent.AgentEmitBatchArgs
	if err := args.Read(ctx, p); err != nil {
		return batch{}, malformedThrift("Jaeger packet", err)
	}
	if args.Batch == nil {
		return batch{}, malformed("Jaeger packet", errors.New("it has no batch"))
	}
	return fromJaeger(args.Batch, l)
}

func clip(s string) string { return s[:min(len(s), 40)] }

// drain sends a packet of its own and waits until it was read: the kernel
// hands packets of one socket out in their order. It is sent again, as a full
// buffer may have dropped it.
func (p *packets) drain(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	conn, err := net.Dial("udp", p.conn.LocalAddr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	select {
	case <-p.passed: // of an earlier drain
	default:
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		_, _ = conn.Write(p.marker) // one that is lost is sent again
		select {
		case <-p.passed:
			return nil
		case <-p.closed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}

func (p *packets) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
	default:
		p.missedAtEnd.Store(p.missed())
		close(p.closed)
		p.conn.Close()
	}
}

// missed is what the kernel counts as dropped for this socket, in the last
// column of /proc/net/udp; 0 where there is no such file.
func (p *packets) missed() uint64 {
	select {
	case <-p.closed:
		return p.missedAtEnd.Load()
	default:
	}
	address, ok := p.conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return 0
	}
	table, err := os.ReadFile("/proc/net/udp")
	if ip4 := address.IP.To4(); ip4 == nil {
		table, err = os.ReadFile("/proc/net/udp6")
	}
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		var drops uint64
		if len(fields) < 13 || !strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", address.Port)) {
			continue
		}
		if _, err := fmt.Sscan(fields[len(fields)-1], &drops); err == nil {
			return drops
		}
	}
	return 0
}
