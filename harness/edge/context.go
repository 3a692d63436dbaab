package edge

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/seamtest/seam/harness/trace"
)

// The headers of the trace contexts that an edge understands, as net/http
// spells them.
const (
	headerTraceparent = "Traceparent"
	headerTracestate  = "Tracestate"
	headerJaeger      = "Uber-Trace-Id"
	headerB3          = "B3"
	headerB3Trace     = "X-B3-Traceid"
	headerB3Span      = "X-B3-Spanid"
	headerB3Parent    = "X-B3-Parentspanid"
	headerB3Sampled   = "X-B3-Sampled"
	headerB3Flags     = "X-B3-Flags"
)

// The trace-flags of W3C Trace Context: the first level knows the first.
const (
	flagSampled = 0x01
	flagRandom  = 0x02
)

// A remote is the trace context that a consumer sent.
type remote struct {
	ok      bool // trace and span are set
	w3c     bool // by traceparent
	trace   trace.ID
	span    trace.SpanID
	sampled bool
	random  bool   // the trace's id is, as W3C's second level has it
	denied  bool   // the consumer asked for this call not to be sampled, with or without a context
	state   string // W3C tracestate
}

// extract reads the context that a request carries: W3C's before Jaeger's
// before B3's. A malformed one is as good as none.
func extract(h http.Header) remote {
	if lines := h[headerTraceparent]; len(lines) == 1 {
		if r := parseTraceparent(lines[0]); r.ok {
			r.w3c, r.state = true, strings.Join(h[headerTracestate], ",")
			return r
		}
	}
	if lines := h[headerJaeger]; len(lines) == 1 {
		if r := parseJaeger(lines[0]); r.ok {
			return r
		}
	}
	if lines := h[headerB3]; len(lines) == 1 {
		if r := parseB3(lines[0]); r.ok || r.denied {
			return r
		}
	}
	return parseB3Headers(h)
}

// parseTraceparent follows W3C Trace Context, section 3.2: a version that is
// not known yet is read as far as version 00 goes.
func parseTraceparent(s string) (r remote) {
	const size = 55
	s = textproto.TrimString(s)
	switch {
	case len(s) < size, s[2] != '-', s[35] != '-', s[52] != '-':
		return remote{}
	case len(s) > size && (s[:2] == "00" || s[size] != '-'):
		return remote{}
	}
	var version, flags [1]byte
	if !lowerHex(version[:], s[:2]) || !lowerHex(flags[:], s[53:size]) || version[0] == 0xff {
		return remote{}
	}
	if !lowerHex(r.trace[:], s[3:35]) || !lowerHex(r.span[:], s[36:52]) {
		return remote{}
	}
	r.sampled, r.random = flags[0]&flagSampled != 0, flags[0]&flagRandom != 0
	r.denied = !r.sampled
	return r.checked()
}

// parseJaeger reads trace-id:span-id:parent-id:flags, where ids may be short
// and the colons may be percent-encoded.
func parseJaeger(s string) (r remote) {
	if strings.IndexByte(s, '%') >= 0 {
		plain, err := url.QueryUnescape(s)
		if err != nil {
			return remote{}
		}
		s = plain
	}
	parts := strings.Split(textproto.TrimString(s), ":")
	if len(parts) != 4 {
		return remote{}
	}
	var flags [1]byte
	if !padded(r.trace[:], parts[0]) || !padded(r.span[:], parts[1]) || !padded(flags[:], parts[3]) {
		return remote{}
	}
	r.sampled = flags[0]&flagSampled != 0
	r.denied = !r.sampled
	return r.checked()
}

// parseB3 reads trace-span[-sampled[-parent]], or the sampling state alone.
func parseB3(s string) (r remote) {
	s = textproto.TrimString(s)
	if s == "0" {
		return remote{denied: true}
	}
	parts := strings.Split(s, "-")
	if len(parts) < 2 || len(parts) > 4 || !padded(r.trace[:], parts[0]) || !padded(r.span[:], parts[1]) {
		return remote{}
	}
	r.sampled = true // left to whoever comes next
	if len(parts) > 2 {
		r.sampled = parts[2] == "1" || parts[2] == "d"
		r.denied = !r.sampled
	}
	return r.checked()
}

// parseB3Headers reads B3 in several headers.
func parseB3Headers(h http.Header) (r remote) {
	sampled := h.Get(headerB3Sampled)
	r.denied = (sampled == "0" || strings.EqualFold(sampled, "false")) && h.Get(headerB3Flags) != "1"
	r.sampled = !r.denied
	if !padded(r.trace[:], h.Get(headerB3Trace)) || !padded(r.span[:], h.Get(headerB3Span)) {
		return remote{denied: r.denied}
	}
	return r.checked()
}

