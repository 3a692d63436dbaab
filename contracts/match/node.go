package match

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/seamtest/seam/contracts"
)

// A node is an expected value with the rules that are in force where it may
// stand. Nodes form the plan of the fast pass. Equal subtrees under equal
// rules are one node, so that the plan stays small.
type node struct {
	want     *value
	set      *ruleSet // nil for equality
	cascaded bool

	passes    []*children // what each pass over a container compares
	variants  [][]*node   // what each arrayContains rule of a list looks for
	keySet    bool        // the key check is in force
	eachKey   []*rule     // rules for every key
	whole     bool        // an equality rule: the container must be the same
	never     bool        // a rule that no container satisfies
	filled    bool        // notEmpty
	ungauged  bool        // only the slow pass can tell
	optional  []bool      // by expected item: a rule covers it when it is missing
	plainPass bool        // passes[0] goes by the example's own keys or items
}

// children are the parts of a container, for one pass over it.
type children struct {
	names   []string // the example's keys first, then keys that rules name
	nodes   []*node  // aligned with names; nil is not compared
	index   map[string]int
	example int // how many names are the example's

	items  []*node       // of a list, by index
	beyond map[int]*node // items past the example that rules name
	other  *node         // an item past the example; a key that nobody names
	digits *node         // the same for keys of digits only
}

// maxNodes bounds a plan. A larger one has no fast pass.
const maxNodes = 20_000

// A planner builds nodes.
type planner struct {
	made  map[nodeKey]*node
	ids   map[*ruleSet]int
	count int
}

// A nodeKey tells places apart: the expected value and all that is known of
// the rules there.
type nodeKey struct {
	want  *value
	scope string
}

// newNode returns nil where the plan would be too large.
func newNode(want *value, t table) *node {
	p := &planner{made: map[nodeKey]*node{}, ids: map[*ruleSet]int{}}
	n := p.node(want, t.root())
	if p.count > maxNodes {
		return nil
	}
	return n
}

func (p *planner) node(want *value, sc scope) *node {
	key := nodeKey{want, p.fingerprint(sc)}
	if n, ok := p.made[key]; ok {
		return n
	}
	n := &node{want: want}
	n.set, n.cascaded = sc.rules()
	if p.count++; p.count > maxNodes {
		n.ungauged = true
		return n
	}
	p.made[key] = n
	switch want.kind {
	case objectKind:
		p.object(n, sc)
	case arrayKind:
		p.list(n, sc)
	}
	return n
}

// fingerprint spells all that decides which rules apply here and further down.
func (p *planner) fingerprint(sc scope) string {
	b := make([]byte, 0, 64)
	if set, cascaded := sc.rules(); set != nil {
		b = fmt.Appendf(b, "%d %t %d %d %t %t;", p.id(set), cascaded, sc.score.twos, sc.score.tokens, sc.exact, sc.frees)
	}
	for _, l := range sc.live {
		b = fmt.Appendf(b, "%d %d,", p.id(sc.table[l.set]), l.twos)
	}
	return string(b)
}

func (p *planner) id(set *ruleSet) int {
	id, ok := p.ids[set]
	if !ok {
		id = len(p.ids)
		p.ids[set] = id
	}
	return id
}

func (p *planner) object(n *node, sc scope) {
	n.keySet = !sc.frees
	if n.set == nil {
		n.plainPass = true
		n.passes = []*children{p.keys(n.want, sc, nil)}
		return
	}
	for _, r := range n.set.rules {
		if sc.exact && r.kind == ruleEachKey {
			n.eachKey = append(n.eachKey, r)
		}
		if !n.cascaded && r.entries() {
			n.passes = append(n.passes, p.keys(n.want, sc, r))
			continue
		}
		n.gauge(r)
		if !n.plainPass {
			n.plainPass = true
			n.passes = slices.Insert(n.passes, 0, p.keys(n.want, sc, nil))
		}
	}
	// The key check belongs to the plain pass; the others go without.
	n.keySet = n.keySet && n.plainPass
	if !n.plainPass {
		n.eachKey = nil
	}
}

// gauge notes what a rule asks of a map as a whole.
func (n *node) gauge(r *rule) {
	switch r.kind {
	case ruleRegex, ruleEachKey, ruleEachValue, ruleValues, ruleArrayContains:
	case ruleType:
		n.ungauged = n.ungauged || !n.cascaded && (r.min >= 0 || r.max >= 0)
	case ruleEquality:
		n.whole = true
	case ruleNotEmpty:
		n.filled = true
	default:
		n.never = true
	}
}

