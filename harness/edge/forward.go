package edge

import (
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// forward sends the call to the provider and its answer to the consumer.
func (c *call) forward(w http.ResponseWriter) {
	r := c.request
	if r.Method == http.MethodConnect {
		c.refuse(w, &failure{
			status: statusNoMethod, fault: faultMethod, message: "CONNECT cannot pass an edge",
			remedy: "call the edge's URL directly; it is no forward proxy",
		})
		return
	}
	to, wrong := c.proxy.await(r.Context())
	if wrong != nil {
		c.refuse(w, wrong)
		return
	}
	if r.ProtoMajor == 1 && r.ContentLength != 0 {
		// An answer may begin before its request has ended.
		_ = http.NewResponseController(w).EnableFullDuplex() // only HTTP/1 needs it
	}
	c.conn.sent.Store(false)
	c.conn.heard.Store(false)
	if r.ProtoMajor == 1 {
		c.conn.current.Store(c)
		defer c.conn.current.Store(nil)
	}
	var way http.RoundTripper = upstream{}
	if disturb := c.proxy.cfg.Disturb; disturb != nil {
		way = disturb(&c.Exchange, way)
	}
	response, err := way.RoundTrip(c.outgoing(to))
	if err != nil {
		c.refuse(w, c.noAnswer(err))
		return
	}
	if c.body.wait != nil {
		close(c.body.wait.answered)
	}
	if response.Body == nil {
		response.Body = http.NoBody
	}
	defer response.Body.Close()
	c.TTFB = time.Since(c.Start)
	c.Status = response.StatusCode
	if c.capture != nil {
		c.capture.responseHeader = response.Header.Clone()
	}
	if c.Status == http.StatusSwitchingProtocols {
		c.switchProtocols(w, response)
		return
	}
	c.answer(w, response)
}

// outgoing is the request that the provider is sent. It differs from the
// consumer's in the trace context and in what belongs to one connection only.
func (c *call) outgoing(to *url.URL) *http.Request {
	r := c.request
	early := &httptrace.ClientTrace{
		Got1xxResponse: c.early,
		GotConn:        func(info httptrace.GotConnInfo) { c.idle = info.IdleTime },
	}
	out := r.WithContext(httptrace.WithClientTrace(r.Context(), early))
	out.URL = locate(to, r.URL, c.Target)
	out.RequestURI = ""
	if c.proxy.cfg.RewriteHost {
		out.Host, c.host = to.Host, to.Host
	}
	out.Header = r.Header // a capture has its own
	upgrade := passable(upgradeOf(r.Header))
	withinConnection(out.Header)
	if len(upgrade) > 0 {
		out.Header["Connection"], out.Header["Upgrade"] = []string{"Upgrade"}, upgrade
	}
	if _, named := out.Header["User-Agent"]; !named {
		out.Header["User-Agent"] = nil // net/http would name itself
	}
	c.context.inject(out.Header, c)
	out.Body, out.Trailer = http.NoBody, nil
	if r.ContentLength != 0 {
		out.Body = &c.body
	}
	if r.ContentLength < 0 {
		c.trailer = make(http.Header, len(r.Trailer))
		for name := range r.Trailer {
			c.trailer[name] = nil
		}
		out.Trailer = c.trailer
	}
	return out
}

// locate puts the request's own path and query, byte for byte, behind the
// provider's address. A path that begins with two slashes cannot be handed to
// net/http that way; it keeps its bytes as long as they are legal in a URL.
func locate(to, parsed *url.URL, target string) *url.URL {
	path, query, asked := strings.Cut(target, "?")
	u := &url.URL{Scheme: to.Scheme, Host: to.Host, RawQuery: query, ForceQuery: asked && query == ""}
	base := strings.TrimSuffix(to.EscapedPath(), "/")
	if path != "*" {
		path = base + path
	}
	u.Path, u.RawPath = strings.TrimSuffix(to.Path, "/")+parsed.Path, path
	if !strings.HasPrefix(path, "//") {
		u.Opaque = path
	}
	return u
}

// withinConnection takes out what concerns one connection only (RFC 9110,
// section 7.6.1). Proxy-Authorization stays: the edge asks for none, so it is
// meant for the provider.
func withinConnection(h http.Header) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	delete(h, "Connection")
	delete(h, "Keep-Alive")
	delete(h, "Proxy-Connection")
	delete(h, "Transfer-Encoding")
	delete(h, "Upgrade")
	delete(h, "Http2-Settings")
	if te := h["Te"]; te != nil {
		delete(h, "Te")
		if hasToken(te, "trailers") {
			h["Te"] = []string{"trailers"}
		}
	}
}

// upgradeOf is the protocol that a header asks to change to, nil where it does not.
func upgradeOf(h http.Header) []string {
	if !hasToken(h["Connection"], "upgrade") {
		return nil
	}
	return h["Upgrade"]
}

// passable leaves h2c out of what a consumer asks to change to: calls could not
// be told apart after it, and HTTP/2 knows this way in no longer (RFC 9113,
// section 3.1).
func passable(protocols []string) []string {
	return slices.DeleteFunc(slices.Clone(protocols), func(one string) bool { return strings.EqualFold(one, "h2c") })
}

// hasToken looks for token in comma-separated lines, whatever its case.
func hasToken(lines []string, token string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(one), token) {
				return true
			}
		}
	}
	return false
}

// early passes an informational answer (1xx) on, such as 103 (Early Hints), as
// long as no other has begun. 100 (Continue) is for those who expect it.
func (c *call) early(code int, header textproto.MIMEHeader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered || !c.request.ProtoAtLeast(1, 1) {
		return nil
	}
	if code == http.StatusContinue {
		if c.body.wait == nil || isClosed(c.body.wait.given) {
			return nil
		}
		defer close(c.body.wait.given) // last: net/http would send a second one
		if c.request.ProtoMajor != 1 {
			return nil // net/http sends it when the body is read
		}
	}
	h := c.writer.Header()
	for name, values := range header {
		h[name] = values
	}
	c.writer.WriteHeader(code)
	clear(h)
	return nil
}
