package load

import (
	"fmt"
	"time"
)

// When an objective may end a run: before that its figures mean little.
const (
	leastToAbort = 100 // requests
	abortAfter   = time.Second
)

// abortAt ends the run where one of the objectives that do so is broken.
func (r *runner) abortAt(p *Progress) {
	measured := p.Elapsed - r.job.WarmUp
	if len(r.aborts) == 0 || r.aborted != "" || p.Over || p.Requests < leastToAbort || measured < abortAfter {
		return
	}
	so := &Summary{Requests: p.Requests, Errors: p.Errors, Latency: quantiles(r.whole.latency), Achieved: perSecond(p.Requests, measured)}
	for _, o := range r.aborts {
		reached, value := o.Judge(so)
		if reached {
			continue
		}
		r.aborted = fmt.Sprintf("%s was %s after %s and %d requests", o.Text, value, measured.Round(100*time.Millisecond), p.Requests)
		r.cancelled.Store(true)
		r.stop()
		return
	}
}
