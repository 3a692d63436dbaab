package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const perSecond = 50 // requests of a simulated run

// simulated is a run whose latencies are lognormal around 10 ms times shift,
// with a level that wanders from second to second (an AR(1) process).
func simulated(seed uint64, seconds int, memory, shift float64) Run {
	chance := rand.New(rand.NewPCG(seed*0x9e3779b97f4a7c15, seed))
	var r Run
	level := 0.0
	for range seconds {
		level = memory*level + .1*chance.NormFloat64()
		counts := map[time.Duration]int64{}
		var errors int64
		for range perSecond {
			took := shift * 1e7 * math.Exp(level+.5*chance.NormFloat64())
			step := math.Exp2(math.Floor(math.Log2(took)) - 7) // as HDR histograms of 2 digits
			counts[time.Duration(math.Floor(took/step)*step)]++
			if chance.Float64() < .01 {
				errors++
			}
		}
		one := Interval{For: time.Second, Errors: errors}
		for from, n := range counts {
			one.Latency = append(one.Latency, Bucket{from, from + time.Duration(math.Exp2(math.Floor(math.Log2(float64(from)))-7)), n})
		}
		slices.SortFunc(one.Latency, func(a, b Bucket) int { return int(a.From - b.From) })
		r.Intervals = append(r.Intervals, one)
	}
	return r
}

// Intervals cover the change that there is, and those of all measures together
// do so at the level: of what is judged at 95% about one pair in twenty is missed.
func TestIntervalsCoverTheChange(t *testing.T) {
	const pairs, risk = 150, .05
	for name, c := range map[string]struct {
		memory, shift float64
		runs          int
	}{
		"independent seconds":           {0, 1, 1},
		"seconds that remember, slower": {.5, 1.1, 1},
		"several runs":                  {.5, 1, 4},
		"several runs, slower":          {.5, 1.1, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var missed [all]int
			families := 0
			for seed := range uint64(pairs) {
				sides := [2]side{}
				for i, shift := range []float64{1, c.shift} {
					var runs []Run
					for k := range c.runs {
						runs = append(runs, simulated(seed*100+uint64(10*i+k), 40/c.runs, c.memory, shift))
					}
					var err error
					if sides[i], err = observe(runs, seed, "X"); err != nil {
						t.Fatal(err)
					}
				}
				for i := range measures {
					if misses(new(Settings{}.judge(i, &sides[0], &sides[1], risk)), i, c.shift) {
						missed[i]++
					}
				}
				result := Settings{Level: 1 - risk}.between("x", &sides[0], &sides[1])
				for i := range result.Measures {
					if misses(&result.Measures[i], i, c.shift) {
						families++
						break
					}
				}
			}
			t.Logf("of %d pairs %v were missed at 5%%, and %d at the level of all measures", pairs, missed, families)
			for i, n := range missed {
				if share := float64(n) / pairs; share > .1 {
					t.Errorf("the interval of %s misses the change in %.1f%% of pairs", measures[i].name, 100*share)
				}
			}
			if share := float64(families) / pairs; share > .08 {
				t.Errorf("in %.1f%% of pairs some interval misses its change", 100*share)
			}
		})
	}
}

// misses says that a measure was judged and its interval is beside the truth:
// times are longer by shift, errors and throughput are the same.
func misses(m *Measure, i int, shift float64) bool {
	truth := 100 * (shift - 1)
	if i >= atErrors {
		truth = 0
	}
	return m.Verdict != NotJudged && (m.Low > truth+1e-9 || m.High < truth-1e-9)
}

func TestAShiftOfAFifthIsFound(t *testing.T) {
	found, back := 0, 0
	const pairs = 40
	for seed := range uint64(pairs) {
		a, b := []Run{simulated(seed, 40, .3, 1)}, []Run{simulated(seed+1000, 40, .3, 1.2)}
		result, err := Compare("x", a, b, Settings{Threshold: .05})
		if err != nil {
			t.Fatal(err)
		}
		if result.Verdict == Regression && result.Measures[0].Low < 20 && result.Measures[0].High > 20 {
			found++
		}
		if result, err = Compare("x", b, a, Settings{Threshold: .05}); err == nil && result.Verdict == Improvement {
			back++
		}
	}
	if found < pairs*9/10 || back < pairs*9/10 {
		t.Errorf("a shift of 20%% is found in %d of %d pairs, and back in %d", found, pairs, back)
	}
}

