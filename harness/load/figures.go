package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms reach from 1 nanosecond to 10 minutes with 3 significant
// digits: 240 kB each, whatever the number of requests.
const (
	lowest  = 1
	highest = int64(10 * time.Minute)
	digits  = 3
)

// newHistogram touches all of its memory, so that a long run needs no more of it.
func newHistogram() *hdrhistogram.Histogram {
	h := hdrhistogram.New(lowest, highest, digits)
	h.Reset()
	return h
}

func put(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d), lowest), highest)) // within its bounds, so it cannot fail
}

// Figures are how long the requests of some stretch of a run took, in
// nanoseconds.
type figures struct {
	latency *hdrhistogram.Histogram // from due to done
	service *hdrhistogram.Histogram // from sent to done; empty in the closed model
	late    *hdrhistogram.Histogram // from due to sent; empty in the closed model
}

func newFigures() *figures { return &figures{newHistogram(), newHistogram(), newHistogram()} }

// add loses nothing: all histograms have the same bounds.
func (f *figures) add(other *figures) {
	f.latency.Merge(other.latency)
	f.service.Merge(other.service)
	f.late.Merge(other.late)
}

func (f *figures) reset() {
	f.latency.Reset()
	f.service.Reset()
	f.late.Reset()
}
