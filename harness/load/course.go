package load

import (
	"maps"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// An Interval is one stretch of the run: what had its outcome in it.
type Interval struct {
	At       time.Duration `json:"at"` // when it began, counted from the start of the run
	For      time.Duration `json:"for"`
	Due      float64       `json:"due"` // requests that the plan asked for in it; 0 in the closed model
	Requests int64         `json:"requests"`
	Errors   int64         `json:"errors"`
	Latency  Quantiles     `json:"latency"`
	// Classes are the errors by class, nil for none; many classes are folded
	// into "other".
	Classes map[string]int64 `json:"classes,omitempty"`
	// LatencyHDR is its histogram in nanoseconds with 2 significant digits,
	// compressed (HdrHistogram V2).
	LatencyHDR string `json:"latency_hdr"`
}

// How many intervals are kept: when there are so many, neighbours are merged
// and each is twice as long from then on. Their histograms are coarse, and
// coarser where one holds more values than it may.
const (
	mostIntervals = 600
	mostTallies   = 384
	coarseDigits  = 2
	coarseBits    = 7 // of a value, that so many digits keep
)

// A tally is how often a value of a coarse histogram came.
type tally struct{ value, count int64 }

// A stretch is an interval while the run goes on.
type stretch struct {
	Interval
	tallies []tally // by value, rising
	looks   int     // of the watch that it holds
}

// A course is how a run went, in stretches of equal length. All of its memory
// is there from the first look on, however long the run lasts.
type course struct {
	stretches []stretch
	each      int // looks in a whole stretch; 0 counts as 1
	scratch   *hdrhistogram.Histogram
	spare     [][]tally // room of stretches to come
	both      []tally   // room of one that is made, or of two that are merged
}

// prepare takes the memory, and touches it so that it is there in fact.
func (c *course) prepare() {
	c.scratch, c.each = hdrhistogram.New(lowest, highest, coarseDigits), 1
	c.stretches = make([]stretch, 0, mostIntervals)
	slab := make([]tally, (mostIntervals+1)*mostTallies)
	clear(slab)
	for len(slab) > 0 {
		c.spare, slab = append(c.spare, slab[:0:mostTallies]), slab[mostTallies:]
	}
	c.both = make([]tally, 64<<coarseBits) // more than there are coarse values
	clear(c.both)
}

// add appends what was seen since the last look.
func (c *course) add(i Interval, latency *counts) {
	last := len(c.spare) - 1
	seen := stretch{Interval: i, looks: 1, tallies: c.spare[last]}
	c.spare = c.spare[:last]
	seen.tallies = append(seen.tallies, thinned(c.coarse(latency))...)
	if n := len(c.stretches); n > 0 && c.stretches[n-1].looks < c.each {
		c.join(&c.stretches[n-1], &seen)
		return
	}
	if len(c.stretches) == mostIntervals {
		c.halve()
	}
	c.stretches = append(c.stretches, seen)
}

// coarse are the values with the digits of a course.
func (c *course) coarse(latency *counts) []tally {
	all := c.both[:0]
	for place, n := range latency.all() {
		value, _ := valuesAt(place)
		drop := max(bits.Len64(uint64(value))-coarseBits-1, 0)
		value = value >> drop << drop
		if last := len(all) - 1; last >= 0 && all[last].value == value {
			all[last].count += n
			continue
		}
		all = append(all, tally{value, n})
	}
	return all
}

// halve merges each stretch with its neighbour.
func (c *course) halve() {
	c.each *= 2
	for i := range len(c.stretches) / 2 {
		c.join(&c.stretches[2*i], &c.stretches[2*i+1])
		c.stretches[i] = c.stretches[2*i]
	}
	c.stretches = slices.Delete(c.stretches, len(c.stretches)/2, len(c.stretches))
}

// join adds the stretch that follows, and takes its room back.
func (c *course) join(s, next *stretch) {
	s.For = next.At + next.For - s.At
	s.Due += next.Due
	s.Requests += next.Requests
	s.Errors += next.Errors
	s.Classes = folded(s.Classes, next.Classes)
	s.looks += next.looks
	c.both = merged(c.both[:0], s.tallies, next.tallies)
	s.tallies = append(s.tallies[:0], thinned(c.both)...)
	s.Latency = quantilesOf(s.tallies, max(s.Latency.Max, next.Latency.Max))
	c.spare = append(c.spare, next.tallies[:0])
}

// mostClasses are told apart in an interval.
const (
	mostClasses = 16
	otherClass  = "other"
)

// folded adds the errors of another interval, by class.
func folded(to, from map[string]int64) map[string]int64 {
	for _, class := range slices.Sorted(maps.Keys(from)) {
		n := from[class]
		if to == nil {
			to = map[string]int64{}
		}
		if _, known := to[class]; !known && len(to) >= mostClasses-1 {
			class = otherClass
		}
		to[class] += n
	}
	return to
}

// cameSince is what of each class came after an earlier look.
func cameSince(now, before map[string]int64) map[string]int64 {
	lately := map[string]int64{}
	for class, n := range now {
		if n > before[class] {
			lately[class] = n - before[class]
		}
	}
	return folded(nil, lately)
}

// merged appends both to all, by value.
func merged(all, a, b []tally) []tally {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].value < b[0].value:
			all, a = append(all, a[0]), a[1:]
		case a[0].value > b[0].value:
			all, b = append(all, b[0]), b[1:]
		default:
			all = append(all, tally{a[0].value, a[0].count + b[0].count})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// thinned makes room, in place: values lose a bit of their precision at a time
// until there are few enough of them.
func thinned(all []tally) []tally {
	for keep := coarseBits - 1; len(all) > mostTallies; keep-- {
		few := all[:0]
		for _, t := range all {
			drop := max(bits.Len64(uint64(t.value))-keep, 0)
			t.value = t.value >> drop << drop
			if n := len(few); n > 0 && few[n-1].value == t.value {
				few[n-1].count += t.count
				continue
			}
			few = append(few, t)
		}
		all = few
	}
	return all
}

// quantilesOf are those of a coarse histogram.
func quantilesOf(tallies []tally, most time.Duration) Quantiles {
	var count, sum int64
	for _, t := range tallies {
		count += t.count
		sum += t.count * t.value
	}
	at := func(q float64) time.Duration {
		rank, seen := int64(math.Ceil(q*float64(count))), int64(0)
		for _, t := range tallies {
			if seen += t.count; seen >= rank {
				return time.Duration(t.value)
			}
		}
		return 0
	}
	return Quantiles{P50: at(.5), P90: at(.9), P95: at(.95), P99: at(.99), P999: at(.999), Max: most, Mean: time.Duration(sum / max(count, 1))}
}

// intervals is the course as the summary tells it.
func (c *course) intervals() []Interval {
	var all []Interval
	for i := range c.stretches {
		s := &c.stretches[i]
		c.scratch.Reset()
		for _, t := range s.tallies {
			_ = c.scratch.RecordValues(t.value, t.count) // it comes of such a histogram
		}
		s.LatencyHDR = encode(c.scratch)
		all = append(all, s.Interval)
	}
	return all
}
