// Package compare tells whether one side of load runs differs from another by
// more than chance. It is pure.
//
// # With several runs a side
//
// Each run gives one value of each measure; the means of both sides are
// compared by Welch's t-interval (B. L. Welch, Biometrika 34, 1947) on the
// logarithms, so that differences are ratios. This is the sound way: what
// differs from run to run (caches, placement, neighbours) is in the interval.
//
// # With one run a side
//
// The variance comes from within the run. Requests of one moment share its
// queue, so they are not independent, and neither are neighbouring seconds.
// Hence whole intervals of the run are resampled in blocks: the circular block
// bootstrap (D. N. Politis and J. P. Romano, 1992), its block length chosen by
// D. N. Politis and H. White (Econometric Reviews 23, 2004, with the correction
// of 2009) from each measure's own course. The standard errors that it gives
// make a t-interval whose degrees of freedom are those of the blocks.
//
// Blocks are too short where slow spells last, as a run holds few of them. So
// the variance is at least that of intervals drawn one by one, times how many of
// them say as much as one that remembers nothing (H. J. Thiebaux and F. W.
// Zwiers, Journal of Climate and Applied Meteorology 23, 1984), for a course
// that is a first-order autoregression under noise; the correlations are
// corrected for their bias in short courses (F. H. C. Marriott and J. A. Pope,
// Biometrika 41, 1954). What remains is that it cannot see what differs between
// runs: a machine that is slower today.
//
// # Verdicts
//
// A measure got worse or better where its interval does not hold zero and the
// change is beyond the threshold. Where it does, no difference was shown if a
// worsening beyond the threshold is outside of the interval; else the runs
// cannot tell, and the measure is inconclusive.
//
// # Errors
//
// Error rates differ in points, not ratios, and where errors are few their
// variance is at least the binomial one with two imagined successes and two
// failures (A. Agresti and B. Caffo, The American Statistician 54, 2000).
//
// # Levels
//
// The intervals of all measures of a scenario together hold at Settings.Level:
// each has its share of the error (Bonferroni).
package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Run is one load run of a scenario, in intervals as they followed.
type Run struct{ Intervals []Interval }

// An Interval is one stretch of a run.
type Interval struct {
	For     time.Duration
	Errors  int64
	Latency []Bucket // by value, rising
}

// A Bucket is how many requests took from From up to To.
type Bucket struct {
	From, To time.Duration
	Count    int64
}

// Settings of a comparison; the zero value has the defaults.
type Settings struct {
	Threshold float64 // a worsening by less is no regression; as a share, 0.05 for 5%; default 0
	Level     float64 // of confidence, for all measures together; default 0.95
	Seed      uint64  // of the resampling: the same seed, the same result
}

// A Verdict of a measure, a scenario or a comparison.
type Verdict string

// The verdicts. NoDifference says that none was shown, and that one beyond the
// threshold would have been; Inconclusive that it would not.
const (
	Regression   Verdict = "regression"
	Improvement  Verdict = "improvement"
	Inconclusive Verdict = "inconclusive"
	NoDifference Verdict = "no difference shown"
	NotJudged    Verdict = "not judged"
)

// A Measure is one figure of both sides.
type Measure struct {
	Name    string  `json:"name" jsonschema:"description=p50 or p90 or p99 or p999 or mean of the latency; errors; throughput"`
	Unit    string  `json:"unit" jsonschema:"description=Of a and b"`
	A       float64 `json:"a" jsonschema:"description=Before the change"`
	B       float64 `json:"b" jsonschema:"description=After it"`
	Change  float64 `json:"change" jsonschema:"description=From a to b in percent of a; of the error rate in points"`
	Low     float64 `json:"low" jsonschema:"description=Where the confidence interval of the change begins"`
	High    float64 `json:"high" jsonschema:"description=Where it ends"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty" jsonschema:"description=It was not judged"`
}

