package finding

import (
	"fmt"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// Amplified is the kind of findings about calls that are repeated under load.
const Amplified = "retries-amplified"

// An Amplification says how often calls of one edge are tried under load. A
// call repeats another where the same consumer makes it again, by method and
// target, within the same request and after the other had failed.
type Amplification struct {
	Edge         string
	Onset        Onset   // of the repetitions among the calls
	Below, Above float64 // tries of each call below and above the rate of the onset; equal where it has none
	Repeats      int
}

// What is told of: so many repetitions, and so many more tries.
const (
	leastRepeats = 10
	leastTries   = 1.2
)

// Amplifies finds the edges whose calls are tried more often under load than
// in baseline, tries for each call by edge; one that is not there is 1. For
// offered see Saturates.
func (m *Meter) Amplifies(offered func(time.Duration) float64, baseline map[string]float64) []Amplification {
	m.mu.Lock()
	defer m.mu.Unlock()
	looks := m.looks(offered)
	var all []Amplification
	for i, e := range m.edges {
		a := Amplification{Edge: e.name}
		var points []Point
		for n := range looks {
			s := looks[n].edge(i)
			points = append(points, Point{looks[n].rate, s.calls, s.repeats})
			a.Repeats += s.repeats
		}
		a.Onset = FindOnset(points)
		a.Below, a.Above = triesOf(a.Onset.Below), triesOf(a.Onset.Above)
		if a.Onset.Rate == 0 {
			a.Below = max(baseline[e.name], 1)
		}
		if a.Repeats >= leastRepeats && a.Above >= leastTries*a.Below {
			all = append(all, a)
		}
	}
	return all
}

// triesOf turns the share of calls that repeat others into tries of each.
func triesOf(repeats float64) float64 { return 1 / max(1-repeats, 0.001) }

// Tries counts how often each call was tried in traces, by edge.
func Tries(traces []*trace.Trace) map[string]float64 {
	calls, repeats := map[string]int{}, map[string]int{}
	for _, t := range traces {
		for _, s := range t.Edges() {
			calls[s.Edge()]++
		}
		for _, b := range bursts(t) {
			for s := range b.retries() {
				repeats[s.Edge()]++
			}
		}
	}
	tries := map[string]float64{}
	for edge, n := range calls {
		tries[edge] = triesOf(float64(repeats[edge]) / float64(n))
	}
	return tries
}

// Finding tells of the amplification.
func (a *Amplification) Finding() Finding {
	consumer, provider := edgeParts(a.Edge)
	message := fmt.Sprintf("%s calls %s %.1f times for each call that it needs above %.0f/s (%.1f below): it repeats what fails, %d times in all, and so adds to the load that makes it fail",
		consumer, provider, a.Above, a.Onset.Rate, a.Below, a.Repeats)
	if a.Onset.Rate == 0 {
		message = fmt.Sprintf("%s calls %s %.1f times for each call that it needs under load (%.1f in the drive): it repeats what fails, %d times in all, and so adds to the load that makes it fail",
			consumer, provider, a.Above, a.Below, a.Repeats)
	}
	return Finding{Kind: Amplified, Edge: a.Edge, Warning: true, Message: message}
}
