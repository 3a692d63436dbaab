package contracts

import (
	"encoding/json"
	"slices"
)

// An object is a node whose members are taken by name, so that what nobody
// took can be kept and told of.
type object struct {
	n      *node
	order  []*node
	byName map[string]*node
	taken  map[string]bool
}

// object reads an object; a fault is noted for anything else, null included.
// It never returns nil.
func (r *reader) object(n *node) *object {
	o := &object{n: n, byName: map[string]*node{}, taken: map[string]bool{}}
	if n == nil {
		return o
	}
	if n.shape() != isObject {
		r.fault(n, "", "expected an object but found %s", n.shape())
		return o
	}
	for _, m := range r.members(n) {
		if o.byName[m.key] != nil {
			r.warn(m, "%q is given twice; the last one counts", m.key)
		}
		o.byName[m.key] = m
		o.order = append(o.order, m)
	}
	o.order = slices.DeleteFunc(o.order, func(m *node) bool { return o.byName[m.key] != m })
	return o
}

// take returns the first of the named members, or nil. All of the names
// count as known.
func (o *object) take(names ...string) *node {
	var found *node
	for _, name := range names {
		o.taken[name] = true
		if found == nil {
			found = o.byName[name]
		}
	}
	return found
}

// rest lists the members that were not taken.
func (o *object) rest() []*node {
	var list []*node
	for _, m := range o.order {
		if !o.taken[m.key] {
			list = append(list, m)
		}
	}
	return list
}

// unknown keeps the members that were not taken, with a warning for each but
// the quiet ones.
func (r *reader) unknown(o *object, quiet ...string) map[string]json.RawMessage {
	var kept map[string]json.RawMessage
	for _, m := range o.rest() {
		if kept == nil {
			kept = map[string]json.RawMessage{}
		}
		kept[m.key] = m.compact()
		if !slices.Contains(quiet, m.key) {
			r.warn(m, "unknown member %q is kept but has no effect", m.key)
		}
	}
	return kept
}

func (r *reader) members(n *node) []*node {
	list, whole := n.members()
	if !whole {
		r.fault(n, "", "has more than %d members", maxMembers)
	}
	return list
}

// list reads an array; nil and null are empty.
func (r *reader) list(n *node) []*node {
	if n == nil || n.shape() == isNull {
		return nil
	}
	if n.shape() != isArray {
		r.fault(n, "", "expected an array but found %s", n.shape())
		return nil
	}
	return r.members(n)
}

// text reads a string; nil and null are "".
func (r *reader) text(n *node) string {
	if n == nil || n.shape() == isNull {
		return ""
	}
	if n.shape() != isString {
		r.fault(n, "write it in quotes", "expected a string but found %s", n.shape())
		return ""
	}
	return n.text()
}

// flag reads a boolean; nil and null are false.
func (r *reader) flag(n *node) bool {
	if n == nil || n.shape() == isNull {
		return false
	}
	if n.shape() != isBool {
		r.fault(n, "write true or false", "expected a boolean but found %s", n.shape())
		return false
	}
	return n.src[n.at] == 't'
}

// rawMap keeps the members of an object as they are; without any it is nil.
func (r *reader) rawMap(n *node) map[string]json.RawMessage {
	if n == nil || n.shape() == isNull {
		return nil
	}
	var m map[string]json.RawMessage
	for _, member := range r.object(n).order {
		if m == nil {
			m = map[string]json.RawMessage{}
		}
		m[member.key] = member.compact()
	}
	return m
}

// valueMap reads an object of JSON values; without any it is nil.
func (r *reader) valueMap(n *node) map[string]any {
	if n == nil || n.shape() == isNull {
		return nil
	}
	var m map[string]any
	for _, member := range r.object(n).order {
		if m == nil {
			m = map[string]any{}
		}
		m[member.key] = member.value()
	}
	return m
}
