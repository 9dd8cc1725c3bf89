package loadtest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"tablee/loadtest/result"
)

func TestUsage(t *testing.T) {
	a := &usage{source: result.FromProcess, pid: 1, cpu: 1, rss: 5}
	b := &usage{source: result.FromProcess, pid: 1, cpu: 3, rss: 7, cpus: 2, limit: 9}
	w := &watcher{rssMax: 8}
	want := result.Server{CPUSeconds: 2, CPUPercent: 20, CPUs: 2, RSSBytes: 7, RSSMaxBytes: 8, MemoryLimit: 9, CPUUsPerPacket: 2000, Source: "process"}
	if s := w.report(a, b, 10*time.Second, 1000); s == nil || *s != want {
		t.Errorf("%+v", s)
	}
	if s := w.report(a, &usage{pid: 2}, time.Second, 1000); s != nil {
		t.Errorf("a restarted server: %+v", s)
	}
	if w.report(nil, b, time.Second, 1) != nil || w.report(a, nil, time.Second, 1) != nil {
		t.Error("figures of nothing")
	}
	if s := w.report(a, b, time.Second, 0); s == nil || s.CPUUsPerPacket != 0 {
		t.Errorf("without packets: %+v", s)
	}
}

func TestMetrics(t *testing.T) {
	var before, after usage
	before.add(parseMetrics([]byte("process_cpu_seconds_total 1.5\nprocess_resident_memory_bytes 1e+06\ngo_memstats_mallocs_total 100\n")))
	after.add(parseMetrics([]byte(`# HELP go_goroutines Number of goroutines.
# TYPE go_goroutines gauge
go_goroutines 90
go_gc_duration_seconds{quantile="0"} 3.2e-05
go_gc_duration_seconds_sum 0.004
go_gc_duration_seconds_count 12
go_memstats_mallocs_total 1100
go_sched_gomaxprocs_threads 4
process_cpu_seconds_total 2.5
process_resident_memory_bytes 2.5e+07
tablee_media_packets_forwarded_total 500
tablee_refused_total{code="room_full"} 3
cut
bad NaN
worse -1
`)))
	s := (&watcher{}).report(&before, &after, 2*time.Second, 400)
	want := result.Server{CPUSeconds: 1, CPUPercent: 50, CPUs: 4, RSSBytes: 25e6, CPUUsPerPacket: 2500, Goroutines: 90,
		GCCycles: 12, GCPauseMS: 4, AllocsPerPacket: 2, Source: "metrics"}
	if s == nil || *s != want {
		t.Errorf("%+v", s)
	}
}

// A server without metrics is asked three times, and one with them for ever.
func TestServersWithoutMetrics(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Path != "/metrics" || asked > 2 {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("process_cpu_seconds_total " + strconv.Itoa(asked) + "\n"))
	}))
	defer server.Close()
	target, err := parseTarget(server.URL + "/r/ab")
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{target: target, tries: metricsTries}
	defer w.client.CloseIdleConnections()
	for i := range 10 {
		u := w.read(t.Context())
		if (u != nil) != (i < 2) {
			t.Errorf("look %d: %+v", i, u)
		}
	}
	if asked != 2+metricsTries {
		t.Errorf("asked %d times", asked)
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte("go_goroutines 90\ngo_gc_duration_seconds{quantile=\"0\"} 3.2e-05\n# TYPE x gauge\n"))
	f.Add([]byte("a 1e999\nb -Inf\nc 0x1p-2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, v := range parseMetrics(b) {
			if name == "" || !(v >= 0) {
				t.Fatalf("%q is %v", name, v)
			}
		}
	})
}
