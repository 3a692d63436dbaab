package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/system"
)

// A Scenario is where the requests of a load come from when they come from
// pacts: every interaction is one, and judges its own answers. It is a value
// that another process can be handed, which reads the pacts itself.
type Scenario struct {
	Pacts      []string                  `json:"pacts"`              // as verify.Sources reads them
	Consumer   string                    `json:"consumer,omitempty"` // only the pacts of this one; "": of all
	Provider   string                    `json:"provider,omitempty"` // likewise
	Base       string                    `json:"base"`               // URL of the provider
	Header     http.Header               `json:"header,omitempty"`   // of every request
	Weights    map[string]int            `json:"weights,omitempty"`  // by description, or by its name with its states; default 1
	Objectives map[string][]string       `json:"objectives,omitempty"`
	Values     map[string]map[string]any `json:"values,omitempty"` // that provider states gave, by name

	// How provider states are set up before the load; see Config of
	// contracts/verify.
	States   string `json:"states,omitempty"`
	Teardown bool   `json:"teardown,omitempty"`
}

// A part is one interaction that is asked for.
type part struct {
	pact   *contracts.Pact
	of     *contracts.Interaction
	name   string // no other has it
	weight int
}

// mostParts is how many interactions a load may have: each is a step.
const mostParts = 200

// cast reads the pacts and chooses the interactions.
func (s *Scenario) cast(ctx context.Context) (parts []part, notes []string, err error) {
	sources, err := verify.Sources(ctx, s.Pacts)
	if err != nil {
		return nil, nil, err
	}
	parts, notes, faults := s.choose(sources)
	var all []error
	for i := range faults {
		all = append(all, &faults[i])
	}
	return parts, notes, errors.Join(all...)
}

// choose says which interactions are asked for, which are left out and why,
// and what is wrong with the choice, in the words of seam.yaml.
func (s *Scenario) choose(sources []verify.Source) (parts []part, notes []string, faults []load.Fault) {
	wrong := func(key, message, remedy string) {
		faults = append(faults, load.Fault{Key: key, Message: message, Remedy: remedy})
	}
	base, err := url.Parse(s.Base)
	if err != nil {
		wrong("url", err.Error(), "")
		return nil, nil, faults
	}
	var providers, known []string
	used := map[string]bool{}
	for _, source := range sources {
		p := source.Pact
		if s.Consumer != "" && p.Consumer != s.Consumer || s.Provider != "" && p.Provider != s.Provider {
			continue
		}
		providers = append(providers, p.Provider)
		for n := range p.Interactions {
			i := &p.Interactions[n]
			known = append(known, i.Description)
			used[i.Description], used[nameOf(i)] = true, true
			one := part{pact: p, of: i, name: nameOf(i), weight: s.weight(i)}
			if why := leftOut(i, base); why != "" {
				notes = append(notes, fmt.Sprintf("%q is not asked for: %s", one.name, why))
			} else if one.weight > 0 {
				parts = append(parts, one)
			}
		}
	}
	if providers = slices.Compact(slices.Sorted(slices.Values(providers))); len(providers) > 1 {
		wrong("pacts", "the pacts are with "+listed(providers)+", and a load goes to one of them", "provider: "+providers[0])
	}
	for _, of := range []struct {
		key   string
		names []string
	}{{"pacts.weights", sortedKeys(s.Weights)}, {"pacts.objectives", sortedKeys(s.Objectives)}} {
		for _, name := range of.names {
			if !used[name] {
				wrong(of.key+"."+name, "no interaction of these pacts is described so", near(name, known))
			}
		}
	}
	switch {
	case len(faults) > 0:
	case len(parts) == 0:
		wrong("pacts", "there is no interaction to ask for", "pacts of this consumer and provider, a weight above 0")
	case len(parts) > mostParts:
		wrong("pacts", fmt.Sprintf("there are %d interactions, and a load has at most %d", len(parts), mostParts), "consumer: one of several, or weight 0 for some")
	default:
		faults = s.conflicts(parts, base)
	}
	return unique(parts), notes, faults
}

// weight is how often an interaction is asked for, compared with the others.
func (s *Scenario) weight(i *contracts.Interaction) int {
	for _, name := range []string{nameOf(i), i.Description} {
		if weight, given := s.Weights[name]; given {
			return weight
		}
	}
	return 1
}

// leftOut says why an interaction cannot be asked for under load.
func leftOut(i *contracts.Interaction, base *url.URL) string {
	switch err := verify.Runnable(i, base); {
	case i.Kind != contracts.HTTP:
		return "it is a message"
	case i.Pending:
		return "it is pending"
	case err != nil:
		return err.Error()
	}
	return ""
}

// conflicts are requests that two interactions make alike in different
// provider states: under load all states are set up at once, so the answer
// could not be that of both.
func (s *Scenario) conflicts(parts []part, base *url.URL) (faults []load.Fault) {
	first := map[string]*part{}
	for n := range parts {
		p := &parts[n]
		request, err := s.request(p, p.of.Request, base)
		if err != nil {
			faults = append(faults, load.Fault{Key: "pacts", Message: fmt.Sprintf("%q: %v", p.name, err)})
			continue
		}
		key := fmt.Sprintf("%s %s\n%v\n%s", request.Method, request.URL, request.Header, request.Body)
		other := first[key]
		if first[key] = p; other == nil || slices.EqualFunc(other.of.States, p.of.States, sameState) {
			continue
		}
		faults = append(faults, load.Fault{
			Key: "pacts", Message: fmt.Sprintf("%q and %q make the same request in different provider states, which cannot hold at once", other.name, p.name),
			Remedy: fmt.Sprintf("weight 0 for one of them, such as weights: { %q: 0 }", p.name),
		})
	}
	return faults
}

func sameState(a, b contracts.State) bool {
	return a.Name == b.Name && fmt.Sprint(a.Params) == fmt.Sprint(b.Params)
}

// unique gives interactions of one name names of their own.
func unique(parts []part) []part {
	seen := map[string]int{}
	for i := range parts {
		p := &parts[i]
		name := p.name
		if seen[name]++; seen[name] > 1 {
			p.name = fmt.Sprintf("%s (%s, %d)", name, p.pact.Consumer, seen[name])
		}
	}
	return parts
}

func near(name string, known []string) string {
	if one := system.Nearest(name, known); one != "" {
		return one
	}
	const most = 12
	names := slices.Compact(slices.Sorted(slices.Values(known)))
	return "one of " + strings.Join(names[:min(len(names), most)], ", ")
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
