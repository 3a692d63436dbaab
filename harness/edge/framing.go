package edge

import (
	"bytes"
	"strconv"
)

// A framing follows the bytes of an HTTP/1 connection from its consumer and
// spoils what net/http would let pass although two parsers may disagree on it
// (RFC 9112, sections 5.2 and 6.3):
//
//   - a header line that continues the one before (obs-fold),
//   - Content-Length together with Transfer-Encoding,
//   - Transfer-Encoding in a request of HTTP/1.0,
//   - either of the two in a line too long to be kept.
//
// Spoiling replaces one byte of the header so that net/http refuses the request
// with 400 in its turn, after the answers to the requests before it. What
// net/http refuses itself is left to it; from there on nothing is followed.
type framing struct {
	in   part
	line []byte // the start of the current line, at most lineKept bytes of it
	long bool   // the line is longer than line
	last byte   // the last byte of a long request line's version, see version10

	version10 bool
	length    int64 // Content-Length; -1: none
	chunked   bool
	left      int64 // bytes of the body or chunk that are still to come
}

// lineKept is more than any line that matters: the two framing headers and the
// size of a chunk. Of other lines only the first bytes and the end are needed.
const lineKept = 128

// A part is where in the stream the next byte belongs.
type part uint8

const (
	partRequest part = iota // the request line
	partHeader              // a line of the header
	partBody                // left bytes, then a request line
	partSize                // the line with a chunk's size
	partChunk               // left bytes, then the line break after them
	partBreak               // the line break after a chunk
	partTrailer             // a line of the trailer
	partLost                // not followed: HTTP/2, or net/http will refuse it
)

// scan follows p, and reports whether it spoiled a byte of it.
func (f *framing) scan(p []byte) (spoiled bool) {
	for len(p) > 0 && f.in != partLost {
		if f.in == partBody || f.in == partChunk {
			p = f.skip(p)
			continue
		}
		if f.suspect(p[0]) {
			p[0], f.in = ':', partLost
			return true
		}
		end := bytes.IndexByte(p, '\n')
		piece := p
		if end >= 0 {
			piece = p[:end]
		}
		if at := f.take(piece); at >= 0 {
			p[at], f.in = 0, partLost
			return true
		}
		if end < 0 {
			return false
		}
		f.endLine()
		p = p[end+1:]
	}
	return false
}

// suspect reports whether b begins a continuation of the line before.
func (f *framing) suspect(b byte) bool {
	return (b == ' ' || b == '\t') && len(f.line) == 0 && !f.long && (f.in == partHeader || f.in == partTrailer)
}

func (f *framing) skip(p []byte) []byte {
	n := min(int64(len(p)), f.left)
	f.left -= n
	if f.left == 0 {
		if f.in == partBody {
			f.begin()
		} else {
			f.in = partBreak
		}
	}
	return p[n:]
}

// begin makes ready for a request line.
func (f *framing) begin() {
	*f = framing{line: f.line[:0], length: -1}
}

// take adds piece to the current line, and returns the index in piece of the
// byte to spoil because the framing is ambiguous; -1 where it is not.
func (f *framing) take(piece []byte) int {
	had := len(f.line)
	room := lineKept - had
	if room >= len(piece) {
		f.line = append(f.line, piece...)
	} else {
		f.line, f.long = append(f.line, piece[:room]...), true
		if f.in == partHeader && f.frames() {
			return room
		}
	}
	if f.in == partRequest && len(piece) > 0 {
		f.tail(piece)
		return -1
	}
	if f.in != partHeader || had == lineKept {
		return -1
	}
	colon := bytes.IndexByte(f.line, ':')
	if colon < had {
		return -1 // not yet come, or seen before
	}
	if f.ambiguous(f.line[:colon]) {
		return colon - had
	}
	return -1
}

// frames reports whether the current line is one of the two framing headers.
func (f *framing) frames() bool {
	name, _, _ := bytes.Cut(f.line, []byte(":"))
	return bytes.EqualFold(name, []byte("Content-Length")) || bytes.EqualFold(name, []byte("Transfer-Encoding"))
}

// tail remembers the last visible byte of the request line: 0 in HTTP/1.0.
func (f *framing) tail(piece []byte) {
	if visible := bytes.TrimRight(piece, "\r"); len(visible) > 0 {
		f.last = visible[len(visible)-1]
	}
}

// ambiguous notes which framing headers a request has, and reports whether
// name is one too many.
func (f *framing) ambiguous(name []byte) bool {
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		if f.length < 0 {
			f.length = 0
		}
		return f.chunked
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		f.chunked = true
		return f.length >= 0 || f.version10
	}
	return false
}

// endLine acts on the line that is complete now.
func (f *framing) endLine() {
	line := bytes.TrimSuffix(f.line, []byte("\r"))
	long := f.long
	f.line, f.long = f.line[:0], false
	switch f.in {
	case partRequest:
		f.request(line)
	case partHeader:
		if len(line) == 0 && !long {
			f.endHeader()
			return
		}
		f.header(line)
	case partSize:
		f.size(line)
	case partBreak:
		if f.in = partSize; len(line) > 0 || long {
			f.in = partLost
		}
	case partTrailer:
		if len(line) == 0 && !long {
			f.begin()
		}
	}
}

// request begins a header. An empty line before it changes nothing: net/http
// passes over it after a POST, and refuses it elsewhere.
func (f *framing) request(line []byte) {
	if len(line) == 0 {
		return
	}
	f.in, f.length, f.version10 = partHeader, -1, f.last == '0'
	if bytes.HasPrefix(line, []byte("PRI * HTTP/2.0")) {
		f.in = partLost
	}
}

// header notes the length of the body. A value that net/http refuses, or two
// that differ, end the following.
func (f *framing) header(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if !bytes.EqualFold(name, []byte("Content-Length")) {
		return
	}
	n, err := strconv.ParseUint(string(bytes.Trim(value, " \t")), 10, 63)
	if err != nil || (f.length > 0 && f.length != int64(n)) {
		f.in = partLost
		return
	}
	f.length = int64(n)
}

func (f *framing) endHeader() {
	switch {
	case f.chunked:
		f.in = partSize
	case f.length > 0:
		f.in, f.left = partBody, f.length
	default:
		f.begin()
	}
}

func (f *framing) size(line []byte) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
	switch {
	case err != nil:
		f.in = partLost
	case n == 0:
		f.in = partTrailer
	default:
		f.in, f.left = partChunk, int64(n)
	}
}
