//go:build amd64 || arm64

package load

import (
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seamtest/seam/harness/load/uring"
)

// A loop is one worker: it sends what is due, takes what has come, and sleeps
// in between, all in one goroutine. Nothing is handed from one goroutine to
// another, so nothing waits for a scheduler between due and sent.
type loop struct {
	r        *runner
	tape     *tape
	epoll    int
	ring     *uring.Ring // in place of epoll; nil: not here
	schedule Schedule    // of this worker: every of-th request, from first on
	first    int
	of       int
	most     int // connections
	to       syscall.Sockaddr
	wires    []*wire
	chance   rand.PCG
	high     uint64 // half of every trace id

	n      int           // the next request
	due    time.Duration // when it is due
	more   bool          // there is one
	dry    time.Duration // when a request last found no connection
	margin time.Duration // how much earlier than it must a wait ends

	conns   []*conn
	spare   []int32 // slots without a connection
	idle    []*conn
	resting []*conn // slots that wait before they connect again, the longest first
	oldest  *conn   // of those in flight, in the order of sending
	newest  *conn
	flying  int
	looks   atomic.Int64 // flying, for whoever looks on
	began   bool
	play    // of flows
	buffer  []byte
	events  []event
}

// A conn is one connection and the request that is in flight on it.
type conn struct {
	fd         int
	slot       int32
	generation int32
	state      connState
	prev, next *conn // in flight
	wire       *wire
	mark       mark
	rest       []byte // of the request, that the kernel did not take yet
	until      time.Duration
	parser     parser
	session    *session // whose request is in flight; nil: of no flow
	thinking   bool     // its user of the closed model waits for the next step
}

type connState uint8

const (
	unconnected connState = iota
	connecting
	ready
	busy
)

// How a loop waits.
const (
	leastMargin = 20 * time.Microsecond // it never trusts a sleep to end better than that
)

func newLoop(r *runner, first int) (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	l := &loop{
		r: r, tape: r.tapes[first], epoll: epoll, schedule: r.job.schedule(), first: first, of: len(r.tapes), n: first, to: r.address(),
		most: r.share(r.job.connections(), first), high: r.high, dry: -1, margin: leastMargin,
		buffer: make([]byte, 64<<10), events: make([]event, 64), play: r.newPlay(first),
	}
	l.chance.Seed(rand.Uint64(), rand.Uint64())
	for i := range r.job.Requests {
		w, err := newWire(&r.job.Requests[i])
		if err != nil {
			_ = syscall.Close(epoll)
			return nil, err
		}
		if r.job.Judge != nil {
			w.looked, w.needs = true, needs{true, true}
		}
		l.wires = append(l.wires, w)
	}
	for slot := range l.most {
		l.conns = append(l.conns, nil)
		l.spare = append(l.spare, int32(l.most-1-slot))
	}
	return l, nil
}

// run goes on until every request that was due has its outcome.
func (l *loop) run() {
	defer l.close()
	l.begin()
	for now := l.now(); !l.over(now); now = l.now() {
		l.expire(now)
		if l.r.closedModel() {
			l.wake(now)
		} else {
			l.launch(now)
		}
		l.attendTo(now)
	}
	l.finish()
}

// attendTo takes what has come, or waits for it until something else is due.
func (l *loop) attendTo(now time.Duration) {
	if l.ring != nil {
		l.reap(now)
		return
	}
	for i := range l.wait(now) {
		l.handle(&l.events[i])
	}
}

func (l *loop) now() time.Duration { return time.Since(l.r.start) }

// prepare opens the first connections, before the clock starts.
func (l *loop) prepare() {
	n := l.most
	if !l.r.closedModel() {
		n = min(n, max(warmConns, int(l.r.job.intended()/float64(l.of)*warmFor.Seconds())))
		l.due, l.more = l.schedule(l.n)
	}
	for range n {
		if c := l.slot(); l.open(c) != "" {
			l.spare = append(l.spare, c.slot)
			break
		}
	}
	for range 1 + n/len(l.events) {
		for i := range pollFor(l.epoll, l.events, time.Millisecond) {
			l.handle(&l.events[i])
		}
	}
}

// begin sends the first requests of the closed model.
func (l *loop) begin() {
	l.began = true
	if !l.r.closedModel() {
		return
	}
	if l.most >= leastRing {
		l.useRing()
	}
	for len(l.idle) > 0 {
		l.again(l.free(), l.now())
	}
	for c := l.slot(); c != nil; c = l.slot() {
		l.again(c, l.now())
	}
}

func (l *loop) over(now time.Duration) bool {
	switch {
	case l.r.cancelled.Load(), now >= l.r.cutOff():
		return true
	case l.flying > 0:
		return false
	case l.r.closedModel():
		return now >= l.r.horizon()
	}
	return !l.more && len(l.later) == 0
}

// launch sends every request that is due, those of sessions too. Where no
// connection is free it stays the next, with the time at which it was due.
func (l *loop) launch(now time.Duration) {
	for ; ; now = l.now() {
		a, arrival := l.later.first(), l.more && l.due <= now
		goesOn := a != nil && a.at <= now
		if !goesOn && !arrival {
			return
		}
		goesOn = goesOn && (!arrival || a.at <= l.due || l.full())
		var c *conn
		if goesOn || !l.full() {
			c = l.free()
		}
		switch {
		case c == nil:
			l.dry = now
			return
		case goesOn:
			a := l.later.pop()
			l.step(c, a.session, a.at, now)
		default:
			l.fire(c, l.due, now)
			l.advance()
		}
	}
}

