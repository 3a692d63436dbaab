package load

import "time"

// A stream is one request on its way over HTTP/2, or the one that a connection
// of HTTP/1.1 carries. It is used again once that has its outcome.
type stream struct {
	id         uint32 // 0: not sent yet
	wire       *h2Wire
	mark       mark
	prev, next *stream // in the order of sending

	in      *session // whose step it is; nil: of no flow
	queued  bool     // it waits for the connection or the peer
	head    bool     // no body answers it
	body    []byte   // of a step, room that is used again
	rest    []byte   // of the body, that flow control did not let through yet
	stuck   bool     // among those that wait for it
	window  int64    // what the peer may still be sent
	allowed int64    // what we may still be sent

	headers  int  // bytes that headers may still take
	final    bool // headers of the answer have come, not those of an interim one
	ended    bool // the peer's side has
	length   int64
	code     int  // of gRPC; -1: none came
	isGRPC   bool // says the answer
	counter  messageCounter
	seen     *seen // what somebody looks at
	tooLarge bool
	wrong    bool
}

// A streamList is streams in the order in which they were sent, the oldest
// first. One that another connection gave back was sent before others.
type streamList struct{ oldest, newest *stream }

func (l *streamList) add(st *stream) {
	st.prev, st.next = l.newest, nil
	for st.prev != nil && st.prev.mark.sent > st.mark.sent {
		st.prev, st.next = st.prev.prev, st.prev
	}
	if st.prev != nil {
		st.prev.next = st
	} else {
		l.oldest = st
	}
	if st.next != nil {
		st.next.prev = st
	} else {
		l.newest = st
	}
}

func (l *streamList) remove(st *stream) {
	if st.prev != nil {
		st.prev.next = st.next
	} else {
		l.oldest = st.next
	}
	if st.next != nil {
		st.next.prev = st.prev
	} else {
		l.newest = st.prev
	}
	st.prev, st.next = nil, nil
}

// fire takes a request on: it is sent now, or once the connection is made and
// the peer allows another stream. The caller has seen that there is room.
func (c *streamConn) fire(x *sending) {
	st := c.fresh()
	*st = stream{wire: c.s.wireOf(x), mark: x.mark, in: x.in, headers: mostHeader, length: -1, code: -1, body: st.body[:0]}
	st.seen = c.watcher(st.wire)
	c.taken++
	if c.ready() {
		c.begin(st)
		return
	}
	st.queued = true
	c.queue.add(st)
}

// unqueue takes a stream that waited for its turn.
func (c *streamConn) unqueue() *stream {
	st := c.queue.oldest
	c.queue.remove(st)
	st.queued = false
	return st
}

// begin opens a stream for the request and sends what may be sent of it.
func (c *streamConn) begin(st *stream) {
	w := c.written(st)
	if w == nil {
		c.settle(st, classRequest, c.s.now())
		return
	}
	for c.table[c.slot(c.nextID)] != nil {
		c.nextID += 2 // the id of a stream that still runs has this place
	}
	st.id = c.nextID
	c.nextID += 2
	c.table[c.slot(st.id)] = st
	c.flying++
	c.order.add(st)
	st.head, st.window, st.allowed = w.head, c.peerWindow, streamWindow
	if c.s.plain {
		c.ask(st, w.plain)
	} else {
		c.out = w.appendTo(c.out, st, c.s.r.sampled(st.mark.n), c.peerFrame)
		c.pour(st)
	}
	if c.nextID > lastUsedID {
		c.drainSoon()
	}
}

// slot is where a stream has its place in the table, whose size is a power of
// two that exceeds the number of streams.
func (c *streamConn) slot(id uint32) int { return int(id>>1) & (len(c.table) - 1) }

// find is the stream of the id; nil where it is over.
func (c *streamConn) find(id uint32) *stream {
	if st := c.table[c.slot(id)]; st != nil && st.id == id {
		return st
	}
	return nil
}

// pour sends as much of the body as the windows and the backlog allow.
func (c *streamConn) pour(st *stream) {
	for len(st.rest) > 0 {
		n := min(int64(len(st.rest)), c.window, st.window, int64(c.peerFrame))
		if n <= 0 || c.choked() {
			if !st.stuck {
				st.stuck = true
				c.stuck = append(c.stuck, st)
			}
			return
		}
		flags := byte(0)
		if int(n) == len(st.rest) {
			flags = flagEndStream
		}
		c.out = appendFrame(c.out, frame{frameData, flags, st.id, st.rest[:n]})
		st.rest = st.rest[n:]
		st.window -= n
		c.window -= n
	}
}

