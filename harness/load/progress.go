package load

import (
	"runtime"
	"time"
)

// Progress is how a run goes, for whoever looks on. It survives JSON.
type Progress struct {
	Name     string           `json:"name"`
	Since    time.Duration    `json:"since"`   // when what is told of as lately began
	Elapsed  time.Duration    `json:"elapsed"` // both count from the start of the run
	Total    time.Duration    `json:"total"`   // length of the run, its warm-up included
	WarmUp   bool             `json:"warm_up"`
	Over     bool             `json:"over"`     // nothing follows
	Rate     float64          `json:"rate"`     // outcomes per second lately
	Intended float64          `json:"intended"` // requests per second that were due lately; 0 in the closed model
	Due      float64          `json:"due"`      // requests that were due lately, by the mean of the plan and without the warm-up
	InFlight int              `json:"in_flight"`
	Requests int64            `json:"requests"` // so far
	Errors   int64            `json:"errors"`   // so far
	Waited   int64            `json:"waited"`   // so far
	Classes  map[string]int64 `json:"classes"`  // errors by class, so far
	Lately   Quantiles        `json:"lately"`   // latency
	Late     Quantiles        `json:"late"`     // how late requests were sent lately
	Worst    []string         `json:"worst"`    // traces of the slowest and of the first failed, so far
	// With Job.Histograms the whole of what came lately, in nanoseconds,
	// compressed (HdrHistogram V2); "" where nothing came.
	LatencyHDR string `json:"latency_hdr,omitempty"`
	ServiceHDR string `json:"service_hdr,omitempty"`
}

// lookEvery is how often the run is looked at.
const lookEvery = time.Second

// A lookout looks at the run every second until it is over: it keeps the figures
// and the course, and tells of the progress. It has all its memory before the
// run starts, and lets workers go on between the parts of a look: where they
// have one processor with it, they are late for as long as it works.
type lookout struct {
	r      *runner
	spare  []*figures // a tape's next ones
	recent *figures
	last   Progress
}

func (r *runner) newLookout() *lookout {
	w := &lookout{r: r, recent: newFigures()}
	for range r.tapes {
		w.spare = append(w.spare, newFigures())
	}
	r.course.prepare()
	return w
}

func (w *lookout) run(over <-chan struct{}) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for running := true; running; {
		select {
		case <-over:
			running = false
		case <-ticker.C:
		}
		w.collect()
		w.tell(!running)
	}
}

// collect takes from the tapes what came since the last look.
func (w *lookout) collect() {
	w.recent.reset()
	for i, t := range w.r.tapes {
		taken := t.take(w.spare[i])
		w.recent.merge(taken)
		runtime.Gosched()
		w.r.whole.add(taken)
		runtime.Gosched()
		taken.reset()
		w.spare[i] = taken
	}
}

func (w *lookout) tell(over bool) {
	p := w.look()
	p.Over = over
	runtime.Gosched()
	w.r.keep(&w.last, &p, w.recent)
	w.last = p
	w.r.abortAt(&p)
	if w.r.job.Progress != nil {
		runtime.Gosched()
		w.r.job.Progress(p)
	}
}

func (w *lookout) look() Progress {
	r, since, recent := w.r, w.last.Elapsed, w.recent
	p := Progress{
		Name: r.job.Name, Since: since, Elapsed: time.Since(r.start), Total: r.horizon(),
		Classes: map[string]int64{}, Lately: recent.latency.quantiles(), Late: recent.late.quantiles(),
	}
	p.WarmUp = p.Elapsed < r.job.WarmUp
	for i, t := range r.tapes {
		t.counts(&p)
		p.Worst = t.worst(p.Worst)
		p.InFlight += r.looks[i]()
	}
	lately := max((p.Elapsed - since).Seconds(), 1e-9)
	p.Rate = float64(recent.latency.total) / lately
	p.Intended = (r.job.dueBy(p.Elapsed) - r.job.dueBy(since)) / lately
	if from := max(since, r.job.WarmUp); from < p.Elapsed {
		p.Due = r.job.dueBy(p.Elapsed) - r.job.dueBy(from)
	}
	if r.job.Histograms {
		p.LatencyHDR, p.ServiceHDR = recent.latency.encode(), recent.service.encode()
		if r.closedModel() {
			p.ServiceHDR = p.LatencyHDR
		}
	}
	return p
}

// keep adds to the course of the run, in which the warm-up has no part.
func (r *runner) keep(last, p *Progress, recent *figures) {
	from := max(last.Elapsed, r.job.WarmUp)
	if p.Elapsed <= from || (p.Over && p.Requests == last.Requests) {
		return
	}
	r.course.add(Interval{
		At: from, For: p.Elapsed - from, Due: p.Due,
		Requests: recent.latency.total, Errors: p.Errors - last.Errors, Classes: cameSince(p.Classes, last.Classes), Latency: p.Lately,
	}, recent.latency)
}
