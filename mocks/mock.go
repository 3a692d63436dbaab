package mocks

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A Mock plays a provider to a consumer under test and holds the consumer to
// the interactions of one pact: it answers what matches one of them wholly,
// refuses all else with 500, and Faults also tells what was never asked for.
// Where a Stub is forgiving, so that a system can run, a Mock is strict, so
// that the pact says what the consumer does. It is an http.Handler and safe
// for use by several goroutines; its fields are set before the first request.
type Mock struct {
	CORS    bool             // answer preflights, and allow every origin
	MaxBody int64            // longest request body; 0: 16 MiB
	Seed    uint64           // for generators; 0: by chance
	Now     func() time.Time // for generators; nil: time.Now

	pact  *contracts.Pact
	index index
	dice  dice

	mu     sync.Mutex
	used   map[*contracts.Interaction]bool // guarded by mu
	faults []Fault                         // guarded by mu
}

// A FaultKind says how a consumer did not keep to its pact.
type FaultKind string

// The kinds of faults.
const (
	Mismatched FaultKind = "mismatch"   // method and path fit an interaction, but not all of the request
	Unexpected FaultKind = "unexpected" // no interaction has this method and path
	Missing    FaultKind = "missing"    // the interaction was not asked for
	Refused    FaultKind = "refused"    // the consumer did not take the message
)

// A Fault is one way in which a consumer did not keep to its pact.
type Fault struct {
	Kind         FaultKind
	Method, Path string                 // of the request, or of the one that is missing
	Interaction  *contracts.Interaction // that came closest, or is missing; nil for Unexpected
	Mismatches   []match.Mismatch
	Err          error // of Refused
}

// String tells the fault in a sentence, and each mismatch on a line of its own.
func (f Fault) String() string {
	switch f.Kind {
	case Missing:
		return fmt.Sprintf("%s was never asked for", name(f.Interaction))
	case Unexpected:
		return fmt.Sprintf("unexpected request %s %s: no interaction has this method and path", f.Method, f.Path)
	case Refused:
		return fmt.Sprintf("the consumer did not take %s: %v", name(f.Interaction), f.Err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "request %s %s is not quite that of %s:", f.Method, f.Path, name(f.Interaction))
	for _, m := range f.Mismatches {
		fmt.Fprintf(&b, "\n  %s %s: %s", m.Part, m.Pointer, m.Message)
	}
	return b.String()
}

func name(i *contracts.Interaction) string {
	s := fmt.Sprintf("%q", i.Description)
	if i.Kind == contracts.HTTP {
		s += fmt.Sprintf(" (%s %s)", i.Request.Method, i.Request.Path)
	}
	for n, state := range i.States {
		s += []string{" given ", " and "}[min(n, 1)] + fmt.Sprintf("%q", state.Name)
	}
	return s
}

// maxFaults bounds what a mock remembers of a consumer that has lost its way.
const maxFaults = 1000

// NewMock makes the interactions of a pact ready to be played. The error names
// the one that lacks a part or has a rule that cannot be understood; a pact
// without interactions is refused.
func NewMock(pact *contracts.Pact) (*Mock, error) {
	m := &Mock{pact: pact, used: map[*contracts.Interaction]bool{}}
	var all []*route
	for n := range pact.Interactions {
		i := &pact.Interactions[n]
		switch {
		case i.Kind == contracts.HTTP && (i.Request == nil || i.Response == nil):
			return nil, fmt.Errorf("mock %s: interaction %q needs a request and a response", pact.Provider, i.Description)
		case i.Kind != contracts.HTTP && len(i.Messages) == 0:
			return nil, fmt.Errorf("mock %s: interaction %q needs a message", pact.Provider, i.Description)
		}
		plan, err := match.Compile(i)
		if err != nil {
			return nil, fmt.Errorf("mock %s: %w", pact.Provider, err)
		}
		if i.Kind == contracts.HTTP {
			all = append(all, &route{pact: pact, interaction: i, plan: plan})
		}
	}
	if len(pact.Interactions) == 0 {
		return nil, fmt.Errorf("mock %s: the pact has no interaction; try: describe what the consumer needs", pact.Provider)
	}
	m.index = newIndex(all)
	return m, nil
}

// Faults lists what went wrong so far, in the order of the requests, and then
// the interactions that nothing asked for. It is empty when the consumer did
// all that its pact says and nothing else. It keeps the first 1,000.
func (m *Mock) Faults() []Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.faults)
	for n := range m.pact.Interactions {
		i := &m.pact.Interactions[n]
		if m.used[i] {
			continue
		}
		f := Fault{Kind: Missing, Interaction: i}
		if i.Kind == contracts.HTTP {
			f.Method, f.Path = i.Request.Method, i.Request.Path
		}
		all = append(all, f)
	}
	return all
}

