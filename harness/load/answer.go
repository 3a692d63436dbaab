package load

import (
	"bytes"
	"errors"
	"math"
)

// What an answer may hold before it is refused: the limits keep memory and
// time bounded whatever a server sends.
const (
	mostHeader = 256 << 10 // bytes of status lines and headers, interim answers and trailers included
	mostBody   = 1 << 30   // bytes of a body
	mostChunk  = 4 << 10   // bytes of a line that says how long a chunk is
)

// A parser reads answers of HTTP/1.1 from the bytes of a connection, one after
// the other (RFC 9112). It keeps its place between reads, so that no answer is
// ever held whole; it allocates only where a line is cut in two by a read.
type parser struct {
	status int
	body   int64 // bytes of the body so far
	last   bool  // the connection ends with this answer

	place   place
	head    bool // no body comes, whatever the header says
	old     bool // HTTP/1.0
	chunked bool
	length  int64 // that the header says; -1: nothing
	left    int64 // of the body or the chunk
	budget  int   // bytes that lines may still take
	carry   []byte
	tap     *seen // where headers and body are kept; nil: nowhere
}

// A place says what comes next.
type place uint8

const (
	statusLine place = iota
	headerLine
	fixedBody
	openBody // until the connection ends
	chunkLine
	chunkBody
	chunkEnd
	trailerLine
	whole
)

// Why an answer is refused.
var (
	errMalformed = errors.New("the answer is not HTTP/1.1")
	errTooLarge  = errors.New("the answer is larger than the limit")
	errTruncated = errors.New("the connection ended within the answer")
)

// expect makes the parser ready for the answer to the next request.
func (p *parser) expect(head bool) {
	p.place, p.status, p.body, p.last, p.head = statusLine, 0, 0, false, head
	p.budget = mostHeader
	p.carry = p.carry[:0]
}

// done reports whether the answer is whole.
func (p *parser) done() bool { return p.place == whole }

// feed takes the next bytes and says how many belong to the answer: all of
// them unless it is whole before they end.
func (p *parser) feed(b []byte) (used int, err error) {
	at := 0
	for p.place != whole {
		switch p.place {
		case fixedBody, chunkBody:
			n := int(min(p.left, int64(len(b)-at)))
			if p.tap != nil {
				p.tap.keepBody(b[at : at+n])
			}
			at += n
			p.left -= int64(n)
			p.body += int64(n)
			if p.left > 0 {
				return at, nil
			}
			if p.place = whole; p.chunked {
				p.place = chunkEnd
			}
			continue
		case openBody:
			p.body += int64(len(b) - at)
			if p.tap != nil {
				p.tap.keepBody(b[at:])
			}
			if p.body > mostBody {
				return at, errTooLarge
			}
			return len(b), nil
		}
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			return len(b), p.keep(b[at:])
		}
		line := b[at : at+end]
		at += end + 1
		if p.budget -= end + 1; p.budget < 0 {
			return at, errTooLarge
		}
		if len(p.carry) > 0 {
			p.carry = append(p.carry, line...)
			line = p.carry
		}
		text, crlf := bytes.CutSuffix(line, []byte{'\r'})
		err := errMalformed // RFC 9112, section 2.2 lets a bare LF end a line of the header, none after it
		if crlf || p.place == statusLine || p.place == headerLine {
			err = p.line(text)
		}
		p.carry = p.carry[:0]
		if err != nil {
			return at, err
		}
	}
	return at, nil
}

// keep holds the beginning of a line until its end comes.
func (p *parser) keep(part []byte) error {
	if p.budget -= len(part); p.budget < 0 {
		return errTooLarge
	}
	p.carry = append(p.carry, part...)
	if p.place == statusLine && len(p.carry) > 0 && !bytes.HasPrefix(p.carry, []byte("HTTP/")[:min(len(p.carry), 5)]) {
		return errMalformed
	}
	return nil
}

// end says what the end of the connection means for the answer.
func (p *parser) end() error {
	if p.place == openBody {
		p.place = whole
		return nil
	}
	return errTruncated
}

func (p *parser) line(line []byte) error {
	switch p.place {
	case statusLine:
		return p.statusLine(line)
	case headerLine:
		if len(line) == 0 {
			return p.bodyFollows()
		}
		return p.header(line)
	case chunkLine:
		return p.chunk(line)
	case chunkEnd:
		if len(line) != 0 {
			return errMalformed
		}
		p.place = chunkLine
	case trailerLine:
		if len(line) == 0 {
			p.place = whole
		}
	}
	return nil
}

