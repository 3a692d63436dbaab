package record

import (
	"fmt"
	"slices"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// Update brings a pact up to what was recorded. An interaction that still
// describes what was recorded under its name stays as it is, examples, states
// and what else people wrote in it included; one that does not keeps its
// provider states only. Interactions that were not seen again stay.
func Update(before, recorded *contracts.Pact) (*contracts.Pact, error) {
	if before.Version != contracts.V4 {
		return nil, fmt.Errorf("update pact of %s and %s: it has version %s, and recordings are of version 4; try: another folder",
			before.Consumer, before.Provider, before.Version)
	}
	if before.Consumer != recorded.Consumer || before.Provider != recorded.Provider {
		return nil, fmt.Errorf("update pact of %s and %s: the recording is of %s and %s", before.Consumer, before.Provider, recorded.Consumer, recorded.Provider)
	}
	after := *before
	after.Interactions = slices.Clone(before.Interactions)
	for _, fresh := range recorded.Interactions {
		n := slices.IndexFunc(after.Interactions, func(i contracts.Interaction) bool {
			return i.Kind == contracts.HTTP && i.Description == fresh.Description
		})
		switch {
		case n < 0:
			after.Interactions = append(after.Interactions, fresh)
		case !describes(&after.Interactions[n], &fresh):
			fresh.States = after.Interactions[n].States
			after.Interactions[n] = fresh
		}
	}
	return &after, nil
}

func describes(old, fresh *contracts.Interaction) bool {
	plan, err := match.Compile(old)
	return err == nil && len(plan.Request(fresh.Request)) == 0 && len(plan.Response(fresh.Response)) == 0
}
