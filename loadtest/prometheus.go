package loadtest

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// Names of the server's metrics.
const (
	metricCPU        = "process_cpu_seconds_total"
	metricRSS        = "process_resident_memory_bytes"
	metricGoroutines = "go_goroutines"
	metricProcs      = "go_sched_gomaxprocs_threads"
	metricCycles     = "go_gc_cycles_total_gc_cycles_total"
	metricCyclesOld  = "go_gc_duration_seconds_count"
	metricPause      = "go_gc_duration_seconds_sum"
	metricMallocs    = "go_memstats_mallocs_total"
	metricForwarded  = "tablee_media_packets_forwarded_total"
)

// metrics are the values of a text in Prometheus' exposition format, by name; those with labels are left out.
type metrics map[string]float64

// parseMetrics reads what it can of a text: a line that is not a sample is left out.
func parseMetrics(text []byte) metrics {
	m := make(metrics)
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 2 || strings.HasPrefix(f[0], "#") || strings.Contains(f[0], "{") {
			continue
		}
		if v, err := strconv.ParseFloat(f[1], 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) && v >= 0 {
			m[f[0]] = v
		}
	}
	return m
}
