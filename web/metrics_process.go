package web

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// What the Go runtime and the kernel say about this process, under the names that Prometheus' own collectors use, so that
// ready-made dashboards fit. Nothing here stops the world.

// figure is one of the runtime's own.
type figure struct {
	name, help string
	counter    bool
	of         []string // summed
}

// errFigure is a figure that this Go does not have.
var errFigure = errors.New("unknown to the runtime")

// read asks the runtime.
func (f figure) read() (sum float64, err error) {
	for _, name := range f.of {
		s := []metrics.Sample{{Name: name}}
		metrics.Read(s)
		if s[0].Value.Kind() != metrics.KindUint64 {
			return 0, fmt.Errorf("%w: %s", errFigure, name)
		}
		sum += float64(s[0].Value.Uint64())
	}
	return sum, nil
}

// runtimeFigures are in the order in which they are told.
func runtimeFigures() []figure {
	const objects, tiny = "/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"
	return []figure{
		{name: "go_goroutines", help: "Goroutines that there are.", of: []string{"/sched/goroutines:goroutines"}},
		{name: "go_sched_gomaxprocs_threads", help: "Goroutines that may run at once.", of: []string{"/sched/gomaxprocs:threads"}},
		{name: "go_gc_cycles_total_gc_cycles_total", help: "Garbage collections.", counter: true,
			of: []string{"/gc/cycles/total:gc-cycles"}},
		{name: "go_gc_gomemlimit_bytes", help: "The memory limit that the garbage collector keeps to (GOMEMLIMIT).",
			of: []string{"/gc/gomemlimit:bytes"}},
		{name: "go_memstats_mallocs_total", help: "Objects allocated, tiny ones too.", counter: true, of: []string{objects, tiny}},
		{name: "go_memstats_frees_total", help: "Objects freed.", counter: true, of: []string{"/gc/heap/frees:objects", tiny}},
		{name: "go_memstats_alloc_bytes_total", help: "Bytes allocated, freed ones too.", counter: true,
			of: []string{"/gc/heap/allocs:bytes"}},
		{name: "go_memstats_heap_alloc_bytes", help: "Bytes of objects on the heap, dead ones that are not yet swept too.",
			of: []string{"/memory/classes/heap/objects:bytes"}},
		{name: "go_memstats_heap_objects", help: "Objects on the heap.", of: []string{"/gc/heap/objects:objects"}},
		{name: "go_memstats_next_gc_bytes", help: "The size of the heap at which the next garbage collection ends.",
			of: []string{"/gc/heap/goal:bytes"}},
		{name: "go_memstats_stack_inuse_bytes", help: "Bytes of stacks.", of: []string{"/memory/classes/heap/stacks:bytes"}},
		{name: "go_memstats_sys_bytes", help: "Bytes that the Go runtime has from the system.", of: []string{"/memory/classes/total:bytes"}},
	}
}

// process adds the figures of this process.
func (m *Metrics) process() {
	m.Info("go_info", "The version of Go.", "version", runtime.Version())
	for _, f := range runtimeFigures() {
		value, err := f.read()
		switch {
		case err != nil: // a Go that no longer has it
		case f.counter:
			m.Counter(f.name, f.help, value)
		default:
			m.Gauge(f.name, f.help, value)
		}
	}
	m.pauses()
	if cpu, ok := cpuSeconds(); ok {
		m.Counter("process_cpu_seconds_total", "CPU time, user and system, in seconds.", cpu)
	}
	if rss, ok := residentBytes(); ok {
		m.Gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.", rss)
	}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		m.Gauge("process_open_fds", "Open files and sockets.", float64(len(fds)-1)) // one is this reading's
	}
}

// quantiles are the five that debug.ReadGCStats gives: least, quarters, most.
func quantiles() []string { return []string{"0", "0.25", "0.5", "0.75", "1"} }

// pauses adds how long garbage collections stopped everything.
func (m *Metrics) pauses() {
	const name = "go_gc_duration_seconds"
	s := debug.GCStats{PauseQuantiles: make([]time.Duration, len(quantiles()))}
	debug.ReadGCStats(&s)
	m.family(name, "summary", "How long garbage collections stopped everything, in seconds.")
	for i, q := range quantiles() {
		m.sample(name, "quantile", q, s.PauseQuantiles[i].Seconds())
	}
	m.sample(name+"_sum", "", "", s.PauseTotal.Seconds())
	m.sample(name+"_count", "", "", float64(s.NumGC))
}

// Usage is the CPU time in seconds and the memory in bytes that this process takes; 0 where the system does not tell.
func Usage() (cpu, memory float64) {
	cpu, _ = cpuSeconds()
	memory, _ = residentBytes()
	return cpu, memory
}

// residentBytes reads /proc; ok is false where there is none.
func residentBytes() (bytes float64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(f[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err == nil
}
