package load

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"
)

// handle does what a frame asks for (RFC 9113, section 6).
func (c *streamConn) handle(f *frame, now time.Duration) *h2Error {
	if c.begun != 0 && (f.kind != frameContinuation || f.stream != c.begun) {
		return offence(codeProtocol, "headers were interrupted by another frame")
	}
	if c.state == connDialing && f.kind != frameSettings {
		return offence(codeProtocol, "the peer did not begin with its settings")
	}
	switch f.kind {
	case frameData:
		return c.data(f, now)
	case frameHeaders:
		return c.headers(f, now)
	case frameContinuation:
		return c.continuation(f, now)
	case frameReset:
		return c.reset(f, now)
	case frameSettings:
		return c.settings(f, now)
	case framePing:
		return c.ping(f)
	case frameGoAway:
		return c.goAway(f)
	case frameWindow:
		return c.windowUpdate(f, now)
	case framePush:
		return offence(codeProtocol, "the peer pushed, which we forbade")
	}
	return nil // PRIORITY, and what is not known, is passed over
}

// idle reports whether no stream of the id was ever begun.
func (c *streamConn) idle(id uint32) bool { return id == 0 || id%2 == 0 || id >= c.nextID }

func (c *streamConn) headers(f *frame, now time.Duration) *h2Error {
	if c.idle(f.stream) {
		return offence(codeProtocol, "headers came for a stream that nobody opened")
	}
	block, wrong := f.content()
	if wrong != nil {
		return wrong
	}
	c.begun, c.ends, c.block = f.stream, f.flags&flagEndStream != 0, c.block[:0]
	if f.flags&flagEndHeaders != 0 {
		return c.wholeHeaders(block, now)
	}
	c.block = append(c.block, block...)
	return nil
}

func (c *streamConn) continuation(f *frame, now time.Duration) *h2Error {
	if c.begun == 0 {
		return offence(codeProtocol, "a continuation continues nothing")
	}
	if len(c.block)+len(f.payload) > mostHeader || len(f.payload) == 0 && f.flags&flagEndHeaders == 0 {
		return &h2Error{codeCalm, classTooLarge, "headers are larger than the limit"}
	}
	c.block = append(c.block, f.payload...)
	if f.flags&flagEndHeaders == 0 {
		return nil
	}
	return c.wholeHeaders(c.block, now)
}

// wholeHeaders reads a block, for the state of the connection even where the
// stream is over.
func (c *streamConn) wholeHeaders(block []byte, now time.Duration) *h2Error {
	st := c.find(c.begun)
	c.current, c.begun, c.decoded = st, 0, 0
	first := st != nil && !st.final
	if st != nil {
		if first {
			st.mark.status, st.length, st.code, st.isGRPC = 0, -1, -1, false // of an interim answer
			if st.seen != nil {
				st.seen.headers = st.seen.headers[:0]
			}
		}
		if st.ended {
			return offence(codeStreamClosed, "headers came after the end of their stream")
		}
	}
	_, err := c.hpack.Write(block)
	if err == nil {
		err = c.hpack.Close()
	}
	c.current = nil
	switch {
	case c.decoded > mostHeader:
		return &h2Error{codeCalm, classTooLarge, "headers are larger than the limit"}
	case err != nil:
		return offence(codeCompression, "headers cannot be read: "+err.Error())
	case st == nil:
		return nil
	}
	interim := first && st.mark.status >= 100 && st.mark.status < 200
	switch {
	case st.tooLarge:
		c.giveUp(st, classTooLarge, now)
	case st.wrong, first && st.mark.status == 0, interim && (c.ends || st.mark.status == 101), !first && !c.ends:
		c.giveUp(st, classProtocol, now)
	case interim:
	default:
		st.final = true
		if c.ends {
			c.end(st, now)
		}
	}
	return nil
}

// giveUp ends a stream whose answer is worth nothing; the connection goes on.
func (c *streamConn) giveUp(st *stream, class string, now time.Duration) {
	c.fail(st, class, now)
	c.more(now)
}

// field takes one header of an answer.
func (c *streamConn) field(f hpack.HeaderField) {
	if c.decoded += int(f.Size()); c.decoded > mostHeader {
		c.hpack.SetEmitEnabled(false) // the connection ends with this block
		return
	}
	st := c.current
	if st == nil {
		return
	}
	if st.headers -= int(f.Size()); st.headers < 0 {
		st.tooLarge = true
		return
	}
	switch f.Name {
	case ":status":
		if st.final || st.mark.status != 0 || len(f.Value) != 3 {
			st.wrong = true
			return
		}
		status, err := strconv.Atoi(f.Value) // which takes a sign
		if err != nil || !isStatus(status) {
			st.wrong = true
			return
		}
		st.mark.status = status
		return
	case "content-length":
		n, err := strconv.ParseInt(f.Value, 10, 64)
		if err != nil || n < 0 || (st.length >= 0 && st.length != n) {
			st.wrong = true
		}
		st.length = n
	case "content-type":
		st.isGRPC = st.wire.grpc && strings.HasPrefix(f.Value, "application/grpc")
	case "grpc-status":
		if st.wire.grpc {
			code, err := strconv.Atoi(f.Value)
			if st.code = code; err != nil || code < 0 {
				st.code = 2 // UNKNOWN
			}
		}
	case "grpc-message":
		if st.wire.grpc && f.Value != "" {
			st.mark.note = strings.Clone(f.Value[:min(len(f.Value), mostNote)])
		}
	}
	st.wrong = st.wrong || f.IsPseudo() // none other answers (RFC 9113, section 8.3.2)
	if st.seen != nil {
		st.wrong = st.wrong || strings.ContainsAny(f.Value, "\r\n\x00") // RFC 9113, section 8.2.1
		st.seen.keepField(f.Name, f.Value)
	}
}

