package report

import (
	"fmt"
	"strings"
)

// A Fault was put on an edge.
type Fault struct {
	Edge    string `json:"edge"`
	Fault   string `json:"fault" jsonschema:"description=Such as latency 2s"`
	Strikes int    `json:"strikes" jsonschema:"description=Calls that it struck"`
}

// String says what went wrong where, and how often.
func (f Fault) String() string {
	return fmt.Sprintf("%s on %s, which struck %s", f.Fault, f.Edge, plural(f.Strikes, "call"))
}

// notesOf says what was made to go wrong meanwhile.
func notesOf(faults []Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, "under the fault "+f.String())
	}
	return all
}

// Disturb notes the faults of a load: runs are compared that have the same.
func (l *Load) Disturb(faults []Fault) {
	l.Faults = faults
	if len(faults) == 0 {
		return
	}
	if l.Plan == nil {
		l.Plan = map[string]string{}
	}
	var all []string
	for _, f := range faults {
		all = append(all, f.Fault+" on "+f.Edge)
	}
	l.Plan["faults"] = strings.Join(all, "; ")
}