// A Result compares both sides of one scenario.
type Result struct {
	Scenario string    `json:"scenario"`
	RunsA    int       `json:"runs_a"`
	RunsB    int       `json:"runs_b"`
	Verdict  Verdict   `json:"verdict" jsonschema:"description=A regression where any measure is one; else an improvement; else inconclusive"`
	Measures []Measure `json:"measures"`
	Notes    []string  `json:"notes,omitempty"`
}

// Runs says how many there are.
func (r *Result) Runs() string {
	count := func(n int) string {
		if n == 1 {
			return "1 run"
		}
		return fmt.Sprintf("%d runs", n)
	}
	return count(r.RunsA) + " against " + count(r.RunsB) + ", " + string(r.Verdict)
}

// The measures, in their order; see estimate.
var measures = []struct {
	name, unit string
	quantile   float64 // 0: another measure
}{
	{"p50", "ms", .5}, {"p90", "ms", .9}, {"p99", "ms", .99}, {"p999", "ms", .999}, {"mean", "ms", 0}, {"errors", "%", 0}, {"throughput", "/s", 0},
}

// Where the measures are that are no quantiles of latency.
const (
	atMean = 4 + iota
	atErrors
	atThroughput
	all
)

const (
	fewest      = 8    // intervals of a run that stands alone
	leastBehind = 10   // requests that a quantile must rest on
	rounding    = 1e-9 // a change below which is one of arithmetic
)

// Compare judges the runs b against the runs a. The error says why they cannot
// be compared.
func Compare(scenario string, a, b []Run, s Settings) (Result, error) {
	s.Level = cmp.Or(s.Level, 0.95)
	before, err := observe(a, s.Seed, "A")
	if err != nil {
		return Result{}, err
	}
	after, err := observe(b, s.Seed+1, "B")
	if err != nil {
		return Result{}, err
	}
	return s.between(scenario, &before, &after), nil
}

// between judges every measure of two sides.
func (s Settings) between(scenario string, a, b *side) Result {
	result := Result{Scenario: scenario, RunsA: a.runs, RunsB: b.runs, Verdict: NoDifference}
	judged := 0
	for i := range measures {
		if a.few(i) == "" && b.few(i) == "" {
			judged++
		}
	}
	for i := range measures {
		m := s.judge(i, a, b, (1-s.Level)/float64(max(judged, 1)))
		result.Measures = append(result.Measures, m)
		result.Verdict = result.Verdict.Worse(m.Verdict)
	}
	switch least := min(a.runs, b.runs); least {
	case 1:
		result.Notes = append(result.Notes, "one run on a side: its interval knows nothing of what differs from run to run; give three or more a side (A1,A2,A3 B1,B2,B3)")
	case 2:
		result.Notes = append(result.Notes, "two runs on a side say little of what differs from run to run; give three or more a side")
	}
	if open := s.open(&result, a, b); open != "" {
		result.Notes = append(result.Notes, open)
	}
	return result
}

// Worse is the verdict of both together: what was shown comes before what was not.
func (v Verdict) Worse(other Verdict) Verdict {
	if rank(other) > rank(v) {
		return other
	}
	return v
}

func rank(v Verdict) int {
	return slices.Index([]Verdict{NoDifference, Inconclusive, Improvement, Regression}, v)
}

