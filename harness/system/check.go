package system

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// check holds the parts of a Spec against one another.
func (r *reader) check(root *node, spec *Spec) {
	if root.kind != mapping {
		return
	}
	index := map[string]*Service{}
	names := make([]string, 0, len(spec.Services))
	if p := root.find("services"); p != nil {
		for i := range p.value.pairs {
			names = append(names, p.value.pairs[i].key)
		}
	}
	for i := range spec.Services {
		index[spec.Services[i].Name] = &spec.Services[i]
	}
	refs := &references{reader: r, names: names}
	for i := range spec.Services {
		refs.service(&spec.Services[i])
		r.checkVariables(&spec.Services[i])
	}
	for i, c := range spec.Contracts {
		refs.check(r.item("contracts", i)+".provider", c.Provider)
	}
	for i := range spec.Load {
		refs.loadPacts(spec, i)
		refs.loadCall(spec, i)
	}
	refs.check("entry", spec.Entry.Service)
	r.checkOrder(spec, index)
	r.checkPorts(spec)
	if root.find("entry") == nil {
		r.chooseEntry(spec, names)
	}
	for i := range spec.Drive {
		refs.faults(spec, r.item("drive", i)+".faults", spec.Drive[i].Faults)
	}
	for i := range spec.Load {
		refs.faults(spec, r.item("load", i)+".faults", spec.Load[i].Faults)
	}
	r.checkCoverage(spec)
}

// references holds names of services against those there are.
type references struct {
	*reader
	names []string
}

func (r *references) check(key, name string) {
	if name == "" || slices.Contains(r.names, name) || r.full() {
		return
	}
	f := Fault{Pos: r.at(key), Key: strings.TrimSuffix(key, ".service"), Message: "there is no service " + quote(name)}
	if near := Nearest(name, r.names); near != "" {
		f.Message += "; did you mean " + quote(near) + "?"
		f.Remedy = near
	} else {
		f.Remedy = "one of " + sortedList(r.names) + ", or add it to services"
	}
	r.add(f)
}

func (r *references) service(s *Service) {
	base := "services." + s.Name
	seen := map[string]bool{}
	for i, c := range s.Calls {
		key := r.item(base+".calls", i)
		switch {
		case seen[c.Provider] && c.Provider != "":
			r.add(Fault{Pos: c.Pos, Key: key, Message: quote(c.Provider) + " is called twice", Remedy: "keep one: an edge carries every call between two services"})
		default:
			r.check(key+".service", c.Provider)
		}
		seen[c.Provider] = true
	}
	for i, name := range s.After {
		r.check(r.item(base+".after", i), name)
	}
}

func (r *reader) item(path string, i int) string { return itemIn(r.places, path, i) }

// checkVariables finds names that two would set in a service's environment.
func (r *reader) checkVariables(s *Service) {
	base := "services." + s.Name
	owner := map[string]string{}
	for i, c := range s.Calls {
		key := r.item(base+".calls", i)
		if other, taken := owner[c.Env]; taken && other != c.Provider {
			r.add(Fault{Pos: c.Pos, Key: key, Message: fmt.Sprintf("%s would hold the addresses of both %s and %s", quote(c.Env), clean(other), clean(c.Provider)),
				Remedy: "env: with another name at one of the two"})
		}
		owner[c.Env] = c.Provider
	}
	for name := range s.Env {
		key := join(base+".env", name)
		provider, called := owner[name]
		switch {
		case name == "PORT":
			r.add(Fault{Pos: r.at(key), Key: key, Message: "seam sets `PORT` itself", Remedy: "port: " + portFor(s.Env[name]) + " at the service, or leave it out"})
		case isReserved(name):
			r.add(Fault{Pos: r.at(key), Key: key, Message: "seam sets " + quote(name) + " itself, so that the service's spans come to it", Remedy: "leave it out"})
		case called:
			r.add(Fault{Pos: r.at(key), Key: key, Message: quote(name) + " holds the address of the edge to " + clean(provider), Remedy: "leave it out, or choose another variable with env: at the call"})
		}
	}
}

func portFor(value string) string {
	if isPort(value, false) {
		return value
	}
	return "8080"
}