func TestADifferenceBelowTheThresholdIsNoRegression(t *testing.T) {
	a, b := []Run{simulated(1, 60, 0, 1)}, []Run{simulated(2, 60, 0, 1.2)}
	for threshold, want := range map[float64]Verdict{.05: Regression, .5: NoDifference} {
		if result, err := Compare("x", a, b, Settings{Threshold: threshold}); err != nil || result.Verdict != want {
			t.Errorf("threshold %v: %+v, %v", threshold, result, err)
		}
	}
}

func TestErrorsAndThroughputHaveTheirOwnDirection(t *testing.T) {
	a, b := simulated(1, 40, 0, 1), simulated(2, 40, 0, 1)
	for i := range b.Intervals {
		b.Intervals[i].Errors += 20
		b.Intervals[i].For = 1250 * time.Millisecond
	}
	result, err := Compare("x", []Run{a}, []Run{b}, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	errors, throughput := result.Measures[atErrors], result.Measures[atThroughput]
	if errors.Verdict != Regression || math.Abs(errors.Change-40) > 1 || throughput.Verdict != Regression || math.Abs(throughput.Change+20) > .1 {
		t.Errorf("%+v\n%+v", errors, throughput)
	}
	for i := range a.Intervals {
		a.Intervals[i].Errors, b.Intervals[i].Errors = 0, 0
	}
	if result, _ = Compare("x", []Run{a}, []Run{b}, Settings{Threshold: .05}); result.Measures[atErrors].Verdict != NoDifference || result.Measures[atErrors].High <= 0 {
		t.Errorf("without errors: %+v", result.Measures[atErrors])
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	short := simulated(1, 7, 0, 1)
	for reason, sides := range map[string][2][]Run{
		"a single short run": {{short}, {short}}, "no run": {{}, {short, short}}, "no request": {{{}, {}}, {short, short}},
	} {
		if result, err := Compare("x", sides[0], sides[1], Settings{}); err == nil {
			t.Errorf("%s: %+v", reason, result)
		}
	}
	result, err := Compare("x", []Run{short, short, short}, []Run{short, short, short}, Settings{Threshold: .05})
	if err != nil || result.Measures[3].Verdict != NotJudged || result.Measures[0].Verdict != NoDifference || len(result.Notes) > 0 {
		t.Errorf("three short runs: %+v, %v", result, err)
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	a, b := []Run{simulated(1, 40, .5, 1)}, []Run{simulated(2, 40, .5, 1)}
	one, _ := Compare("x", a, b, Settings{Seed: 3})
	two, _ := Compare("x", a, b, Settings{Seed: 3})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
}

// The values are those of printed tables.
func TestStudentQuantiles(t *testing.T) {
	for _, c := range []struct{ p, freedom, want float64 }{
		{.975, 1, 12.7062}, {.975, 10, 2.2281}, {.995, 1, 63.6567}, {.995, 30, 2.7500}, {.95, 5, 2.0150}, {.975, 1e6, 1.9600},
	} {
		if got := studentQuantile(c.p, c.freedom); math.Abs(got-c.want) > 1e-4*c.want {
			t.Errorf("t(%v, %v) = %v, want %v", c.p, c.freedom, got, c.want)
		}
	}
}

// A course that remembers needs longer blocks than one that does not.
func TestBlocksAreAsLongAsTheMemory(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 1))
	course := func(memory float64) []float64 {
		var all []float64
		last := 0.0
		for range 500 {
			last = memory*last + chance.NormFloat64()
			all = append(all, last)
		}
		return all
	}
	none, long := blockLength(course(0)), blockLength(course(.9))
	if none > 6 || long < 15 || blockLength(make([]float64, 50)) != 1 {
		t.Errorf("blocks of %v without memory, %v with it", none, long)
	}
}
