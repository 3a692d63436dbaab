package match

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A metadataPlan compares the metadata of a message: expected keys only.
type metadataPlan struct {
	keys  []metadataKey
	table table
}

type metadataKey struct {
	name string
	want *value
	sc   scope
}

// newMetadataPlan reads keys of rules as path expressions where they begin
// with $, else as names.
func newMetadataPlan(want map[string]any, rules map[string]contracts.RuleList) (metadataPlan, error) {
	var p metadataPlan
	var err error
	byPath := map[string]contracts.RuleList{}
	for at, list := range rules {
		if !strings.HasPrefix(at, "$") {
			at = contracts.Path{{Kind: contracts.Root}, {Kind: contracts.Field, Name: at}}.String()
		}
		byPath[at] = list
	}
	if p.table, err = newTable(byPath); err != nil {
		return p, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		v, err := jsonValue(want[name])
		if err != nil {
			return p, fmt.Errorf("metadata %q: %w", name, err)
		}
		p.keys = append(p.keys, metadataKey{name, v, p.table.root().step(keyElem(name))})
	}
	return p, nil
}

func jsonValue(v any) (*value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

func isContentType(name string) bool {
	return strings.EqualFold(name, "contentType") || strings.EqualFold(name, "content-type")
}

func (p *metadataPlan) compare(found []Mismatch, got map[string]any) []Mismatch {
	for _, k := range p.keys {
		have, ok := got[k.name]
		if !ok {
			found = append(found, Mismatch{Part: PartMetadata, Pointer: k.name, Expected: k.want.String(),
				Message: fmt.Sprintf("Expected message metadata '%s' but was missing", k.name)})
			continue
		}
		found = k.compare(found, have)
	}
	return found
}

// compare judges a value as a whole, be it an object: rules do not go into it.
// Without rules the content type is compared as a header is.
func (k *metadataKey) compare(found []Mismatch, have any) []Mismatch {
	m := Mismatch{Part: PartMetadata, Pointer: k.name, Expected: k.want.String()}
	v, err := jsonValue(have)
	if err != nil {
		m.Message = fmt.Sprintf("Metadata '%s' is no JSON value: %s", k.name, err)
		return append(found, m)
	}
	add := func(why string) {
		m.Actual = v.String()
		m.Message = fmt.Sprintf("Expected metadata key '%s' to have value '%s' but was '%s' - %s", k.name, k.want.json(nil), v.json(nil), why)
		found = append(found, m)
	}
	set, cascaded := k.sc.rules()
	switch {
	case set == nil && isContentType(k.name):
		if want, got := k.want.plain(), v.plain(); !sameTyped(want, got) {
			add(fmt.Sprintf("Expected metadata '%s' to have value '%s' but was '%s'", k.name, want, got))
		}
		return found
	case set == nil:
		if !k.want.equal(v) {
			add(unequal(k.want, v))
		}
		return found
	}
	mark := len(found)
	for _, r := range set.rules {
		m.Rule, m.RuleAt = r.name, set.at
		if why := r.onValue(k.want, v, cascaded); why != "" {
			add(why)
		} else if set.any {
			return found[:mark]
		}
	}
	return found
}

// plain is the content of a string; nothing else has any.
func (v *value) plain() string {
	if v.kind != stringKind {
		return ""
	}
	return string(v.text)
}

// onValue applies a rule to a value as a whole; "" means that it holds.
func (r *rule) onValue(want, got *value, cascaded bool) string {
	switch {
	case r.kind == ruleEquality || r.kind == ruleValues:
		if want.equal(got) {
			return ""
		}
		return unequal(want, got)
	case r.kind == ruleType && want.kind == arrayKind && got.kind == arrayKind:
		if cascaded {
			return ""
		}
		return r.sized(got.String(), len(got.items))
	}
	whole := scalar{got.kind, got.form()}
	if r.fits(want.scalar, whole) {
		return ""
	}
	return r.refusal(want, got)
}
