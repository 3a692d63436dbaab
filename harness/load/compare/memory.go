package compare

import "math"

// block is how many neighbouring intervals belong together: as many as the
// measure needs whose course remembers its past the longest. In short runs
// that is found too low, and intervals come out too narrow: hence the least.
func block(courses *[all][]float64) int {
	n := len(courses[0])
	longest := 1.0
	for _, course := range courses {
		longest = max(longest, blockLength(course))
	}
	least := 2 * math.Cbrt(float64(n))
	return max(min(int(math.Ceil(max(longest, least))), n/4), 1)
}

// How much of its level an interval may be found to share with the one before:
// a run that shares more has no end in sight.
const (
	mostShared = .98
	mostKept   = .95 // of it from there to the next
)

// alikes is of each measure how many intervals say as much as one that
// remembers nothing. The course of a measure is taken for an autoregression
// whose level is kept from one interval to the next, under noise that is not:
// correlations fall by what is kept, from the first on. What is kept is that of
// the median or the mean, which see the level best.
func alikes(courses *[all][]float64) (likes [all]float64) {
	n := float64(len(courses[0]))
	var first [all]float64
	kept := 0.0
	for k, course := range courses {
		first[k] = min(unbiased(correlation(course, 1), n), mostShared)
		if k != 0 && k != atMean {
			continue
		}
		kept = max(kept, first[k])
		if first[k] > 2/math.Sqrt(n) { // else their ratio is one of noise
			kept = max(kept, min(unbiased(correlation(course, 2), n)/first[k], mostKept))
		}
	}
	for k := range likes {
		likes[k] = max(1, 1+2*first[k]/(1-max(kept, first[k])))
	}
	return likes
}

// unbiased is a correlation that was found in a course of n, without the bias
// that it has there.
func unbiased(found, n float64) float64 { return found + (1+3*found)/n }

// correlation is that of a course with itself, some intervals later.
func correlation(course []float64, lag int) float64 {
	mean, variance := moments(course)
	if variance == 0 {
		return 0
	}
	sum := 0.0
	for i := lag; i < len(course); i++ {
		sum += (course[i] - mean) * (course[i-lag] - mean)
	}
	return sum / variance / float64(len(course)-1)
}

// blockLength is Politis and White's for the circular block bootstrap.
func blockLength(course []float64) float64 {
	n := len(course)
	mean, variance := moments(course)
	if variance == 0 {
		return 1
	}
	covariance := func(lag int) float64 {
		sum := 0.0
		for i := lag; i < n; i++ {
			sum += (course[i] - mean) * (course[i-lag] - mean)
		}
		return sum / float64(n)
	}
	quiet := max(5, int(math.Ceil(math.Sqrt(math.Log10(float64(n))))))
	bound := 2 * math.Sqrt(math.Log10(float64(n))/float64(n)) * covariance(0)
	reach, calm := 0, 0 // the last lag that is no noise, and how many followed that are
	for lag := 1; lag < n/2 && calm < quiet; lag++ {
		if calm++; math.Abs(covariance(lag)) >= bound {
			reach, calm = lag, 0
		}
	}
	var g, spectrum float64
	window := 2 * max(reach, 1)
	for lag := -window; lag <= window; lag++ {
		away := math.Abs(float64(lag))
		if int(away) >= n {
			continue
		}
		weight := min(1, 2*(1-away/float64(window)))
		g += weight * away * covariance(int(away))
		spectrum += weight * covariance(int(away))
	}
	if spectrum <= 0 {
		return 1
	}
	return max(math.Cbrt(2*g*g/(4.0/3*spectrum*spectrum)*float64(n)), 1)
}
