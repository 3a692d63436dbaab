package harness

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/harness/internal/web"
)

// What the page shows of one edge's contract is bounded.
const (
	shownInteractions = 500
	shownBreaches     = 20
	shownReasons      = 8
	shownText         = 400 // bytes of what a reason says, and of each value
)

func (h *Harness) servicesView() []web.Service {
	deaths := h.Deaths()
	h.mu.Lock()
	stopped := h.stopped
	h.mu.Unlock()
	var all []web.Service
	for _, s := range h.Services() {
		v := web.Service{Name: s.Name, Kind: s.Kind, State: "starting"}
		select {
		case <-s.ready:
			v.State, v.Took = "ready", float64(s.Took.Microseconds())/1000
		default:
		}
		if stopped {
			v.State = "stopped"
		}
		if i := slices.IndexFunc(deaths, func(d Death) bool { return d.Service == s.Name }); i >= 0 {
			v.State, v.Why = "died", deaths[i].Why
		}
		all = append(all, v)
	}
	return all
}

func (h *Harness) edgesView() []web.Edge {
	var all []web.Edge
	for _, e := range h.Edges() {
		all = append(all, e.view(time.Now()))
	}
	return all
}

// view sums up the exchanges that the edge remembers.
func (e *Edge) view(now time.Time) web.Edge {
	v := web.Edge{Edge: e.Name.String(), Consumer: e.Name.Consumer, Provider: e.Name.Provider, URL: e.URL()}
	v.Over(&e.tally, now)
	e.mu.Lock()
	v.Requests, v.Errors = e.seen, e.failed
	took := make([]time.Duration, 0, len(e.recent))
	for i := range e.recent {
		took = append(took, e.recent[i].Took)
	}
	e.mu.Unlock()
	slices.Sort(took)
	v.P50, v.P95, v.P99 = nearest(took, 50), nearest(took, 95), nearest(took, 99)
	return v
}

// nearest is the percentile by nearest rank, in milliseconds; 0 of nothing.
func nearest(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return float64(sorted[rank-1].Microseconds()) / 1000
}

func (h *Harness) contractsView() []web.Contract {
	var all []web.Contract
	for _, e := range h.Edges() {
		if !e.Judged() {
			continue
		}
		c := e.Coverage()
		v := web.Contract{
			Edge: e.Name.String(), Conforming: c.Conforming, Violating: c.Violating, Uncovered: c.Uncovered, Unjudged: c.Unjudged,
			Interactions: []web.Interaction{}, Breaches: breaches(&c),
		}
		for i := range c.Interactions[:min(len(c.Interactions), shownInteractions)] {
			shown := &c.Interactions[i]
			v.Interactions = append(v.Interactions, web.Interaction{Name: shown.Name(), Calls: shown.Calls, Violations: shown.Violations})
		}
		all = append(all, v)
	}
	return all
}

func breaches(c *cover.Coverage) []web.Breach {
	all := []web.Breach{}
	for _, v := range c.Violations {
		all = append(all, web.Breach{Kind: "violating", Name: v.Description, Count: v.Count, Trace: v.Example, Reasons: reasons(v.Mismatches)})
	}
	for _, call := range c.Undescribed {
		b := web.Breach{Kind: "uncovered", Name: call.Method + " " + call.Path, Count: call.Count, Trace: call.Example, Reasons: reasons(call.Mismatches)}
		if call.Status != 0 {
			b.Name += fmt.Sprintf(" answered with %d", call.Status)
		}
		if len(b.Reasons) == 0 && call.Why != "" {
			b.Reasons = append(b.Reasons, web.Reason{Message: cut(call.Why)})
		}
		all = append(all, b)
	}
	return all[:min(len(all), shownBreaches)]
}

func reasons(mismatches []match.Mismatch) []web.Reason {
	all := []web.Reason{}
	for i := range mismatches[:min(len(mismatches), shownReasons)] {
		m := &mismatches[i]
		all = append(all, web.Reason{
			Place: cut(strings.TrimSpace(string(m.Part) + " " + m.Pointer)), Message: cut(m.Message), Expected: cut(m.Expected), Actual: cut(m.Actual),
		})
	}
	return all
}

// cut keeps the beginning of a long text, whole runes of it.
func cut(text string) string {
	if len(text) <= shownText {
		return text
	}
	return strings.ToValidUTF8(text[:shownText], "") + "…"
}
