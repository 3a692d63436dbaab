package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// A Figure is read at each scrape, from whoever keeps it.
type Figure struct {
	Name, Help string
	Counter    bool // it only grows; else it is a gauge
	Labels     []string

	// Read calls emit for each series, with a value for each label; these must
	// be bounded in number. What has the same labels is added up.
	Read func(emit func(value float64, labels ...string))
}

// Add registers figures. It panics where a name is taken or malformed, as
// that is a fault of the program.
func (m *Metrics) Add(figures ...Figure) {
	for _, f := range figures {
		m.registry.MustRegister(&figure{f, prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)})
	}
}

type figure struct {
	Figure
	desc *prometheus.Desc
}

// Describe is for prometheus.Collector.
func (f *figure) Describe(to chan<- *prometheus.Desc) { to <- f.desc }

// Collect is for prometheus.Collector.
func (f *figure) Collect(to chan<- prometheus.Metric) {
	kind := prometheus.GaugeValue
	if f.Counter {
		kind = prometheus.CounterValue
	}
	sums := map[string]float64{}
	series := map[string][]string{}
	f.Read(func(value float64, labels ...string) {
		for i := range labels {
			labels[i] = valid(labels[i])
		}
		id := strings.Join(labels, "\x00")
		sums[id] += value
		series[id] = labels
	})
	for id, labels := range series {
		to <- prometheus.MustNewConstMetric(f.desc, kind, sums[id], labels...)
	}
}
