package contracts

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Merge returns a pact with the interactions of both; a and b stay as they
// are. In V4 an interaction of b takes the place of the one in a that has the
// same key, or the same description and provider states. In older versions
// two such interactions must be equal, and the error names those that are
// not. The result has the later version of the two; V4 does not mix with
// others.
func Merge(a, b *Pact) (*Pact, error) {
	if a.Consumer != b.Consumer || a.Provider != b.Provider {
		return nil, fmt.Errorf("merge pacts: one is between %s and %s, the other between %s and %s",
			a.Consumer, a.Provider, b.Consumer, b.Provider)
	}
	if (a.Version == V4) != (b.Version == V4) {
		return nil, fmt.Errorf("merge pacts of %s and %s: one has version %s, the other %s; try: write both in the same",
			a.Consumer, a.Provider, a.Version, b.Version)
	}
	merged := *a
	merged.Version = max(a.Version, b.Version)
	merged.Metadata, merged.Unknown = overlay(a.Metadata, b.Metadata), overlay(a.Unknown, b.Unknown)
	merged.Interactions = slices.Clone(a.Interactions)
	places := map[string]int{}
	for n, i := range merged.Interactions {
		for _, name := range identities(&i) {
			places[name] = n
		}
	}
	var conflicts []string
	for _, i := range b.Interactions {
		n, found := placeOf(&i, places)
		switch {
		case !found:
			n = len(merged.Interactions)
			merged.Interactions = append(merged.Interactions, i)
		case merged.Version == V4:
			merged.Interactions[n] = i
		case !sameContent(merged.Version, merged.Interactions[n], i):
			conflicts = append(conflicts, fmt.Sprintf("%q", i.Description))
		}
		for _, name := range identities(&i) {
			places[name] = n
		}
	}
	if len(conflicts) > 0 {
		return nil, fmt.Errorf("merge pacts of %s and %s: both describe %s with the same provider states, but not alike; try: give one another description",
			a.Consumer, a.Provider, strings.Join(conflicts, ", "))
	}
	return &merged, nil
}

// identities are the names by which an interaction is found: its key, and
// its description with the names of its states.
func identities(i *Interaction) []string {
	name := fmt.Sprintf("d%q", i.Description)
	for _, s := range i.States {
		name += fmt.Sprintf("%q", s.Name)
	}
	if i.Key == "" {
		return []string{name}
	}
	return []string{"k" + i.Key, name}
}

func placeOf(i *Interaction, places map[string]int) (int, bool) {
	for _, name := range identities(i) {
		if n, found := places[name]; found {
			return n, true
		}
	}
	return 0, false
}

// sameContent compares what would be written.
func sameContent(v Version, a, b Interaction) bool {
	a.ID, b.ID = "", ""
	one, errA := writer{v}.interaction(&a)
	two, errB := writer{v}.interaction(&b)
	if errA != nil || errB != nil {
		return false
	}
	textA, errA := encodeJSON(one)
	textB, errB := encodeJSON(two)
	return errA == nil && errB == nil && bytes.Equal(textA, textB)
}

func overlay[V any](a, b map[string]V) map[string]V {
	if len(b) == 0 {
		return a
	}
	out := map[string]V{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}
