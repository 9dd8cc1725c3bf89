package loadtest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"tablee/loadtest/result"
)

// processUsage is what a process has used since it began.
type processUsage struct {
	pid   int
	cpu   time.Duration
	rss   uint64 // bytes, now
	cpus  int    // that it may use, 0 for unknown
	limit uint64 // of its memory in bytes, 0 for unknown
	// machine is how long all processors have been busy with anything, 0 for unknown; only of ownUsage.
	machine time.Duration
}

// usage is what is known of the server at a time.
type usage struct {
	source     string
	pid        int
	cpu        float64 // seconds, as what follows since its start
	rss, limit uint64  // bytes
	cpus       int
	goroutines int
	cycles     uint64
	pause      float64 // seconds
	mallocs    float64
	forwarded  float64 // packets, 0 for unknown
}

// Bounds of asking the server for its metrics.
const (
	metricsWithin = 500 * time.Millisecond
	metricsTries  = 3 // failures after which it is not asked any more
)

// watcher looks at the server: at its process when it runs on this machine, and at its own metrics, which it tells only
// to this machine.
type watcher struct {
	target *target
	port   uint16
	pid    int
	tries  int
	client http.Client
	rssMax uint64
}

// watchServer prepares a look at the server; the returned function ends it.
func (m *meeting) watchServer() (stop func()) {
	if m.o.DialContext != nil || !local(m.target.base.Hostname()) {
		return func() {}
	}
	port := m.target.base.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[m.target.base.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return func() {}
	}
	w := &watcher{target: m.target, port: uint16(n), tries: metricsTries, client: http.Client{Transport: &http.Transport{}}}
	m.server = w
	return w.client.CloseIdleConnections
}

// read looks now; nil when nothing can be seen.
func (w *watcher) read(ctx context.Context) *usage {
	if w == nil {
		return nil
	}
	var u usage
	var p *processUsage
	if w.pid != 0 {
		p = readProcess(w.pid)
	}
	if p == nil {
		p = findListener(w.port)
	}
	if p != nil {
		w.pid = p.pid
		u = usage{source: result.FromProcess, pid: p.pid, cpu: p.cpu.Seconds(), rss: p.rss, limit: p.limit, cpus: p.cpus}
	}
	u.add(w.metrics(ctx))
	if u.source == "" {
		return nil
	}
	w.rssMax = max(w.rssMax, u.rss)
	return &u
}

// metrics asks the server, nil when it does not answer.
func (w *watcher) metrics(ctx context.Context) metrics {
	if w.tries == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, metricsWithin)
	defer cancel()
	u := w.target.base
	u.Path = "/metrics"
	body, err := fetch(ctx, &w.client, u.String())
	if err != nil {
		w.tries--
		return nil
	}
	w.tries = metricsTries
	return parseMetrics(body)
}

// add takes over what the server says of itself: the process that listens may be one that stands before it.
func (u *usage) add(m metrics) {
	cpu, ok := m[metricCPU]
	if !ok {
		return
	}
	if u.source == "" {
		u.source = result.FromMetrics
	} else {
		u.source = result.FromBoth
	}
	u.cpu, u.rss = cpu, uint64(m[metricRSS])
	if n := int(m[metricProcs]); n > 0 {
		u.cpus = n
	}
	u.goroutines, u.pause = int(m[metricGoroutines]), m[metricPause]
	u.cycles = uint64(m[metricCycles])
	if u.cycles == 0 {
		u.cycles = uint64(m[metricCyclesOld])
	}
	u.mallocs, u.forwarded = m[metricMallocs], m[metricForwarded]
}

// since is the difference to an earlier look, over a time and for so many packets received; nil when either look saw
// nothing, or another process.
func (u *usage) since(before *usage, over time.Duration, packets uint64) *result.ServerSecond {
	if u == nil || before == nil || u.pid != before.pid || u.cpu < before.cpu || over <= 0 {
		return nil
	}
	s := &result.ServerSecond{
		CPUPercent: round2(100 * (u.cpu - before.cpu) / over.Seconds()), RSSBytes: u.rss, Goroutines: u.goroutines,
		GCCycles: u.cycles - min(u.cycles, before.cycles), GCPauseMS: round3(1000 * max(0, u.pause-before.pause)),
	}
	forwarded := float64(packets)
	if u.forwarded > before.forwarded {
		forwarded = u.forwarded - before.forwarded
	}
	if forwarded > 0 {
		s.AllocsPerPacket = round2(max(0, u.mallocs-before.mallocs) / forwarded)
	}
	return s
}

// report is the difference of two looks, as the report gives it.
func (w *watcher) report(before, after *usage, over time.Duration, packets uint64) *result.Server {
	d := after.since(before, over, packets)
	if d == nil {
		return nil
	}
	s := &result.Server{
		CPUSeconds: round3(after.cpu - before.cpu), CPUPercent: d.CPUPercent, CPUs: after.cpus, RSSBytes: after.rss,
		RSSMaxBytes: w.rssMax, MemoryLimit: after.limit, Goroutines: d.Goroutines, GCCycles: d.GCCycles,
		GCPauseMS: d.GCPauseMS, AllocsPerPacket: d.AllocsPerPacket, Source: after.source,
	}
	if packets > 0 {
		s.CPUUsPerPacket = round2(s.CPUSeconds * 1e6 / float64(packets))
	}
	return s
}

// clientReport is what this process used between two looks.
func clientReport(before, after *processUsage, over time.Duration, packets uint64) *result.Client {
	if before == nil || after == nil || over <= 0 {
		return nil
	}
	cpu := (after.cpu - before.cpu).Seconds()
	c := &result.Client{
		CPUSeconds: round3(cpu), CPUPercent: round2(100 * cpu / over.Seconds()), CPUs: after.cpus, RSSBytes: after.rss,
	}
	if before.machine > 0 {
		c.MachinePercent = round2(100 * (after.machine - before.machine).Seconds() / over.Seconds())
	}
	if packets > 0 {
		c.CPUUsPerPacket = round2(cpu * 1e6 / float64(packets))
	}
	return c
}

// local says whether a host name is this machine.
func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return true
		}
	}
	return false
}
