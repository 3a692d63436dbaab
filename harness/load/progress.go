package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Progress is how a run goes, for whoever looks on.
type Progress struct {
	Elapsed  time.Duration
	Total    time.Duration // length of the run, its warm-up included
	WarmUp   bool
	Rate     float64 // outcomes per second lately
	InFlight int
	Requests int64 // so far
	Errors   int64 // so far
	Waited   int64 // so far
	Lately   Quantiles
}

// An Interval is one stretch of the run: what had its outcome in it.
type Interval struct {
	At       time.Duration `json:"at"` // when it began, counted from the start of the run
	For      time.Duration `json:"for"`
	Requests int64         `json:"requests"`
	Errors   int64         `json:"errors"`
	Latency  Quantiles     `json:"latency"`
}

// How often the run is looked at, and how many intervals are kept.
const (
	lookEvery     = time.Second
	mostIntervals = 7200
)

// watch looks at the run every second until it is over: it keeps the
// intervals and tells of the progress.
func (r *runner) watch(over <-chan struct{}) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	spare := make([]*hdrhistogram.Histogram, len(r.tapes))
	for i := range spare {
		spare[i] = newHistogram()
	}
	merged := newHistogram()
	var last Progress
	for {
		running := true
		select {
		case <-over:
			running = false
		case <-ticker.C:
		}
		merged.Reset()
		for i, t := range r.tapes {
			taken := t.takeRecent(spare[i])
			merged.Merge(taken)
			taken.Reset()
			spare[i] = taken
		}
		p := r.look(last.Elapsed, merged)
		r.keep(last, p)
		last = p
		if !running {
			return
		}
		if r.job.Progress != nil {
			r.job.Progress(p)
		}
	}
}

func (r *runner) look(since time.Duration, recent *hdrhistogram.Histogram) Progress {
	p := Progress{Elapsed: time.Since(r.start), Total: r.horizon(), Lately: quantiles(recent)}
	p.WarmUp = p.Elapsed < r.job.WarmUp
	for i, t := range r.tapes {
		requests, errors, waited := t.counts()
		p.Requests += requests
		p.Errors += errors
		p.Waited += waited
		p.InFlight += r.looks[i]()
	}
	p.Rate = float64(recent.TotalCount()) / max((p.Elapsed-since).Seconds(), 1e-9)
	return p
}

func (r *runner) keep(last, p Progress) {
	if p.Requests == last.Requests || len(r.intervals) == mostIntervals {
		return
	}
	r.intervals = append(r.intervals, Interval{
		At: last.Elapsed, For: p.Elapsed - last.Elapsed, Requests: p.Requests - last.Requests, Errors: p.Errors - last.Errors, Latency: p.Lately,
	})
}
