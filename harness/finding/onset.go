package finding

import (
	"cmp"
	"math"
	"slices"
)

// A Point says how many of what happened at a rate of load were of a kind.
type Point struct {
	Rate    float64 // requests per second
	All, Of int
}

// An Onset is the rate of load above which something happens more often.
type Onset struct {
	Rate         float64 // 0 where it happens at every rate alike
	Below, Above float64 // share of it; Above is that of all where Rate is 0
}

// What an onset needs: so many on each side, more of it above than below, and
// a likelihood that is e^8, some 3,000 times, that of one share for all.
const (
	leastEachSide   = 20
	leastLikelihood = 8
	leastContrast   = 1.5
)

// FindOnset splits the points at the rate at which the shares below and above
// explain best what was counted, by likelihood.
func FindOnset(points []Point) Onset {
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b Point) int { return cmp.Compare(a.Rate, b.Rate) })
	var total, below Point
	for _, p := range sorted {
		total.All, total.Of = total.All+p.All, total.Of+p.Of
	}
	best := Onset{Above: total.share()}
	most := total.likelihood() + leastLikelihood
	for i, p := range sorted {
		above := Point{All: total.All - below.All, Of: total.Of - below.Of}
		distinct := i > 0 && p.Rate > sorted[i-1].Rate
		if distinct && below.All >= leastEachSide && above.All >= leastEachSide && above.share() > leastContrast*below.share() {
			if l := below.likelihood() + above.likelihood(); l > most {
				most, best = l, Onset{Rate: p.Rate, Below: below.share(), Above: above.share()}
			}
		}
		below.All, below.Of = below.All+p.All, below.Of+p.Of
	}
	return best
}

func (p Point) share() float64 { return float64(p.Of) / float64(max(p.All, 1)) }

// likelihood is the logarithm of that of what was counted, at its own share.
func (p Point) likelihood() float64 {
	if p.Of == 0 || p.Of >= p.All {
		return 0
	}
	s := p.share()
	return float64(p.Of)*math.Log(s) + float64(p.All-p.Of)*math.Log(1-s)
}
