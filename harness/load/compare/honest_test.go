package compare

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Where slow spells last, two runs differ that had the same to do. Few of them
// are called regressions; and of those that have 14% more to do, few are told to
// be the same: what cannot be told is inconclusive. Longer runs and more of them
// find it.
func TestVerdictsAreHonestWhereSlowSpellsLast(t *testing.T) {
	const pairs, shift = 40, 1.14
	settings := Settings{Threshold: .05, Level: .95}
	for _, c := range []struct {
		memory  float64
		seconds int
		runs    int
		power   int // of the pairs, how many at least are found to differ
	}{
		{0, 40, 1, 30}, {.5, 60, 1, 10}, {.8, 20, 1, 0}, {.8, 60, 1, 0}, {.9, 40, 1, 0}, {.8, 40, 6, 15},
	} {
		alarms, better, missed, found := 0, 0, 0, 0
		for seed := range uint64(pairs) {
			observed := func(first uint64, shift float64) *side {
				var runs []Run
				for k := range c.runs {
					runs = append(runs, simulated(seed*1000+first+uint64(k), c.seconds, c.memory, shift))
				}
				s, err := observe(runs, seed+first, "X")
				if err != nil {
					t.Fatal(err)
				}
				return &s
			}
			a := observed(1, 1)
			same, slower := settings.between("x", a, observed(101, 1)), settings.between("x", a, observed(101, shift))
			switch same.Verdict {
			case Regression:
				alarms++
			case Improvement:
				better++
			case Inconclusive, NoDifference, NotJudged:
			}
			if slower.Verdict == Regression {
				found++
			}
			if slower.Measures[atMean].Verdict == NoDifference {
				missed++
			}
		}
		t.Logf("memory %v, %d s, %d a side, of %d: %d false regressions, %d false improvements; 14%% slower: %d found, %d told to be the same",
			c.memory, c.seconds, c.runs, pairs, alarms, better, found, missed)
		if alarms+better > pairs/10 || missed > pairs/20 || found < c.power {
			t.Errorf("memory %v, %d s, %d a side: that is not honest", c.memory, c.seconds, c.runs)
		}
	}
}

// What the runs cannot tell is said with what would.
func TestWhatIsOpenIsSaidWithARemedy(t *testing.T) {
	a, b := []Run{simulated(1, 40, .8, 1)}, []Run{simulated(2, 40, .8, 1.05)}
	result, err := Compare("x", a, b, Settings{Threshold: .05})
	if err != nil || result.Verdict != Inconclusive || result.Measures[atMean].Verdict != Inconclusive {
		t.Fatalf("%+v, %v", result, err)
	}
	note := result.Notes[len(result.Notes)-1]
	for _, want := range []string{"inconclusive: these runs cannot tell whether p50, p90, p99, mean got worse by more than 5%", "slow spells last", "(A1,A2,A3 B1,B2,B3)"} {
		if !strings.Contains(note, want) {
			t.Errorf("%q lacks %q", note, want)
		}
	}
	if result, err = Compare("x", []Run{simulated(1, 30, 0, 1)}, []Run{simulated(2, 30, 0, 1)}, Settings{Threshold: .05}); err != nil {
		t.Fatal(err)
	}
	if note := result.Notes[len(result.Notes)-1]; strings.Contains(note, "slow spells") || !strings.Contains(note, ", or load about ") {
		t.Errorf("without memory: %q", note)
	}
}

// Of a course that is known, as many intervals are alike as theory says.
func TestHowManyIntervalsAreAlike(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 1))
	for memory, want := range map[float64][2]float64{0: {1, 1.5}, .5: {2, 4}, .8: {6, 13}} {
		var courses [all][]float64
		level := 0.0
		for range 2000 {
			level = memory*level + chance.NormFloat64()
			for k := range courses {
				courses[k] = append(courses[k], level)
			}
		}
		if got := alikes(&courses)[atMean]; got < want[0] || got > want[1] {
			t.Errorf("memory %v: %v intervals are alike, want %v", memory, got, want)
		}
	}
}
