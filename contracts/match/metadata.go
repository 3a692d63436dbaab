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
		if !ok && isContentType(k.name) {
			for name, v := range got {
				if isContentType(name) {
					have, ok = v, true
				}
			}
		}
		if !ok {
			found = append(found, Mismatch{Part: PartMetadata, Pointer: k.name, Expected: k.want.String(),
				Message: fmt.Sprintf("Expected message metadata '%s' but was missing", k.name)})
			continue
		}
		found = k.compare(found, have)
	}
	return found
}

func (k *metadataKey) compare(found []Mismatch, have any) []Mismatch {
	v, err := jsonValue(have)
	if err != nil {
		return append(found, Mismatch{Part: PartMetadata, Pointer: k.name, Expected: k.want.String(),
			Message: fmt.Sprintf("Metadata '%s' is no JSON value: %s", k.name, err)})
	}
	if set, _ := k.sc.rules(); set == nil && isContentType(k.name) && k.want.kind == stringKind && v.kind == stringKind &&
		contracts.ParseMediaType(k.want.String()).Accepts(contracts.ParseMediaType(v.String())) {
		return found
	}
	c := comparison{report: newReport(PartMetadata)}
	c.push(keyElem(k.name))
	c.values(k.sc, k.want, v)
	room := maxRoom // each says what the whole key is
	for _, m := range c.result() {
		if room < 0 {
			break
		}
		m.Message = fmt.Sprintf("Expected metadata key '%s' to have value '%s' but was '%s' - %s", k.name, k.want.json(nil), v.json(nil), m.Message)
		m.Pointer = k.name
		m.Path = ""
		room -= m.size()
		found = append(found, m)
	}
	return found
}
