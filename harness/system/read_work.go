package system

import "strings"

func (r *reader) step(n *node, path string) Step {
	s := Step{Pos: n.pos}
	r.section(n, path, &s)
	if s.Name == "" && s.Request != nil {
		s.Name = s.Request.Method + " " + s.Request.Path
	}
	if s.Name == "" {
		s.Name = strings.Join(s.Run, " ")
	}
	return s
}

func (r *reader) request(n *node, path string) Request {
	var q Request
	r.section(n, path, &q)
	if q.Method == "" {
		q.Method = "GET"
		if q.Body != nil {
			q.Method = "POST"
		}
	}
	if body := n.find("body"); body == nil || body.value.kind == text {
		return q
	}
	if !hasHeader(q.Headers, "Content-Type") {
		if q.Headers == nil {
			q.Headers = map[string]string{}
		}
		q.Headers["Content-Type"] = "application/json"
	}
	return q
}

func (r *reader) contract(n *node, path string) Contract {
	c := Contract{Pos: n.pos}
	r.section(n, path, &c)
	if c.Teardown && c.States == "" && n.find("states") == nil {
		at := join(path, "teardown")
		r.add(Fault{Pos: r.at(at), Key: at, Message: "without states there is nothing to tear down", Remedy: "states: /_pact/states, or leave teardown out"})
	}
	return c
}

func (r *reader) expectation(n *node, path string) Expectation {
	e := Expectation{Pos: n.pos}
	r.section(n, path, &e)
	if e.Name == "" && len(e.That) > 0 {
		e.Name = strings.TrimPrefix(e.Trace+": "+e.That[0].Text, ": ")
	}
	return e
}

func (r *reader) publish(n *node, path string) Publish {
	p := Publish{Pos: n.pos}
	r.section(n, path, &p)
	return p
}
