package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// someStages draws stages of at most some thousand requests.
func someStages(t *rapid.T) []Stage {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Stage {
		rate := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.5, 500))
		return Stage{rate.Draw(t, "from"), rate.Draw(t, "to"), time.Duration(rapid.Int64Range(1e6, 5e9).Draw(t, "for"))}
	}), 1, 5).Draw(t, "stages")
}

// due lists all arrivals and holds the order that every schedule must keep.
func due(t rapid.TB, s Schedule) []time.Duration {
	t.Helper()
	var all []time.Duration
	for n := 0; ; n++ {
		at, ok := s(n)
		if !ok {
			return all
		}
		if at < 0 || n > 0 && at < all[n-1] {
			t.Fatalf("request %d is due at %s, the one ahead of it at %s", n, at, all[n-1])
		}
		all = append(all, at)
	}
}

func TestStagesKeepTheirRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := someStages(t)
		all := due(t, Stages(stages...))
		var begins time.Duration
		before := 0.0
		for _, s := range stages {
			begins += s.For
			before += s.requests()
			got := 0
			for _, at := range all {
				if at < begins {
					got++
				}
			}
			if math.Abs(float64(got)-before) > 1.01 {
				t.Fatalf("%d requests are due before %s, want %.2f", got, begins, before)
			}
		}
	})
}

func TestARampIsAsSteepAsAsked(t *testing.T) {
	all := due(t, Stages(Stage{0, 1000, 10 * time.Second}))
	if len(all) != 5000 {
		t.Fatalf("%d requests, want 5000", len(all))
	}
	// A quarter of a ramp from 0 comes in its first half.
	if at := all[1250]; at < 4999*time.Millisecond || at > 5001*time.Millisecond {
		t.Errorf("request 1250 is due at %s, want 5 s", at)
	}
}

func TestConstantIsTheSimplestStage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 5000).Draw(t, "rate")
		const d = 2 * time.Second
		one, other := due(t, Constant(rate, d)), due(t, Stages(Stage{rate, rate, d}))
		if n := len(one) - len(other); n < -1 || n > 1 {
			t.Fatalf("%d and %d requests", len(one), len(other))
		}
		for n := range min(len(one), len(other)) {
			if diff := one[n] - other[n]; diff < -2 || diff > 2 {
				t.Fatalf("request %d is due at %s and %s", n, one[n], other[n])
			}
		}
	})
}

func TestASchedulesAnswerDependsOnItsArgumentAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages, seed := someStages(t), rapid.Uint64().Draw(t, "seed")
		times := rapid.SliceOf(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "time"))
		})).Draw(t, "times")
		for name, fresh := range map[string]func() Schedule{
			"stages":  func() Schedule { return Stages(stages...) },
			"poisson": func() Schedule { return Poisson(seed, stages...) },
			"replay":  func() Schedule { return Replay(times) },
		} {
			all, again := due(t, fresh()), fresh()
			for range 20 {
				n := rapid.IntRange(0, len(all)).Draw(t, "n")
				if at, ok := again(n); ok != (n < len(all)) || (ok && at != all[n]) {
					t.Fatalf("%s: request %d is due at %s, %v", name, n, at, ok)
				}
			}
		}
	})
}

func TestReplayRepeatsEveryRecordedTime(t *testing.T) {
	times := []time.Duration{30, 10, 20, 10}
	if got, want := due(t, Replay(times)), slices.Sorted(slices.Values(times)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Arrivals by chance are independent: stretched by the cumulative rate their
// gaps are exponential, and their number is a Poisson number. 1.95 is the
// bound of Kolmogorov and Smirnov that chance exceeds once in a thousand; the
// seeds are fixed, so that the test never does.
func TestPoissonHasTheDistributionThatWasAsked(t *testing.T) {
	stages := []Stage{{1000, 1000, 2 * time.Second}, {1000, 4000, 2 * time.Second}, {0, 0, time.Second}, {500, 500, 4 * time.Second}}
	const expected = 2000 + 5000 + 2000
	for seed := range uint64(20) {
		all := due(t, Poisson(seed, stages...))
		if math.Abs(float64(len(all))-expected) > 4*math.Sqrt(expected) {
			t.Errorf("seed %d: %d requests, want some %d", seed, len(all), expected)
		}
		gaps, last := make([]float64, 0, len(all)), 0.0
		for _, at := range all {
			x := expectedBy(stages, at)
			gaps = append(gaps, x-last)
			last = x
		}
		slices.Sort(gaps)
		most := 0.0
		for i, gap := range gaps {
			f := 1 - math.Exp(-gap)
			most = max(most, math.Abs(f-float64(i)/float64(len(gaps))), math.Abs(f-float64(i+1)/float64(len(gaps))))
		}
		if bound := 1.95 / math.Sqrt(float64(len(gaps))); most > bound {
			t.Errorf("seed %d: the gaps are %.4f away from exponential ones, at most %.4f is chance", seed, most, bound)
		}
	}
}

// expectedBy is the cumulative rate: how many requests are expected until then.
func expectedBy(stages []Stage, at time.Duration) float64 {
	sum := 0.0
	for _, s := range stages {
		if at < s.For {
			x := at.Seconds()
			return sum + s.From*x + (s.To-s.From)/s.For.Seconds()*x*x/2
		}
		at -= s.For
		sum += s.requests()
	}
	return sum
}
