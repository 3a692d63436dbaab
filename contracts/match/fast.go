package match

import "sync"

// A verdict of the fast pass. It never explains, and it leaves rare cases,
// such as a key that comes twice, to the slow pass.
type verdict uint8

const (
	unsure verdict = iota
	yes
	no
)

// A fastPass walks over JSON text along the nodes of a plan.
type fastPass struct {
	scanner
	unsure bool // a no is no more than a doubt
	strict bool
	work   int
}

// fastWork bounds the values that one pass looks at, so that lists compared
// by many rules on many levels end.
const fastWork = 1_000_000

var passes = sync.Pool{New: func() any { return new(fastPass) }}

func (p *jsonPlan) judge(text []byte) verdict {
	if p.fast == nil {
		return unsure
	}
	f := passes.Get().(*fastPass)
	f.scanner = scanner{data: text, scratch: f.scratch[:0]}
	f.unsure, f.strict, f.work = false, p.strict, fastWork
	ok := f.value(p.fast) && f.end()
	doubt := f.unsure
	f.data = nil
	if cap(f.scratch) > 64<<10 {
		f.scratch = nil
	}
	passes.Put(f)
	switch {
	case ok:
		return yes
	case doubt:
		return unsure
	}
	return no
}

// doubt leaves the decision to the slow pass.
func (f *fastPass) doubt() bool {
	f.unsure = true
	return false
}

func (f *fastPass) value(n *node) bool {
	if f.work--; f.work < 0 || n.ungauged {
		return f.doubt()
	}
	c := f.peek()
	switch n.want.kind {
	case objectKind:
		return c == '{' && f.object(n)
	case arrayKind:
		return c == '[' && f.list(n)
	}
	if c == '{' || c == '[' {
		return f.containerForScalar(n)
	}
	got, ok := f.scalar()
	return ok && n.fits(got)
}

// containerForScalar is a no, but for rules that look at the text.
func (f *fastPass) containerForScalar(n *node) bool {
	if n.set != nil {
		for _, r := range n.set.rules {
			if r.needsText() || r.fits(n.want.scalar, scalar{kind: objectKind}) {
				return f.doubt()
			}
		}
	}
	return false
}

func (n *node) fits(got scalar) bool {
	if n.set == nil {
		return n.want.scalar.equal(got)
	}
	for _, r := range n.set.rules {
		if r.fits(n.want.scalar, got) == n.set.any {
			return n.set.any
		}
	}
	return !n.set.any
}

func (f *fastPass) object(n *node) bool {
	if n.never {
		return false
	}
	start := f.pos
	if f.strict && len(n.want.members) == 0 {
		if more, ok := f.open('}'); more || !ok {
			return false
		}
		f.pos = start
	}
	if n.whole {
		if !f.same(n.want) {
			return false
		}
		f.pos = start
	}
	if len(n.passes) == 0 {
		return f.skip()
	}
	for i, c := range n.passes {
		f.pos = start
		if i == 0 && n.plainPass {
			if !f.plainObject(n, c) {
				return false
			}
		} else if !f.entries(c) {
			return f.doubt() // perhaps a later entry of the same key is right
		}
	}
	return true
}

// seenKeys is how many expected keys can be told apart.
const seenKeys = 256

// plainObject compares the keys of the example.
func (f *fastPass) plainObject(n *node, c *children) bool {
	if c.example > seenKeys {
		return f.doubt()
	}
	var seen [seenKeys / 64]uint64
	found, any := 0, false
	more, ok := f.open('}')
	for ok && more {
		any = true
		key, isKey := f.key()
		if !isKey || !n.keyFits(key) {
			return false
		}
		i := c.find(key, found)
		switch {
		case i >= 0 && seen[i/64]&(1<<(i%64)) != 0:
			return f.doubt()
		case i >= 0:
			seen[i/64] |= 1 << (i % 64)
			found++
			ok = f.value(c.nodes[i])
		case n.keySet && f.strict:
			return false
		default:
			ok = f.skip()
		}
		if !ok {
			return false
		}
		more, ok = f.more('}')
	}
	return ok && (found == c.example || !n.keySet) && (any || !n.filled)
}

// keyFits asks the rules for every key.
func (n *node) keyFits(key []byte) bool {
	for _, r := range n.eachKey {
		for _, sub := range r.each.rules {
			if !sub.fitsKey(string(key)) {
				return false
			}
		}
	}
	return true
}

// entries compares every entry with its example or the first one.
func (f *fastPass) entries(c *children) bool {
	hint := 0
	more, ok := f.open('}')
	for ok && more {
		key, isKey := f.key()
		if !isKey {
			return false
		}
		if n := c.entry(key, hint); n != nil {
			ok = f.value(n)
		} else {
			ok = f.skip()
		}
		if !ok {
			return false
		}
		hint++
		more, ok = f.more('}')
	}
	return ok
}

func (c *children) entry(key []byte, hint int) *node {
	if i := c.find(key, hint); i >= 0 {
		return c.nodes[i]
	}
	if c.digits != c.other && len(key) > 0 && allDigits(key) {
		if key[0] == '0' && len(key) > 1 || len(key) > 9 {
			return doubtful // "007" may name the index 7
		}
		return c.digits
	}
	return c.other
}

// doubtful is a node that only the slow pass can judge.
var doubtful = &node{want: &value{}, ungauged: true}

func allDigits(key []byte) bool {
	for _, c := range key {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// same is deep equality.
func (f *fastPass) same(want *value) bool {
	c := f.peek()
	switch want.kind {
	case objectKind:
		return c == '{' && f.sameObject(want)
	case arrayKind:
		return c == '[' && f.sameList(want)
	}
	if c == '{' || c == '[' {
		return false
	}
	got, ok := f.scalar()
	return ok && want.scalar.equal(got)
}

func (f *fastPass) sameObject(want *value) bool {
	count := 0
	more, ok := f.open('}')
	for ok && more {
		key, isKey := f.key()
		if !isKey {
			return false
		}
		// In the same order, or else the slow pass shall see to it.
		if count >= len(want.members) || want.members[count].key != string(key) {
			return f.doubt()
		}
		if !f.same(want.members[count].value) {
			return f.doubt()
		}
		count++
		more, ok = f.more('}')
	}
	return ok && (count == len(want.members) || f.doubt())
}

func (f *fastPass) sameList(want *value) bool {
	i := 0
	more, ok := f.open(']')
	for ok && more {
		if i >= len(want.items) || !f.same(want.items[i]) {
			return false
		}
		i++
		more, ok = f.more(']')
	}
	return ok && i == len(want.items)
}
