package web

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/seamtest/seam/harness/trace"
)

// fewestDigits is how much of a trace id names it where no other begins so.
const fewestDigits = 4

// named finds the trace of that id, or the only one of the newest whose id
// begins so; else it says why there is none.
func (s *server) named(text string) (id trace.ID, why string) {
	text = strings.ToLower(text)
	if n, err := hex.Decode(id[:], []byte(text)); err == nil && n == len(id) && len(text) == 2*len(id) {
		return id, ""
	}
	if len(text) < fewestDigits || len(text) >= 2*len(id) || strings.Trim(text, "0123456789abcdef") != "" {
		return id, fmt.Sprintf("a trace id has %d hexadecimal digits; its first are enough, %d at least", 2*len(id), fewestDigits)
	}
	var found []trace.ID
	for _, sum := range s.Store.Summaries(trace.Query{Limit: mostSearched}) {
		if strings.HasPrefix(sum.ID.String(), text) {
			found = append(found, sum.ID)
		}
	}
	switch len(found) {
	case 1:
		return found[0], ""
	case 0:
		return id, fmt.Sprintf("none of the newest %d traces has an id that begins with %s", mostSearched, text)
	}
	return id, fmt.Sprintf("the ids of %d traces begin with %s; give more of its digits", len(found), text)
}

// unknown says which service or edge of a query is none; "" where all are. A
// service is also who only sent spans.
func (s *server) unknown(q trace.Query) string {
	if q.Service != "" {
		names := s.Store.Services()
		for _, service := range ask(s.Services) {
			names = append(names, service.Name)
		}
		slices.Sort(names)
		if names = slices.Compact(names); !slices.Contains(names, q.Service) {
			return fmt.Sprintf("there is no service %q; there are %s", q.Service, list(names))
		}
	}
	if q.Edge != "" {
		var edges []string
		for _, edge := range ask(s.Edges) {
			edges = append(edges, edge.Edge)
		}
		if !slices.Contains(edges, q.Edge) {
			return fmt.Sprintf("there is no edge %q; there are %s", q.Edge, list(edges))
		}
	}
	return ""
}

// list names the first of them for a terminal, whatever services call themselves.
func list(names []string) string {
	const most = 50
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	return printable(strings.Join(names, ", ") + more)
}
