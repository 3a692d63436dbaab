package load

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

// A peer writes frames by hand.
type peer struct{ net.Conn }

func (p peer) frame(kind frameKind, flags byte, stream uint32, payload []byte) bool {
	_, err := p.Write(appendFrame(nil, frame{kind, flags, stream, payload}))
	return err == nil
}

func (p peer) hello(settings ...uint32) bool {
	var b []byte
	for i := 0; i+1 < len(settings); i += 2 {
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, uint16(settings[i])), settings[i+1])
	}
	return p.frame(frameSettings, 0, 0, b)
}

// block is headers that no table remembers.
func block(fields ...string) []byte {
	var b []byte
	for i := 0; i+1 < len(fields); i += 2 {
		b = appendString(appendString(append(b, 0), fields[i]), fields[i+1])
	}
	return b
}

func (p peer) ok(stream uint32) bool {
	return p.frame(frameHeaders, flagEndHeaders|flagEndStream, stream, block(":status", "200"))
}

// requests reads what the client sends and calls handle for each stream that
// it opens; it returns when the connection ends.
func (p peer) requests(handle func(stream uint32)) {
	buffer := make([]byte, len(preface))
	if _, err := io.ReadFull(p, buffer); err != nil || string(buffer) != preface {
		return
	}
	head := make([]byte, frameHead)
	for {
		if _, err := io.ReadFull(p, head); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, p, int64(head[0])<<16|int64(head[1])<<8|int64(head[2])); err != nil {
			return
		}
		if frameKind(head[3]) == frameHeaders {
			handle(binary.BigEndian.Uint32(head[5:]))
		}
	}
}

// h2Origin serves each connection with what serve does to it.
func h2Origin(t testing.TB, serve func(peer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			all.Go(func() {
				defer conn.Close()
				serve(peer{conn})
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return "http://" + listener.Addr().String()
}

// answering says hello and does the same to each request.
func answering(handle func(p peer, stream uint32)) func(peer) {
	return func(p peer) {
		p.hello()
		p.requests(func(stream uint32) { handle(p, stream) })
	}
}

// withBody answers with headers first, and with the body that then sends.
func withBody(then func(p peer, stream uint32)) func(peer) {
	return answering(func(p peer, stream uint32) {
		p.frame(frameHeaders, flagEndHeaders, stream, block(":status", "200"))
		then(p, stream)
	})
}

// bomb is headers that are small to send and large to read: one long field in
// the table, named again and again.
func bomb() []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	long := hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 3000)}
	for range 10_000 {
		_ = e.WriteField(long)
	}
	return b.Bytes()
}

