package otlp

import "math"

// An exponential histogram of seconds, as OpenTelemetry's data model has it
// ("ExponentialHistogram"): bucket i holds values above base^i up to
// base^(i+1), where base is 2^(2^-scale).
type exponential struct {
	counts   map[int]uint64 // by bucket at the finest scale
	count    uint64
	sum      float64
	min, max float64
}

const (
	finest      = 5   // scale: a bucket is 2.2% wide
	mostBuckets = 160 // of a histogram that is sent, as the SDKs have it
	shortest    = 1e-9
	longest     = 24 * 3600
)

// add counts n values of so many seconds.
func (e *exponential) add(seconds float64, n uint64) {
	if n == 0 {
		return
	}
	seconds = min(max(seconds, shortest), longest) // which bounds the buckets
	if e.counts == nil {
		e.counts, e.min = map[int]uint64{}, seconds
	}
	e.counts[bucketOf(seconds)] += n
	e.count += n
	e.sum += seconds * float64(n)
	e.min, e.max = min(e.min, seconds), max(e.max, seconds)
}

func bucketOf(seconds float64) int {
	return int(math.Ceil(math.Log2(seconds)*(1<<finest))) - 1
}

// buckets are the counts from the offset on, as fine as there is room for.
func (e *exponential) buckets() (scale, offset int, counts []uint64) {
	if e.count == 0 {
		return finest, 0, nil
	}
	low, high := bucketOf(e.min), bucketOf(e.max)
	shift := 0
	for high>>shift-low>>shift >= mostBuckets {
		shift++
	}
	offset = low >> shift
	counts = make([]uint64, high>>shift-offset+1)
	for bucket, n := range e.counts {
		counts[min(max(bucket>>shift-offset, 0), len(counts)-1)] += n
	}
	return finest - shift, offset, counts
}
