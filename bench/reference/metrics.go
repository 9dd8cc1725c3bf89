package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"time"
)

// metrics tells what the load test wants to know, under the names of docs/metrics.md.
func (s *server) metrics(w http.ResponseWriter, _ *http.Request) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprintf(w, "process_cpu_seconds_total %g\n", time.Duration(u.Utime.Nano()+u.Stime.Nano()).Seconds())
	fmt.Fprintf(w, "process_resident_memory_bytes %d\n", resident())
	fmt.Fprintf(w, "go_sched_gomaxprocs_threads %d\n", runtime.GOMAXPROCS(0))
	fmt.Fprintf(w, "go_goroutines %d\n", runtime.NumGoroutine())
	fmt.Fprintf(w, "go_memstats_mallocs_total %d\n", m.Mallocs)
	fmt.Fprintf(w, "go_gc_cycles_total_gc_cycles_total %d\n", m.NumGC)
	fmt.Fprintf(w, "go_gc_duration_seconds_sum %g\n", float64(m.PauseTotalNs)/1e9)
	fmt.Fprintf(w, "tablee_media_packets_forwarded_total %d\n", s.forwarded.Load())
}

// resident is the memory of this process that is in RAM, in bytes; 0 where /proc does not tell.
func resident() int {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		return 0
	}
	return pages * os.Getpagesize()
}
