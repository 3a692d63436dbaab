package edge

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// A call is an exchange while it is open.
type call struct {
	Exchange
	entry

	proxy   *Proxy
	conn    *conn
	request *http.Request
	writer  http.ResponseWriter

	context remote        // what the consumer sent
	flags   byte          // W3C trace-flags that the provider is sent
	host    string        // that the provider is sent
	sent    int           // status of an answer that the edge gave itself; 0: none
	message string        // of the fault
	idle    time.Duration // of the kept connection that it was sent on; 0 of a new one

	body    requestBody
	trailer http.Header // that the provider is sent after the body; nil: none

	mu       sync.Mutex // serialises early answers (1xx) with the answer's header
	answered bool       // the answer's header is on its way; guarded by mu
	aborted  bool       // the answer did not reach its end; the connection cannot be used again
}

// handle passes one call on. Whatever happens within, it is observed once.
func (p *Proxy) handle(w http.ResponseWriter, r *http.Request) {
	p.enter()
	defer p.leave()
	c := p.newCall(w, r)
	c.aborted = true
	p.begun.Add(1)
	p.open.begin(&c.entry)
	defer c.end()
	if p.cfg.Begin != nil {
		p.cfg.Begin(&c.Exchange)
	}
	c.record()
	c.forward(w)
	c.aborted = false
}

// newCall makes the exchange of a request whose header was read.
func (p *Proxy) newCall(w http.ResponseWriter, r *http.Request) *call {
	s := p.state.Load()
	c := &call{proxy: p, conn: connOf(r.Context()), request: r, writer: w, host: r.Host}
	c.Edge, c.Phase, c.Method, c.Target = p.cfg.Edge, s.phase, r.Method, target(r)
	c.Start = p.startOf(c.conn, r)
	c.context = extract(r.Header)
	c.Context, c.Trace, c.Parent = c.context.ok, c.context.trace, c.context.span
	if !c.Context {
		c.Trace = newTrace()
		p.contextless.Add(1)
	}
	c.Span = newSpan()
	c.flags = c.context.flags(s.phase)
	path, _, _ := strings.Cut(c.Target, "?")
	c.Route = p.cfg.Route(r.Method, path)
	c.body.call, c.body.from, c.body.left = c, r.Body, r.ContentLength
	c.body.wait = newPermission(r)
	c.body.ended = r.ContentLength == 0
	c.x = &c.Exchange
	return c
}

// record asks what is to be captured, and captures the request's header.
func (c *call) record() {
	if c.proxy.cfg.Capture == nil {
		return
	}
	want := c.proxy.cfg.Capture(&c.Exchange)
	if !want.Headers && !want.Bodies {
		return
	}
	c.capture = &capture{requestHeader: c.request.Header.Clone()}
	c.capture.request.on, c.capture.response.on = want.Bodies, want.Bodies
	c.capture.request.expect(c.request.ContentLength)
}

// startOf is when the request's first byte came; streams of HTTP/2 share a
// connection, so theirs is when the header was complete.
func (p *Proxy) startOf(c *conn, r *http.Request) time.Time {
	if c != nil && r.ProtoMajor == 1 {
		if first := c.first.Load(); first > 0 {
			return p.epoch.Add(time.Duration(first))
		}
	}
	return time.Now()
}

// end has the exchange observed: the span first, so that whoever hears of the
// end finds it stored.
func (c *call) end() {
	p := c.proxy
	defer p.open.end(&c.entry)
	if c.Took == 0 {
		c.Took = time.Since(c.Start)
	}
	lost := c.body.stop(c.aborted)
	c.RequestBytes += c.body.count
	if c.capture != nil && !c.body.whole() {
		c.capture.request.truncated = true
	}
	p.observe(&c.Exchange, c.span())
	if lost {
		panic(http.ErrAbortHandler)
	}
}

// observe tells the observers of an exchange that ended.
func (p *Proxy) observe(x *Exchange, s *trace.Span) {
	defer p.ended.Add(1)
	if x.Fault != "" {
		p.unanswered.Add(1)
	}
	if p.cfg.Spans != nil {
		p.cfg.Spans(s)
	}
	if p.cfg.End != nil {
		p.cfg.End(x)
	}
}

// fence keeps early answers back from now on, and reports whether the answer's
// header is on its way already.
func (c *call) fence() (already bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	already, c.answered = c.answered, true
	return already
}

// target is a request's path and query as they were on the wire; an
// absolute-form target, as a forward proxy is sent, loses its authority.
func target(r *http.Request) string {
	t := r.RequestURI
	if t == "" || t[0] == '/' || t == "*" || r.Method == http.MethodConnect {
		return t
	}
	_, rest, found := strings.Cut(t, "://")
	if !found {
		return t
	}
	at := strings.IndexAny(rest, "/?")
	switch {
	case at < 0:
		return "/"
	case rest[at] == '?':
		return "/" + rest[at:]
	}
	return rest[at:]
}
