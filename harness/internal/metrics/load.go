package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Load is how a load run stands. While it runs only Name, Intended and
// Running are set: what it asks of the system is told by the edges' own
// series, with seam_phase="load".
type Load struct {
	Name     string
	Running  bool
	Valid    bool
	Intended float64 // requests per second; 0 in the closed model
	Achieved float64
	Requests int64
	Errors   map[string]int64 // by class

	Latency, Service, Schedule Times

	Objectives map[string]bool // text of the objective: whether it was reached
}

// Times of the requests of a load run.
type Times struct {
	Mean      time.Duration
	Quantiles map[float64]time.Duration
}

// Load tells how a run stands; a later one of the same name takes its place.
func (m *Metrics) Load(l Load) { m.loads.set(l) }

// loads collects what load runs showed. Their number is that of seam.yaml.
type loads struct {
	mu  *sync.Mutex
	all map[string]Load // guarded by mu; by name

	running, valid, intended, achieved, reached *prometheus.Desc // gauges
	requests, errors                            *prometheus.Desc // counters
	latency, service, schedule                  *prometheus.Desc // summaries
}

func newLoads() loads {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("seam_load_"+name, help, append([]string{"load"}, labels...), nil)
	}
	return loads{
		mu: &sync.Mutex{}, all: map[string]Load{},
		running:  desc("running", "1 while the load runs, 0 after it."),
		valid:    desc("valid", "1 where the figures of the load can be trusted: the schedule was kept."),
		intended: desc("intended_requests_per_second", "What the load asks for; 0 in the closed model."),
		achieved: desc("achieved_requests_per_second", "What it reached, the warm-up left out."),
		reached:  desc("objective_reached", "1 where the load reached the objective.", "objective"),
		requests: desc("requests_total", "Requests that were due after the warm-up."),
		errors:   desc("errors_total", "Requests that failed, by what went wrong.", "class"),
		latency:  desc("latency_seconds", "Latency from when each request was due."),
		service:  desc("service_seconds", "Latency from when each request was sent."),
		schedule: desc("schedule_error_seconds", "How late requests were sent."),
	}
}

func (l loads) set(load Load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[load.Name] = load
}

// Describe is for prometheus.Collector.
func (l loads) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		l.running, l.valid, l.intended, l.achieved, l.reached, l.requests, l.errors, l.latency, l.service, l.schedule,
	} {
		to <- d
	}
}

// Collect is for prometheus.Collector.
func (l loads) Collect(to chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, load := range l.all {
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{valid(load.Name)}, labels...)...)
		}
		gauge(l.running, number(load.Running))
		gauge(l.intended, load.Intended)
		if load.Running {
			continue
		}
		gauge(l.valid, number(load.Valid))
		gauge(l.achieved, load.Achieved)
		for text, reached := range load.Objectives {
			gauge(l.reached, number(reached), valid(text))
		}
		to <- prometheus.MustNewConstMetric(l.requests, prometheus.CounterValue, float64(load.Requests), valid(load.Name))
		for class, count := range load.Errors {
			to <- prometheus.MustNewConstMetric(l.errors, prometheus.CounterValue, float64(count), valid(load.Name), valid(class))
		}
		to <- load.summary(l.latency, load.Latency)
		to <- load.summary(l.service, load.Service)
		to <- load.summary(l.schedule, load.Schedule)
	}
}

func (l Load) summary(d *prometheus.Desc, t Times) prometheus.Metric {
	quantiles := map[float64]float64{}
	for q, v := range t.Quantiles {
		quantiles[q] = v.Seconds()
	}
	return prometheus.MustNewConstSummary(d, uint64(max(l.Requests, 0)), t.Mean.Seconds()*float64(l.Requests), quantiles, valid(l.Name))
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
