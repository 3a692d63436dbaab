package system

import (
	"fmt"
	"strings"
	"time"
)

const defaultStep = 30 * time.Second

func (r *reader) step(n *node, path string) Step {
	s := Step{Pos: n.pos, Times: 1, Within: defaultStep, Dir: r.dir}
	r.section(n, path, map[string]field{
		"name":    r.text(&s.Name),
		"request": func(n *node, path string) { q := r.request(n, path); s.Request = &q },
		"run":     r.argv(&s.Run),
		"dir":     r.path(&s.Dir),
		"times":   r.count(&s.Times, 1, 100_000),
		"within":  r.duration(&s.Within),
	})
	if (s.Request == nil) == (s.Run == nil) && n.kind == mapping && !r.reported(path) {
		r.wrong(n, path, "a step is either a request or a command", "request: { path: / }, or run: [npm, test]")
	}
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
	r.section(n, path, map[string]field{
		"method": r.text(&q.Method), "path": r.text(&q.Path), "headers": r.mapOf(&q.Headers), "status": r.count(&q.Status, 100, 599),
		"body": func(*node, string) {}, // after the headers, whatever the order
	})
	if n.kind != mapping {
		return q
	}
	if p := n.find("body"); p != nil {
		r.body(&q)(p.value, join(path, "body"))
	}
	if !strings.HasPrefix(q.Path, "/") && !r.reported(path) {
		r.wrong(n, path, "path must begin with /", "path: /")
	}
	q.Method = strings.ToUpper(q.Method)
	if q.Method == "" {
		q.Method = "GET"
		if q.Body != nil {
			q.Method = "POST"
		}
	}
	return q
}

func (r *reader) contract(n *node, path string) Contract {
	c := Contract{Pos: n.pos, Downstream: "real"}
	r.section(n, path, map[string]field{
		"pacts": r.pacts(&c.Pacts), "provider": r.text(&c.Provider), "consumer": r.text(&c.Consumer), "states": r.text(&c.States),
		"teardown": r.boolean(&c.Teardown), "headers": r.mapOf(&c.Headers), "downstream": r.text(&c.Downstream),
	})
	if len(c.Pacts) == 0 && !r.reported(path) {
		r.wrong(n, path, "a contract needs pacts", "pacts: pacts/*.json")
	}
	if c.Downstream != "real" && c.Downstream != "stub" {
		r.wrong(n, path, "downstream "+quote(c.Downstream)+" is not known", "real or stub")
	}
	if c.States != "" && !strings.HasPrefix(c.States, "/") && !isURL(c.States) {
		r.wrong(n, path, "states must be a path of the provider or a URL", "states: /_pact/states")
	}
	return c
}

func (r *reader) expressions(to *[]Expr) field {
	return r.each(func(n *node, path string) {
		if written := r.scalar(n, path); written != "" {
			*to = append(*to, Expr{written, n.pos})
		}
	})
}

func (r *reader) expectation(n *node, path string) Expectation {
	e := Expectation{Pos: n.pos}
	r.section(n, path, map[string]field{"name": r.text(&e.Name), "trace": r.text(&e.Trace), "that": r.expressions(&e.That)})
	if len(e.That) == 0 && !r.reported(path) {
		r.wrong(n, path, "an expectation must say what has to hold", `that: calls("payments") == 1`)
	}
	if e.Name == "" && len(e.That) > 0 {
		e.Name = strings.TrimSpace(e.Trace + ": " + e.That[0].Text)
	}
	return e
}

func (r *reader) load(n *node, path string) Load {
	l := Load{Pos: n.pos}
	one := func(n *node, path string) { l.Requests = append(l.Requests, r.request(n, path)) }
	r.section(n, path, map[string]field{
		"name": r.text(&l.Name), "rate": r.rate(&l.Rate), "connections": r.count(&l.Connections, 1, 100_000), "for": r.duration(&l.For),
		"warm-up": r.duration(&l.WarmUp), "url": r.webURL(&l.URL), "request": one, "requests": r.each(one), "objectives": r.expressions(&l.Objectives),
	})
	if n.kind != mapping || r.reported(path) {
		return l
	}
	if (l.Rate > 0) == (l.Connections > 0) {
		r.wrong(n, path, "a load needs either a rate or a number of connections", "rate: 200/s")
	}
	if l.For == 0 {
		r.wrong(n, path, "a load must say for how long it goes on", "for: 30s")
	}
	if len(l.Requests) == 0 {
		r.wrong(n, path, "a load needs a request to send", "request: { path: / }")
	}
	if l.Name == "" {
		l.Name = l.Plan()
	}
	return l
}

// Plan says how much and for how long, such as "200/s for 5s"; it names a load
// that has no name.
func (l *Load) Plan() string {
	if l.Connections > 0 {
		return fmt.Sprintf("%d connections for %s", l.Connections, l.For)
	}
	return fmt.Sprintf("%g/s for %s", l.Rate, l.For)
}

func (r *reader) publish(n *node, path string) Publish {
	p := Publish{Pos: n.pos, Protocol: "http/protobuf"}
	r.section(n, path, map[string]field{"otlp": r.webURL(&p.OTLP), "protocol": r.text(&p.Protocol), "headers": r.mapOf(&p.Headers)})
	if p.OTLP == "" && !r.reported(path) {
		r.wrong(n, path, "publish needs the address of an OTLP endpoint", "otlp: http://127.0.0.1:4318")
	}
	if p.Protocol != "http/protobuf" && p.Protocol != "grpc" {
		r.wrong(n, path, "protocol "+quote(p.Protocol)+" is not known", "http/protobuf or grpc")
	}
	return p
}
