// Package load sends requests on a schedule and measures what became of them.
// It knows nothing of systems, spans or contracts: trace ids travel as opaque
// exemplars.
//
// The model is open: a request is due at its time whether or not those before
// it were answered. Latency counts from when a request was due, so a stall of
// the server is in the figures (it is not where the clock starts at the send:
// "coordinated omission", Gil Tene). Service time counts from when it was sent.
// A request that cannot start on time is started late and counted as late,
// never dropped and never given a new time. What the end of the run cuts off
// is in the figures as unfinished.
//
// Every run comes with a certificate of how well it kept its own schedule.
package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A Job is a load run as a value that can be handed to another process, but
// for its functions. Exactly one of Rate, Stages, Times and Connections says
// how requests arrive.
type Job struct {
	Name        string          `json:"name"`
	Requests    []Request       `json:"requests"`              // sent in turn; at least one unless there are Flows or Next
	Flows       []Flow          `json:"flows,omitempty"`       // sequences of requests, of which each arrival begins one
	SetUp       []Step          `json:"set_up,omitempty"`      // sent once before the run; what they extract every flow may use
	TearDown    []Step          `json:"tear_down,omitempty"`   // sent once after it
	Data        []Feeder        `json:"data,omitempty"`        // files that flows take values from
	Abort       []string        `json:"abort,omitempty"`       // objectives that end the run early once they are broken
	Rate        float64         `json:"rate,omitempty"`        // requests per second, evenly spaced: the open model
	Stages      []Stage         `json:"stages,omitempty"`      // the open model with steps and ramps
	Times       []time.Duration `json:"times,omitempty"`       // the open model with recorded arrivals
	Connections int             `json:"connections,omitempty"` // the closed model: that many, as fast as they go
	Poisson     bool            `json:"poisson,omitempty"`     // arrivals by chance, with Rate or Stages
	Seed        uint64          `json:"seed,omitempty"`        // of that chance: the same seed, the same run
	For         time.Duration   `json:"for"`                   // default: as long as Stages or Times are
	WarmUp      time.Duration   `json:"warm_up,omitempty"`     // comes before For; not in the figures

	Timeout     time.Duration `json:"timeout,omitempty"`       // of one request, and of the end of the run; default 30 s
	MaxInFlight int           `json:"max_in_flight,omitempty"` // more wait and count as late; default 4096
	Slowest     int           `json:"slowest,omitempty"`       // how many of the worst keep their trace id; default 10
	Workers     int           `json:"workers,omitempty"`       // loops that send; default: by the rate and the processors
	SampleEvery int           `json:"sample_every,omitempty"`  // one of so many requests asks to be traced; default: each
	Streams     int           `json:"streams,omitempty"`       // of HTTP/2: requests at once on one connection; default 1, in the open model 100
	Protocol    string        `json:"protocol,omitempty"`      // "http/1.1", "h2", "h2c"; default: what the server offers
	Insecure    bool          `json:"insecure,omitempty"`      // any certificate of a server will do
	AllowHosts  []string      `json:"allow_hosts,omitempty"`   // that may be loaded although they are neither here nor private
	Histograms  bool          `json:"histograms,omitempty"`    // Progress brings the histograms of each second

	// Next makes the n-th request in place of Requests, and Judge names what is
	// wrong with an answer, "" for nothing. Both are called from many goroutines.
	Next  func(n int) Request    `json:"-"`
	Judge func(a *Answer) string `json:"-"`
	// Progress is told every second how the run goes, and once more at its end,
	// from one goroutine.
	Progress func(p Progress) `json:"-"`
}

// A Request is what is sent.
type Request struct {
	Method string            `json:"method"` // default GET
	URL    string            `json:"url"`
	Header map[string]string `json:"header,omitempty"`
	Body   []byte            `json:"body,omitempty"`
	Status int               `json:"status,omitempty"` // that counts as success; 0: below 400; AnyStatus: each, of gRPC too
	Name   string            `json:"name,omitempty"`   // for people and for Judge; default: method and path
	GRPC   *GRPC             `json:"grpc,omitempty"`   // a call in place of Method, Body and Status
}

// AnyStatus leaves it to Judge whether a status is the one that was wanted.
const AnyStatus = -1

// An Answer is what Judge sees.
type Answer struct {
	N      int           // of the request, or of the iteration
	Label  string        // what was asked: "flow/step", or the request's name
	Trace  string        // the exemplar
	Due    time.Duration // of the request, from the start of the run; less than WarmUp: it is not counted
	Status int
	Header http.Header
	Body   []byte // the first mebibyte
	Cut    bool   // the body goes on

	Call string // of gRPC: the status, such as "OK" or "NOT_FOUND", which trailers bring; "" of HTTP
	Said string // what the server said to it
}