// statusLine reads "HTTP/1.1 200 OK"; the reason may be absent.
func (p *parser) statusLine(line []byte) error {
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || (len(line) > 12 && line[12] != ' ') {
		return errMalformed
	}
	if line[7] != '0' && line[7] != '1' {
		return errMalformed
	}
	status := 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return errMalformed
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 {
		return errMalformed
	}
	if p.tap != nil {
		p.tap.headers = p.tap.headers[:0] // of an interim answer
	}
	p.status, p.old = status, line[7] == '0'
	p.last, p.chunked, p.length = p.old, false, -1
	p.place = headerLine
	return nil
}

// header takes what says how the answer ends and passes over the rest.
func (p *parser) header(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || line[0] == ' ' || line[0] == '\t' || line[colon-1] == ' ' || line[colon-1] == '\t' {
		return errMalformed // a folded line too: it could continue any of the headers below
	}
	if p.tap != nil {
		p.tap.keepHeader(line)
	}
	switch colon {
	case len("Connection"):
		if sameFold(line[:colon], "connection") {
			return p.connection(line[colon+1:])
		}
	case len("Content-Length"):
		if sameFold(line[:colon], "content-length") {
			return p.contentLength(bytes.Trim(line[colon+1:], " \t"))
		}
	case len("Transfer-Encoding"):
		if sameFold(line[:colon], "transfer-encoding") {
			if p.chunked || p.old || !sameFold(bytes.Trim(line[colon+1:], " \t"), "chunked") {
				return errMalformed
			}
			p.chunked = true
		}
	}
	return nil
}

func (p *parser) connection(value []byte) error {
	for len(value) > 0 {
		option, rest, _ := bytes.Cut(value, []byte{','})
		option = bytes.Trim(option, " \t")
		switch {
		case sameFold(option, "close"):
			p.last = true
			return nil
		case p.old && sameFold(option, "keep-alive"):
			p.last = false
		}
		value = rest
	}
	return nil
}

func (p *parser) contentLength(value []byte) error {
	n, err := number(value, 10)
	if err != nil || (p.length >= 0 && p.length != n) {
		return errMalformed
	}
	p.length = n
	return nil
}

// bodyFollows settles how the body is framed (RFC 9112, section 6.3).
func (p *parser) bodyFollows() error {
	switch {
	case p.status == 101:
		return errMalformed // nobody asked for another protocol
	case p.status < 200:
		p.place = statusLine
	case p.head || p.status == 204 || p.status == 304:
		p.place = whole
	case p.chunked:
		p.last = p.last || p.length >= 0 // both framings: the connection is not to be trusted further
		p.place = chunkLine
	case p.length > mostBody:
		return errTooLarge
	case p.length == 0:
		p.place = whole
	case p.length > 0:
		p.place, p.left = fixedBody, p.length
	default:
		p.place, p.last = openBody, true
	}
	return nil
}

func (p *parser) chunk(line []byte) error {
	if len(line) > mostChunk {
		return errTooLarge
	}
	size, _, _ := bytes.Cut(line, []byte{';'})
	n, err := number(bytes.TrimRight(size, " \t"), 16)
	switch {
	case err != nil:
		return err
	case n > mostBody-p.body:
		return errTooLarge
	case n == 0:
		p.place = trailerLine
	default:
		p.place, p.left = chunkBody, n
		p.budget = min(p.budget+min(len(line), 16)+4, mostHeader) // a size costs nothing where something follows it; its extensions do
	}
	return nil
}

// number reads digits of the base and nothing else.
func number(digits []byte, base int64) (int64, error) {
	if len(digits) == 0 {
		return 0, errMalformed
	}
	var n int64
	for _, c := range digits {
		var v int64
		switch {
		case c >= '0' && c <= '9':
			v = int64(c - '0')
		case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
			v = int64(c|0x20-'a') + 10
		default:
			return 0, errMalformed
		}
		if n > (math.MaxInt64-v)/base {
			return 0, errMalformed
		}
		n = n*base + v
	}
	return n, nil
}

// sameFold reports whether b is the lower-case word, letters of either case.
func sameFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