func TestRudePeersOfHTTP2AreCountedByClass(t *testing.T) {
	big := make([]byte, leastFrame)
	small := bomb()
	for _, test := range []struct {
		reason, class string
		serve         func(peer)
	}{
		{"a plain answer", "", answering(func(p peer, s uint32) { p.ok(s) })},
		{"interim answers", "", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders, s, block(":status", "103", "link", "x"))
			p.ok(s)
		})},
		{"padding and priority", "", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagPadded|flagPriority, s, append(append([]byte{2, 0, 0, 0, 0, 1}, block(":status", "200")...), 0, 0))
			p.frame(frameData, flagEndStream|flagPadded, s, []byte{3, 'o', 'k', 0, 0, 0})
		})},
		{"headers in pieces", "", answering(func(p peer, s uint32) {
			b := block(":status", "200", "x", strings.Repeat("y", 100_000))
			p.frame(frameHeaders, flagEndStream, s, b[:3])
			for b = b[3:]; len(b) > leastFrame; b = b[leastFrame:] {
				p.frame(frameContinuation, 0, s, b[:leastFrame])
			}
			p.frame(frameContinuation, flagEndHeaders, s, b)
		})},
		{"trailers", "", withBody(func(p peer, s uint32) {
			p.frame(frameData, 0, s, []byte("ok"))
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block("x", "y"))
		})},
		{"pings and unknown frames", "", answering(func(p peer, s uint32) {
			p.frame(framePing, 0, 0, make([]byte, 8))
			p.frame(77, 0xff, 0, []byte("?"))
			p.frame(framePriority, 0, s, make([]byte, 5))
			p.ok(s)
		})},
		{"an error", "status", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "503"))
		})},
		{"a server of HTTP/1.1", "not-h2", func(p peer) {
			_, _ = io.WriteString(p, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.Copy(io.Discard, p)
		}},
		{"closed without an answer", "closed", answering(func(p peer, _ uint32) { _ = p.Conn.(*net.TCPConn).CloseWrite() })},
		{"no settings", "timeout", func(p peer) { p.requests(func(uint32) {}) }},
		{"silence after the settings", "timeout", answering(func(peer, uint32) {})},
		{"garbage", "protocol", func(p peer) {
			_, _ = p.Write(bytes.Repeat([]byte{0, 0, 1, 0xee, 0xee}, 100))
			_, _ = io.Copy(io.Discard, p)
		}},
		{"a huge frame", "protocol", answering(func(p peer, s uint32) { _, _ = p.Write([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, byte(s)}) })},
		{"a body without headers", "protocol", answering(func(p peer, s uint32) { p.frame(frameData, flagEndStream, s, []byte("x")) })},
		{"a stream that nobody opened", "protocol", answering(func(p peer, s uint32) { p.ok(s + 100) })},
		{"an even stream", "protocol", answering(func(p peer, s uint32) { p.ok(s + 1) })},
		{"a push", "protocol", answering(func(p peer, s uint32) { p.frame(framePush, flagEndHeaders, s, make([]byte, 4)) })},
		{"headers that are no HPACK", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		})},
		{"headers interrupted", "protocol", answering(func(p peer, s uint32) { p.frame(frameHeaders, 0, s, nil); p.frame(framePing, 0, 0, make([]byte, 8)) })},
		{"no status", "protocol", answering(func(p peer, s uint32) { p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block("x", "y")) })},
		{"a status that is none", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "2x0"))
		})},
		{"a status below none", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "-12"))
		})},
		{"a status with a sign", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "+12"))
		})},
		{"a pseudo header of requests", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "200", ":path", "/"))
		})},
		{"two statuses", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "200", ":status", "200"))
		})},
		{"a status in trailers", "protocol", withBody(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "200"))
		})},
		{"more padding than frame", "protocol", withBody(func(p peer, s uint32) { p.frame(frameData, flagEndStream|flagPadded, s, []byte{9, 'o', 'k'}) })},
		{"a padded frame without padding", "protocol", withBody(func(p peer, s uint32) { p.frame(frameData, flagEndStream|flagPadded, s, nil) })},
		{"nothing but padding", "", withBody(func(p peer, s uint32) {
			for range 100 {
				p.frame(frameData, flagPadded, s, append([]byte{255}, make([]byte, 255)...))
			}
			p.frame(frameData, flagEndStream, s, nil)
		})},
		{"endless padding", "timeout", withBody(func(p peer, s uint32) {
			for p.frame(frameData, flagPadded, s, append([]byte{255}, big[:255]...)) {
			}
		})},
		{"a table larger than ours", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, append([]byte{0x3f, 0xe2, 0x1f}, block(":status", "200")...)) // 4097 bytes
		})},
		{"a table that shrinks to nothing", "", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, append([]byte{0x20}, block(":status", "200")...))
		})},
		{"a number without end", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, append([]byte{0x3f}, bytes.Repeat([]byte{0xff}, 100)...))
		})},
		{"a switch of protocols", "protocol", answering(func(p peer, s uint32) { p.frame(frameHeaders, flagEndHeaders, s, block(":status", "101")) })},
		{"an interim answer that is the last", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "103"))
		})},
		{"a body after an interim answer", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders, s, block(":status", "103"))
			p.frame(frameData, flagEndStream, s, []byte("x"))
		})},
		{"windows of nothing", "protocol", answering(func(p peer, s uint32) { _, _ = p.Write(appendNumber(nil, frameWindow, s, 0)) })},
		{"an acknowledgement with a setting", "protocol", answering(func(p peer, _ uint32) { p.frame(frameSettings, flagAck, 0, make([]byte, 6)) })},
		{"half a setting", "protocol", answering(func(p peer, _ uint32) { p.frame(frameSettings, 0, 0, make([]byte, 5)) })},
		{"settings of a stream", "protocol", answering(func(p peer, s uint32) { p.frame(frameSettings, 0, s, nil) })},
		{"a window beyond all", "protocol", answering(func(p peer, _ uint32) { p.hello(settingWindow, 1<<31) })},
		{"frames of no size", "protocol", answering(func(p peer, _ uint32) { p.hello(settingFrame, 1) })},
		{"answers after their end", "", answering(func(p peer, s uint32) {
			p.ok(s)
			p.ok(s)
			p.frame(frameData, flagEndStream, s, []byte("more"))
			_, _ = p.Write(appendNumber(nil, frameReset, s, uint32(codeCancel)))
		})},
		{"a shorter body than was said", "protocol", answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", "200", "content-length", "5"))
		})},
		{"windows that overflow", "protocol", answering(func(p peer, _ uint32) {
			for p.Write(appendNumber(nil, frameWindow, 0, lastStream)); p.frame(frameWindow, 0, 0, []byte{0x7f, 0xff, 0xff, 0xff}); {
			}
		})},
		{"reset", "reset", answering(func(p peer, s uint32) { _, _ = p.Write(appendNumber(nil, frameReset, s, uint32(codeInternal))) })},
		{"refused", "refused-stream", answering(func(p peer, s uint32) { _, _ = p.Write(appendNumber(nil, frameReset, s, uint32(codeRefused))) })},
		{"gone with an error", "goaway", answering(func(p peer, s uint32) {
			_, _ = p.Write(appendFrame(nil, frame{kind: frameGoAway, payload: []byte{0, 0, 0, byte(s), 0, 0, 0, 2}}))
			p.Close()
		})},
		{"endless headers", "too-large", answering(func(p peer, s uint32) {
			for ok := p.frame(frameHeaders, 0, s, nil); ok; ok = p.frame(frameContinuation, 0, s, big) {
			}
		})},
		{"endless empty headers", "too-large", answering(func(p peer, s uint32) {
			for ok := p.frame(frameHeaders, 0, s, nil); ok; ok = p.frame(frameContinuation, 0, s, nil) {
			}
		})},
		{"a bomb of headers", "too-large", answering(func(p peer, s uint32) { p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, small) })},
		{"an endless body", "timeout", withBody(func(p peer, s uint32) {
			for p.frame(frameData, 0, s, big[:1]) { // within its window; empty frames would do as well
			}
		})},
		{"endless interim answers", "too-large", answering(func(p peer, s uint32) {
			for range 40 {
				p.frame(frameHeaders, flagEndHeaders, s, block(":status", "103", "link", string(big[:8000])))
			}
		})},
		{"a flood of settings", "timeout", answering(func(p peer, _ uint32) {
			for p.hello(settingWindow, 1<<20) {
			}
		})},
		{"a flood of pings", "timeout", answering(func(p peer, _ uint32) {
			for p.frame(framePing, 0, 0, make([]byte, 8)) {
			}
		})},
		{"no stream allowed", "timeout", func(p peer) { p.hello(settingStreams, 0); p.requests(func(uint32) {}) }},
	} {
		t.Run(test.reason, func(t *testing.T) {
			url := h2Origin(t, test.serve)
			for name, job := range map[string]Job{
				"open":   {Rate: 50, For: 200 * time.Millisecond},
				"closed": {Connections: 2, For: 100 * time.Millisecond},
			} {
				job.Timeout, job.Protocol, job.Requests = 250*time.Millisecond, "h2c", []Request{{URL: url}}
				if test.class != classTimeout {
					job.Timeout = 10 * time.Second
				}
				judgeRude(t, name, test.class, job)
			}
		})
	}
}