// resume goes on with the bodies that had to wait, as far as the connection
// lets them through.
func (c *streamConn) resume() {
	waiting := c.stuck
	c.stuck = c.unstuck[:0]
	for i, st := range waiting {
		if c.window <= 0 || c.choked() {
			c.stuck = append(c.stuck, waiting[i:]...)
			break
		}
		st.stuck = false
		c.pour(st)
	}
	c.unstuck = waiting[:0]
}

// resumeOne goes on with one of them.
func (c *streamConn) resumeOne(st *stream) {
	if !st.stuck {
		return
	}
	if c.pour(st); len(st.rest) == 0 {
		st.stuck = false
		c.unstick(st)
	}
}

// land takes a stream that has its outcome off the connection.
func (c *streamConn) land(st *stream) {
	c.taken--
	switch {
	case st.queued:
		c.queue.remove(st)
	case st.id != 0:
		c.table[c.slot(st.id)] = nil
		c.order.remove(st)
		c.flying--
	}
	if st.stuck {
		c.unstick(st)
	}
	c.release(st)
	c.free = append(c.free, st)
}

func (c *streamConn) unstick(st *stream) {
	for i, other := range c.stuck {
		if other == st {
			c.stuck = append(c.stuck[:i], c.stuck[i+1:]...)
			return
		}
	}
}

// complete writes down a whole answer, and keeps the connection at work.
func (c *streamConn) complete(st *stream, now time.Duration) {
	if len(st.rest) > 0 { // it was answered before it was asked in full
		c.out = appendNumber(c.out, frameReset, st.id, uint32(codeCancel))
	}
	if c.served = true; c.s.barren.Load() {
		c.s.barren.Store(false)
	}
	c.settle(st, c.s.judge(st), now)
	c.more(now)
}

// fail writes down that no whole answer came, and tells the peer where the
// connection goes on.
func (c *streamConn) fail(st *stream, class string, now time.Duration) {
	switch {
	case st.id == 0 || c.state == connGone || class == classUnfinished:
	case c.s.plain:
		c.breakOff()
	default:
		c.out = appendNumber(c.out, frameReset, st.id, uint32(codeCancel))
	}
	c.settle(st, class, now)
}

// settle writes down what became of a request.
func (c *streamConn) settle(st *stream, class string, now time.Duration) {
	st.mark.done, st.mark.class = now, class
	c.tape.record(&st.mark)
	in, m := st.in, st.mark
	c.land(st)
	c.owed++
	if in != nil {
		c.goesOn(in, &m)
	}
}

// account counts the outcomes to the sender, once what follows from them has
// begun: a run whose last request is followed by another one is not over.
func (c *streamConn) account() {
	if c.owed > 0 {
		c.s.landed(c.owed)
		c.owed = 0
	}
}

// fresh is a stream for the next request.
func (c *streamConn) fresh() *stream {
	n := len(c.free)
	if n == 0 {
		return &stream{}
	}
	st := c.free[n-1]
	c.free = c.free[:n-1]
	return st
}

// failAll ends everything that the connection has taken on.
func (c *streamConn) failAll(class string) {
	now := c.s.now()
	for c.order.oldest != nil {
		c.fail(c.order.oldest, class, now)
	}
	for c.queue.oldest != nil {
		c.fail(c.queue.oldest, class, now)
	}
}

// more begins what waits for a stream, or in the closed model the next
// request; a connection that is to end does so after its last answer.
func (c *streamConn) more(now time.Duration) {
	for c.queue.oldest != nil && c.ready() {
		st := c.unqueue()
		st.mark.sent, st.mark.waited = now, true
		c.begin(st)
	}
	switch {
	case c.state == connDraining && c.flying == 0:
		c.leave()
	case c.state != connOpen:
	case c.s.r.closedModel():
		c.busy(now)
	case c.room():
		c.s.offer(c)
	}
}

// busy keeps as many requests of the closed model in flight as the connection
// may carry: each is due when one before it ended.
func (c *streamConn) busy(now time.Duration) {
	for c.s.began.Load() && c.state == connOpen && c.taken+c.thinking < c.limit() && !c.choked() && !c.s.r.cancelled.Load() {
		if !c.next(now) {
			return
		}
	}
}

// next takes on a request of the closed model: one that another connection
// gave back, or a new one that is due now. False: the run has no more.
func (c *streamConn) next(now time.Duration) bool {
	x, ok := c.s.adopt()
	if !ok {
		if now >= c.s.r.horizon() || !c.s.admit() {
			return false
		}
		x = c.s.enter(now)
	}
	c.fire(&x)
	return true
}
