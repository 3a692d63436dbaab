package load

import (
	"net/url"
	"runtime"
	"time"
)

// schedule is when the requests of the job are due, the warm-up included: it
// goes at the first rate, and recorded times begin with it.
func (j *Job) schedule() Schedule {
	if len(j.Times) > 0 {
		return within(Replay(j.Times), j.WarmUp+j.For)
	}
	stages := j.stages()
	switch {
	case j.Poisson:
		return within(Poisson(j.Seed, stages...), j.WarmUp+j.For)
	case j.Rate > 0:
		return Constant(j.Rate, j.WarmUp+j.For)
	}
	return within(Stages(stages...), j.WarmUp+j.For)
}

// stages is the course of the rate, the warm-up included; none in the closed
// model and for recorded times.
func (j *Job) stages() []Stage {
	switch {
	case j.Rate > 0:
		return []Stage{{j.Rate, j.Rate, j.WarmUp + j.For}}
	case j.WarmUp > 0 && len(j.Stages) > 0:
		return append([]Stage{{j.Stages[0].From, j.Stages[0].From, j.WarmUp}}, j.Stages...)
	}
	return j.Stages
}

// dueBy is how many requests the job asks for before t, as a real number: by
// chance there may be more or fewer. It is 0 in the closed model.
func (j *Job) dueBy(t time.Duration) (requests float64) {
	t = min(t, j.WarmUp+j.For)
	for _, at := range j.Times {
		if at < t {
			requests++
		}
	}
	for _, s := range j.stages() {
		part := min(t, s.For)
		if part <= 0 {
			break
		}
		reached := s.From + (s.To-s.From)*part.Seconds()/s.For.Seconds()
		requests += Stage{s.From, reached, part}.requests()
		t -= s.For
	}
	return requests
}

// within ends a schedule at d.
func within(s Schedule, d time.Duration) Schedule {
	return func(n int) (time.Duration, bool) {
		due, ok := s(n)
		return due, ok && due < d
	}
}

// intended is the mean rate that the job asks for; 0 in the closed model.
func (j *Job) intended() float64 {
	switch {
	case j.Rate > 0:
		return j.Rate
	case len(j.Stages) > 0:
		requests := 0.0
		for _, s := range j.Stages {
			requests += s.requests()
		}
		return requests / length(j.Stages).Seconds()
	case len(j.Times) > 0:
		return float64(len(j.Times)) / (j.WarmUp + j.For).Seconds()
	}
	return 0
}

// connections is how many there are at most.
func (j *Job) connections() int {
	if j.Connections > 0 {
		return j.Connections
	}
	return j.MaxInFlight
}

// workers is how many loops the job needs: one sends some 100,000 requests a
// second. The closed model leaves half of the processors to the server.
func (j *Job) workers() int {
	processors := runtime.GOMAXPROCS(0)
	if j.Connections > 0 {
		return min(max(processors/2, 1), j.Connections)
	}
	return min(1+int(j.intended()/50_000), processors, j.connections())
}

// origin is the scheme and the host that all requests go to; false where they
// go to several, or where that is not known ahead.
func (j *Job) origin() (*url.URL, bool) {
	if len(j.Flows) > 0 {
		origin, _ := splitURL(j.targetURL()) // all flows go there, which compile has held them to
		u, err := url.Parse(origin)
		return u, err == nil
	}
	if j.Next != nil || len(j.Requests) == 0 {
		return nil, false
	}
	first, err := url.Parse(j.Requests[0].URL)
	if err != nil {
		return nil, false
	}
	for i := range j.Requests {
		if u, err := url.Parse(j.Requests[i].URL); err != nil || u.Host != first.Host || u.Scheme != first.Scheme {
			return nil, false
		}
	}
	return first, true
}

// targetURL is the first that is asked for; "" where that is not known ahead.
func (j *Job) targetURL() string {
	switch {
	case len(j.Requests) > 0:
		return j.Requests[0].URL
	case len(j.Flows) > 0 && len(j.Flows[0].Steps) > 0:
		return j.Flows[0].Steps[0].Request.URL
	}
	return ""
}
