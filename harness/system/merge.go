package system

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// mapping fills n with the pairs of a mapping. Its own keys beat those that a
// merge key (<<) brings in, and of two merged mappings the first beats the
// second (YAML's merge key language-independent type).
func (t *tree) mapping(n *node, values []*ast.MappingValueNode, path string) {
	n.kind = mapping
	first := make(map[string]Pos, len(values))
	var merged []*node
	for _, value := range values {
		if value.Key.IsMergeKey() {
			from := t.node(value.Value, path)
			if from.kind == null && from.implied {
				from.pos = placeOf(value.Key)
			}
			merged = append(merged, from)
			continue
		}
		key, at := t.key(value.Key), placeOf(value.Key)
		if before, twice := first[key]; twice {
			t.faults.add(Fault{Pos: at, Key: join(path, key), Message: fmt.Sprintf("%s is already in line %d", quote(key), before.Line),
				Remedy: "keep one of the two"})
			continue
		}
		first[key] = at
		child := t.node(value.Value, join(path, key))
		if child.kind == null && child.implied {
			child.pos = at
		}
		n.pairs, n.weight = append(n.pairs, pair{key, at, child}), n.weight+len(key)+child.weight
	}
	for _, from := range merged {
		t.merge(n, from, first, path)
	}
}

func (t *tree) key(n ast.MapKeyNode) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case ast.ScalarNode:
		return scalarText(v)
	}
	t.faults.add(Fault{Pos: placeOf(n), Message: "a key must be plain text", Remedy: "leave out ?, anchors and tags at keys"})
	return ""
}

// merge brings the pairs of from, or of each mapping in the list from, into n.
func (t *tree) merge(n, from *node, have map[string]Pos, path string) {
	switch {
	case from.kind == mapping:
		for _, p := range from.pairs {
			if !t.budget.spend(len(p.key)+p.value.weight, from.pos) {
				return
			}
			if _, ok := have[p.key]; !ok {
				have[p.key] = p.pos
				n.pairs, n.weight = append(n.pairs, p), n.weight+len(p.key)+p.value.weight
			}
		}
	case from.kind == list:
		for _, item := range from.items {
			if item.kind == list {
				item = &node{kind: number, pos: item.pos}
			}
			t.merge(n, item, have, path)
		}
	case !from.broken:
		t.faults.add(Fault{Pos: from.pos, Key: join(path, "<<"), Message: "<< merges mappings, and this is none",
			Remedy: "<<: *anchor, where the anchor stands at a mapping"})
	}
}

// text makes n a text with its variables put in.
func (t *tree) text(n *node, raw, path string) {
	n.kind, n.variable = text, strings.Contains(raw, "${")
	value, err := t.vars.expand(raw, t.budget.left())
	for _, problem := range err {
		t.faults.add(Fault{Pos: t.faults.within(n.pos, problem.near), Key: path, Message: problem.message, Remedy: problem.remedy})
	}
	n.text, n.broken, n.weight = value, len(err) > 0, overhead+len(value)
	t.budget.spend(len(value), n.pos)
}
