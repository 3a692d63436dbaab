package mocks

import (
	"errors"
	"log"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// Front answers plain requests on the listener itself, at some half of what
// net/http costs. A connection on which anything else comes is accepted from
// the returned listener, with all that was read of it: serve the stub there.
// Its Close returns when no goroutine is left, and may be called again.
func (s *Stub) Front(listener net.Listener) net.Listener {
	f := &front{Listener: listener, stub: s, passed: make(chan accepted), over: make(chan struct{}), open: map[net.Conn]bool{}}
	f.work.Go(f.accept)
	return f
}

type front struct {
	net.Listener
	stub   *Stub
	passed chan accepted
	over   chan struct{} // closed by Close
	work   sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool // guarded by mu; nil once closed
}

type accepted struct {
	conn net.Conn
	err  error
}

// Accept returns connections that need net/http.
func (f *front) Accept() (net.Conn, error) {
	select {
	case a := <-f.passed:
		return a.conn, a.err
	case <-f.over:
		return nil, net.ErrClosed
	}
}

func (f *front) pass(conn net.Conn, err error) bool {
	select {
	case f.passed <- accepted{conn, err}:
		return true
	case <-f.over:
		return false
	}
}

const (
	firstWord = 10 * time.Second // until a connection must have said something, as in net/http's server
	lastWord  = time.Second      // that an answer being written may take once the listener is closed
)

// Close ends the connections that wait for a request; those that were passed
// on are not its own any more.
func (f *front) Close() error {
	f.mu.Lock()
	open := f.open
	f.open = nil
	f.mu.Unlock()
	if open == nil {
		return nil
	}
	close(f.over)
	err := f.Listener.Close()
	for conn := range open {
		_ = conn.SetReadDeadline(time.Now()) // it may just have ended
		_ = conn.SetWriteDeadline(time.Now().Add(lastWord))
	}
	f.work.Wait()
	return err
}

func (f *front) accept() {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			if !f.pass(nil, err) || errors.Is(err, net.ErrClosed) {
				return
			}
			continue // who accepts from us decides whether to go on
		}
		if !f.keep(conn) {
			_ = conn.Close()
			return
		}
		f.work.Go(func() { f.converse(conn) })
	}
}

func (f *front) keep(conn net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		return false
	}
	f.open[conn] = true
	return true
}

func (f *front) leave(conn net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, conn)
}

const (
	plainSize = 4 << 10  // of the longest plain request, its body included
	saidSize  = 64 << 10 // answers are written when they are longer together
)

// converse answers until something comes that is not plain, or the end. A
// request that does not come whole at once is not plain.
func (f *front) converse(conn net.Conn) {
	defer func() {
		if why := recover(); why != nil {
			log.Printf("stub: answering %s: %v\n%s", conn.RemoteAddr(), why, debug.Stack())
			_ = conn.Close()
		}
		f.leave(conn)
	}()
	came := make([]byte, plainSize)
	for first := true; ; first = false {
		if first && !f.hurry(conn, time.Now().Add(firstWord)) {
			_ = conn.Close()
			return
		}
		n, err := conn.Read(came)
		if first {
			f.hurry(conn, time.Time{})
		}
		rest := came[:n]
		if err == nil {
			rest, err = f.say(conn, rest)
		}
		if len(rest) > 0 {
			f.leave(conn) // it is another's from now on
		}
		if err != nil || len(rest) > 0 && !f.pass(&resumed{Conn: conn, came: rest}, nil) {
			_ = conn.Close()
			return
		}
		if len(rest) > 0 {
			return
		}
	}
}

// hurry sets until when something must come; false once the listener is closed,
// whose own limit stays.
func (f *front) hurry(conn net.Conn, until time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		return false
	}
	_ = conn.SetReadDeadline(until) // it may just have ended
	return true
}

// say answers the plain requests at the beginning of rest and returns what
// comes after them.
func (f *front) say(conn net.Conn, rest []byte) ([]byte, error) {
	said := make([]byte, 0, 1024)
	for plain := true; plain && len(rest) > 0; {
		if said, rest, plain = f.answer(said, rest); len(said) < saidSize {
			continue
		}
		if _, err := conn.Write(said); err != nil {
			return nil, err
		}
		said = nil
	}
	if len(said) == 0 {
		return rest, nil
	}
	_, err := conn.Write(said)
	return rest, err
}

// answer appends what the stub says to the request at the beginning of came,
// where both are plain, and returns what comes after it.
func (f *front) answer(said, came []byte) (more, rest []byte, plain bool) {
	if s := f.stub; s.CORS || s.Latency > 0 || s.Jitter > 0 {
		return said, came, false // no answer is plain
	}
	start := time.Now()
	got, rest := parsePlain(came)
	if got == nil || f.stub.MaxBody > 0 && int64(len(got.Body.Content)) > f.stub.MaxBody {
		return said, came, false
	}
	r := f.stub.reply(got)
	if more, plain = r.appendPlain(said, start); !plain {
		return said, came, false
	}
	f.stub.count(got, r, start)
	return more, rest, true
}

// A resumed connection begins with what was read of it before.
type resumed struct {
	net.Conn
	came []byte
}

func (c *resumed) Read(p []byte) (int, error) {
	if len(c.came) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.came)
	c.came = c.came[n:]
	return n, nil
}