// checked withholds a context with an id of only zeros.
func (r remote) checked() remote {
	r.ok = !r.trace.IsZero() && !r.span.IsZero()
	if !r.ok {
		return remote{}
	}
	return r
}

// flags is what the provider is sent. In the drive every call is sampled, so
// that traces are whole; else the consumer decides, and a new root is sampled.
func (r *remote) flags(phase Phase) (flags byte) {
	if r.random {
		flags = flagRandom
	}
	if phase == Drive || r.sampled || !r.denied {
		flags |= flagSampled
	}
	return flags
}

// inject makes the edge's span the provider's parent in W3C's, Jaeger's and
// both of B3's headers: a provider that knows one of them joins the trace.
// Baggage stays as it came, and so does tracestate beside a traceparent that
// was understood; without one it is of no trace (W3C Trace Context, section 4.3).
func (r *remote) inject(h http.Header, c *call) {
	if !r.w3c {
		delete(h, headerTracestate)
	}
	const w3c, jaeger, b3 = 2 + 1 + 32 + 1 + 16 + 1 + 2, 32 + 1 + 16 + 1 + 16 + 2, 32 + 1 + 16 + 1 + 1 + 1 + 16
	sampled := '0' + c.flags&flagSampled // the next bit means debug to Jaeger
	b := make([]byte, 0, w3c+jaeger+b3)
	b = append(b, "00-"...)
	b = append(appendIDs(b, c, '-'), '-', '0', '0'+c.flags)
	b = append(appendIDs(b, c, ':'), ':')
	if c.Parent.IsZero() {
		b = append(b, '0')
	} else {
		b = hex.AppendEncode(b, c.Parent[:])
	}
	b = append(b, ':', sampled)
	single := len(b)
	b = append(appendIDs(b, c, '-'), '-', sampled)
	if !c.Parent.IsZero() {
		b = hex.AppendEncode(append(b, '-'), c.Parent[:])
	}
	all := string(b)
	lines := []string{all[:w3c], all[w3c:single], all[single:], all[3:35], all[36:52], all[single-1 : single]}
	for i, name := range [...]string{headerTraceparent, headerJaeger, headerB3, headerB3Trace, headerB3Span, headerB3Sampled} {
		h[name] = lines[i : i+1 : i+1]
	}
	delete(h, headerB3Parent)
	if !c.Parent.IsZero() {
		h[headerB3Parent] = []string{all[len(all)-16:]}
	}
}

func appendIDs(b []byte, c *call, between byte) []byte {
	b = append(hex.AppendEncode(b, c.Trace[:]), between)
	return hex.AppendEncode(b, c.Span[:])
}

// Served begins the span of one who serves a request with these headers: the
// child of the context that they carry, or a root. It is nil where the
// consumer asked for this call not to be sampled.
func Served(h http.Header) *trace.Span {
	r := extract(h)
	switch {
	case r.denied:
		return nil
	case !r.ok:
		return &trace.Span{Trace: newTrace(), ID: newSpan(), Kind: trace.Server, Flags: flagSampled | flagKnowsRemote}
	}
	return &trace.Span{
		Trace: r.trace, ID: newSpan(), Parent: r.span, State: limit(redactMembers(r.state)), Kind: trace.Server,
		Flags: flagSampled | flagKnowsRemote | flagParentRemote,
	}
}

// newTrace and newSpan draw from the runtime's ChaCha8, which is seeded by the
// system for each thread and takes no lock.
func newTrace() (id trace.ID) {
	for id.IsZero() {
		binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
		binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id
}

func newSpan() (id trace.SpanID) {
	for id.IsZero() {
		binary.LittleEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// lowerHex decodes s into all of to; W3C's ids are lower-case.
func lowerHex(to []byte, s string) bool {
	if len(s) != 2*len(to) {
		return false
	}
	for i := range to {
		high, low := digit(s[2*i]), digit(s[2*i+1])
		if high > 15 || low > 15 {
			return false
		}
		to[i] = high<<4 | low
	}
	return true
}

// padded decodes s, of 1 to 2*len(to) digits of either case, to the end of to.
func padded(to []byte, s string) bool {
	if s == "" || len(s) > 2*len(to) {
		return false
	}
	clear(to)
	for i := range len(s) {
		d := digit(s[len(s)-1-i] | 0x20)
		if d > 15 {
			return false
		}
		to[len(to)-1-i/2] |= d << (4 * (i % 2))
	}
	return true
}

// digit is the value of a lower-case hexadecimal digit; above 15 for any other byte.
func digit(b byte) byte {
	switch {
	case '0' <= b && b <= '9':
		return b - '0'
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10
	}
	return 255
}
