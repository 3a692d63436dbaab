// Package mocks plays providers from their pacts.
package mocks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
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
// The interaction with the fewest mismatches answers; of equals the one whose
// example has the same path, then the one that asks for more, then the earlier. Method, path and query
// must match, and the body where the method carries one (POST, PUT, PATCH);
// headers and the body's type only help to choose.
type Stub struct {
	State   *regexp.Regexp   // only interactions with such a provider state; nil: all
	CORS    bool             // answer preflights that no interaction is about, and allow every origin
	MaxBody int64            // longest request body; 0: 16 MiB
	Seed    uint64           // for generators and Jitter; 0: by chance
	Now     func() time.Time // for generators; nil: time.Now
	Latency time.Duration    // how long each answer waits, at least
	Jitter  time.Duration    // and up to how much longer, by chance

	// StateHeader and StateParam name a request header and a query parameter
	// with which a request chooses among interactions by the name of a
	// provider state; "" is none. The parameter is not matched.
	StateHeader, StateParam string

	Observe func(*Answer) // called for each answer, before or after it is written, by several goroutines at once; nil: nobody looks

	index  index
	misses atomic.Int64
	dice   dice
}

// New indexes the HTTP interactions of pacts. Messages are left out. The error
// names the pact that has a rule which cannot be understood.
func New(pacts ...*contracts.Pact) (*Stub, error) {
	s := &Stub{}
	var all []*route
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
			answer := wire(i.Response)
			answer.head, _ = answer.plainHead()
			all = append(all, &route{pact: p, interaction: i, plan: plan, answer: answer})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("stub: there is no HTTP interaction to play; try: name a pact of this provider")
	}
	s.index = newIndex(all)
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
	}
	start := time.Now()
	got, err := received(w, r, s.MaxBody)
	if err != nil {
		refused := unread(err)
		refused.send(w)
		s.tell(&contracts.Request{Method: r.Method, Path: r.URL.EscapedPath(), Headers: r.Header}, refused, start)
		return
	}
	if !s.linger(r.Context()) {
		return // the caller has gone
	}
	answer := s.reply(got)
	if s.CORS && answer.by == nil && r.Method == http.MethodOptions { // a preflight that no pact is about
		w.WriteHeader(http.StatusOK)
		return
	}
	answer.send(w)
	s.count(got, answer, start)
}

// A reply is what a stub says to a request.
type reply struct {
	wired
	by  *route  // nil where no interaction matches
	why refusal // then
}

func (s *Stub) reply(got *contracts.Request) reply {
	who := s.asked(got)
	if by := s.choose(got, who); by != nil {
		return reply{wired: s.response(by), by: by}
	}
	why := s.explain(got, who)
	return reply{wired: why.wire(http.StatusNotFound), why: why}
}

// count notes a reply that was given.
func (s *Stub) count(got *contracts.Request, r reply, start time.Time) {
	if r.by != nil {
		r.by.uses.Add(1)
	} else {
		s.misses.Add(1)
	}
	s.tell(got, r, start)
}

// tell lets Observe see what was answered.
func (s *Stub) tell(got *contracts.Request, r reply, start time.Time) {
	if s.Observe == nil {
		return
	}
	a := &Answer{Request: got, Status: r.status, Start: start, End: time.Now(), Provider: s.index.all[0].pact.Provider}
	if r.by != nil {
		a.Consumer, a.Provider, a.Interaction = r.by.pact.Consumer, r.by.pact.Provider, r.by.interaction
	} else {
		a.Why = r.why.String()
	}
	s.Observe(a)
}

// An Answer is what a stub said to a request.
type Answer struct {
	Request            *contracts.Request // as it came; without its body where that could not be read
	Status             int
	Consumer, Provider string                 // of the pact; where none matched the provider of the first
	Interaction        *contracts.Interaction // nil where none matched
	Why                string                 // then: which came closest, and where it differs
	Start, End         time.Time
}

// linger waits as long as answers take; false means that the caller gave up.
func (s *Stub) linger(ctx context.Context) bool {
	wait := s.Latency
	if s.Jitter > 0 {
		random := s.dice.draw(s.Seed)
		if random == nil {
			wait += rand.N(s.Jitter)
		} else {
			wait += time.Duration(random.Int64N(int64(s.Jitter)))
		}
	}
	if wait <= 0 {
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// A choice is which interactions may answer a request: those that State
// lets through, and of these the ones with the state that it asks for.
type choice struct {
	*Stub
	state string // "" asks for none
}

// asked takes the parameter that names a state out of the request.
func (s *Stub) asked(got *contracts.Request) choice {
	c := choice{Stub: s}
	if s.StateHeader != "" {
		c.state = strings.Join(got.Headers[http.CanonicalHeaderKey(s.StateHeader)], ", ")
	}
	if values := got.Query[s.StateParam]; s.StateParam != "" && len(values) > 0 {
		c.state = values[0]
		delete(got.Query, s.StateParam)
	}
	return c
}

func (c choice) allows(r *route) bool {
	states := r.interaction.States
	return (c.State == nil || c.fitsState(states)) && (c.state == "" || slices.ContainsFunc(states, c.names))
}

func (c choice) names(state contracts.State) bool { return state.Name == c.state }

// choose returns the route with the fewest mismatches among those that
// match; nil is none. Of equals the one wins that is before the others.
func (s *Stub) choose(got *contracts.Request, who choice) *route {
	var best *route
	fewest := 0
	for r := range s.index.near(got) {
		if !who.allows(r) {
			continue
		}
		found := r.plan.Request(got)
		if decisive(got, found) {
			continue
		}
		if best == nil || len(found) < fewest || len(found) == fewest && r.before(best, got) {
			best, fewest = r, len(found)
		}
	}
	return best
}

func (s *Stub) fitsState(states []contracts.State) bool {
	if len(states) == 0 {
		return s.State.MatchString("")
	}
	return slices.ContainsFunc(states, func(state contracts.State) bool { return s.State.MatchString(state.Name) })
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

// response is that of an interaction, generators applied.
func (s *Stub) response(by *route) wired {
	if len(by.interaction.Response.Generators) == 0 {
		return by.answer
	}
	values := map[string]any{}
	for _, state := range by.interaction.States {
		for name, value := range state.Params {
			values[name] = value
		}
	}
	generation := contracts.Generation{Mode: contracts.ForProvider, Values: values, Rand: s.dice.draw(s.Seed), Now: s.Now}
	p, _ := generation.Response(by.interaction.Response) // what cannot be generated keeps its example
	return wire(p)
}
