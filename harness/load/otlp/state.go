package otlp

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seamtest/seam/harness/load"
)

// What is told apart; more are folded into "other".
const (
	mostLoads   = 64
	mostClasses = 64
	otherName   = "other"
)

// A state is how one load went so far.
type state struct {
	about    []attribute // what tells it from other loads
	call     []attribute // the same for the durations of its requests
	rpc      bool
	service  exponential
	latency  exponential
	due      float64
	done     int64
	sent     int64
	waited   int64
	inFlight int
	errors   map[string]int64
	late     load.Quantiles
}

func newState(job *load.Job) *state {
	s := &state{about: []attribute{{key: "seam.load.name", text: job.Name}}, errors: map[string]int64{}}
	s.call = slices.Clone(s.about)
	var methods []string
	target := ""
	see := func(r *load.Request) {
		if target == "" {
			target = r.URL
		}
		s.rpc = s.rpc || r.GRPC != nil
		method := strings.ToUpper(r.Method)
		if method == "" {
			method = "GET"
		}
		if !slices.Contains(methods, method) {
			methods = append(methods, method)
		}
	}
	for i := range job.Requests {
		see(&job.Requests[i])
	}
	for i := range job.Flows {
		for k := range job.Flows[i].Steps {
			see(&job.Flows[i].Steps[k].Request)
		}
	}
	switch {
	case s.rpc:
		s.call = append(s.call, attribute{key: "rpc.system.name", text: "grpc"})
	case len(methods) == 1:
		s.call = append(s.call, attribute{key: "http.request.method", text: methods[0]})
	default:
		s.call = append(s.call, attribute{key: "http.request.method", text: "_OTHER"}) // several
	}
	origin, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(target, "https://"), "http://"), "/")
	if u, err := url.Parse("//" + origin); err == nil && u.Hostname() != "" {
		s.call = append(s.call, attribute{key: "server.address", text: u.Hostname()})
		port, standard := u.Port(), "80"
		if strings.HasPrefix(target, "https://") {
			standard = "443"
		}
		if n, err := strconv.ParseUint(orElse(port, standard), 10, 16); err == nil {
			s.call = append(s.call, attribute{key: "server.port", number: int64(n)})
		}
	}
	return s
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// A run is one of those that add to a state: loads of one name have one.
type run struct {
	of   *state
	sent int64         // as far as it is in the state
	last load.Progress // likewise
}

// add takes what came since the last progress.
func (r *run) add(p *load.Progress) {
	s := r.of
	addAll(&s.service, p.ServiceHDR)
	addAll(&s.latency, p.LatencyHDR)
	s.inFlight, s.late = p.InFlight, p.Late
	s.done += p.Requests - r.last.Requests
	s.waited += p.Waited - r.last.Waited
	for _, class := range slices.Sorted(maps.Keys(p.Classes)) {
		s.fail(class, p.Classes[class]-r.last.Classes[class])
	}
	r.last = load.Progress{Requests: p.Requests, Waited: p.Waited, Classes: p.Classes}
	if p.WarmUp {
		return // the rest begins with the figures
	}
	if sent := p.Requests + int64(p.InFlight); sent > r.sent {
		s.sent, r.sent = s.sent+sent-r.sent, sent
	}
	if p.Due > 0 && !math.IsInf(p.Due, 0) {
		s.due = max(s.due+p.Due, float64(s.sent)) // by the mean of the plan; none is sent before it is due
	}
}

// fail counts errors of a class; classes beyond the bound share one.
func (s *state) fail(class string, n int64) {
	if _, known := s.errors[class]; !known && len(s.errors) >= mostClasses-1 {
		class = otherName
	}
	if n > 0 {
		s.errors[class] += n
	}
}

// addAll adds the values of an HdrHistogram in nanoseconds.
func addAll(e *exponential, text string) {
	if text == "" {
		return
	}
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return // it comes of the load generator's own process
	}
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			e.add(float64(bar.From+bar.To)/2/1e9, uint64(bar.Count))
		}
	}
}

// metrics are those of every load, by their names.
func metricsOf(all []*state) []metric {
	http := metric{name: "http.client.request.duration", about: "Duration of HTTP client requests, from when they were sent.", unit: "s", kind: distribution}
	rpc := metric{name: "rpc.client.call.duration", about: "Duration of outbound calls, from when they were sent.", unit: "s", kind: distribution}
	latency := metric{name: "seam.load.latency", about: "From when requests were due to their outcome.", unit: "s", kind: distribution}
	due := metric{name: "seam.load.due", about: "Requests that the plan asked for; none as fast as answers come.", unit: "{request}", kind: sum}
	sent := metric{name: "seam.load.sent", about: "Requests that were sent.", unit: "{request}", kind: sum}
	done := metric{name: "seam.load.done", about: "Requests that had their outcome.", unit: "{request}", kind: sum}
	errors := metric{name: "seam.load.errors", about: "Requests that failed, by class.", unit: "{request}", kind: sum}
	waited := metric{name: "seam.load.waited", about: "Requests for which no connection was free when they were due.", unit: "{request}", kind: sum}
	flying := metric{name: "seam.load.in_flight", about: "Requests under way.", unit: "{request}", kind: gauge}
	late := metric{name: "seam.load.lateness", about: "How late requests were sent lately, by quantile.", unit: "s", kind: gauge}
	for _, s := range all {
		if s.service.count > 0 {
			to := &http
			if s.rpc {
				to = &rpc
			}
			to.series = append(to.series, series{attributes: s.call, histogram: &s.service})
		}
		if s.latency.count > 0 {
			latency.series = append(latency.series, series{attributes: s.about, histogram: &s.latency})
		}
		add := func(m *metric, v float64, more ...attribute) {
			m.series = append(m.series, series{attributes: append(slices.Clone(s.about), more...), number: v})
		}
		if s.due > 0 {
			add(&due, s.due)
		}
		add(&sent, float64(s.sent))
		add(&done, float64(s.done))
		add(&waited, float64(s.waited))
		add(&flying, float64(s.inFlight))
		for _, class := range slices.Sorted(maps.Keys(s.errors)) {
			add(&errors, float64(s.errors[class]), attribute{key: "error.type", text: orElse(class, otherName)})
		}
		add(&late, s.late.P50.Seconds(), attribute{key: "quantile", text: "0.5"})
		add(&late, s.late.P99.Seconds(), attribute{key: "quantile", text: "0.99"})
		add(&late, s.late.Max.Seconds(), attribute{key: "quantile", text: "1"})
	}
	return []metric{http, rpc, latency, due, sent, done, errors, waited, flying, late}
}
