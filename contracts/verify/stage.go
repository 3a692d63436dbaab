package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"

	"github.com/seamtest/seam/contracts"
)

// A Stage holds provider states for somebody who sends the requests of
// interactions himself, many times over, such as a load.
type Stage struct {
	replay *replay
	done   func()
	states []staged
}

// A staged state has been set up.
type staged struct {
	contracts.State
	returned map[string]any
}

// SetUp sets up the provider states of the interactions, all of them for
// good: first the state "", so that a handler can clean up, then each once in
// the order of the interactions. Where one fails, those before it are torn
// down. Of cfg only what is said of states is read. Without an address of
// states nothing is set up.
func SetUp(ctx context.Context, of []*contracts.Interaction, cfg Config) (*Stage, error) {
	r := &replay{cfg: cfg, pact: &contracts.Pact{}}
	s := &Stage{replay: r, done: r.prepare()}
	if cfg.States == nil {
		return s, nil
	}
	states := []contracts.State{{}}
	for _, i := range of {
		states = append(states, i.States...)
	}
	for _, state := range states {
		if s.find(state) != nil {
			continue
		}
		returned, err := r.state(ctx, state, "setup")
		if err != nil {
			return nil, errors.Join(err, s.TearDown(ctx))
		}
		s.states = append(s.states, staged{state, returned})
	}
	return s, nil
}

// find is the state as it was set up; nil where it was not.
func (s *Stage) find(state contracts.State) *staged {
	for i := range s.states {
		at := &s.states[i]
		if at.Name == state.Name && (len(at.Params)+len(state.Params) == 0 || reflect.DeepEqual(at.Params, state.Params)) {
			return at
		}
	}
	return nil
}

// Values are what ProviderState generators of the interaction use: the
// parameters of its states and, over them, what the handler returned.
func (s *Stage) Values(i *contracts.Interaction) map[string]any {
	values := map[string]any{}
	for _, state := range i.States {
		maps.Copy(values, state.Params)
	}
	for _, state := range i.States {
		if at := s.find(state); at != nil {
			maps.Copy(values, at.returned)
		}
	}
	return values
}

// TearDown tears the states down, the last first, where cfg asked for it:
// also where ctx has ended. It must be called once.
func (s *Stage) TearDown(ctx context.Context) error {
	defer s.done()
	if !s.replay.cfg.Teardown {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tearDownTime)
	defer cancel()
	var all []error
	for i := len(s.states) - 1; i >= 0; i-- {
		if _, err := s.replay.state(ctx, s.states[i].State, "teardown"); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// Render writes the request of an interaction of a pact as it is sent, to the
// provider at base and with the headers over its own.
func Render(p *contracts.Pact, q *contracts.Request, base *url.URL, header http.Header) (*http.Request, error) {
	r := &replay{cfg: Config{Provider: base, Header: header}, pact: p}
	request, err := r.render(context.Background(), q)
	if err != nil {
		return nil, fmt.Errorf("render the request: %w", err)
	}
	return request, nil
}

// Runnable says why an interaction cannot be asked for; nil where it can.
func Runnable(i *contracts.Interaction, base *url.URL) error {
	return (&replay{cfg: Config{Provider: base}}).cannotRun(i)
}
