package load

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// A pipe is a connection whose Write never waits: what the kernel does not
// take at once is kept and sent by a goroutine. So neither the clock nor the
// reader of answers is ever held up by a peer that does not read.
type pipe struct {
	net.Conn
	raw     syscall.RawConn // nil: the goroutine sends everything
	drained func()          // called when nothing is kept any more

	mu      sync.Mutex
	kept    []byte // guarded by mu
	spare   []byte // guarded by mu
	sending bool   // guarded by mu; the goroutine is about to write
	gone    error  // guarded by mu; why nothing can be sent
	backlog atomic.Int64

	wake  chan struct{}
	over  chan struct{}
	close sync.Once
	all   sync.WaitGroup

	offer []byte // guarded by mu, as all below: of one attempt
	taken int
	errno syscall.Errno
	try   func(fd uintptr) bool
}

func newPipe(conn net.Conn, drained func()) *pipe {
	p := &pipe{Conn: conn, drained: drained, wake: make(chan struct{}, 1), over: make(chan struct{})}
	if c, ok := conn.(syscall.Conn); ok {
		p.raw, _ = c.SyscallConn() // without it the goroutine sends everything
	}
	p.try = func(fd uintptr) bool {
		p.taken, p.errno = writeSome(fd, p.offer)
		return true
	}
	p.all.Go(p.drain)
	return p
}

// Write takes all of b. An error tells of an earlier one.
func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone != nil {
		return 0, p.gone
	}
	n := 0
	if len(p.kept) == 0 && !p.sending && p.raw != nil {
		n = p.attempt(b)
		if p.gone != nil {
			return n, p.gone
		}
	}
	if n < len(b) {
		p.kept = append(p.kept, b[n:]...)
		p.backlog.Store(int64(len(p.kept)))
		p.poke()
	}
	return len(b), nil
}

// poke has the goroutine look, and call drained.
func (p *pipe) poke() { notify(p.wake) }

// attempt writes what the kernel takes now; mu is held.
func (p *pipe) attempt(b []byte) int {
	p.offer, p.taken, p.errno = b, 0, 0
	err := p.raw.Write(p.try)
	p.offer = nil
	switch {
	case err != nil:
		p.gone = err
	case p.errno != 0 && p.errno != syscall.EAGAIN && p.errno != syscall.EINTR:
		p.gone = p.errno
	}
	return max(p.taken, 0)
}

// drain sends what was kept, until the pipe closes.
func (p *pipe) drain() {
	for {
		select {
		case <-p.over:
			return
		case <-p.wake:
		}
		for p.send() {
		}
		p.drained()
	}
}

// send writes out what is kept; false where there is nothing, or no way.
func (p *pipe) send() bool {
	p.mu.Lock()
	b := p.kept
	p.kept, p.spare = p.spare[:0], nil
	p.sending = len(b) > 0 && p.gone == nil
	again := p.sending
	p.mu.Unlock()
	var err error
	if again {
		_, err = p.Conn.Write(b)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare, p.sending = b[:0], false; cap(b) > 2*mostBacklog {
		p.spare = nil // of a large request
	}
	p.backlog.Store(int64(len(p.kept)))
	if err != nil {
		p.gone = err
	}
	return again && err == nil
}

// Close ends the connection and the goroutine; it returns when that has ended.
// It may be called more than once, but not by what drained does.
func (p *pipe) Close() error {
	err := p.hangUp()
	p.all.Wait()
	return err
}

// hangUp is Close for those who cannot wait.
func (p *pipe) hangUp() error {
	var err error
	p.close.Do(func() {
		close(p.over)
		err = p.Conn.Close()
	})
	return err
}
