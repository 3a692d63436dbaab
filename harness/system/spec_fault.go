package system

import "time"

// An EdgeFault goes wrong on an edge while a step, or a load that has the same
// key, runs. It needs at least one of latency, status, reset, cut and rate; an
// edge of the protocol tcp knows latency and reset, with share and times. What
// is struck bears the span attribute seam.fault.
type EdgeFault struct {
	Pos Pos
	_   struct{} `atmost:"reset status" eg:"status: 503"`

	// The edge, as consumer->provider; the consumer of the entry is entry.
	Edge string `yaml:"edge,edge" required:"yes" eg:"web->orders"`
	// Only requests of this method. Without it: all.
	Method string `yaml:"method,method" eg:"POST"`
	// Only requests of this path, without its query; * stands for any
	// characters. Without it: all.
	Path string `yaml:"path,route" eg:"/orders/*"`
	// Of these, how many are struck, evenly spread: of 10% every tenth.
	Share float64 `yaml:"share,share" default:"100%" eg:"10%"`
	// How many are struck at most. Without it: no limit.
	Times int `yaml:"times" range:"1 1000000" eg:"2"`

	// Time before the request goes on to the provider.
	Latency time.Duration `yaml:"latency" eg:"2s"`
	// Status of an answer in the provider's place, which is not asked.
	Status int `yaml:"status" range:"200 599" eg:"503"`
	// The connection breaks in place of an answer, and the provider is not asked.
	Reset bool `yaml:"reset" default:"false" eg:"true"`
	// Bytes of its body after which the answer breaks off.
	Cut int `yaml:"cut" range:"1 1000000000" eg:"100"`
	// Bytes of the answer's body per second.
	Rate float64 `yaml:"rate,rate" eg:"64000/s"`
}

func (r *reader) edgeFault(n *node, path string) EdgeFault {
	f := EdgeFault{Pos: n.pos}
	r.section(n, path, &f)
	if n.kind != mapping {
		return f
	}
	if share := n.find("share"); share != nil && f.Share == 0 && !share.value.broken {
		at := join(path, "share")
		r.add(Fault{Pos: r.at(at), Key: at, Message: "of 0% nothing is struck", Remedy: "10%, or leave the fault out"})
	}
	for _, key := range []string{"latency", "status", "reset", "cut", "rate"} {
		if n.find(key) != nil {
			return f
		}
	}
	r.add(Fault{Pos: n.pos, Key: path, Message: "nothing goes wrong here: one of latency, status, reset, cut, rate must be here", Remedy: "latency: 2s"})
	return f
}

// faults holds the edges of faults against those there are.
func (r *references) faults(spec *Spec, key string, faults []EdgeFault) {
	for i := range faults {
		f := &faults[i]
		at := r.item(key, i)
		call, known := spec.call(f.Edge)
		switch {
		case f.Edge == "" || r.full():
		case !known:
			r.unknownEdge(spec, at+".edge", f.Edge)
		case call.Protocol == "tcp":
			r.rawFault(f, at)
		case (f.Reset || f.Status != 0) && (f.Cut != 0 || f.Rate != 0):
			r.add(Fault{Pos: f.Pos, Key: at, Message: "cut and rate are of the provider's answer, for which a reset or a status stands", Remedy: "two faults, each with a share of its own"})
		}
	}
}

func (r *references) unknownEdge(spec *Spec, at, name string) {
	var edges []string
	for _, e := range spec.Edges() {
		edges = append(edges, e.String())
	}
	f := Fault{Pos: r.at(at), Key: at, Message: "there is no edge " + quote(name), Remedy: "one of " + sortedList(edges)}
	if near := Nearest(name, edges); near != "" {
		f.Message += "; did you mean " + quote(near) + "?"
		f.Remedy = near
	}
	r.add(f)
}

// rawFault refuses what cannot be done to bytes that nobody reads.
func (r *references) rawFault(f *EdgeFault, at string) {
	if f.Method == "" && f.Path == "" && f.Status == 0 && f.Cut == 0 && f.Rate == 0 {
		return
	}
	r.add(Fault{Pos: f.Pos, Key: at, Message: quote(f.Edge) + " passes bytes on unread: there are no requests and answers to tell apart", Remedy: "latency: 2s, or reset: true"})
}

// call finds the call that is the edge of this name; that of the entry is
// HTTP's.
func (s *Spec) call(edge string) (call Call, known bool) {
	if s.Entry.Service != "" && edge == (Edge{Provider: s.Entry.Service}).String() {
		return Call{Provider: s.Entry.Service}, true
	}
	for i := range s.Services {
		for _, c := range s.Services[i].Calls {
			if edge == (Edge{s.Services[i].Name, c.Provider}).String() {
				return c, true
			}
		}
	}
	return Call{}, false
}
