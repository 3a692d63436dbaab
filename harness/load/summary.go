package load

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Quantiles of one histogram.
type Quantiles struct {
	P50  time.Duration `json:"p50"`
	P90  time.Duration `json:"p90"`
	P99  time.Duration `json:"p99"`
	P999 time.Duration `json:"p999"`
	Max  time.Duration `json:"max"`
	Mean time.Duration `json:"mean"`
}

// A Summary is what a run showed. It survives JSON without loss.
type Summary struct {
	Name       string           `json:"name"`
	Target     string           `json:"target"`
	Requests   int64            `json:"requests"` // due after the warm-up
	Errors     int64            `json:"errors"`
	Classes    map[string]int64 `json:"classes"` // errors by class
	Statuses   map[int]int64    `json:"statuses"`
	Bytes      int64            `json:"bytes"`
	Intended   float64          `json:"intended"` // requests per second; 0 in the closed model
	Achieved   float64          `json:"achieved"`
	Took       time.Duration    `json:"took"` // without the warm-up
	CPU        time.Duration    `json:"cpu"`  // of the load generator's process, warm-up included
	Latency    Quantiles        `json:"latency"`
	Service    Quantiles        `json:"service"`
	Schedule   Quantiles        `json:"schedule"` // how late requests were sent
	Slowest    []Shot           `json:"slowest"`
	Failed     []Shot           `json:"failed"`
	WhyInvalid string           `json:"why_invalid"` // "" when the figures can be trusted
}

// What a run may deviate from its plan before its figures are not worth
// reporting: the client was the bottleneck then, not the system.
const (
	mostLate      = 20 * time.Millisecond // p99 of the schedule error
	leastAchieved = 0.95                  // of the intended rate
)

func (r *runner) summary() *Summary {
	t := &r.tape
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &Summary{
		Name: r.job.Name, Target: r.job.Requests[0].URL, Requests: t.requests, Classes: t.classes, Statuses: t.statuses, Bytes: t.bytes,
		Intended: r.job.Rate, Took: max(r.took-r.job.WarmUp, 0), CPU: r.cpu,
		Latency: quantiles(t.latency), Service: quantiles(t.service), Schedule: quantiles(t.late), Slowest: t.slowest, Failed: t.failed,
	}
	for _, n := range s.Classes {
		s.Errors += n
	}
	// The last answer may come after the last request was due: the rate is that of the sending.
	if s.Took > 0 {
		s.Achieved = float64(s.Requests) / max(min(s.Took, r.job.For), time.Millisecond).Seconds()
	}
	s.WhyInvalid = s.doubt()
	return s
}

// doubt says why the figures cannot be trusted; "" when they can.
func (s *Summary) doubt() string {
	switch {
	case s.Requests == 0:
		return "no request was due after the warm-up: run longer"
	case s.Intended == 0:
		return ""
	case s.Schedule.P99 > mostLate:
		return fmt.Sprintf("requests were sent late (p99 %s, at most %s is sound): the load generator lacked CPU or connections; lower the rate or give it a core", s.Schedule.P99, mostLate)
	case s.Achieved < leastAchieved*s.Intended:
		return fmt.Sprintf("only %.1f of %.1f requests per second were sent: lower the rate or give the load generator a core", s.Achieved, s.Intended)
	}
	return ""
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) * time.Microsecond }
	return Quantiles{
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9),
		Max: time.Duration(h.Max()) * time.Microsecond, Mean: time.Duration(h.Mean()) * time.Microsecond,
	}
}
