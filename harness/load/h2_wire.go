package load

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// An h2Wire is a request as HTTP/2 sends it: a block of headers that needs no
// state of the connection, as no field in it is to be indexed, with one place
// where the trace context of each sending is put.
type h2Wire struct {
	block []byte
	trace int // where the digits of the trace id begin
	body  []byte
	head  bool
	want  int // status that counts as success; 0: below 400
	grpc  bool
	code  int  // of gRPC: the status that is wanted
	once  bool // of gRPC: one message answers it
	label string

	plain  *wire     // as HTTP/1.1 sends it; nil over HTTP/2
	plan   *stepPlan // of a flow, else nil
	looked bool      // somebody looks at the answer
	needs  needs
	line   []byte // room of render
}

// hopHeaders say something of a connection of HTTP/1.1 (RFC 9113, section
// 8.2.2), or are written by us.
var hopHeaders = []string{
	"Host", "Traceparent", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "Te",
}

// Names in the static table of HPACK (RFC 7541, appendix A).
const (
	fieldAuthority = 1
	fieldGet       = 2
	fieldPost      = 3
	fieldMethod    = 2
	fieldPath      = 4
	fieldHTTP      = 6
	fieldHTTPS     = 7
)

func newH2Wire(r *Request, timeout time.Duration) (*h2Wire, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	w := &h2Wire{body: r.Body, head: r.method() == http.MethodHead, want: r.Status}
	header := http.Header{}
	for name, value := range r.Header {
		header.Set(name, value)
	}
	host := u.Host
	if given := header.Get("Host"); given != "" {
		host = given
	}
	for _, name := range hopHeaders {
		header.Del(name)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", userAgent)
	}
	method := r.method()
	switch {
	case r.GRPC != nil:
		method, w.grpc, w.once, w.body = http.MethodPost, true, r.GRPC.answersOnce(), r.GRPC.body()
		w.code = codeOf(r.GRPC.Status)
		header.Set("Te", "trailers")
		header.Set("Content-Type", "application/grpc")
		header.Set("Grpc-Timeout", grpcTimeout(timeout))
	case len(r.Body) > 0 || (method != http.MethodGet && method != http.MethodHead):
		header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.label = orDefault(r.Name, method+" "+r.pathOf())
	w.pseudo(method, u, host)
	w.fields(header)
	return w, nil
}

// pseudo writes the fields that stand for the request line.
func (w *h2Wire) pseudo(method string, u *url.URL, host string) {
	w.start(method, u.Scheme == "https")
	w.block = appendString(append(w.block, fieldAuthority), host)
	w.block = appendString(append(w.block, fieldPath), u.RequestURI())
}

// start writes the first of them.
func (w *h2Wire) start(method string, secure bool) {
	switch method {
	case http.MethodGet:
		w.block = append(w.block, 0x80|fieldGet)
	case http.MethodPost:
		w.block = append(w.block, 0x80|fieldPost)
	default:
		w.block = appendString(append(w.block, fieldMethod), method)
	}
	scheme := byte(fieldHTTP)
	if secure {
		scheme = fieldHTTPS
	}
	w.block = append(w.block, 0x80|scheme)
}

// fields writes the headers, in the order of their names, and the trace context.
func (w *h2Wire) fields(header http.Header) {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		w.block = appendString(append(w.block, 0), strings.ToLower(name))
		w.block = appendString(w.block, strings.TrimSpace(header.Get(name)))
	}
	w.context()
}

// context leaves room for the trace context.
func (w *h2Wire) context() {
	w.block = appendString(append(w.block, 0), "traceparent")
	const empty = "00-00000000000000000000000000000000-0000000000000000-01"
	w.block = appendString(w.block, empty)
	w.trace = len(w.block) - len(empty) + len("00-")
}

// appendString writes a string as HPACK does, without Huffman's code.
func appendString[T string | []byte](b []byte, s T) []byte {
	if n := len(s); n < 127 {
		b = append(b, byte(n))
	} else {
		b = append(b, 127)
		for n -= 127; n >= 128; n >>= 7 {
			b = append(b, byte(n)|128)
		}
		b = append(b, byte(n))
	}
	return append(b, s...)
}

// appendTo writes the headers of one sending as frames of at most the size.
func (w *h2Wire) appendTo(b []byte, st *stream, sampled bool, size int) []byte {
	flags := byte(0)
	if len(st.rest) == 0 {
		flags = flagEndStream
	}
	if len(w.block) <= size {
		b = appendFrame(b, frame{frameHeaders, flags | flagEndHeaders, st.id, w.block})
		spliceContext(b[len(b)-len(w.block)+w.trace:], st.mark.trace, sampled)
		return b
	}
	whole := append([]byte(nil), w.block...) // so large a request may cost an allocation
	spliceContext(whole[w.trace:], st.mark.trace, sampled)
	for kind := frameHeaders; ; kind, flags = frameContinuation, 0 {
		n := min(size, len(whole))
		if n == len(whole) {
			flags |= flagEndHeaders
		}
		b = appendFrame(b, frame{kind, flags, st.id, whole[:n]})
		if whole = whole[n:]; len(whole) == 0 {
			return b
		}
	}
}
