package finding

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// What saturates is looked for by these rules:
//
//  1. The run is cut into slices of equal length, long enough that half of
//     them hold 25 requests, and no more than 60. Each has the rate that was
//     offered in its middle. Those after the highest rate are left out: a
//     backlog that is worked off is no news.
//  2. The rate must rise to half as much again as the lowest, at least.
//  3. A call's own time is how long it took without the calls below it. An
//     edge's baseline is the median, over the slices in the lowest quarter of
//     the rates, of the p90 of own times; at least two slices of 5 calls.
//  4. An edge departs where the p90 of its own times leaves three times the
//     baseline (and at least a millisecond above it) for good: no later slice
//     comes back, and there are three at least. One that fails by itself, with
//     nothing below it failing, in 5% of its calls more than in the baseline
//     for good departs likewise.
//  5. The first to depart saturates first; of two in the same slice the one
//     that is further from its baseline. But whoever calls an edge that is full
//     waits for a connection or a worker, in time of its own, so an edge below
//     the first that departs by the next slice goes before it.
const (
	mostLooked   = 60
	leastLooked  = 25
	leastCalls   = 5
	quietSlices  = 2
	leastRise    = 1.5
	departFactor = 3
	departFloor  = time.Millisecond
	departFailed = 0.05
	lastingFor   = 3
	causeWithin  = 1
)

// A Saturation is the departure of the first edge that could not keep up with
// a rising load.
type Saturation struct {
	Edge     string
	Rate     float64       // offered when it departed, requests per second
	Baseline time.Duration // p90 of its own time at the lowest rates
	Own      time.Duration // the same at the highest
	Failed   float64       // share that failed by itself at the highest
	Refuses  bool          // it departed by failing, not by taking longer
}

// A departed edge.
type departed struct {
	Saturation
	at     int     // the slice in which it departs
	factor float64 // by which it is beyond its baseline at the end
}

// A look is a slice as the analysis sees it.
type look struct {
	slice
	rate float64
}

// Saturates finds the edge that saturates first. Offered is the rate of
// requests that were due, by the time since the first of them; nil takes that
// at which requests came.
func (m *Meter) Saturates(offered func(time.Duration) float64) (Saturation, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	looks := rising(m.looks(offered))
	if len(looks) == 0 {
		return Saturation{}, false
	}
	var all []departed
	for i, e := range m.edges {
		if d, departs := departure(looks, i); departs {
			d.Edge = e.name
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return Saturation{}, false
	}
	return m.firstOf(all).Saturation, true
}

// firstOf chooses by rule 5. mu is held.
func (m *Meter) firstOf(all []departed) departed {
	slices.SortStableFunc(all, func(a, b departed) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.factor, a.factor))
	})
	first := all[0]
	for i := 0; i < len(all); i++ {
		d := all[i]
		if d.at <= first.at+causeWithin && m.leads(first.Edge, d.Edge) && !m.leads(d.Edge, first.Edge) {
			first, i = d, -1 // there may be one below this one too
		}
	}
	return first
}

// leads reports whether calls of one edge may cause calls of the other, over
// any number of services. mu is held.
func (m *Meter) leads(from, to string) bool {
	_, provider := edgeParts(from)
	reached := []string{provider}
	for i := 0; i < len(reached); i++ {
		for _, e := range m.edges {
			consumer, provider := edgeParts(e.name)
			switch {
			case consumer != reached[i]:
			case e.name == to:
				return true
			case !slices.Contains(reached, provider):
				reached = append(reached, provider)
			}
		}
	}
	return false
}

// looks cuts the run by rule 1. mu is held.
func (m *Meter) looks(offered func(time.Duration) float64) []look {
	m.settleAll()
	every := (len(m.slices) + mostLooked - 1) / mostLooked
	for every = max(every, 1); every < len(m.slices); every++ {
		var counts []int
		for _, s := range fold(m.slices, every) {
			counts = append(counts, s.requests)
		}
		slices.Sort(counts)
		if counts[len(counts)/2] >= leastLooked {
			break
		}
	}
	var looks []look
	width := time.Duration(every) * m.width
	folded := fold(m.slices, every)
	for i, s := range folded {
		l := look{s, float64(s.requests) / width.Seconds()}
		if offered != nil {
			l.rate = offered(time.Duration(i)*width + width/2 - m.first.Sub(m.began))
		} else if i == len(folded)-1 {
			break // it may not be whole
		}
		if l.rate > 0 && s.requests > 0 {
			looks = append(looks, l)
		}
	}
	return looks
}

