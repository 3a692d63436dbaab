package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A wire is a request as the bytes that HTTP/1.1 sends. Only its trace context
// changes from one sending to the next, in place. Each worker has its own.
type wire struct {
	bytes []byte
	trace int // where the digits of the trace id begin
	head  bool
	want  int // status that counts as success; 0: below 400

	label  string
	looked bool // somebody looks at the answer
	needs  needs
	plan   *stepPlan // of a flow, else nil
	fixed  bool      // the bytes are the same each time
}

// A traceID names one request for whoever traces it. The high half is that of
// the run, the low half is chance and also the id of the parent span.
type traceID struct{ high, low uint64 }

func (id traceID) String() string {
	var digits [32]byte
	putHex(digits[:16], id.high)
	putHex(digits[16:], id.low)
	return string(digits[:])
}

// newWire writes the request out (RFC 9112, section 3).
func newWire(r *Request) (*wire, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	header := http.Header{}
	for name, value := range r.Header {
		header.Set(name, value)
	}
	host := u.Host
	if given := header.Get("Host"); given != "" {
		host = given
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.method(), u.RequestURI(), host)
	for _, ours := range ourHeaders {
		header.Del(ours)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", userAgent)
	}
	for _, name := range sortedNames(header) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, strings.TrimSpace(header.Get(name)))
	}
	if len(r.Body) > 0 || (r.method() != http.MethodGet && r.method() != http.MethodHead) {
		fmt.Fprintf(&b, "Content-Length: %s\r\n", strconv.Itoa(len(r.Body)))
	}
	b.WriteString(traceHeader)
	w := &wire{trace: b.Len(), head: r.method() == http.MethodHead, want: r.Status, label: r.Name, fixed: true}
	if w.label == "" {
		w.label = r.method() + " " + r.pathOf()
	}
	b.WriteString(traceBlank)
	b.Write(r.Body)
	w.bytes = b.Bytes()
	return w, nil
}

func sortedNames(header http.Header) []string { return slices.Sorted(maps.Keys(header)) }

// The last header of every request, before its trace context is put in.
const (
	traceHeader = "Traceparent: 00-"
	traceBlank  = "00000000000000000000000000000000-0000000000000000-01\r\n\r\n"
)

// render writes the request of a step with the values of a session; body is
// room for its body. False: a value cannot stand where it would.
func (w *wire) render(s *session, body []byte) (room []byte, ok bool) {
	p := w.plan
	if p.next != nil {
		return body, w.renew(p.next(s.n))
	}
	if w.bytes, ok = p.head.render(w.bytes[:0], s); !ok {
		return body, false
	}
	if body, ok = p.body.render(body[:0], s); !ok {
		return body, false
	}
	if p.bodied {
		w.bytes = append(w.bytes, "Content-Length: "...)
		w.bytes = append(strconv.AppendInt(w.bytes, int64(len(body)), 10), "\r\n"...)
	}
	w.bytes = append(w.bytes, traceHeader...)
	w.trace = len(w.bytes)
	w.bytes = append(append(w.bytes, traceBlank...), body...)
	w.head, w.fixed = p.method == http.MethodHead, p.head.static() && p.body.static()
	return body, true
}

// ourHeaders are written by the sender, whatever a request says.
var ourHeaders = []string{"Host", "Traceparent", "Content-Length", "Transfer-Encoding", "Connection"}

// userAgent is sent where a request names none.
const userAgent = "seam"

// check refuses what would not be one well-formed request.
func (r *Request) check() error {
	if !isToken(r.method()) {
		return fmt.Errorf("load: %q is no HTTP method", r.Method)
	}
	for name, value := range r.Header {
		if !isToken(name) {
			return fmt.Errorf("load: %q is no name of a header", name)
		}
		if strings.ContainsFunc(value, func(c rune) bool { return (c < ' ' && c != '\t') || c == 0x7f }) {
			return fmt.Errorf("load: header %s: %q holds a control character", name, value)
		}
	}
	return nil
}

func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return false
		}
	}
	return true
}

// tokenByte reports whether a token may hold c (RFC 9110, section 5.6.2).
func tokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// splice puts the trace context of the next sending in its place (W3C Trace
// Context, section 3.2).
func (w *wire) splice(id traceID, sampled bool) { spliceContext(w.bytes[w.trace:], id, sampled) }

// spliceContext writes the digits of a trace context in place, from the trace id on.
func spliceContext(b []byte, id traceID, sampled bool) {
	b = b[:52]
	putHex(b[:16], id.high)
	putHex(b[16:32], id.low)
	copy(b[33:49], b[16:32])
	b[51] = '0'
	if sampled {
		b[51] = '1'
	}
}

// hexPairs holds the two digits of each byte.
var hexPairs = func() (pairs [256]uint16) {
	const digits = "0123456789abcdef"
	for i := range pairs {
		pairs[i] = uint16(digits[i>>4]) | uint16(digits[i&15])<<8
	}
	return pairs
}()

// putHex writes v as 16 digits.
func putHex(b []byte, v uint64) {
	_ = b[15]
	for i := 14; i >= 0; i -= 2 {
		binary.LittleEndian.PutUint16(b[i:], hexPairs[byte(v)])
		v >>= 8
	}
}
