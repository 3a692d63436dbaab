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
	_ = h.RecordValue(bounded(d)) // so it cannot fail
}

func bounded(d time.Duration) int64 { return min(max(int64(d), lowest), highest) }

// Figures are how long the requests of some stretch of a run took, in
// nanoseconds.
type figures struct {
	latency *counts // from due to done
	service *counts // from sent to done; empty in the closed model
	late    *counts // from due to sent; empty in the closed model
}

func newFigures() *figures { return &figures{newCounts(), newCounts(), newCounts()} }

// merge loses nothing: all have the same bounds.
func (f *figures) merge(other *figures) {
	f.latency.merge(other.latency)
	f.service.merge(other.service)
	f.late.merge(other.late)
}

func (f *figures) reset() {
	f.latency.reset()
	f.service.reset()
	f.late.reset()
}

// Totals are the same of all of the run.
type totals struct{ latency, service, late *hdrhistogram.Histogram }

func newTotals() *totals { return &totals{newHistogram(), newHistogram(), newHistogram()} }

func (w *totals) add(f *figures) {
	f.latency.pour(w.latency)
	f.service.pour(w.service)
	f.late.pour(w.late)
}