func (m *Mock) blame(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.faults) < maxFaults {
		m.faults = append(m.faults, f)
	}
}

func (m *Mock) note(i *contracts.Interaction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used[i] = true
}

// ServeHTTP answers one request.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.CORS {
		allowOrigin(w.Header(), r)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	got, err := received(w, r, m.MaxBody)
	if err != nil {
		unread(err).send(w)
		return
	}
	chosen, found := m.choose(got)
	if chosen != nil && len(found) == 0 {
		m.note(chosen.interaction)
		p, _ := m.generation("http://" + r.Host).Response(chosen.interaction.Response) // what cannot be generated keeps its example
		wire(p).send(w)
		return
	}
	m.turnAway(w, got, chosen, found)
}

// choose returns the interaction of this method and path with the fewest
// mismatches, nil where none has them.
func (m *Mock) choose(got *contracts.Request) (best *route, fewest []match.Mismatch) {
	for r := range m.index.near(got) {
		found := r.plan.Request(got)
		if best == nil || len(found) < len(fewest) || len(found) == len(fewest) && r.before(best, got) {
			best, fewest = r, found
		}
	}
	return best, fewest
}

func (m *Mock) generation(server string) *contracts.Generation {
	return &contracts.Generation{Mode: contracts.ForConsumer, Server: server, Rand: m.dice.draw(m.Seed), Now: m.Now}
}

func (m *Mock) turnAway(w http.ResponseWriter, got *contracts.Request, closest *route, found []match.Mismatch) {
	f := Fault{Kind: Unexpected, Method: got.Method, Path: got.Path}
	why := refusal{
		Error:   "no interaction has this method and path",
		Request: &request{got.Method, got.Path, got.Query},
		Try:     "correct the consumer, or describe the interaction in its test",
	}
	if closest != nil {
		f.Kind, f.Interaction, f.Mismatches = Mismatched, closest.interaction, found
		why.Error, why.Closest = "the request is not quite what its interaction says", describe(closest, found)
	}
	m.blame(f)
	w.Header().Set("X-Pact", map[FaultKind]string{Unexpected: "Unexpected-Request", Mismatched: "Request-Mismatch"}[f.Kind])
	why.wire(http.StatusInternalServerError).send(w)
}

// Consume hands the messages of an interaction to a consumer, generators
// applied: the one message, or the request and then the responses of a
// synchronous one. The interaction counts as used when handle returns nil; an
// error of handle is noted as a fault and returned.
func (m *Mock) Consume(description string, handle func(sent ...*contracts.Message) error) error {
	for n := range m.pact.Interactions {
		i := &m.pact.Interactions[n]
		if i.Kind == contracts.HTTP || i.Description != description {
			continue
		}
		var sent []*contracts.Message
		for k := range i.Messages {
			one, _ := m.generation("").Message(&i.Messages[k]) // what cannot be generated keeps its example
			sent = append(sent, one)
		}
		if err := handle(sent...); err != nil {
			m.blame(Fault{Kind: Refused, Interaction: i, Err: err})
			return err
		}
		m.note(i)
		return nil
	}
	err := errors.New("no message interaction is described so")
	return fmt.Errorf("consume %q: %w; try: one of those in the pact of %s and %s", description, err, m.pact.Consumer, m.pact.Provider)
}
