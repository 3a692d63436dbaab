// Package load sends requests on a schedule and measures what became of them.
// It knows nothing of systems, spans or contracts: trace ids travel as opaque
// exemplars.
//
// The model is open: a request is due at its time whether or not those before
// it were answered. Latency counts from when a request was due, so a stall of
// the server is in the figures (it is not where the clock starts at the send:
// "coordinated omission", Gil Tene). Service time counts from when it was sent.
// A request that cannot start on time is started late and counted as late,
// never dropped and never given a new time.
package load

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// A Schedule says when each request is due, counted from the start of the run.
// It reports false when there is no n-th request. It must be pure.
type Schedule func(n int) (due time.Duration, ok bool)

// Constant is rate requests a second for d.
func Constant(rate float64, d time.Duration) Schedule {
	return func(n int) (time.Duration, bool) {
		due := time.Duration(float64(n) / rate * float64(time.Second))
		return due, due < d
	}
}

// A Job is a load run as a value that can be handed to another process.
type Job struct {
	Name        string        `json:"name"`
	Requests    []Request     `json:"requests"`              // sent in turn; at least one
	Rate        float64       `json:"rate,omitempty"`        // requests per second: the open model
	Connections int           `json:"connections,omitempty"` // the closed model: that many, as fast as they go
	For         time.Duration `json:"for"`
	WarmUp      time.Duration `json:"warm_up,omitempty"`       // comes before For; not in the figures
	Timeout     time.Duration `json:"timeout,omitempty"`       // of one request; default 30 s
	MaxInFlight int           `json:"max_in_flight,omitempty"` // more wait and count as late; default 4096
	Slowest     int           `json:"slowest,omitempty"`       // how many of the worst keep their trace id; default 10
}

// A Request is what is sent.
type Request struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`
	Header map[string]string `json:"header,omitempty"`
	Body   []byte            `json:"body,omitempty"`
	Status int               `json:"status,omitempty"` // that counts as success; 0: below 400
}

// A Shot is one request on its way; all times count from the start of the run.
type Shot struct {
	N               int
	Due, Sent, Done time.Duration
	Status          int
	Class           string // "" for success; else what went wrong: "status", "timeout", "refused", ...
	Trace           string // the exemplar
	Bytes           int64
}

// The defaults of a Job.
const (
	defaultTimeout     = 30 * time.Second
	defaultMaxInFlight = 4096
	defaultSlowest     = 10
)

// Check says what is wrong with a job before anything is sent.
func (j *Job) Check() error {
	switch {
	case len(j.Requests) == 0:
		return errors.New("load: no request to send")
	case j.For <= 0:
		return errors.New("load: the run has no length; say for how long, such as 30s")
	case j.Rate < 0 || j.Connections < 0:
		return errors.New("load: rate and connections cannot be negative")
	case (j.Rate > 0) == (j.Connections > 0):
		return errors.New("load: choose a rate (open model) or a number of connections (closed model)")
	}
	for _, r := range j.Requests {
		if u, err := url.Parse(r.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("load: %q is no URL to load; write it whole, such as http://127.0.0.1:8080/", r.URL)
		}
	}
	return nil
}

// RunJob runs the job to its end and sums it up. When ctx ends early, the
// summary covers what was due until then and the error is ctx's.
func RunJob(ctx context.Context, job Job) (*Summary, error) {
	if err := job.Check(); err != nil {
		return nil, err
	}
	job.Timeout = orDefault(job.Timeout, defaultTimeout)
	job.MaxInFlight = orDefault(job.MaxInFlight, defaultMaxInFlight)
	job.Slowest = orDefault(job.Slowest, defaultSlowest)
	r := newRunner(&job)
	defer r.close()
	if job.Connections > 0 {
		r.closed(ctx)
	} else {
		r.open(ctx, Constant(job.Rate, job.WarmUp+job.For))
	}
	return r.summary(), ctx.Err()
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
