package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Quantiles of one histogram.
type Quantiles struct {
	P50  time.Duration `json:"p50"`
	P90  time.Duration `json:"p90"`
	P95  time.Duration `json:"p95"`
	P99  time.Duration `json:"p99"`
	P999 time.Duration `json:"p999"`
	Max  time.Duration `json:"max"`
	Mean time.Duration `json:"mean"`
}

// A Summary is what a run showed. It survives JSON without loss.
type Summary struct {
	Name        string           `json:"name"`
	Target      string           `json:"target"`
	Requests    int64            `json:"requests"` // due after the warm-up
	Errors      int64            `json:"errors"`
	Classes     map[string]int64 `json:"classes"` // errors by class
	Statuses    map[int]int64    `json:"statuses"`
	Bytes       int64            `json:"bytes"`
	Messages    int64            `json:"messages,omitempty"` // of gRPC, in answers
	Intended    float64          `json:"intended"`           // requests per second; 0 in the closed model
	Achieved    float64          `json:"achieved"`           // of those sent before the schedule ended
	Took        time.Duration    `json:"took"`               // without the warm-up
	CPU         time.Duration    `json:"cpu"`                // of the load generator's process, warm-up included
	Latency     Quantiles        `json:"latency"`
	Service     Quantiles        `json:"service"`
	Schedule    Quantiles        `json:"schedule"` // how late requests were sent
	Slowest     []Shot           `json:"slowest"`
	Failed      []Shot           `json:"failed"`
	Certificate Certificate      `json:"certificate"`
	Intervals   []Interval       `json:"intervals"`   // of equal length, from a second on; at most 600
	LatencyHDR  string           `json:"latency_hdr"` // the whole histogram, compressed, in nanoseconds (HdrHistogram V2)
	ServiceHDR  string           `json:"service_hdr"`
	WhyInvalid  string           `json:"why_invalid"` // "" when the figures can be trusted
	Aborted     string           `json:"aborted"`     // the objective that ended the run early, and what was measured; "" for none
	Flows       []FlowSummary    `json:"flows"`
	Steps       []StepSummary    `json:"steps"` // of every flow, in their order

	// Plan is what was asked for, in words, by what they are about.
	Plan    map[string]string `json:"plan"`
	Started time.Time         `json:"started"` // with the warm-up
}

func (r *runner) summary() *Summary {
	t := r.tapes[0]
	for _, other := range r.tapes[1:] {
		t.merge(other)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	of := r.whole
	if t.closed {
		of.service = of.latency
	}
	s := &Summary{
		Name: r.job.Name, Plan: r.job.about(), Started: r.start, Requests: t.requests, Errors: t.errors, Classes: t.classes, Statuses: map[int]int64{}, Bytes: t.bytes, Messages: t.messages,
		Took: max(r.took-r.job.WarmUp, 0), CPU: r.cpu, Latency: quantiles(of.latency), Service: quantiles(of.service), Schedule: quantiles(of.late),
		Slowest: shots(t.slowest), Failed: shots(t.failed), Intervals: r.course.intervals(), LatencyHDR: encode(of.latency), ServiceHDR: encode(of.service),
	}
	s.Target = r.job.targetURL()
	for status, n := range t.statuses {
		if status > 0 && n > 0 {
			s.Statuses[status] = n
		}
	}
	r.rates(s, t)
	r.flows(s, t)
	s.Certificate = r.certify(t, s)
	s.WhyInvalid = s.Certificate.whyInvalid()
	return s
}

// rates holds what was sent in the time of the schedule against what was due in it.
func (r *runner) rates(s *Summary, t *tape) {
	if r.closedModel() {
		s.Achieved = perSecond(t.begun, s.Took)
		return
	}
	window := r.job.For
	if r.cancelled.Load() {
		window = min(window, s.Took)
	}
	s.Achieved, s.Intended = perSecond(t.inTime, window), perSecond(t.begun, window)
	if r.job.Rate > 0 && !r.job.Poisson {
		s.Intended = r.job.Rate
	}
}

func perSecond(n int64, d time.Duration) float64 {
	return float64(n) / max(d, time.Millisecond).Seconds()
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	at := func(q float64) time.Duration { return time.Duration(h.ValueAtQuantile(q)) }
	return Quantiles{P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9), Max: time.Duration(h.Max()), Mean: time.Duration(h.Mean())}
}

// encode is the histogram as other tools read it; "" where there is nothing.
func encode(h *hdrhistogram.Histogram) string {
	if h.TotalCount() == 0 {
		return ""
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return ""
	}
	return string(text)
}
