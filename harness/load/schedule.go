package load

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A Schedule says when each request is due, counted from the start of the run.
// It reports false when there is no n-th request. It must be pure: what it
// answers depends on n alone, and no request is due before the one ahead of it.
// It is called by one goroutine at a time.
type Schedule func(n int) (due time.Duration, ok bool)

// A Stage is a stretch of a run in which the rate goes evenly from From to To.
// Equal rates make a step, different ones a ramp, and 0 to 0 a pause.
type Stage struct {
	From float64       `json:"from"` // requests per second
	To   float64       `json:"to"`   // requests per second
	For  time.Duration `json:"for"`
}

// requests is how many a stage holds, as a real number.
func (s Stage) requests() float64 { return (s.From + s.To) / 2 * s.For.Seconds() }

// reach says when so many requests of the stage are due: the inverse of its
// cumulative rate. The form is the stable one of the quadratic formula.
func (s Stage) reach(requests float64) time.Duration {
	if requests <= 0 {
		return 0
	}
	slope := (s.To - s.From) / s.For.Seconds()
	root := math.Sqrt(max(s.From*s.From+2*slope*requests, 0))
	seconds := 2 * requests / (s.From + root)
	return min(time.Duration(seconds*float64(time.Second)), s.For)
}

// Constant is rate requests a second for d, evenly spaced.
func Constant(rate float64, d time.Duration) Schedule {
	return func(n int) (time.Duration, bool) {
		due := time.Duration(float64(n) / rate * float64(time.Second))
		return due, n >= 0 && due < d
	}
}

// Stages spaces the requests of each stage evenly by its rate.
func Stages(stages ...Stage) Schedule {
	at := along(stages)
	return func(n int) (time.Duration, bool) { return at(float64(n)) }
}

// Poisson lets requests come independently of one another, at the rate of the
// stages: the gaps are exponential where the rate is constant. The same seed
// makes the same run.
func Poisson(seed uint64, stages ...Stage) Schedule {
	at := along(stages)
	// A process of rate 1, stretched by the inverse of the cumulative rate,
	// has that rate (Çinlar, Introduction to Stochastic Processes, 1975).
	var source *rand.Rand
	last, sum := -1, 0.0
	return func(n int) (time.Duration, bool) {
		if n < last || source == nil {
			source, last, sum = rand.New(rand.NewPCG(seed, 0x5eed)), -1, 0
		}
		for ; last < n; last++ {
			sum += source.ExpFloat64()
		}
		return at(sum)
	}
}

// Replay repeats recorded arrival times, counted from the start; their order
// in the slice does not matter.
func Replay(times []time.Duration) Schedule {
	sorted := slices.Sorted(slices.Values(times))
	return func(n int) (time.Duration, bool) {
		if n < 0 || n >= len(sorted) {
			return 0, false
		}
		return sorted[n], true
	}
}

// along says when so many requests are due over all stages.
func along(stages []Stage) func(requests float64) (time.Duration, bool) {
	type leg struct {
		Stage
		begins time.Duration
		before float64 // requests of the stages ahead
	}
	legs := make([]leg, 0, len(stages))
	var begins time.Duration
	before := 0.0
	for _, s := range stages {
		legs = append(legs, leg{s, begins, before})
		begins += s.For
		before += s.requests()
	}
	total := before
	return func(requests float64) (time.Duration, bool) {
		if requests < 0 || requests >= total-1e-9 {
			return 0, false
		}
		i, exact := slices.BinarySearchFunc(legs, requests, func(l leg, x float64) int { return cmp.Compare(l.before, x) })
		if !exact {
			i--
		}
		for i+1 < len(legs) && requests >= legs[i].before+legs[i].requests() {
			i++ // pauses hold no request
		}
		return legs[i].begins + legs[i].reach(requests-legs[i].before), true
	}
}

// length is how long the stages take.
func length(stages []Stage) time.Duration {
	var all time.Duration
	for _, s := range stages {
		all += s.For
	}
	return all
}
