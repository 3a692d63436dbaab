package load

import (
	"encoding/binary"
	"time"
)

// settings takes the peer's settings (RFC 9113, section 6.5); the first make
// the connection ready.
func (c *streamConn) settings(f *frame, now time.Duration) *h2Error {
	switch {
	case f.stream != 0:
		return offence(codeProtocol, "settings came on a stream")
	case f.flags&flagAck != 0 && len(f.payload) != 0, len(f.payload)%6 != 0:
		return offence(codeFrameSize, "SETTINGS of a wrong size")
	case f.flags&flagAck != 0 && c.state == connDialing:
		return offence(codeProtocol, "the peer did not begin with its settings")
	case f.flags&flagAck != 0:
		return nil
	}
	if c.state == connDialing {
		c.peerStreams = c.s.streams // as many as we like, where it says nothing
	}
	window := c.peerWindow
	for p := f.payload; len(p) > 0; p = p[6:] {
		if wrong := c.setting(binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:])); wrong != nil {
			return wrong
		}
	}
	if wrong := c.rewindow(c.peerWindow - window); wrong != nil {
		return wrong
	}
	c.out = appendFrame(c.out, frame{kind: frameSettings, flags: flagAck})
	if c.state == connDialing {
		c.opened(now)
	} else {
		c.resume()
		c.more(now)
	}
	return c.replied()
}

func (c *streamConn) setting(id uint16, value uint32) *h2Error {
	switch id {
	case settingStreams:
		c.peerStreams = int(min(value, uint32(c.s.streams)))
		c.s.fewest.Store(min(c.s.fewest.Load(), int64(c.peerStreams))) // any of several will do
		if value == 0 {
			c.s.rest()
		}
	case settingWindow:
		if value > largestWindow {
			return offence(codeFlowControl, "a window is larger than may be")
		}
		c.peerWindow = int64(value)
	case settingFrame:
		if value < leastFrame || value > largestFrame {
			return offence(codeProtocol, "a size of frames that may not be")
		}
		c.peerFrame = leastFrame // larger ones would only delay others
	case settingPush:
		if value > 1 {
			return offence(codeProtocol, "a setting that may not be")
		}
	}
	return nil
}

// rewindow changes the windows of all streams, once for all that a frame says.
func (c *streamConn) rewindow(change int64) *h2Error {
	for st := c.order.oldest; st != nil && change != 0; st = st.next {
		if st.window += change; st.window > largestWindow {
			return offence(codeFlowControl, "a window is larger than may be")
		}
	}
	return nil
}

// opened begins what was taken on while the connection was made. In the open
// model what the peer has no streams for goes to other connections.
func (c *streamConn) opened(now time.Duration) {
	c.state = connOpen
	for c.queue.oldest != nil && c.ready() {
		c.begin(c.unqueue())
	}
	if !c.room() {
		c.s.withdraw(c)
	}
	for c.queue.oldest != nil && c.limit() > 0 && !c.s.r.closedModel() {
		c.giveBack(c.queue.oldest)
	}
	c.more(now)
	c.s.opened(c)
}

// replied counts what the peer makes us send, and ends a connection whose peer
// asks on and on without reading the answers.
func (c *streamConn) replied() *h2Error {
	if c.replies++; c.replies > mostReplies {
		return offence(codeCalm, "the peer asks without reading the answers")
	}
	return nil
}

func (c *streamConn) ping(f *frame) *h2Error {
	switch {
	case len(f.payload) != 8:
		return offence(codeFrameSize, "PING of a wrong size")
	case f.stream != 0:
		return offence(codeProtocol, "a ping came on a stream")
	case f.flags&flagAck != 0:
		return nil
	}
	c.out = appendFrame(c.out, frame{kind: framePing, flags: flagAck, payload: f.payload})
	return c.replied()
}

// goAway is the peer leaving: what it did not begin to work on goes elsewhere.
func (c *streamConn) goAway(f *frame) *h2Error {
	switch {
	case len(f.payload) < 8:
		return offence(codeFrameSize, "GOAWAY of a wrong size")
	case f.stream != 0:
		return offence(codeProtocol, "GOAWAY came on a stream")
	}
	last, code := binary.BigEndian.Uint32(f.payload)&lastStream, h2Code(binary.BigEndian.Uint32(f.payload[4:]))
	if code != codeNone {
		c.class = classGoAway
	}
	giveBack := c.giveBack
	if !c.served && !c.works(last) {
		c.s.rest() // before anybody misses it
		giveBack = c.giveUpOn
	}
	if c.state == connOpen {
		c.s.withdraw(c)
		c.state = connDraining
	}
	for c.queue.oldest != nil {
		giveBack(c.queue.oldest)
	}
	for st := c.order.oldest; st != nil; {
		next := st.next
		if st.id > last {
			giveBack(st)
		}
		st = next
	}
	if c.flying == 0 {
		c.leave()
	}
	return nil
}

// works reports whether the peer still works on a stream up to that one.
func (c *streamConn) works(last uint32) bool {
	for st := c.order.oldest; st != nil; st = st.next {
		if st.id <= last {
			return true
		}
	}
	return false
}

// windowUpdate lets more of the bodies through.
func (c *streamConn) windowUpdate(f *frame, now time.Duration) *h2Error {
	if len(f.payload) != 4 {
		return offence(codeFrameSize, "WINDOW_UPDATE of a wrong size")
	}
	if f.stream != 0 && c.idle(f.stream) {
		return offence(codeProtocol, "a window came for a stream that nobody opened")
	}
	more := int64(binary.BigEndian.Uint32(f.payload) & lastStream)
	if f.stream == 0 {
		if c.window += more; more == 0 || c.window > largestWindow {
			return offence(codeFlowControl, "a window that may not be")
		}
		c.resume()
		return nil
	}
	st := c.find(f.stream)
	if st == nil {
		return nil
	}
	if st.window += more; more == 0 || st.window > largestWindow {
		c.giveUp(st, classProtocol, now)
		return nil
	}
	c.resumeOne(st)
	return nil
}

func codeNote(code h2Code) string { return "RST_STREAM with " + code.String() }
