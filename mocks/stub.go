// Package mocks plays providers from their pacts.
package mocks

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A Stub answers requests with what the interactions of its pacts promise. It
// is an http.Handler and safe for use by several goroutines; its fields are
// set before the first request.
//
// The interaction with the fewest mismatches answers; of equals the one that
// asks for more, then the earlier one. Method, path and query
// must match, and the body where the method carries one (POST, PUT, PATCH);
// headers and the body's type only help to choose.
type Stub struct {
	State   *regexp.Regexp   // only interactions with such a provider state; nil: all
	CORS    bool             // answer preflights, and allow every origin
	MaxBody int64            // longest request body; 0: 16 MiB
	Seed    uint64           // for generators; 0: by chance
	Now     func() time.Time // for generators; nil: time.Now

	index  index
	misses atomic.Int64
	dice   dice
}

// New indexes the HTTP interactions of pacts. Messages are left out.
func New(pacts ...*contracts.Pact) (*Stub, error) {
	s := &Stub{}
	for _, p := range pacts {
		for n := range p.Interactions {
			i := &p.Interactions[n]
			if i.Kind != contracts.HTTP || i.Request == nil || i.Response == nil {
				continue
			}
			plan, err := match.Compile(i)
			if err != nil {
				return nil, fmt.Errorf("stub: pact of %s and %s: %w", p.Consumer, p.Provider, err)
			}
			s.index.add(&route{pact: p, interaction: i, plan: plan})
		}
	}
	if len(s.index.all) == 0 {
		return nil, errors.New("stub: there is no HTTP interaction to play; try: name a pact of this provider")
	}
	return s, nil
}

// A Use says how often an interaction answered.
type Use struct {
	Consumer    string
	Interaction *contracts.Interaction
	Count       int64
}

// Uses lists all interactions in the order of the pacts.
func (s *Stub) Uses() []Use {
	var uses []Use
	for _, r := range s.index.all {
		uses = append(uses, Use{r.pact.Consumer, r.interaction, r.uses.Load()})
	}
	return uses
}

// Misses is how many requests no interaction matched.
func (s *Stub) Misses() int64 { return s.misses.Load() }

// ServeHTTP answers one request.
func (s *Stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.CORS {
		allowOrigin(w.Header(), r)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusOK)
			return
		}
	}
	got, err := received(w, r, s.MaxBody)
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, refusal{Error: err.Error()})
		return
	}
	if chosen := s.choose(got); chosen != nil {
		chosen.uses.Add(1)
		s.answer(w, chosen)
		return
	}
	s.misses.Add(1)
	refuse(w, http.StatusNotFound, s.explain(got))
}

// choose returns the route with the fewest mismatches among those that
// match; nil is none. Of equals the one that asks for more wins, then the
// earlier one.
func (s *Stub) choose(got *contracts.Request) *route {
	var best *route
	fewest := 0
	for r := range s.index.near(got) {
		if !s.allowed(r) {
			continue
		}
		found := r.plan.Request(got)
		if decisive(got, found) {
			continue
		}
		if best == nil || len(found) < fewest || len(found) == fewest && r.before(best) {
			best, fewest = r, len(found)
		}
	}
	return best
}

func (s *Stub) allowed(r *route) bool {
	if s.State == nil {
		return true
	}
	for _, state := range r.interaction.States {
		if s.State.MatchString(state.Name) {
			return true
		}
	}
	return len(r.interaction.States) == 0 && s.State.MatchString("")
}

// decisive says whether a mismatch rules the interaction out.
func decisive(got *contracts.Request, found []match.Mismatch) bool {
	for _, m := range found {
		switch m.Part {
		case match.PartMethod, match.PartPath, match.PartQuery:
			return true
		case match.PartBody:
			if carriesBody(got.Method) && !aboutType(m) {
				return true
			}
		}
	}
	return false
}

func carriesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// aboutType tells that the bodies have different types from that their
// contents differ.
func aboutType(m match.Mismatch) bool {
	return strings.HasPrefix(m.Message, "Expected a body of '")
}

// answer writes the response of an interaction, generators applied.
func (s *Stub) answer(w http.ResponseWriter, chosen *route) {
	values := map[string]any{}
	for _, state := range chosen.interaction.States {
		for name, value := range state.Params {
			values[name] = value
		}
	}
	generation := contracts.Generation{Mode: contracts.ForProvider, Values: values, Rand: s.dice.draw(s.Seed), Now: s.Now}
	p, _ := generation.Response(chosen.interaction.Response) // what cannot be generated keeps its example
	send(w, p)
}