// judge compares the i-th measure at the risk alpha of an interval that misses.
func (s Settings) judge(i int, a, b *side, alpha float64) Measure {
	m := Measure{Name: measures[i].name, Unit: measures[i].unit, A: a.shown(i), B: b.shown(i), Verdict: NoDifference}
	if m.Why = cmp.Or(a.few(i), b.few(i)); m.Why != "" {
		m.Verdict = NotJudged
		return m
	}
	x, y := a.estimates[i], b.estimates[i]
	change := y.value - x.value
	variance := x.variance + y.variance
	half := 0.0
	if variance > 0 {
		// Welch and Satterthwaite's degrees of freedom.
		freedom := variance * variance / (x.variance*x.variance/x.freedom + y.variance*y.variance/y.freedom)
		half = studentQuantile(1-alpha/2, freedom) * math.Sqrt(variance)
	}
	low, high := change-half, change+half
	percent := func(v float64) float64 { return 100 * math.Expm1(v) }
	if i == atErrors {
		percent = func(v float64) float64 { return 100 * v }
	}
	m.Change, m.Low, m.High = percent(change), percent(low), percent(high)
	worse, enough := change > 0, math.Abs(m.Change) > 100*max(s.Threshold, rounding)
	switch i {
	case atErrors:
		enough = math.Abs(change) > max(s.Threshold*x.value, rounding)
	case atThroughput:
		worse = !worse
	}
	switch {
	case (low <= 0 && high >= 0) || !enough:
		m.Verdict = s.unshown(i, &m)
	case worse:
		m.Verdict = Regression
	default:
		m.Verdict = Improvement
	}
	return m
}

// unshown tells a measure that did not get worse from one of which the runs
// cannot tell. Where errors are none, a share of them is none either: so the
// threshold is one of all requests.
func (s Settings) unshown(i int, m *Measure) Verdict {
	worst := m.High
	if i == atThroughput {
		worst = -m.Low
	}
	if worst > 100*max(s.Threshold, rounding) {
		return Inconclusive
	}
	return NoDifference
}

// A side is what the runs of one side say of each measure.
type side struct {
	estimates [all]estimate
	alike     float64 // intervals of a run that stands alone which say as much as one that remembers nothing; of its mean
	seconds   float64 // of such a run's interval
	fewest    int64   // requests of its smallest run
	runs      int
}

// An estimate is a value, and how far chance may have moved it. Times and
// throughput are logarithms.
type estimate struct{ value, variance, freedom float64 }

func observe(runs []Run, seed uint64, name string) (side, error) {
	if len(runs) == 0 {
		return side{}, fmt.Errorf("side %s has no run", name)
	}
	s := side{fewest: math.MaxInt64, runs: len(runs)}
	var values [all][]float64
	for i := range runs {
		t := newTable(&runs[i])
		if t.requests == 0 {
			return side{}, fmt.Errorf("run %d of side %s has no request", i+1, name)
		}
		s.fewest = min(s.fewest, t.requests)
		for k, v := range t.whole() {
			values[k] = append(values[k], v)
		}
		if len(runs) > 1 {
			continue
		}
		if len(t.rows) < fewest {
			return side{}, fmt.Errorf("side %s is one run of %d intervals; a run that stands alone needs %d: load for longer, or give several runs a side", name, len(t.rows), fewest)
		}
		s.estimates, s.alike = t.bootstrap(seed)
		s.seconds = t.rows[0].seconds
	}
	if len(runs) > 1 {
		for k := range s.estimates {
			mean, variance := moments(values[k])
			s.estimates[k] = estimate{mean, variance / float64(len(runs)), float64(len(runs) - 1)}
		}
	}
	rate := s.estimates[atErrors].value
	all := float64(s.fewest) * float64(len(runs))
	p := (rate*all + 2) / (all + 4)
	if binomial := p * (1 - p) / (all + 4); binomial > s.estimates[atErrors].variance {
		s.estimates[atErrors].variance, s.estimates[atErrors].freedom = binomial, all
	}
	return s, nil
}

// few says why a measure cannot be judged; "" where it can.
func (s *side) few(i int) string {
	if q := measures[i].quantile; q > 0 && float64(s.fewest)*(1-q) < leastBehind {
		return fmt.Sprintf("a run of %d requests has fewer than %d beyond it", s.fewest, leastBehind)
	}
	return ""
}

// shown is the value in the unit of the measure.
func (s *side) shown(i int) float64 {
	switch v := s.estimates[i].value; i {
	case atErrors:
		return 100 * v
	case atThroughput:
		return math.Exp(v)
	default:
		return math.Exp(v) / float64(time.Millisecond)
	}
}

func moments(values []float64) (mean, variance float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, variance
}
