package contracts

import (
	"net/http"
	"strconv"
	"strings"
)

// kinds are the interaction types of V4 by their names in files.
var kinds = map[string]Kind{
	"Synchronous/HTTP":      HTTP,
	"Asynchronous/Messages": AsyncMessage,
	"Synchronous/Messages":  SyncMessage,
}

func (r *reader) interaction(n *node) Interaction {
	o := r.object(n)
	if n.shape() != isObject {
		return Interaction{}
	}
	i := r.common(o)
	if r.version == V4 {
		i.Kind = r.kind(o)
		i.Key = r.text(o.take("key"))
		i.Pending = r.flag(o.take("pending"))
		i.Transport = r.text(o.take("transport"))
		i.Comments = r.rawMap(o.take("comments"))
		i.Plugins = r.rawMap(o.take("pluginConfiguration"))
		if markup := o.take("interactionMarkup"); markup != nil && markup.shape() != isNull {
			i.Markup = markup.compact()
		}
	}
	switch i.Kind {
	case HTTP:
		i.Request = r.request(r.needed(o, "request"))
		i.Response = r.response(r.needed(o, "response"))
	case AsyncMessage:
		i.Messages = []Message{r.messageV4(o)}
	case SyncMessage:
		i.Messages = r.exchangeV4(o)
	}
	i.Unknown = r.unknown(o)
	return i
}

// common reads what every interaction and message of every version has.
func (r *reader) common(o *object) Interaction {
	i := Interaction{ID: r.text(o.take("_id"))}
	description := o.take("description")
	if description == nil {
		r.warn(o.n, "has no description")
	}
	i.Description = r.text(description)
	i.States = r.states(o)
	return i
}

func (r *reader) needed(o *object, name string) *node {
	n := o.take(name)
	if n == nil || n.shape() == isNull {
		r.fault(o.n, "add one", "the interaction has no %s", name)
		return nil
	}
	return n
}

func (r *reader) kind(o *object) Kind {
	n := o.take("type")
	const remedy = `"Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"`
	if n == nil || n.shape() == isNull {
		r.fault(o.n, `add "type": `+remedy, "the interaction has no type, which V4 demands")
		return HTTP
	}
	kind, known := kinds[n.text()]
	if !known {
		r.fault(n, remedy, "%q is no type of interaction", n.text())
	}
	return kind
}

// states reads providerStates, or else the single name of older files.
func (r *reader) states(o *object) []State {
	n := o.take("providerStates")
	single := o.take("providerState", "provider_state")
	if n == nil || n.shape() == isNull {
		if name := r.text(single); name != "" {
			return []State{{Name: name}}
		}
		return nil
	}
	if n.shape() == isString {
		r.warn(n, "one provider state where a list is expected")
		return []State{{Name: n.text()}}
	}
	var states []State
	for _, item := range r.list(n) {
		states = append(states, r.state(item))
	}
	return states
}

func (r *reader) state(n *node) State {
	if n.shape() == isString {
		r.warn(n, `a provider state is expected as {"name": ...}`)
		return State{Name: n.text()}
	}
	o := r.object(n)
	s := State{Name: r.text(o.take("name")), Params: r.valueMap(o.take("params"))}
	for _, m := range o.rest() {
		r.warn(m, "unknown member %q is left out", m.key)
	}
	return s
}

func (r *reader) request(n *node) *Request {
	q := &Request{Method: http.MethodGet, Path: "/"}
	if n == nil {
		return q
	}
	o := r.object(n)
	if m := o.take("method"); m == nil {
		r.warn(n, "the request has no method; it is taken as GET")
	} else if q.Method = strings.ToUpper(r.text(m)); !isToken(q.Method) {
		r.fault(m, "GET, POST, ...", "%q is no method", q.Method)
	}
	if m := o.take("path"); m == nil {
		r.warn(n, "the request has no path; it is taken as /")
	} else if path := r.text(m); path != "" {
		q.Path = path
	}
	q.Query = r.query(o.take("query"))
	q.Headers = r.headers(o.take("headers"))
	q.Body = r.body(o.take("body"), q.Headers)
	q.Rules = r.rules(o.take("matchingRules", "requestMatchingRules"))
	q.Generators = r.generators(o.take("generators"))
	q.Unknown = r.unknown(o)
	return q
}

func (r *reader) response(n *node) *Response {
	p := &Response{Status: http.StatusOK}
	if n == nil {
		return p
	}
	o := r.object(n)
	if s := o.take("status"); s == nil {
		r.warn(n, "the response has no status; it is taken as 200")
	} else {
		p.Status = r.status(s)
	}
	p.Headers = r.headers(o.take("headers"))
	p.Body = r.body(o.take("body"), p.Headers)
	p.Rules = r.rules(o.take("matchingRules", "responseMatchingRules"))
	p.Generators = r.generators(o.take("generators"))
	p.Unknown = r.unknown(o)
	return p
}

func (r *reader) status(n *node) int {
	if n.shape() == isNull {
		return http.StatusOK
	}
	code, err := strconv.Atoi(n.text())
	if err != nil || code < 100 || code > 599 {
		r.fault(n, "a whole number from 100 to 599", "%s is no status code", n.text())
	}
	return code
}

// isToken says whether s can be a method (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for _, c := range s {
		if c > 'z' || !isAlphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", c) {
			return false
		}
	}
	return s != ""
}

// body reads the body of a request or response by its version's rules.
func (r *reader) body(n *node, headers map[string][]string) Body {
	return r.bodyOf(n, headerValue(headers, "Content-Type"))
}

func (r *reader) bodyOf(n *node, declared string) Body {
	if r.version == V4 {
		return r.bodyV4(n, declared)
	}
	return r.bodyV3(n, declared)
}