// A status that is none costs its request, whoever reads it, and not the run.
func TestAStatusThatIsNoneIsCountedAsNoHTTP(t *testing.T) {
	for _, status := range []string{"-12", "+12", "099", "1000", "99999", "-1"} {
		url := h2Origin(t, answering(func(p peer, s uint32) {
			p.frame(frameHeaders, flagEndHeaders|flagEndStream, s, block(":status", status))
		}))
		for reader, job := range map[string]Job{
			"own":      {Requests: []Request{{URL: url}}},
			"net/http": {Next: func(int) Request { return Request{URL: url} }},
			"flows":    {Flows: []Flow{{Steps: []Step{{Request: Request{URL: url}}}}}},
		} {
			job.Protocol, job.Rate, job.For, job.Timeout = "h2c", 50, 100*time.Millisecond, 30*time.Second
			s, err := Run(t.Context(), job)
			if err != nil {
				t.Fatalf("%s of %s: %v", reader, status, err)
			}
			if s.Requests != 5 || s.Classes[classProtocol] != 5 || len(s.Statuses) > 0 {
				t.Errorf("%s of %s: %d requests, %v, statuses %v", reader, status, s.Requests, s.Classes, s.Statuses)
			}
		}
	}
}

// A peer that leaves before it answers anything is not called again at once:
// however fast the machine, there are no more calls than rests fit into the time.
func TestAPeerThatOnlyLeavesIsLeftToRest(t *testing.T) {
	var calls atomic.Int64
	url := h2Origin(t, func(p peer) {
		calls.Add(1)
		p.hello()
		p.frame(frameGoAway, 0, 0, make([]byte, 8))
		p.requests(func(uint32) {})
	})
	begun := time.Now()
	job := Job{Connections: 2, For: 200 * time.Millisecond, Timeout: 200 * time.Millisecond, Protocol: "h2c", Requests: []Request{{URL: url}}}
	if _, err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if most := 2 * (int64(time.Since(begun)/restFor) + 1); calls.Load() == 0 || calls.Load() > most {
		t.Errorf("%d calls where %d may be", calls.Load(), most)
	}
}

// judgeRude holds a run to the class that its requests have to have, and runs
// it for longer where the machine was too busy to see one.
func judgeRude(t *testing.T, name, class string, job Job) {
	t.Helper()
	for {
		s, err := Run(t.Context(), job)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		others := s.Classes[classUnfinished]
		if class != classReset {
			others += s.Classes[classReset] // what else was in flight on a connection that ended
		}
		switch {
		case class == "" && s.Errors > 0, class != "" && s.Classes[class]+others != s.Requests:
			t.Errorf("%s: of %d requests %v", name, s.Requests, s.Classes)
		case s.Requests > 0 && (class == "" || others < s.Requests), job.Connections > 0 && class == classTimeout && s.Requests == 0:
		case job.For < 10*time.Second:
			job.For *= 4
			continue
		default:
			t.Errorf("%s: in %s only %d requests, %v", name, job.For, s.Requests, s.Classes)
		}
		return
	}
}
