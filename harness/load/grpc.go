package load

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A GRPC makes a Request a call of gRPC: its messages, encoded already, take
// the place of the body, and the status is in the trailers of the answer. The
// path of the request's URL names the method, as in /pkg.Service/Method; the
// scheme is http for h2c and https for TLS.
type GRPC struct {
	Messages [][]byte `json:"messages"` // sent one after the other, then the sending side ends
	Kind     Kind     `json:"kind,omitempty"`
	Status   string   `json:"status,omitempty"` // that counts as success, such as "NOT_FOUND"; "": OK
}

// A Kind says which sides of a call stream: "unary", "server", "client", "bidi".
type Kind string

// The kinds of calls.
const (
	Unary        Kind = "unary" // also where nothing is said
	ServerStream Kind = "server"
	ClientStream Kind = "client"
	BidiStream   Kind = "bidi"
)

func (g *GRPC) check(path string) error {
	switch g.Kind {
	case "", Unary, ServerStream:
		if len(g.Messages) != 1 {
			return fmt.Errorf("load: a call of the kind %q sends one message, not %d", orDefault(g.Kind, Unary), len(g.Messages))
		}
	case ClientStream, BidiStream:
	default:
		return fmt.Errorf("load: kind %q of a call is not known; there are unary, server, client and bidi", g.Kind)
	}
	if codeOf(g.Status) < 0 {
		return fmt.Errorf("load: %q is no status of gRPC; there are %s", g.Status, strings.Join(statuses(), ", "))
	}
	service, method, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || service == "" || method == "" || strings.Contains(method, "/") {
		return fmt.Errorf("load: %q names no method of gRPC; write it as /pkg.Service/Method", path)
	}
	return nil
}

// answersOnce reports whether a call that succeeds is answered with exactly one message.
func (g *GRPC) answersOnce() bool { return g.Kind != ServerStream && g.Kind != BidiStream }

// grpcHead is the length of what stands before each message: whether it is
// compressed, and how long it is.
const grpcHead = 5

// body is the messages as DATA carries them.
func (g *GRPC) body() []byte {
	var b []byte
	for _, message := range g.Messages {
		b = append(b, 0)
		b = binary.BigEndian.AppendUint32(b, uint32(len(message)))
		b = append(b, message...)
	}
	return b
}

// grpcTimeout is the limit of a call as its header has it: at most eight
// digits and a unit.
func grpcTimeout(d time.Duration) string {
	const most = 99_999_999
	switch {
	case d.Microseconds() <= most:
		return strconv.FormatInt(max(d.Microseconds(), 1), 10) + "u"
	case d.Milliseconds() <= most:
		return strconv.FormatInt(d.Milliseconds(), 10) + "m"
	}
	return strconv.FormatInt(min(int64(d.Seconds()), most), 10) + "S"
}

// grpcClasses are the classes of calls that ended with a status, by its code
// (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
var grpcClasses = [...]string{
	"", "grpc-CANCELLED", "grpc-UNKNOWN", "grpc-INVALID_ARGUMENT", "grpc-DEADLINE_EXCEEDED", "grpc-NOT_FOUND", "grpc-ALREADY_EXISTS",
	"grpc-PERMISSION_DENIED", "grpc-RESOURCE_EXHAUSTED", "grpc-FAILED_PRECONDITION", "grpc-ABORTED", "grpc-OUT_OF_RANGE",
	"grpc-UNIMPLEMENTED", "grpc-INTERNAL", "grpc-UNAVAILABLE", "grpc-DATA_LOSS", "grpc-UNAUTHENTICATED",
}

// grpcClass is the class of a status; "" for OK.
func grpcClass(code int) string {
	if code < 0 || code >= len(grpcClasses) {
		return "grpc-UNKNOWN"
	}
	return grpcClasses[code]
}

// statuses are the names of the statuses of gRPC, by their codes.
func statuses() []string {
	var all []string
	for code := range grpcClasses {
		all = append(all, grpcStatus(code))
	}
	return all
}

// grpcStatus is the name of a status.
func grpcStatus(code int) string {
	return orDefault(strings.TrimPrefix(grpcClass(code), "grpc-"), "OK")
}

// codeOf is the code of a status, OK where none is named; -1 where there is none of the name.
func codeOf(status string) int { return slices.Index(statuses(), orDefault(status, "OK")) }

// A messageCounter counts the messages of an answer without keeping them.
type messageCounter struct {
	messages int64
	left     uint32 // of the message
	head     [grpcHead]byte
	have     int // bytes of head
}

// feed takes the next bytes of the body; false where they are no message.
func (c *messageCounter) feed(b []byte) bool {
	for len(b) > 0 {
		if c.left > 0 {
			n := min(int(c.left), len(b))
			c.left -= uint32(n)
			b = b[n:]
			continue
		}
		n := copy(c.head[c.have:], b)
		c.have += n
		b = b[n:]
		if c.have < grpcHead {
			return true
		}
		if c.head[0] > 1 {
			return false
		}
		c.have, c.left = 0, binary.BigEndian.Uint32(c.head[1:])
		c.messages++
	}
	return true
}

// whole reports whether the last message has ended.
func (c *messageCounter) whole() bool { return c.left == 0 && c.have == 0 }

// mostNote is how much is kept of what a server says to an error.
const mostNote = 600

// plainMessage undoes the percent-encoding of grpc-message, and leaves nothing
// in it that a terminal would obey.
func plainMessage(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, i = byte(v), i+2
			}
		}
		if c < ' ' || c == 0x7f {
			c = ' '
		}
		b.WriteByte(c)
	}
	return strings.ToValidUTF8(b.String(), "")
}
