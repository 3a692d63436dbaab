package system

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// check holds the parts of a Spec against one another.
func (r *reader) check(n *node, spec *Spec) {
	names := make([]string, 0, len(spec.Services))
	for i := range spec.Services {
		names = append(names, spec.Services[i].Name)
	}
	for i := range spec.Services {
		r.checkReferences(&spec.Services[i], names)
	}
	r.checkCycle(spec)
	r.checkPorts(spec)
	r.checkEntry(n, spec, names)
}

func (r *reader) unknown(at Pos, key, name string, names []string) {
	r.add(Fault{Pos: at, Key: key, Message: "there is no service " + quote(name), Remedy: suggest(name, names, "one of "+sortedList(slices.Clone(names)))})
}

func (r *reader) checkReferences(s *Service, names []string) {
	key := "services." + s.Name
	seen := map[string]bool{}
	for _, c := range s.Calls {
		switch {
		case !slices.Contains(names, c.Provider):
			r.unknown(c.Pos, key+".calls", c.Provider, names)
		case seen[c.Provider]:
			r.add(Fault{Pos: c.Pos, Key: key + ".calls", Message: quote(c.Provider) + " is called twice", Remedy: "remove one: an edge carries every call between two services"})
		}
		seen[c.Provider] = true
	}
	for _, name := range s.After {
		switch {
		case name == s.Name:
			r.add(Fault{Pos: s.Pos, Key: key + ".after", Message: "a service cannot start after itself", Remedy: "remove it"})
		case !slices.Contains(names, name):
			r.unknown(s.Pos, key+".after", name, names)
		}
	}
}

// checkCycle finds services that wait for one another. Calls may cycle.
func (r *reader) checkCycle(spec *Spec) {
	const (
		open = iota + 1
		done
	)
	state := map[string]int{}
	var trail []string
	var visit func(name string) bool
	visit = func(name string) bool {
		s := spec.Service(name)
		if s == nil || state[name] == done {
			return false
		}
		trail = append(trail, name)
		if state[name] == open {
			return true
		}
		state[name] = open
		for _, next := range s.After {
			if next != name && visit(next) {
				return true
			}
		}
		state[name] = done
		trail = trail[:len(trail)-1]
		return false
	}
	for i := range spec.Services {
		s := &spec.Services[i]
		trail = nil
		if visit(s.Name) {
			r.add(Fault{Pos: s.Pos, Key: "services." + s.Name + ".after", Message: "services wait for one another: " + strings.Join(trail, " after "),
				Remedy: "remove one of these after: entries"})
			return
		}
	}
}

// checkPorts finds addresses that two parts would listen on.
func (r *reader) checkPorts(spec *Spec) {
	users := map[string]string{}
	claim := func(at Pos, key, port, who string) {
		if port == "" || port == "0" {
			return
		}
		if other, taken := users[port]; taken {
			r.add(Fault{Pos: at, Key: key, Message: fmt.Sprintf("port %s is used by %s already", port, other), Remedy: "choose another, or leave it out to have one chosen"})
			return
		}
		users[port] = who
	}
	portOf := func(address string) string {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return ""
		}
		return port
	}
	for i := range spec.Services {
		s := &spec.Services[i]
		key := "services." + s.Name
		claim(s.Pos, key+".port", fmt.Sprint(s.Port), "service "+s.Name)
		for _, c := range s.Calls {
			claim(c.Pos, key+".calls", portOf(c.Listen), fmt.Sprintf("the edge %s->%s", s.Name, c.Provider))
		}
	}
	claim(spec.Entry.Pos, "entry", portOf(spec.Entry.Listen), "the entry")
}

// checkEntry finds the service that the world outside calls. With several
// that nobody calls, the file must choose, but only if something needs one.
func (r *reader) checkEntry(n *node, spec *Spec, names []string) {
	if spec.Entry.Service != "" {
		if !slices.Contains(names, spec.Entry.Service) {
			r.unknown(spec.Entry.Pos, "entry", spec.Entry.Service, names)
		}
		return
	}
	spec.Entry.Listen = "127.0.0.1:0"
	var free []string
	for _, name := range names {
		called := slices.ContainsFunc(spec.Services, func(s Service) bool {
			return slices.ContainsFunc(s.Calls, func(c Call) bool { return c.Provider == name })
		})
		if !called {
			free = append(free, name)
		}
	}
	if len(free) == 1 {
		spec.Entry.Service = free[0]
		return
	}
	if needsEntry(spec) && len(names) > 0 {
		r.add(Fault{Pos: n.pos, Key: "entry", Message: "which service is called from outside is not clear", Remedy: "entry: " + names[0]})
	}
}

func needsEntry(spec *Spec) bool {
	return slices.ContainsFunc(spec.Drive, func(s Step) bool { return s.Request != nil }) ||
		slices.ContainsFunc(spec.Load, func(l Load) bool { return l.URL == "" })
}
