package match

// maxFields bounds the fields of one response that are told apart.
const maxFields = 1000

// A field is a place in an agreed JSON response. Items of a list are one
// place, and so are the entries of a map whose keys are free.
type field struct {
	id      int
	members map[string]*field
	order   []string
	every   *field // of items, and of entries of a map with free keys
}

// ResponseFields lists the places of the agreed JSON response, as paths in
// which [*] is any item and .* any key. It is nil for other bodies, and ends
// after 1,000.
func (p *Plan) ResponseFields() []string {
	if p.response == nil {
		return nil
	}
	body, ok := p.response.body.content.(*jsonPlan)
	if !ok {
		return nil
	}
	body.laid.Do(body.layFields)
	return body.fieldPaths
}

// ShownFields calls seen with the index, in ResponseFields, of every place
// that a JSON response has.
func (p *Plan) ShownFields(response []byte, seen func(i int)) {
	if p.ResponseFields() == nil {
		return
	}
	if got, err := parse(response); err == nil {
		p.response.body.content.(*jsonPlan).fields.shown(got, seen)
	}
}

// layFields finds the places of the example.
func (p *jsonPlan) layFields() {
	p.fields = &field{id: -1}
	p.place(p.fields, p.want, p.table.root(), []byte{'$'})
}

func (p *jsonPlan) place(f *field, want *value, sc scope, path []byte) {
	below := func(e elem, name []byte, v *value, at **field) {
		if *at == nil {
			if len(p.fieldPaths) == maxFields {
				return
			}
			*at = &field{id: len(p.fieldPaths)}
			p.fieldPaths = append(p.fieldPaths, string(name))
		}
		p.place(*at, v, sc.step(e), name)
	}
	for i, item := range want.items {
		below(itemElem(i), append(path[:len(path):len(path)], "[*]"...), item, &f.every)
	}
	set, cascaded := sc.rules()
	free := set != nil && !cascaded && (set.has(ruleValues) || set.has(ruleEachKey) || set.has(ruleEachValue))
	for _, m := range want.members {
		e := keyElem(m.key)
		if free {
			below(e, append(path[:len(path):len(path)], ".*"...), m.value, &f.every)
			continue
		}
		child := f.members[m.key]
		known := child != nil
		below(e, e.appendPath(path[:len(path):len(path)]), m.value, &child)
		if known || child == nil {
			continue
		}
		if f.members == nil {
			f.members = map[string]*field{}
		}
		f.members[m.key] = child
		f.order = append(f.order, m.key)
	}
}

func (f *field) shown(got *value, seen func(i int)) {
	if f.id >= 0 {
		seen(f.id)
	}
	for _, key := range f.order {
		if v := got.get(key); v != nil {
			f.members[key].shown(v, seen)
		}
	}
	if f.every == nil {
		return
	}
	for _, item := range got.items {
		f.every.shown(item, seen)
	}
	for _, m := range got.members {
		f.every.shown(m.value, seen)
	}
}
