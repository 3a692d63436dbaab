package load

import (
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms reach from 1 microsecond to 10 minutes with 3 significant
// digits: 24 kB each, whatever the number of requests.
const (
	lowest  = 1
	highest = int64(10 * time.Minute / time.Microsecond)
	digits  = 3
)

// A tape is what a run writes down. Its memory does not grow with the run.
type tape struct {
	warmUp time.Duration
	keep   int

	mu       sync.Mutex
	latency  *hdrhistogram.Histogram // guarded by mu; from due to done, microseconds
	service  *hdrhistogram.Histogram // guarded by mu; from sent to done, microseconds
	late     *hdrhistogram.Histogram // guarded by mu; from due to sent, microseconds
	requests int64                   // guarded by mu
	bytes    int64                   // guarded by mu
	classes  map[string]int64        // guarded by mu
	statuses map[int]int64           // guarded by mu
	slowest  []Shot                  // guarded by mu; slowest first
	failed   []Shot                  // guarded by mu; the first ones
}

func newTape(warmUp time.Duration, keep int) tape {
	histogram := func() *hdrhistogram.Histogram { return hdrhistogram.New(lowest, highest, digits) }
	return tape{
		warmUp: warmUp, keep: keep, latency: histogram(), service: histogram(), late: histogram(),
		classes: map[string]int64{}, statuses: map[int]int64{},
	}
}

// record takes the outcome of one request. The warm-up is in no figure.
func (t *tape) record(s *Shot) {
	if s.Due < t.warmUp {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	t.bytes += s.Bytes
	put(t.late, s.Sent-s.Due)
	if s.Class != "" {
		t.classes[s.Class]++
		if len(t.failed) < t.keep {
			t.failed = append(t.failed, *s)
		}
	}
	if s.Status != 0 {
		t.statuses[s.Status]++
	}
	put(t.latency, s.Done-s.Due)
	put(t.service, s.Done-s.Sent)
	t.rank(s)
}

func put(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), lowest), highest)) // within its bounds, so it cannot fail
}

// rank keeps the shot if it is among the slowest.
func (t *tape) rank(s *Shot) {
	took := func(s *Shot) time.Duration { return s.Done - s.Due }
	if len(t.slowest) == t.keep && took(s) <= took(&t.slowest[t.keep-1]) {
		return
	}
	at, _ := slices.BinarySearchFunc(t.slowest, took(s), func(x Shot, d time.Duration) int {
		if took(&x) > d {
			return -1
		}
		return 1
	})
	t.slowest = slices.Insert(t.slowest, at, *s)
	if len(t.slowest) > t.keep {
		t.slowest = t.slowest[:t.keep]
	}
}
