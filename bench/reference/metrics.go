package main

import (
	"fmt"
	"net/http"
	"runtime"
)

// metrics tells what /proc cannot, under the names of docs/metrics.md.
func metrics(w http.ResponseWriter, _ *http.Request) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprintf(w, "go_goroutines %d\n", runtime.NumGoroutine())
	fmt.Fprintf(w, "go_memstats_mallocs_total %d\n", m.Mallocs)
	fmt.Fprintf(w, "go_gc_cycles_total_gc_cycles_total %d\n", m.NumGC)
	fmt.Fprintf(w, "go_gc_duration_seconds_sum %g\n", float64(m.PauseTotalNs)/1e9)
}
