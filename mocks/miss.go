package mocks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A refusal is the body of an answer that no interaction gave.
type refusal struct {
	Error   string   `json:"error"`
	Request *request `json:"request,omitempty"`
	Closest *closest `json:"closest,omitempty"`
	Try     string   `json:"try,omitempty"`
}

type request struct {
	Method string              `json:"method"`
	Path   string              `json:"path"`
	Query  map[string][]string `json:"query,omitempty"`
}

// closest is the interaction that came closest, and why it did not match.
type closest struct {
	Description string     `json:"description"`
	States      []string   `json:"states,omitempty"`
	Consumer    string     `json:"consumer"`
	Provider    string     `json:"provider"`
	Method      string     `json:"method"`
	Path        string     `json:"path"`
	Mismatches  []mismatch `json:"mismatches"`
}

type mismatch struct {
	Part     string `json:"part"`
	Pointer  string `json:"pointer,omitempty"`
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	Message  string `json:"message"`
}

// refusedHeader marks an answer of the stub itself, so that a 404 that a
// pact promises is not taken for one.
const refusedHeader = "X-Seam-Stub"

func (why refusal) wire(status int) wired {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(why) // never fails: it holds nothing but text
	header := http.Header{"Content-Type": {"application/json"}, refusedHeader: {"no-match"}}
	return wired{status: status, header: header, content: text.Bytes()}
}

// unread says why a request could not be read.
func unread(err error) reply {
	status, why := http.StatusBadRequest, refusal{Error: "the body of the request did not come whole: " + err.Error()}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status, why.Error = http.StatusRequestEntityTooLarge, fmt.Sprintf("the body of the request is longer than %d bytes and was not looked at", large.Limit)
	}
	return reply{wired: why.wire(status), why: why}
}

// String is the refusal in one line.
func (why refusal) String() string {
	c := why.Closest
	if c == nil {
		return why.Error
	}
	text := fmt.Sprintf("%s; the closest is %q of %s and %s", why.Error, c.Description, c.Consumer, c.Provider)
	for n, m := range c.Mismatches {
		text += []string{": ", ", "}[min(n, 1)] + m.Message
	}
	return text
}

// compared is how many interactions are matched in full to explain a miss.
const compared = 5

func (s *Stub) explain(got *contracts.Request, who choice) refusal {
	why := refusal{
		Error:   "no interaction matches the request",
		Request: &request{got.Method, got.Path, got.Query},
		Try:     "correct the request, or add the interaction to the consumer's pact",
	}
	var best *route
	var fewest []match.Mismatch
	for _, r := range s.nearest(got, who) {
		found := r.plan.Request(got)
		if best == nil || weight(found) < weight(fewest) {
			best, fewest = r, found
		}
	}
	switch {
	case best != nil:
		why.Closest = describe(best, fewest)
	case who.state != "":
		why.Error = fmt.Sprintf("no interaction has the provider state %q, which the request asks for", who.state)
		why.Try = "ask for a provider state that a pact names, or for none"
	case s.State != nil:
		why.Error = fmt.Sprintf("no interaction has a provider state that matches %q, as the stub demands", s.State)
		why.Try = "play the stub with other provider states"
	}
	return why
}

// weight lets a wrong method or path count more than any wrong field.
func weight(found []match.Mismatch) int {
	w := len(found)
	for _, m := range found {
		if m.Part == match.PartMethod || m.Part == match.PartPath {
			w += 1000
		}
	}
	return w
}

// nearest ranks all interactions by method and path and returns the first
// few. It is linear, but only misses come here.
func (s *Stub) nearest(got *contracts.Request, who choice) []*route {
	type ranked struct {
		*route
		score int
	}
	top := make([]ranked, 0, compared+1)
	fits := map[int]bool{}
	for r := range s.index.near(got) {
		fits[r.order] = true
	}
	method, path := s.index.words[got.Method], s.index.words.spell(got.Path)
	for n, to := range s.index.aims {
		score := similarity(s.index.spelt[to.from:to.to], path)
		if to.method == method {
			score++
		}
		if fits[n] {
			score += 1000
		}
		if len(top) == compared && score <= top[compared-1].score || !who.allows(s.index.all[n]) {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, score, func(have ranked, want int) int {
			if have.score >= want {
				return -1 // of equals the earlier one stays ahead
			}
			return 1
		})
		top = slices.Insert(top, at, ranked{s.index.all[n], score})
		top = top[:min(len(top), compared)]
	}
	routes := make([]*route, len(top))
	for i, r := range top {
		routes[i] = r.route
	}
	return routes
}

// similarity counts equal segments, twice, and takes off for a different
// number of them.
func similarity(want, got []int32) int {
	score := 0
	for i := range min(len(want), len(got)) {
		if want[i] == got[i] {
			score += 2
		}
	}
	if len(want) != len(got) {
		score--
	}
	return score
}

func describe(r *route, found []match.Mismatch) *closest {
	c := &closest{
		Description: r.interaction.Description, Consumer: r.pact.Consumer, Provider: r.pact.Provider,
		Method: r.interaction.Request.Method, Path: r.interaction.Request.Path, Mismatches: []mismatch{},
	}
	for _, state := range r.interaction.States {
		c.States = append(c.States, state.Name)
	}
	for _, m := range found {
		c.Mismatches = append(c.Mismatches, mismatch{string(m.Part), m.Pointer, m.Expected, m.Actual, m.Message})
	}
	return c
}
