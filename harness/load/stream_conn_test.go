package load

import (
	"net"
	"syscall"
	"testing"
	"time"
)

// A sink is a connection that takes everything and says nothing.
type sink struct {
	net.Conn
	closed bool
}

func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

func (s *sink) Close() error {
	s.closed = true
	return nil
}

// greedy takes at once all that is offered to its pipe.
type greedy struct {
	syscall.RawConn
	pipe *pipe
}

func (g *greedy) Write(func(fd uintptr) bool) error {
	g.pipe.taken = len(g.pipe.offer)
	return nil
}

// aConn is a connection of the closed model at work with so many streams,
// whose peer is played by hand: what it says goes to take.
func aConn(t testing.TB, streams int, request Request) *streamConn {
	t.Helper()
	request.URL = "http://127.0.0.1:1/a/b"
	return connOf(t, Job{Connections: 1, Streams: streams, For: time.Hour, Protocol: "h2c", Requests: []Request{request}}, false)
}

// connOf is the same of a job, over HTTP/1.1 where it is plain.
func connOf(t testing.TB, job Job, plain bool) *streamConn {
	t.Helper()
	job.complete()
	r := &runner{job: &job, start: time.Now()}
	if err := r.compile(); err != nil {
		t.Fatal(err)
	}
	r.tapes = []*tape{r.newTape()}
	s, err := newStreamSender(r, plain)
	if err != nil {
		t.Fatal(err)
	}
	s.began.Store(true)
	c := newStreamConn(s, 0)
	s.conns = []*streamConn{c}
	p := newPipe(&sink{}, func() {})
	p.raw = &greedy{pipe: p} // nobody but the test touches the connection
	c.greet(p, p)
	t.Cleanup(func() { _ = p.Close() })
	return c
}

func settingsFrame() []byte { return appendFrame(nil, frame{kind: frameSettings}) }

func TestARequestOverHTTP2AllocatesNothing(t *testing.T) {
	answers := []byte{}
	for _, part := range []frame{
		{frameHeaders, flagEndHeaders, 0, []byte{0x88}}, // :status 200, as the static table has it
		{frameData, 0, 0, append([]byte{0, 0, 0, 0, 7}, "hello, "...)},
		{frameHeaders, flagEndHeaders | flagEndStream, 0, nil},
	} {
		answers = appendFrame(answers, part)
	}
	for name, request := range map[string]Request{"plain": {}, "with a body": {Method: "PUT", Body: make([]byte, 1000)}} {
		c := aConn(t, 50, request)
		if _, err := c.take(settingsFrame()); err != nil || c.flying != 50 {
			t.Fatalf("%s: %d streams, %v", name, c.flying, err)
		}
		window := appendNumber(nil, frameWindow, 0, 1024)
		one := func() {
			id := c.order.oldest.id
			for at := 0; at < len(answers); at += frameHead + int(answers[at+1])<<8 + int(answers[at+2]) {
				answers[at+5], answers[at+6], answers[at+7], answers[at+8] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
			}
			if _, err := c.take(window); err != nil {
				t.Fatal(err)
			}
			if used, err := c.take(answers); err != nil || used != len(answers) {
				t.Fatal(used, err)
			}
		}
		for range 500 {
			one()
		}
		if allocations := testing.AllocsPerRun(20, func() {
			for range 100 {
				one()
			}
		}); allocations >= 1 {
			t.Errorf("%s: %.1f allocations in 100 requests", name, allocations)
		}
		if tape := c.tape; tape.requests < 2000 || tape.errors > 0 || c.flying != 50 {
			t.Errorf("%s: %d requests, %v, %d in flight", name, tape.requests, tape.classes, c.flying)
		}
	}
}

// sound says what is wrong with the books of a connection; "" for nothing.
func (c *streamConn) sound() string {
	n, held := 0, 0
	for st := c.order.oldest; st != nil; st = st.next {
		n++
		if c.find(st.id) != st {
			return "a stream that runs is not in the table"
		}
	}
	for _, st := range c.table {
		if st != nil {
			held++
		}
	}
	queued := 0
	for st := c.queue.oldest; st != nil; st = st.next {
		queued++
	}
	switch {
	case n != c.flying || held != n || c.taken != n+queued:
		return "the streams are miscounted"
	case len(c.block) > mostHeader+leastFrame:
		return "too much of a header is kept"
	case len(c.free) > 2*c.s.streams || len(c.stuck) > n:
		return "streams are kept that are over"
	}
	return ""
}

// FuzzFrames: whatever a peer says after its settings, in pieces of any size,
// the books stay in order and what is kept stays bounded.
func FuzzFrames(f *testing.F) {
	seed := func(frames ...frame) {
		var b []byte
		for _, one := range frames {
			b = appendFrame(b, one)
		}
		f.Add(b, 7, false)
		f.Add(b, 1000, true)
	}
	ok := block(":status", "200", "content-type", "application/grpc")
	seed(frame{frameHeaders, flagEndHeaders | flagEndStream, 1, []byte{0x88}}, frame{frameHeaders, flagEndHeaders | flagEndStream, 3, block(":status", "404")})
	seed(frame{frameHeaders, flagEndHeaders, 1, ok}, frame{frameData, flagPadded, 1, []byte{1, 0, 0, 0, 0, 0, 0}}, frame{frameHeaders, flagEndHeaders | flagEndStream, 1, block("grpc-status", "5", "grpc-message", "no%20tea")})
	seed(frame{frameSettings, 0, 0, []byte{0, 4, 0, 0, 0, 9, 0, 3, 0, 0, 0, 1}}, frame{frameWindow, 0, 0, []byte{0, 0, 1, 0}}, frame{frameWindow, 0, 3, []byte{0, 0, 1, 0}})
	seed(frame{frameReset, 0, 5, []byte{0, 0, 0, 7}}, frame{framePing, 0, 0, make([]byte, 8)}, frame{frameGoAway, 0, 0, []byte{0, 0, 0, 3, 0, 0, 0, 0}})
	seed(frame{frameHeaders, flagPriority, 1, append(make([]byte, 5), 0x88)}, frame{frameContinuation, flagEndHeaders, 1, block("x", "y")}, frame{frameData, flagEndStream, 1, []byte("x")})
	f.Fuzz(func(t *testing.T, data []byte, piece int, grpc bool) {
		request := Request{Method: "PUT", Body: make([]byte, 100)}
		if grpc {
			request = Request{GRPC: &GRPC{Messages: [][]byte{make([]byte, 100)}}}
		}
		c := aConn(t, 4, request)
		if _, err := c.take(settingsFrame()); err != nil {
			t.Fatal(err)
		}
		piece = max(piece, 1)%5000 + 1
		for at, end := 0, 0; end < len(data); {
			end = min(end+piece, len(data))
			used, err := c.take(data[at:end])
			if at += used; err != nil {
				break
			}
			if wrong := c.sound(); wrong != "" {
				t.Fatal(wrong)
			}
			if end-at > frameHead+leastFrame {
				t.Fatalf("%d bytes wait for the rest of a frame", end-at)
			}
		}
		if done := c.tape.requests; done > int64(len(data)/frameHead)+4 {
			t.Fatalf("%d outcomes of %d bytes", done, len(data))
		}
	})
}
