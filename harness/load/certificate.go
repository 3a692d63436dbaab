package load

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A Certificate says how well the load generator did its own part. Where it
// did not do it well enough the figures say more about it than about the
// server, and the run is invalid.
type Certificate struct {
	Arrivals float64  `json:"arrivals"` // Kolmogorov-Smirnov distance of when requests were sent from when they were due
	Gaps     float64  `json:"gaps"`     // the same of the gaps between requests of one worker
	Waited   int64    `json:"waited"`   // requests for which no connection was free when they were due
	Steal    float64  `json:"steal"`    // share of the processors' time that went to other guests of the host
	Busy     float64  `json:"busy"`     // processor time used, in processors
	Workers  int      `json:"workers"`
	Reasons  []string `json:"reasons"` // why the figures cannot be trusted; none: they can
	Notes    []string `json:"notes"`   // what to know about them
}

// What a run may deviate from its plan before its figures are not worth
// reporting.
const (
	mostLate      = 20 * time.Millisecond // p99 of the schedule error
	leastAchieved = 0.95                  // of the intended rate
	mostArrivals  = 0.05                  // distance of the arrivals, or what chance makes of few
	mostGaps      = 0.25                  // distance of the gaps, or what chance makes of few
	mostSteal     = 0.10                  // of the processors' time
	gapSlack      = 100 * time.Microsecond
	noteSteal     = 0.01
	fewRequests   = 1000 // below which a p99 rests on fewer than ten requests
)

// A processorTime is what all processors did, in ticks.
type processorTime struct{ all, stolen int64 }

func (t processorTime) since(before processorTime) processorTime {
	return processorTime{t.all - before.all, t.stolen - before.stolen}
}

// certify judges the run; the caller holds the lock of the tape.
func (r *runner) certify(t *tape, s *Summary) Certificate {
	c := Certificate{Waited: t.waited, Workers: r.job.Workers, Busy: float64(r.cpu) / float64(max(r.took, 1))}
	if r.machine.all > 0 {
		c.Steal = float64(r.machine.stolen) / float64(r.machine.all)
	}
	if s.Requests == 0 {
		c.Reasons = append(c.Reasons, "no request was due after the warm-up: run longer")
		return c
	}
	if !t.closed {
		c.Arrivals, c.Gaps = t.arrived.spread(max(gapSlack, t.arrived.gap/10))
	}
	c.Reasons = c.reasons(s)
	c.Notes = append(c.notes(s), r.notes...)
	if r.job.Poisson {
		c.Notes = append(c.Notes, fmt.Sprintf("arrivals by chance: --seed %d repeats them", r.job.Seed))
	}
	if r.cancelled.Load() {
		c.Notes = append(c.Notes, fmt.Sprintf("interrupted %s into %s: the figures cover what was due until then", r.took.Round(time.Millisecond), r.horizon()))
	}
	return c
}

func (c *Certificate) reasons(s *Summary) []string {
	var why []string
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if c.Steal > mostSteal {
		say("the host took %.0f%% of the processors' time for other guests: run on a quieter machine", 100*c.Steal)
	}
	if s.Intended == 0 {
		return why
	}
	remedy := "the load generator lacked CPU; lower the rate or give it a core"
	if c.Waited > s.Requests/100 {
		remedy = fmt.Sprintf("%d requests found no free connection; allow more in flight, lower the rate, or mend the server", c.Waited)
	}
	chance := 1.95 / math.Sqrt(float64(s.Requests)) // that distance comes by chance once in a thousand runs
	switch {
	case s.Schedule.P99 > mostLate:
		say("requests were sent late (p99 %s, at most %s is sound): %s", s.Schedule.P99.Round(time.Microsecond), mostLate, remedy)
	case s.Achieved < leastAchieved*s.Intended:
		say("only %.1f of %.1f requests per second were sent: %s", s.Achieved, s.Intended, remedy)
	case c.Arrivals > max(mostArrivals, chance):
		say("requests were not sent when they were due (distance %.2f, at most %.2f is sound): %s", c.Arrivals, mostArrivals, remedy)
	case c.Gaps > max(mostGaps, chance):
		say("the gaps between requests were not those asked for (distance %.2f, at most %.2f is sound): %s", c.Gaps, mostGaps, remedy)
	}
	return why
}

func (c *Certificate) notes(s *Summary) []string {
	var notes []string
	say := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if c.Steal > noteSteal && c.Steal <= mostSteal {
		say("the host took %.1f%% of the processors' time for other guests", 100*c.Steal)
	}
	if c.Waited > 0 {
		say("%d requests waited for a connection; the wait is in their latency", c.Waited)
	}
	if s.Requests < fewRequests {
		say("%d requests: the p99 rests on fewer than ten of them", s.Requests)
	}
	if s.Intended > 0 && s.Schedule.P99 > time.Millisecond && s.Schedule.P99 > s.Latency.P99/2 {
		say("half of the p99 or more is the lateness of the load generator itself (p99 %s)", s.Schedule.P99.Round(time.Microsecond))
	}
	if s.Intended == 0 && c.Busy > 0.95*float64(c.Workers) {
		say("the load generator used all of its processor time: the server can do more than this")
	}
	for class := range s.Classes {
		if remedy := remedyOf(class); remedy != "" {
			say("%s: %s", class, remedy)
		}
	}
	return notes
}

func (c *Certificate) whyInvalid() string { return strings.Join(c.Reasons, "; ") }
