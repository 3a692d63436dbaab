package edge

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// The attributes of OpenTelemetry's stable HTTP conventions that an edge's
// span bears (semantic conventions v1.43, "HTTP server span").
const (
	attrService       = attribute.Key("service.name")
	attrMethod        = attribute.Key("http.request.method")
	attrMethodRaw     = attribute.Key("http.request.method_original")
	attrPath          = attribute.Key("url.path")
	attrQuery         = attribute.Key("url.query")
	attrScheme        = attribute.Key("url.scheme")
	attrRoute         = attribute.Key("http.route")
	attrStatus        = attribute.Key("http.response.status_code")
	attrServerAddress = attribute.Key("server.address")
	attrServerPort    = attribute.Key("server.port")
	attrClientAddress = attribute.Key("client.address")
	attrVersion       = attribute.Key("network.protocol.version")
	attrTransport     = attribute.Key("network.transport")
	attrUserAgent     = attribute.Key("user_agent.original")
	attrRequestSize   = attribute.Key("http.request.body.size")
	attrResponseSize  = attribute.Key("http.response.body.size")
	attrError         = attribute.Key("error.type")
	attrReceived      = attribute.Key("seam.bytes.request")
	attrAnswered      = attribute.Key("seam.bytes.response")
)

// attrLimit bounds a span's text that a consumer chooses, in bytes.
const attrLimit = 2 << 10

// OTLP's span flags above the byte of W3C's trace-flags.
const (
	flagKnowsRemote  = 0x100
	flagParentRemote = 0x200
)

// describe makes what all spans of the edge share.
func (p *Proxy) describe() {
	e := p.cfg.Edge
	p.resource = &trace.Resource{Service: e.Provider, Attrs: []attribute.KeyValue{attrService.String(e.Provider)}}
	p.scope = &trace.Scope{Name: trace.EdgeScope}
	p.fixed = []attribute.KeyValue{trace.EdgeConsumer.String(e.Consumer), trace.EdgeProvider.String(e.Provider)}
}

// span tells of the exchange that ended.
func (c *call) span() *trace.Span {
	s := c.proxy.newSpan(&c.Exchange, c.context.state, c.flags)
	method := knownMethod(c.Method)
	s.Name = method
	if method == "_OTHER" {
		s.Name = "HTTP"
	}
	if c.Route != "" {
		s.Name += " " + limit(c.Route)
	}
	s.Attrs = append(s.Attrs, attrMethod.String(method))
	if method != c.Method {
		s.Attrs = append(s.Attrs, attrMethodRaw.String(limit(c.Method)))
	}
	if !c.Context {
		s.Attrs = append(s.Attrs, trace.EdgeContext.Bool(false))
	}
	c.describeURL(s)
	c.describeEnds(s)
	s.Attrs = append(s.Attrs, attrRequestSize.Int64(c.RequestBytes), attrResponseSize.Int64(c.ResponseBytes))
	c.judge(s)
	c.describeCall(s)
	return s
}

// newSpan is a span with what every exchange has.
func (p *Proxy) newSpan(x *Exchange, state string, flags byte) *trace.Span {
	const most = 20
	s := &trace.Span{
		Trace: x.Trace, ID: x.Span, Parent: x.Parent, State: limit(redactMembers(state)),
		Flags: uint32(flags) | flagKnowsRemote,
		Kind:  trace.Server, Start: x.Start, End: x.Start.Add(x.Took),
		Resource: p.resource, Scope: p.scope,
		Attrs: make([]attribute.KeyValue, 0, most),
	}
	if !x.Parent.IsZero() {
		s.Flags |= flagParentRemote
	}
	s.Attrs = append(s.Attrs, p.fixed...)
	s.Attrs = append(s.Attrs, trace.EdgePhase.String(string(x.Phase)))
	if x.Injected != "" {
		s.Attrs = append(s.Attrs, trace.EdgeFault.String(x.Injected))
	}
	return s
}

// describeURL adds what was asked for, without the secrets in it.
func (c *call) describeURL(s *trace.Span) {
	path, query, asked := strings.Cut(RedactTarget(c.Target), "?")
	s.Attrs = append(s.Attrs, attrScheme.String("http"), attrPath.String(limit(path)))
	if asked && query != "" {
		s.Attrs = append(s.Attrs, attrQuery.String(limit(query)))
	}
	if c.Route != "" {
		s.Attrs = append(s.Attrs, attrRoute.String(limit(c.Route)))
	}
}

// describeEnds adds who spoke to whom and how.
func (c *call) describeEnds(s *trace.Span) {
	r := c.request
	host, port := c.host, ""
	if h, n, err := net.SplitHostPort(host); err == nil {
		host, port = h, n
	}
	if host != "" {
		s.Attrs = append(s.Attrs, attrServerAddress.String(limit(host)))
	}
	if n, err := strconv.Atoi(port); err == nil {
		s.Attrs = append(s.Attrs, attrServerPort.Int(n))
	}
	if client, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		s.Attrs = append(s.Attrs, attrClientAddress.String(client))
	}
	s.Attrs = append(s.Attrs, attrVersion.String(version(r)))
	if agent := r.Header["User-Agent"]; len(agent) > 0 {
		s.Attrs = append(s.Attrs, attrUserAgent.String(limit(RedactTarget(agent[0]))))
	}
}

// judge sets the status as the conventions ask of a server's span: an error
// for 5xx and for an answer that did not come or broke off, else unset.
func (c *call) judge(s *trace.Span) {
	status := c.Status
	if c.sent != 0 {
		status = c.sent
	}
	if status != 0 {
		s.Attrs = append(s.Attrs, attrStatus.Int(status))
	}
	if c.Fault == FaultInjected && c.message == "" {
		c.message = "an injected fault stands for the provider's answer: " + c.Injected
	}
	switch {
	case c.Fault != "":
		s.Code, s.Message = trace.Error, limit(c.message)
		s.Attrs = append(s.Attrs, attrError.String(c.Fault))
	case status >= http.StatusInternalServerError:
		s.Code = trace.Error
		s.Attrs = append(s.Attrs, attrError.String(strconv.Itoa(status)))
	}
}

// knownMethod is the method, or _OTHER where the conventions do not list it.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "QUERY":
		return method
	}
	return "_OTHER"
}

func version(r *http.Request) string {
	switch {
	case r.ProtoMajor == 1 && r.ProtoMinor == 0:
		return "1.0"
	case r.ProtoMajor == 1:
		return "1.1"
	}
	return strconv.Itoa(r.ProtoMajor)
}

// limit cuts s to what a span may hold, at a whole character, and makes it
// UTF-8, as OTLP demands.
func limit(s string) string {
	if len(s) > attrLimit {
		s = strings.ToValidUTF8(s[:attrLimit], "")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
