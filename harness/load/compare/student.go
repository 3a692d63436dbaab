package compare

import "math"

// studentQuantile is the p-quantile of Student's t distribution, p > 1/2, for
// any positive degrees of freedom.
func studentQuantile(p, freedom float64) float64 {
	low, high := 0.0, 1.0
	for studentBelow(high, freedom) < p && high < 1e9 {
		high *= 2
	}
	for range 80 {
		if middle := (low + high) / 2; studentBelow(middle, freedom) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// studentBelow is the distribution function for t >= 0 (Abramowitz and Stegun,
// 26.7.1).
func studentBelow(t, freedom float64) float64 {
	return 1 - betaShare(freedom/2, 0.5, freedom/(freedom+t*t))/2
}

// betaShare is the regularized incomplete beta function, by the continued
// fraction of DLMF 8.17.22, evaluated after W. J. Lentz (1976).
func betaShare(a, b, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaShare(b, a, 1-x)
	}
	const tiny = 1e-300
	apart := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	value, c, d := 1.0, 1.0, 0.0
	for i := range 1000 {
		m := float64(i / 2)
		numerator := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			numerator = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			numerator = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 / apart(1+numerator*d)
		c = apart(1 + numerator/c)
		value *= c * d
		if i > 0 && math.Abs(c*d-1) < 1e-14 {
			break
		}
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return math.Exp(a*math.Log(x)+b*math.Log1p(-x)+lab-la-lb) / a * (value - 1)
}
