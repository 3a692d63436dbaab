package match

import "time"

func (f *fastPass) list(n *node) bool {
	if n.never {
		return false
	}
	start, count := f.pos, 0
	for i, c := range n.passes {
		f.pos = start
		if i == 0 && n.plainPass {
			var ok bool
			if count, ok = f.items(n, c); !ok {
				return false
			}
		} else if !f.eachItem(c) {
			return false
		}
	}
	for _, nodes := range n.variants {
		for _, v := range nodes {
			if f.pos = start; !f.someItem(v) {
				return false
			}
		}
	}
	if len(n.variants) > 0 || len(n.passes) == 0 {
		if f.pos = start; !f.skip() {
			return false
		}
	}
	return !n.plainPass || n.set == nil || f.listRules(n, start, count)
}

// items compares every item with its example, or past the example with the
// first, and says how many there were.
func (f *fastPass) items(n *node, c *children) (count int, ok bool) {
	more, ok := f.open(']')
	for ok && more {
		if n.set == nil && count >= len(c.items) {
			return count, false
		}
		if !f.value(c.item(count)) {
			return count, false
		}
		count++
		more, ok = f.more(']')
	}
	for i := count; i < len(c.items); i++ {
		if n.set == nil || !n.optional[i] {
			return count, false
		}
	}
	return count, ok
}

// eachItem compares the items that are there.
func (f *fastPass) eachItem(c *children) bool {
	more, ok := f.open(']')
	for i := 0; ok && more; i++ {
		if !f.value(c.item(i)) {
			return false
		}
		more, ok = f.more(']')
	}
	return ok
}

// someItem looks for one item that fits. Where that takes long, the slow pass
// goes on: it counts the time of expressions that backtrack.
func (f *fastPass) someItem(n *node) bool {
	depth, began := f.depth, time.Now()
	more, ok := f.open(']')
	for ok && more {
		pos, inner := f.pos, f.depth
		if f.value(n) {
			f.depth = depth
			return true
		}
		if f.unsure {
			return false
		}
		if time.Since(began) > maxSlow {
			return f.doubt()
		}
		f.pos, f.depth, f.fault = pos, inner, ""
		if !f.skip() {
			return false
		}
		more, ok = f.more(']')
	}
	return false
}

// listRules asks the rules about the list as a whole; the items fit already.
func (f *fastPass) listRules(n *node, start, count int) bool {
	end := f.pos
	for _, r := range n.set.rules {
		ok := true
		switch {
		case r.kind == ruleArrayContains || r.kind == ruleEachValue:
			continue // judged by a pass of its own, or further up
		case r.kind == ruleType && !n.cascaded:
			ok = (r.min < 0 || count >= r.min) && (r.max < 0 || count <= r.max)
		case r.kind == ruleNull:
			ok = false
		case r.kind == ruleNotEmpty:
			ok = count > 0
		case r.kind == ruleEquality:
			f.pos = start
			ok = f.same(n.want)
			f.pos = end
		}
		if f.unsure {
			return false
		}
		if ok == n.set.any {
			return ok
		}
	}
	return !n.set.any
}