// keys lays out one pass over a map. Under a rule for entries every actual
// key counts, else only those of the example.
func (p *planner) keys(want *value, sc scope, by *rule) *children {
	c := &children{example: len(want.members)}
	for _, m := range want.members {
		c.add(m.key, p.node(m.value, below(sc, by, keyElem(m.key))))
	}
	if by == nil || len(want.members) == 0 {
		return c
	}
	first := want.members[want.least].value
	if by.kind != ruleEachValue {
		for _, l := range sc.live {
			key := ""
			switch t := sc.table[l.set].path[sc.depth]; t.Kind {
			case contracts.Field:
				key = t.Name
			case contracts.Index:
				key = strconv.Itoa(t.Index)
			default:
				continue
			}
			if c.find([]byte(key), 0) < 0 {
				c.add(key, p.node(first, sc.step(keyElem(key))))
			}
		}
	}
	c.other = p.node(first, below(sc, by, elem{index: -1, key: unnamed}))
	c.digits = p.node(first, below(sc, by, elem{index: unnumbered, key: unnamed}))
	return c
}

// unnamed and unnumbered stand for keys and indexes that no rule names.
const (
	unnamed    = "\xff"
	unnumbered = 1<<63 - 1
)

func (c *children) add(name string, n *node) {
	c.names, c.nodes = append(c.names, name), append(c.nodes, n)
	if c.index != nil {
		c.index[name] = len(c.names) - 1
	} else if len(c.names) > few {
		c.index = make(map[string]int, len(c.names))
		for i, known := range c.names {
			c.index[known] = i
		}
	}
}

// find looks for a key, first at the place where it is likely.
func (c *children) find(key []byte, hint int) int {
	if hint < len(c.names) && c.names[hint] == string(key) {
		return hint
	}
	if c.index != nil {
		if i, ok := c.index[string(key)]; ok {
			return i
		}
		return -1
	}
	for i, name := range c.names {
		if name == string(key) {
			return i
		}
	}
	return -1
}

func (p *planner) list(n *node, sc scope) {
	if n.set == nil {
		n.plainPass = true
		n.passes = []*children{p.items(n.want, sc, nil)}
		return
	}
	if len(n.want.items) == 0 {
		return
	}
	special := false
	for _, r := range n.set.rules {
		special = special || r.kind == ruleArrayContains || r.kind == ruleEachValue
		switch {
		case r.kind == ruleArrayContains:
			n.variants = append(n.variants, p.variants(n, r))
		case r.kind == ruleEachValue && n.cascaded:
		case r.kind == ruleEachValue:
			n.passes = append(n.passes, p.items(n.want, sc, r))
		case !n.plainPass:
			n.plainPass = true
			n.passes = slices.Insert(n.passes, 0, p.items(n.want, sc, nil))
			for i := range n.want.items {
				set, _ := sc.step(itemElem(i)).rules()
				n.optional = append(n.optional, set != nil)
			}
		}
	}
	// OR over different ways to compare is left to the slow pass.
	n.ungauged = n.set.any && len(n.set.rules) > 1 && special
}

func (p *planner) items(want *value, sc scope, by *rule) *children {
	c := &children{}
	for i, item := range want.items {
		c.items = append(c.items, p.node(item, below(sc, by, itemElem(i))))
	}
	if len(want.items) == 0 {
		return c
	}
	if by == nil {
		for _, l := range sc.live {
			if t := sc.table[l.set].path[sc.depth]; t.Kind == contracts.Index && t.Index >= len(want.items) {
				if c.beyond == nil {
					c.beyond = map[int]*node{}
				}
				c.beyond[t.Index] = p.node(want.items[0], sc.step(itemElem(t.Index)))
			}
		}
	}
	c.other = p.node(want.items[0], below(sc, by, itemElem(unnumbered)))
	return c
}

// item is the node for the actual item i.
func (c *children) item(i int) *node {
	if i < len(c.items) {
		return c.items[i]
	}
	if n, ok := c.beyond[i]; ok {
		return n
	}
	return c.other
}

func (p *planner) variants(n *node, r *rule) []*node {
	var nodes []*node
	for _, v := range r.variantsOf(len(n.want.items)) {
		if v.index >= len(n.want.items) {
			n.never = true
			return nil
		}
		nodes = append(nodes, p.node(n.want.items[v.index], v.table.root()))
	}
	return nodes
}
