package load

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Counts are the histogram of HdrHistogram, whatever came.
func TestCountsAreTheHistogramThatTheyPourInto(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	c, half := newCounts(), newCounts()
	for _, many := range []int{0, 1, 2, 3, 10, 999, 1000, 1001, 20_000} {
		c.reset()
		half.reset()
		want := newHistogram()
		for i := range many {
			d := time.Duration(math.Exp(random.Float64() * math.Log(2*float64(highest)))) // some beyond the bounds
			if i == 0 {
				d = -1
			}
			put(want, d)
			if i%2 == 0 {
				c.put(d)
			} else {
				half.put(d)
			}
		}
		c.merge(half)
		got := newHistogram()
		c.pour(got)
		if !got.Equals(want) || c.total != int64(many) {
			t.Errorf("%d values: %d of them are another histogram", many, c.total)
		}
		if many == 0 {
			if q := c.quantiles(); q != (Quantiles{}) {
				t.Errorf("of nothing: %+v", q)
			}
			continue
		}
		a, b := c.quantiles(), quantiles(want)
		if math.Abs(float64(a.Mean-b.Mean)) > 1e-6*float64(b.Mean)+1 {
			t.Errorf("%d values: a mean of %s, want %s", many, a.Mean, b.Mean)
		}
		a.Mean = b.Mean
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("%d values (-want +got):\n%s", many, diff)
		}
	}
}

func TestEveryValueHasItsPlace(t *testing.T) {
	for place := range placeOf(highest) + 1 {
		least, width := valuesAt(place)
		if placeOf(least) != place || placeOf(least+width-1) != place || placeOf(least+width) != place+1 {
			t.Fatalf("place %d holds %d to %d", place, least, least+width-1)
		}
	}
	if placeOf(highest) >= places {
		t.Errorf("the last place is %d, of %d", placeOf(highest), places)
	}
}

func BenchmarkACountIsPut(b *testing.B) {
	c := newCounts()
	b.ReportAllocs()
	for i := range b.N {
		c.put(time.Duration(50_000 + i%4096*37))
	}
}

// A look is what the lookout does each second, of the figures of one worker.
func BenchmarkALook(b *testing.B) {
	r := &runner{job: &Job{Rate: 50_000, For: time.Hour, Slowest: 5}, whole: newTotals()}
	r.tapes = []*tape{newTape(r.job)}
	r.looks = []func() int{func() int { return 1 }}
	l := r.newLookout()
	random := rand.New(rand.NewPCG(3, 4))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 50_000 {
			took := time.Duration(30_000 + random.ExpFloat64()*40_000)
			r.tapes[0].record(&mark{sent: time.Microsecond, done: took})
		}
		b.StartTimer()
		l.collect()
		l.tell(false)
	}
}
