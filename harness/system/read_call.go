package system

import "strings"

// schemeOf is what a URL begins with, such as http://.
func schemeOf(url string) string {
	scheme, _, _ := strings.Cut(url, "://")
	return scheme + "://"
}

// checkCall holds the keys of a load that calls gRPC against one another, and
// refuses a URL for calls where there is none.
func (r *reader) checkCall(n *node, path string, l *Load) {
	refuse := func(key, message, remedy string) {
		at := join(path, key)
		r.add(Fault{Pos: r.at(at), Key: at, Message: message, Remedy: remedy})
	}
	if l.Call == nil {
		refuse("url", quote(schemeOf(l.URL))+" is for calls of gRPC, and the load has none", "call: { method: shop.v1.Orders/Get }, or a URL that begins with "+overGRPC[schemeOf(l.URL)])
		return
	}
	if l.URL != "" && overGRPC[schemeOf(l.URL)] == "" {
		refuse("url", "a call of gRPC does not go to "+quote(schemeOf(l.URL)), strings.NewReplacer("https://", "grpcs://", "http://", "grpc://").Replace(l.URL))
	}
	if l.URL != "" && l.Call.Service != "" {
		refuse("call.service", "the load names a URL already", "keep one of them")
	}
	if len(l.Call.ImportPath) > 0 && len(l.Call.Proto) == 0 {
		refuse("call.import-path", "there is no file whose imports could be looked for", "proto: orders.proto, or leave it out")
	}
	for i := range l.Call.Checks {
		at := itemIn(r.places, join(path, "call.check"), i)
		switch c := &l.Call.Checks[i]; {
		case c.From == "status":
			r.add(Fault{Pos: r.at(at + ".status"), Key: at + ".status", Message: "calls of gRPC have a status of their own", Remedy: "status: NOT_FOUND at the call"})
		case l.Call.Status != "OK" && c.From != "header":
			r.add(Fault{Pos: r.at(at), Key: at, Message: "an answer of the status " + clean(l.Call.Status) + " has no message", Remedy: "leave it out"})
		}
	}
	for _, other := range []struct{ key, message string }{
		{"protocol", "gRPC is spoken over HTTP/2, whatever this says"},
		{"set-up", "steps are requests of HTTP/1.1, which a server of gRPC does not take"},
		{"tear-down", "steps are requests of HTTP/1.1, which a server of gRPC does not take"},
	} {
		if n.find(other.key) != nil {
			refuse(other.key, other.message, "leave it out")
		}
	}
}

// loadCall holds the call of a load against the services.
func (r *references) loadCall(spec *Spec, i int) {
	c, key := spec.Load[i].Call, r.item("load", i)+".call"
	if c == nil {
		return
	}
	r.check(key+".service", c.Service)
	if s := spec.Service(c.Service); s != nil && s.Stub != nil {
		at := key + ".service"
		r.add(Fault{Pos: r.at(at), Key: at, Message: quote(c.Service) + " is played from pacts, which are of HTTP", Remedy: "a service that speaks gRPC"})
	}
}
