package serve

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A State makes something true of a service's data before a contract is
// verified, and returns the values that the request needs to know of it.
type State func(params json.RawMessage) (values any, err error)

// StateOf is a State whose parameters are a P.
func StateOf[P any](set func(P) (values any, err error)) State {
	return func(params json.RawMessage) (any, error) {
		var p P
		if len(params) > 0 {
			if err := json.Unmarshal(params, &p); err != nil {
				return nil, fmt.Errorf("decode the parameters: %w", err)
			}
		}
		return set(p)
	}
}

// States are a provider's states by name. They answer what a verifier posts:
// {"state": ..., "params": {...}, "action": "setup" or "teardown"}.
type States map[string]State

// ServeHTTP implements http.Handler. Nothing is torn down, for each state says
// all that it needs; the empty state is always true.
func (s States) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type change struct {
		State, Action string
		Params        json.RawMessage
	}
	asked, ok := Decode[change](w, r)
	switch {
	case !ok:
		return
	case asked.State == "" || asked.Action == "teardown":
		JSON(w, http.StatusOK, struct{}{})
		return
	}
	set, ok := s[asked.State]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(s)), "; ")
		Refuse(w, http.StatusBadRequest, "unknown_state", fmt.Sprintf("no state %q; known are: %s", asked.State, known))
		return
	}
	values, err := set(asked.Params)
	if err != nil {
		Refuse(w, http.StatusUnprocessableEntity, "state", fmt.Sprintf("state %q: %v", asked.State, err))
		return
	}
	JSON(w, http.StatusOK, values)
}
