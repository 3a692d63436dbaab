// Package edge stands between a consumer and a provider: a proxy that passes
// every call on unharmed, makes one span of it, and tells what crossed.
package edge

import (
	"net/http"
	"time"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// A Phase says what a run was doing when an exchange crossed.
type Phase string

// The phases of a run, in their order; Live is the whole life of `seam up`.
const (
	Drive  Phase = "drive"
	Verify Phase = "verify"
	WarmUp Phase = "warm-up"
	Load   Phase = "load"
	Live   Phase = "live"
)

// An Exchange is what crossed an edge: one request with its answer. It is a
// value; its views are lazy and cost nothing until they are called. Headers
// and bodies are as they were on the wire, not redacted: whoever keeps an
// exchange longer than the observer's call keeps Redacted() of it.
type Exchange struct {
	Edge  system.Edge
	Phase Phase
	Raw   bool // a connection that passed untouched (protocol tcp): no method, target or status

	Trace   trace.ID
	Span    trace.SpanID // the edge's own span
	Parent  trace.SpanID // what the consumer sent; zero for a new root
	Context bool         // whether the request carried a trace context

	Method string
	Target string // path and query, as on the wire
	Route  string // low cardinality: "/orders/{id}"; "" when unknown
	Status int    // 0 when no answer came
	Call   string // of gRPC: the status, such as "OK" or "NOT_FOUND"; "" of what is no call or has none
	Fault  string // error.type: "" or why no whole answer passed, such as "connection_refused"

	Injected string // the faults that were put in its way, such as "latency 2s"; "" none

	Start time.Time     // first byte of the request
	TTFB  time.Duration // until the answer's header
	Took  time.Duration // until the last byte of the answer

	RequestBytes, ResponseBytes int64 // of the bodies, as on the wire

	capture *capture // nil where no observer asked for more
}

// Failed reports whether the exchange counts as an error of its edge, as its
// span does: it broke off, the provider answered 5xx, or a call of gRPC ended
// with a status that blames the server.
func (x *Exchange) Failed() bool {
	return x.Fault != "" || x.Status >= http.StatusInternalServerError || rpcFailed(x.Call)
}

// RequestHeader is read-only; nil where it was not captured.
func (x *Exchange) RequestHeader() http.Header {
	if x.capture == nil {
		return nil
	}
	return x.capture.requestHeader
}

// ResponseHeader is read-only; nil where it was not captured or no answer came.
func (x *Exchange) ResponseHeader() http.Header {
	if x.capture == nil {
		return nil
	}
	return x.capture.responseHeader
}

// RequestBody is what was captured of the request's body.
func (x *Exchange) RequestBody() Body {
	if x.capture == nil {
		return Body{}
	}
	return x.capture.request.view(x.capture.requestHeader)
}

// ResponseBody is what was captured of the answer's body.
func (x *Exchange) ResponseBody() Body {
	if x.capture == nil {
		return Body{}
	}
	return x.capture.response.view(x.capture.responseHeader)
}

// A Body is what was captured of one. Bytes is nil where none was captured and
// empty, not nil, where an empty one was.
type Body struct {
	Bytes     []byte // content decoding (gzip, br) undone; read-only
	Truncated bool   // longer than the capture limit, or not sent to its end: Bytes is a prefix or nil
	Encoded   string // the content coding that could not be undone: Bytes are as on the wire
}