// A Shot is one request on its way; all times count from the start of the run.
type Shot struct {
	N               int
	Due, Sent, Done time.Duration
	Status          int
	Class           string // "" for success; else what went wrong: "status", "timeout", "refused", ...
	Trace           string // the exemplar
	Bytes           int64
	Note            string `json:",omitempty"` // what the server said to its error
}

// The defaults of a Job.
const (
	defaultTimeout     = 30 * time.Second
	defaultMaxInFlight = 4096
	defaultSlowest     = 10
	mostWorkers        = 256 // each has a megabyte of histograms
)

// Check says what is wrong with a job before anything is sent. It reads the
// files that the job names.
func (j *Job) Check() error {
	if err := j.checkPlan(); err != nil {
		return err
	}
	return asError(j.Faults())
}

// checkPlan is Check but for the flows.
func (j *Job) checkPlan() error {
	ways := 0
	for _, way := range []bool{j.Rate > 0, len(j.Stages) > 0, len(j.Times) > 0, j.Connections > 0} {
		if way {
			ways++
		}
	}
	switch {
	case len(j.Requests) == 0 && len(j.Flows) == 0 && j.Next == nil:
		return errors.New("load: no request to send")
	case len(j.Flows) > 0 && (len(j.Requests) > 0 || j.Next != nil):
		return errors.New("load: choose requests or flows, not both")
	case j.Rate < 0 || j.Connections < 0 || j.MaxInFlight < 0 || j.Workers < 0 || j.SampleEvery < 0 || j.Slowest < 0:
		return errors.New("load: a number cannot be negative")
	case j.Workers > mostWorkers:
		return fmt.Errorf("load: there cannot be more than %d workers; one for each processor is enough", mostWorkers)
	case ways != 1:
		return errors.New("load: choose a rate, stages or recorded times (open model) or a number of connections (closed model)")
	case j.Poisson && j.Rate == 0 && len(j.Stages) == 0:
		return errors.New("load: arrivals by chance need a rate or stages")
	case j.Length() <= 0:
		return errors.New("load: the run has no length; say for how long, such as 30s")
	}
	for i, s := range j.Stages {
		if s.From < 0 || s.To < 0 || s.For <= 0 {
			return fmt.Errorf("load: stage %d must have a length and no negative rate", i+1)
		}
	}
	switch j.Protocol {
	case "", "http/1.1", "h2", "h2c":
	default:
		return fmt.Errorf("load: protocol %q is not known; there are http/1.1, h2 and h2c", j.Protocol)
	}
	for i := range j.Requests {
		if err := j.checkRequest(&j.Requests[i]); err != nil {
			return err
		}
	}
	return j.checkH2()
}

func (j *Job) checkRequest(r *Request) error {
	if u, err := url.Parse(r.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("load: %q is no URL to load; write it whole, such as http://127.0.0.1:8080/", r.URL)
	}
	return r.check()
}

// Length is how long the run is, without its warm-up.
func (j *Job) Length() time.Duration {
	switch {
	case j.For > 0:
		return j.For
	case len(j.Stages) > 0:
		return length(j.Stages)
	}
	if len(j.Times) == 0 {
		return 0
	}
	last := slices.Max(j.Times)
	gap := last / time.Duration(len(j.Times)) // the last is sent within the run too
	return last + max(gap, time.Millisecond) - j.WarmUp
}

// Run runs the job to its end and sums it up. When ctx ends early, the summary
// covers what was due until then and the error is ctx's. An error without a
// summary means that nothing could be sent, and says what to change.
func Run(ctx context.Context, job Job) (*Summary, error) {
	if err := job.checkPlan(); err != nil {
		return nil, err
	}
	job.complete()
	r, err := newRunner(ctx, &job)
	if err != nil {
		return nil, err
	}
	if err := r.setUp(ctx); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	undone := r.tearDown(ctx)
	s := r.summary()
	if s.Aborted = r.aborted; undone != nil {
		s.Certificate.Notes = append(s.Certificate.Notes, undone.Error())
	}
	return s, ctx.Err()
}

// complete fills in the defaults.
func (j *Job) complete() {
	j.For = j.Length()
	j.Timeout = orDefault(j.Timeout, defaultTimeout)
	j.MaxInFlight = orDefault(j.MaxInFlight, defaultMaxInFlight)
	j.Slowest = orDefault(j.Slowest, defaultSlowest)
	j.Workers = min(orDefault(j.Workers, j.workers()), j.connections())
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