func (c *streamConn) data(f *frame, now time.Duration) *h2Error {
	if c.idle(f.stream) {
		return offence(codeProtocol, "a body came for a stream that nobody opened")
	}
	size := int64(len(f.payload))
	if c.allowed -= size; c.allowed < 0 {
		return offence(codeFlowControl, "the peer sent more than the window of the connection")
	}
	if c.allowed < connWindow/2 {
		c.out = appendNumber(c.out, frameWindow, 0, uint32(connWindow-c.allowed))
		c.allowed = connWindow
	}
	content, wrong := f.content()
	if wrong != nil {
		return wrong
	}
	st := c.find(f.stream)
	if st == nil {
		return nil // it is over: nobody waits for the rest
	}
	if st.allowed -= size; st.allowed < 0 {
		return offence(codeFlowControl, "the peer sent more than the window of a stream")
	}
	st.mark.bytes += int64(len(content))
	ends := f.flags&flagEndStream != 0
	switch {
	case !st.final:
		c.giveUp(st, classProtocol, now)
		return nil
	case st.mark.bytes > mostBody:
		c.giveUp(st, classTooLarge, now)
		return nil
	case st.isGRPC && !st.counter.feed(content):
		c.giveUp(st, classProtocol, now)
		return nil
	}
	if st.seen != nil {
		st.seen.keepBody(content)
	}
	if ends {
		c.end(st, now)
	} else if st.allowed < streamWindow/2 {
		c.out = appendNumber(c.out, frameWindow, st.id, uint32(streamWindow-st.allowed))
		st.allowed = streamWindow
	}
	return nil
}

// end takes an answer whose last frame has come.
func (c *streamConn) end(st *stream, now time.Duration) {
	st.ended = true
	bodiless := st.head || st.mark.status == 304 || st.mark.status == 204
	if st.length >= 0 && st.length != st.mark.bytes && !bodiless {
		c.giveUp(st, classProtocol, now)
		return
	}
	c.complete(st, now)
}

// judge names what is wrong with a whole answer; "" for nothing.
func (s *streamSender) judge(st *stream) string {
	class := ""
	switch {
	case st.wire.grpc:
		class = st.judgeCall()
	case !accepted(st.wire.want, st.mark.status):
		class = classStatus
	}
	if class != "" || st.seen == nil {
		return class
	}
	st.seen.status, st.seen.size = st.mark.status, st.mark.bytes
	if st.in != nil {
		class, st.mark.which = st.wire.plan.look(st.seen, st.in)
	}
	if judge := s.r.job.Judge; judge != nil && class == "" {
		answer := st.seen.answer(&st.mark, st.wire.label)
		if st.wire.grpc {
			answer.Call, answer.Said = grpcStatus(st.code), plainMessage(st.mark.note)
		}
		class = judge(answer)
	}
	return class
}

// watcher is where what somebody looks at of the answer is kept; nil where
// nobody does.
func (c *streamConn) watcher(w *h2Wire) *seen {
	if !w.looked {
		return nil
	}
	return c.seen.take(w.needs, &c.s.kept)
}

// release takes back what was kept of an answer, and rooms that became large.
func (c *streamConn) release(st *stream) {
	if cap(st.body) > keptCaptures {
		st.body = nil
	}
	if st.seen == nil {
		return
	}
	c.seen.giveBack(st.seen)
	st.seen, c.parser.tap = nil, nil
}

// judgeCall names what is wrong with a whole answer to a call of gRPC.
func (st *stream) judgeCall() string {
	st.mark.messages = st.counter.messages
	switch {
	case !st.isGRPC && st.code < 0:
		return classNotGRPC
	case st.code < 0, st.code == 0 && !st.counter.whole():
		return classProtocol // no status, or one in the middle of a message
	case st.code == 0 && st.wire.once && st.counter.messages != 1:
		return classProtocol
	case st.wire.want == AnyStatus, st.code == st.wire.code:
		return ""
	case st.code == 0:
		return classStatus // it succeeded where it should not have
	}
	return grpcClass(st.code)
}

// reset is the peer giving up a stream.
func (c *streamConn) reset(f *frame, now time.Duration) *h2Error {
	if len(f.payload) != 4 {
		return offence(codeFrameSize, "RST_STREAM of a wrong size")
	}
	if c.idle(f.stream) {
		return offence(codeProtocol, "a stream that nobody opened was reset")
	}
	st := c.find(f.stream)
	if st == nil {
		return nil
	}
	code := h2Code(binary.BigEndian.Uint32(f.payload))
	st.mark.note = codeNote(code)
	class := classReset
	switch {
	case code == codeRefused:
		class = classRefusedStream
	case st.wire.grpc && st.mark.sent+c.s.r.job.Timeout <= now: // a server that keeps the deadline does so
		class = classTimeout
	}
	c.settle(st, class, now)
	c.more(now)
	return nil
}