// rising leaves out what follows the highest rate; nothing is left where the
// load does not rise.
func rising(looks []look) []look {
	lowest, highest, last := 0.0, 0.0, 0
	for i, l := range looks {
		if i == 0 || l.rate < lowest {
			lowest = l.rate
		}
		if l.rate >= 0.99*highest {
			highest, last = max(highest, l.rate), i
		}
	}
	if len(looks) == 0 || highest < leastRise*lowest {
		return nil
	}
	return looks[:last+1]
}

// departure looks for the slice at which the edge departs.
func departure(looks []look, edge int) (s departed, found bool) {
	var told []int
	var quiet []time.Duration
	calls, failed := 0, 0
	quarter := quarterOf(looks)
	for i := range looks {
		e := looks[i].edge(edge)
		if e.calls < leastCalls {
			continue
		}
		told = append(told, i)
		if looks[i].rate <= quarter {
			quiet = append(quiet, e.quantile(0.9))
			calls, failed = calls+e.calls, failed+e.failed
		}
	}
	if len(quiet) < quietSlices {
		return s, false
	}
	slices.Sort(quiet)
	s.Baseline = quiet[len(quiet)/2]
	limit := max(departFactor*s.Baseline, s.Baseline+departFloor)
	failing := departFailed + float64(failed)/float64(calls)
	slow := lasting(told, func(i int) bool { return looks[i].edge(edge).quantile(0.9) > limit })
	broken := lasting(told, func(i int) bool { return looks[i].edge(edge).failedShare() > failing })
	if slow < 0 && broken < 0 {
		return s, false
	}
	if s.at = slow; slow < 0 || broken >= 0 && broken < slow {
		s.at, s.Refuses = broken, true
	}
	var end edgeSlice
	for _, i := range told[len(told)-lastingFor:] {
		end.add(looks[i].edge(edge))
	}
	s.Own, s.Failed, s.Rate = end.quantile(0.9), end.failedShare(), looks[s.at].rate
	s.factor = float64(s.Own) / float64(max(s.Baseline, 1))
	return s, true
}

// quarterOf is the rate below which a load is quiet.
func quarterOf(looks []look) float64 {
	by := func(a, b look) int { return cmp.Compare(a.rate, b.rate) }
	lowest, highest := slices.MinFunc(looks, by).rate, slices.MaxFunc(looks, by).rate
	return lowest + (highest-lowest)/4
}

// lasting is the first of the slices from which on all are beyond; -1 where
// these are too few.
func lasting(told []int, beyond func(int) bool) int {
	n := 0
	for n < len(told) && beyond(told[len(told)-1-n]) {
		n++
	}
	if n < lastingFor {
		return -1
	}
	return told[len(told)-n]
}

func (e *edgeSlice) failedShare() float64 { return float64(e.failed) / float64(max(e.calls, 1)) }

// Saturates is the kind of the finding about the first edge to saturate.
const Saturates = "saturates"

// Finding tells of the saturation.
func (s *Saturation) Finding() Finding {
	consumer, provider := edgeParts(s.Edge)
	message := fmt.Sprintf("%s saturates first, at %.0f/s: from there on 90%% of its calls take up to %s by themselves, without the calls that %s makes; %s at the lowest rates",
		s.Edge, s.Rate, short(s.Own), provider, short(s.Baseline))
	if s.Refuses {
		message = fmt.Sprintf("%s saturates first, at %.0f/s: from there on %s fails by itself, in the end in %.0f%% of the calls of %s",
			s.Edge, s.Rate, provider, 100*s.Failed, consumer)
	}
	return Finding{Kind: Saturates, Edge: s.Edge, Warning: true, Message: message}
}