// full reports whether there are as many iterations as there may be.
func (l *loop) full() bool { return l.cast != nil && l.cast.full() }

func (l *loop) advance() {
	l.n += l.of
	l.due, l.more = l.schedule(l.n)
}

// free is a connection for the next request: one that is idle, the hottest
// first, or a new one. Making one takes longer than sending, and a loop that is
// late would be later for each that it makes: it looks first what has come.
func (l *loop) free() *conn {
	if len(l.idle) == 0 && l.flying > 0 && !l.r.closedModel() {
		for i := range poll(l.epoll, l.events) {
			l.handle(&l.events[i])
		}
	}
	if n := len(l.idle); n > 0 {
		c := l.idle[n-1]
		l.idle = l.idle[:n-1]
		return c
	}
	return l.slot()
}

// slot is a connection that is yet to be made; nil where there are enough.
func (l *loop) slot() *conn {
	n := len(l.spare)
	if n == 0 {
		return nil
	}
	at := l.spare[n-1]
	l.spare = l.spare[:n-1]
	if l.conns[at] == nil {
		l.conns[at] = &conn{slot: at, fd: -1}
	}
	return l.conns[at]
}

// fire sends the next request on c, or begins the next iteration there.
func (l *loop) fire(c *conn, due, now time.Duration) {
	l.tape.start(due, now)
	if l.cast != nil {
		l.begins(c, due, now)
		return
	}
	l.depart(c, l.wires[l.n%len(l.wires)], mark{n: l.n, due: due, sent: now})
}

func (l *loop) id() traceID { return traceID{l.high, l.chance.Uint64() | 1} }

// depart sends a request on c, connecting first where it must.
func (l *loop) depart(c *conn, w *wire, m mark) {
	c.wire, c.mark = w, m
	c.mark.trace, c.mark.waited = l.id(), m.due <= l.dry && !l.r.closedModel()
	c.parser.tap = l.watcher(w)
	l.fly(c)
	if c.state == unconnected {
		if class := l.open(c); class != "" {
			l.fail(c, class)
			return
		}
	}
	if c.state == ready {
		l.send(c)
	}
}

// send writes the request of c; the kernel takes all of it but for large ones.
func (l *loop) send(c *conn) {
	c.state = busy
	if !l.render(c) {
		l.misfit(c)
		return
	}
	c.parser.expect(c.wire.head)
	c.wire.splice(c.mark.trace, l.r.sampled(c.mark.n))
	if l.post(c) {
		return
	}
	n, errno := writeTo(c.fd, c.wire.bytes)
	switch {
	case errno == syscall.EAGAIN || errno == syscall.EINTR:
		n = 0
	case errno != 0:
		l.fail(c, classOf(errno))
		return
	}
	if n < len(c.wire.bytes) {
		c.rest = append(c.rest[:0], c.wire.bytes[n:]...)
		l.awaitRoom(c)
	}
}

// awaitRoom has flush called when the kernel takes more; epoll does that anyway.
func (l *loop) awaitRoom(c *conn) {
	if l.ring != nil {
		l.ring.Writable(c.fd, c.tag(ofPoll))
	}
}

// flush goes on with a request that the kernel took in part.
func (l *loop) flush(c *conn) {
	for len(c.rest) > 0 {
		n, errno := writeTo(c.fd, c.rest)
		if errno != 0 {
			if errno != syscall.EAGAIN && errno != syscall.EINTR {
				l.fail(c, classOf(errno))
			} else {
				l.awaitRoom(c)
			}
			return
		}
		c.rest = c.rest[n:]
	}
}

// wait returns how many events there are, at the latest shortly before the
// next request is due: a sleep that long is not exact, so the loop glances
// again and again until then.
func (l *loop) wait(now time.Duration) int {
	if !l.r.closedModel() {
		now = l.now() // sending took a while
	}
	until, exact := l.until(now)
	if until <= now {
		return poll(l.epoll, l.events)
	}
	n := pollFor(l.epoll, l.events, until-now)
	if n == 0 && exact {
		l.learn(l.now() - until)
	}
	return n
}

// until is when a wait for answers ends, exact where a request is due then.
func (l *loop) until(now time.Duration) (until time.Duration, exact bool) {
	until = now + glance
	if l.more && l.dry < l.due && l.due < until {
		until, exact = l.due-l.margin, true
	}
	if a := l.later.first(); a != nil && l.dry < a.at && a.at < until {
		until, exact = a.at-l.margin, true
	}
	if l.oldest != nil {
		until = min(until, l.oldest.mark.sent+l.r.job.Timeout)
	}
	if len(l.resting) > 0 {
		until = min(until, l.resting[0].until)
	}
	if l.r.closedModel() && now < l.r.horizon() {
		until = min(until, l.r.horizon())
	}
	return until, exact
}

// learn adapts the margin to how late sleeps end here: up at once, down slowly.
func (l *loop) learn(late time.Duration) {
	l.margin = min(max(l.margin-l.margin/64, late+late/4, leastMargin), mostMargin)
}

// expire ends what was sent too long ago.
func (l *loop) expire(now time.Duration) {
	for l.oldest != nil && l.oldest.mark.sent+l.r.job.Timeout <= now {
		l.fail(l.oldest, classTimeout)
	}
}