// checkOrder finds services that wait for one another. Calls may cycle.
func (r *reader) checkOrder(spec *Spec, index map[string]*Service) {
	const (
		open = iota + 1
		done
	)
	state := map[string]int{}
	var trail []string
	var visit func(s *Service)
	visit = func(s *Service) {
		state[s.Name] = open
		trail = append(trail, s.Name)
		for i, name := range s.After {
			next := index[name]
			switch {
			case next == nil || state[name] == done:
			case state[name] == open:
				cycle := append(slices.Clone(trail[slices.Index(trail, name):]), name)
				key := r.item("services."+s.Name+".after", i)
				r.add(Fault{Pos: r.at(key), Key: key, Message: "services wait for one another: " + strings.Join(cycle, " after "), Remedy: "remove one of these after: entries"})
			default:
				visit(next)
			}
		}
		trail = trail[:len(trail)-1]
		state[s.Name] = done
	}
	for i := range spec.Services {
		if s := &spec.Services[i]; state[s.Name] == 0 {
			visit(s)
		}
	}
}

// checkPorts finds ports that two parts would listen on.
func (r *reader) checkPorts(spec *Spec) {
	users := map[string]string{}
	claim := func(key, port, who string) {
		if port == "" || port == "0" {
			return
		}
		if other, taken := users[port]; taken {
			r.add(Fault{Pos: r.at(key), Key: key, Message: fmt.Sprintf("port %s is used by %s already", port, other), Remedy: "another port, or leave it out to have one chosen"})
			return
		}
		users[port] = who
	}
	portOf := func(address string) string {
		_, port, _ := net.SplitHostPort(address)
		return port
	}
	for i := range spec.Services {
		s := &spec.Services[i]
		claim("services."+s.Name+".port", strconv.Itoa(s.Port), "service "+s.Name)
	}
	claim("entry.listen", portOf(spec.Entry.Listen), "the entry")
	for i := range spec.Services {
		s := &spec.Services[i]
		for j, c := range s.Calls {
			claim(r.item("services."+s.Name+".calls", j)+".listen", portOf(c.Listen), fmt.Sprintf("the edge %s->%s", s.Name, c.Provider))
		}
	}
	r.checkOutside(spec, users)
}

// checkOutside finds a service that runs already at a port that seam would take.
func (r *reader) checkOutside(spec *Spec, users map[string]string) {
	for i := range spec.Services {
		s := &spec.Services[i]
		_, host, _ := strings.Cut(s.URL, "://")
		host, _, _ = strings.Cut(host, "/")
		if who, taken := users[portOfHost(host)]; taken && isLoopback(host) {
			key := "services." + s.Name + ".url"
			r.add(Fault{Pos: r.at(key), Key: key, Message: fmt.Sprintf("port %s of this machine is used by %s already", portOfHost(host), who), Remedy: "another port for one of the two"})
		}
	}
}

func portOfHost(host string) string {
	_, port, _ := net.SplitHostPort(host)
	return port
}

// chooseEntry finds the service that the world outside calls. With several
// that nobody calls the file must choose, but only if something needs one.
func (r *reader) chooseEntry(spec *Spec, names []string) {
	called := map[string]bool{}
	for i := range spec.Services {
		for _, c := range spec.Services[i].Calls {
			called[c.Provider] = true
		}
	}
	free := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return called[name] })
	if len(free) == 1 {
		spec.Entry.Service = free[0]
		return
	}
	key := needsEntry(spec)
	if key == "" || len(names) == 0 || r.below("services") {
		return
	}
	why := "each is called by another"
	if len(free) > 0 {
		why, names = "nobody calls "+strings.Join(free, ", "), free
	}
	r.add(Fault{Pos: r.at(key), Key: "entry", Message: "which service this goes to is not clear: " + why, Remedy: "entry: " + names[0]})
}

// needsEntry is the first key that sends something to the entry, or "".
func needsEntry(spec *Spec) string {
	if slices.ContainsFunc(spec.Drive, func(s Step) bool { return s.Request != nil }) {
		return "drive"
	}
	if slices.ContainsFunc(spec.Load, func(l Load) bool { return l.URL == "" }) {
		return "load"
	}
	return ""
}

// checkCoverage refuses a share of contracts where there are none.
func (r *reader) checkCoverage(spec *Spec) {
	stubbed := slices.ContainsFunc(spec.Services, func(s Service) bool { return s.Stub != nil })
	if spec.Coverage.Pos == (Pos{}) || len(spec.Contracts) > 0 || stubbed || r.below("contracts") {
		return
	}
	r.add(Fault{Pos: spec.Coverage.Pos, Key: "coverage", Message: "without contracts nothing can be covered", Remedy: "contracts: [{ pacts: pacts/*.json }], or leave coverage out"})
}

// below says whether something at the key or below it is wrong already: then
// what follows from it is not worth a fault of its own.
func (r *reader) below(key string) bool {
	return slices.ContainsFunc(r.list, func(f Fault) bool {
		return f.Key == key || strings.HasPrefix(f.Key, key+".") || strings.HasPrefix(f.Key, key+"[")
	})
}
