package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A table is a run in numbers: a row for each interval, a column for each
// latency that came in it.
type table struct {
	rows     []row
	values   []span // of the columns, rising
	requests int64
}

type span struct{ from, to float64 }

type row struct {
	seconds, errors, requests float64
	cells                     []cell
}

type cell struct {
	column int
	count  float64
}

func newTable(r *Run) *table {
	t := &table{}
	bounds := map[time.Duration]time.Duration{}
	for i := range r.Intervals {
		for _, b := range r.Intervals[i].Latency {
			bounds[b.From] = b.To
		}
	}
	column := map[time.Duration]int{}
	for from := range bounds {
		t.values = append(t.values, span{float64(from), float64(bounds[from])})
	}
	slices.SortFunc(t.values, func(a, b span) int { return int(a.from - b.from) })
	for i, v := range t.values {
		column[time.Duration(v.from)] = i
	}
	for i := range r.Intervals {
		interval := &r.Intervals[i]
		one := row{seconds: interval.For.Seconds(), errors: float64(interval.Errors)}
		for _, b := range interval.Latency {
			one.cells = append(one.cells, cell{column[b.From], float64(b.Count)})
			one.requests += float64(b.Count)
			t.requests += b.Count
		}
		t.rows = append(t.rows, one)
	}
	return t
}

// whole is each measure of the run as it was.
func (t *table) whole() [all]float64 {
	weights := make([]float64, len(t.rows))
	for i := range weights {
		weights[i] = 1
	}
	return t.weighted(weights, make([]float64, len(t.values)))
}

// weighted is each measure where row i came weights[i] times; times and
// throughput are logarithms. The histogram is room to work in.
func (t *table) weighted(weights, histogram []float64) (m [all]float64) {
	clear(histogram)
	var seconds, requests, errors, sum float64
	for i, w := range weights {
		if w == 0 {
			continue
		}
		r := &t.rows[i]
		seconds, errors, requests = seconds+w*r.seconds, errors+w*r.errors, requests+w*r.requests
		for _, c := range r.cells {
			histogram[c.column] += w * c.count
		}
	}
	requests = max(requests, 1e-9)
	var reached float64
	next := 0
	for i, n := range histogram {
		v := t.values[i]
		sum += n * (v.from + v.to) / 2
		for next < atMean && n > 0 && reached+n >= measures[next].quantile*requests {
			within := max(measures[next].quantile*requests-reached, 0) / n
			m[next] = logOf(v.from + within*(v.to-v.from))
			next++
		}
		reached += n
	}
	m[atMean] = logOf(sum / requests)
	m[atErrors] = errors / requests
	m[atThroughput] = math.Log(requests / max(seconds, 1e-9))
	return m
}

func logOf(nanoseconds float64) float64 { return math.Log(max(nanoseconds, 1)) }

// resamples is how many: a standard error needs no more (B. Efron and R. J.
// Tibshirani, An Introduction to the Bootstrap, 1993, section 6.4).
const resamples = 200

// bootstrap estimates each measure and its variance, and says how many
// intervals tell as much of the mean as one that remembers nothing.
func (t *table) bootstrap(seed uint64) (out [all]estimate, alike float64) {
	n := len(t.rows)
	whole := t.whole()
	courses := t.courses(&whole)
	length := block(&courses)
	single, blocked := t.resampled(1, seed), t.resampled(length, seed)
	likes := alikes(&courses)
	blocks := float64(n) / float64(length)
	for k := range out {
		variance := max(blocked[k]*blocks/(blocks-1), single[k]*float64(n)/float64(n-1)*likes[k])
		out[k] = estimate{whole[k], variance, max(min(blocks, float64(n)/likes[k])-1, 1)}
	}
	return out, likes[atMean]
}

// resampled is the variance of each measure where blocks of the length are
// drawn in place of the run.
func (t *table) resampled(length int, seed uint64) (variance [all]float64) {
	n := len(t.rows)
	chance := rand.New(rand.NewPCG(seed, 0xb007))
	weights, histogram := make([]float64, n), make([]float64, len(t.values))
	var drawn [all][]float64
	for range resamples {
		clear(weights)
		for left := n; left > 0; left -= length {
			start := chance.IntN(n)
			for k := range min(length, left) {
				weights[(start+k)%n]++
			}
		}
		for k, v := range t.weighted(weights, histogram) {
			drawn[k] = append(drawn[k], v)
		}
	}
	for k := range variance {
		_, variance[k] = moments(drawn[k])
	}
	return variance
}

// courses are what each interval adds to each measure.
func (t *table) courses(whole *[all]float64) (courses [all][]float64) {
	for k := range whole {
		for i := range t.rows {
			courses[k] = append(courses[k], t.influence(&t.rows[i], k, whole[k]))
		}
	}
	return courses
}

// influence is what an interval adds to a measure: of a quantile, how many of
// its requests lie beyond it more than should.
func (t *table) influence(r *row, measure int, whole float64) float64 {
	switch measure {
	case atMean:
		sum := 0.0
		for _, c := range r.cells {
			sum += c.count * ((t.values[c.column].from+t.values[c.column].to)/2 - math.Exp(whole))
		}
		return sum
	case atErrors:
		return r.errors - whole*r.requests
	case atThroughput:
		return r.requests - math.Exp(whole)*r.seconds
	}
	beyond := 0.0
	for _, c := range r.cells {
		if t.values[c.column].from > math.Exp(whole) {
			beyond += c.count
		}
	}
	return beyond - (1-measures[measure].quantile)*r.requests
}
