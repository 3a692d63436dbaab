package load

import (
	"iter"
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Counts are a histogram of the bounds and digits of newHistogram that knows
// which of its values came. Looking at it costs what came, not what could
// have: whoever looks on while the load goes takes the processor from it.
type counts struct {
	of    []int64  // by place
	came  []uint64 // a bit for each place with a count
	total int64
}

// The places of a histogram with 3 significant digits: 1,024 for each power of
// two, and as many again below the first.
const (
	placeBits = 10
	places    = (40 - placeBits + 1) << placeBits // 10 minutes in nanoseconds have 40 bits
)

// newCounts touches all of its memory, so that no request waits for it.
func newCounts() *counts {
	c := &counts{of: make([]int64, places), came: make([]uint64, places/64)}
	clear(c.of)
	clear(c.came)
	return c
}

func placeOf(v int64) int {
	power := bits.Len64(uint64(v)|(2<<placeBits-1)) - placeBits - 1
	return power<<placeBits + int(v>>power)
}

// valuesAt are the least value of a place and how many there are in it.
func valuesAt(place int) (least, width int64) {
	power := max(place>>placeBits-1, 0)
	return int64(place-power<<placeBits) << power, 1 << power
}

func (c *counts) put(d time.Duration) { c.add(placeOf(bounded(d)), 1) }

func (c *counts) add(place int, n int64) {
	c.of[place] += n
	c.came[place>>6] |= 1 << (place & 63)
	c.total += n
}

// all goes through the places with a count, rising.
func (c *counts) all() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for i, word := range c.came {
			for ; word != 0; word &= word - 1 {
				place := i<<6 + bits.TrailingZeros64(word)
				if !yield(place, c.of[place]) {
					return
				}
			}
		}
	}
}

func (c *counts) reset() {
	for place := range c.all() {
		c.of[place] = 0
	}
	clear(c.came)
	c.total = 0
}

func (c *counts) merge(other *counts) {
	for place, n := range other.all() {
		c.add(place, n)
	}
}

// pour adds all of it to a histogram, without loss.
func (c *counts) pour(h *hdrhistogram.Histogram) {
	for place, n := range c.all() {
		least, _ := valuesAt(place)
		_ = h.RecordValues(least, n) // within its bounds, so it cannot fail
	}
}

// quantiles are what the histogram that it pours into has.
func (c *counts) quantiles() Quantiles {
	var q Quantiles
	rank := func(share float64) int64 { return min(max(int64(share*float64(c.total)+.5), 1), c.total) }
	var seen int64
	var sum float64
	wanted := []struct {
		share float64
		at    *time.Duration
	}{{.5, &q.P50}, {.9, &q.P90}, {.95, &q.P95}, {.99, &q.P99}, {.999, &q.P999}, {1, &q.Max}}
	for place, n := range c.all() {
		least, width := valuesAt(place)
		seen += n
		sum += float64(n) * float64(least+width/2)
		for len(wanted) > 0 && seen >= rank(wanted[0].share) {
			*wanted[0].at = time.Duration(least + width - 1)
			wanted = wanted[1:]
		}
	}
	q.Mean = time.Duration(sum / float64(max(c.total, 1)))
	return q
}

// encode is the histogram as other tools read it; "" where there is nothing.
func (c *counts) encode() string {
	if c.total == 0 {
		return ""
	}
	h := newHistogram()
	c.pour(h)
	return encode(h)
}
