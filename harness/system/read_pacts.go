package system

// mostWeight bounds how often one interaction is asked for, compared with the others.
const mostWeight = 1_000_000

// weights reads the word traces, or a number for each description.
func (r *reader) weights(to *Weights) field {
	return func(n *node, path string) {
		if n.kind == text {
			var word string
			r.word(&word, []string{"traces"})(n, path)
			to.Traces = word == "traces"
			return
		}
		to.Of = map[string]int{}
		r.described(n, path, func(p *pair, at string) {
			var weight int
			r.count(&weight, 0, mostWeight)(p.value, at)
			to.Of[p.key] = weight
		})
	}
}

// demands reads the objectives of each description.
func (r *reader) demands(to *[]Demand) field {
	return func(n *node, path string) {
		r.described(n, path, func(p *pair, at string) {
			d := Demand{Description: p.key, Pos: p.pos}
			r.expressions(&d.That)(p.value, at)
			*to = append(*to, d)
		})
	}
}

// described reads a mapping whose keys are descriptions of interactions.
func (r *reader) described(n *node, path string, read func(p *pair, at string)) {
	if !r.is(n, mapping, path, "a mapping of descriptions") {
		return
	}
	for i := range n.pairs {
		p := &n.pairs[i]
		at := join(path, p.key)
		r.places[at] = p.pos
		if !p.value.broken {
			read(p, at)
		}
	}
}

// loadPacts holds the pacts of a load against the services and contracts.
func (r *references) loadPacts(spec *Spec, i int) {
	p, key := spec.Load[i].Pacts, r.item("load", i)+".pacts"
	if p == nil {
		return
	}
	if spec.Load[i].URL == "" {
		r.check(key+".provider", p.Provider)
	}
	if len(p.Files) == 0 && len(spec.Contracts) == 0 {
		r.add(Fault{Pos: p.Pos, Key: key, Message: "there are no pacts: seam.yaml has no contracts", Remedy: "files: pacts/*.json, or contracts: [{ pacts: pacts/*.json }]"})
	}
}
