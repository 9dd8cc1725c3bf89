package web

import (
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics takes the figures of one scrape. They are read where they are counted, in atomics of the parts themselves, when
// somebody asks: counting costs nothing that Prometheus' library would add. The zero value is empty and ready.
type Metrics struct{ list []prometheus.Metric }

// Counter adds a figure that only rises; its name ends in _total.
func (m *Metrics) Counter(name, help string, value float64) {
	m.add(prometheus.CounterValue, name, help, value, nil)
}

// Gauge adds a figure that rises and falls.
func (m *Metrics) Gauge(name, help string, value float64) {
	m.add(prometheus.GaugeValue, name, help, value, nil)
}

// Counters adds one counter for each value of a label. The values must be ours: never a name, an address or a room.
func Counters[K ~string](m *Metrics, name, help, label string, values map[K]int64) {
	for k, n := range values {
		m.add(prometheus.CounterValue, name, help, float64(n), []string{label}, string(k))
	}
}

// Info adds a gauge of 1 that carries a word, such as a version.
func (m *Metrics) Info(name, help, label, word string) {
	m.add(prometheus.GaugeValue, name, help, 1, []string{label}, word)
}

// add makes one sample. A name that Prometheus does not know for one is a bug of ours, and panics.
func (m *Metrics) add(kind prometheus.ValueType, name, help string, value float64, labels []string, words ...string) {
	m.list = append(m.list, prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, labels, nil), kind, value, words...))
}

// scrape asks fill for its figures each time. It implements prometheus.Collector.
type scrape struct{ fill func(*Metrics) }

// Describe says nothing beforehand: what is told depends on how the server is set up.
func (s scrape) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s scrape) Collect(out chan<- prometheus.Metric) {
	var m Metrics
	s.fill(&m)
	for _, x := range m.list {
		out <- x
	}
}

// newRegistry is what /metrics tells: fill's figures, the Go runtime's and the process's.
func newRegistry(fill func(*Metrics)) *prometheus.Registry {
	r := prometheus.NewRegistry()
	cycles := regexp.MustCompile(`^/gc/cycles/total:gc-cycles$`) // which the library does not tell by itself
	r.MustRegister(scrape{fill}, collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.GoRuntimeMetricsRule{Matcher: cycles})),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}
