package main

import "tablee/web"

// padMetrics tells of the pads: sums only, as metrics does.
func (s *server) padMetrics(m *web.Metrics) {
	p := s.pads.Stats()
	m.Gauge("tablee_pads_open", "Pads in memory.", float64(p.Open))
	m.Gauge("tablee_pads_connections", "Open WebSockets of pads.", float64(p.Conns))
	m.Gauge("tablee_pads_waiting", "Pads of which something waits for the next commit.", float64(p.Waiting))
	m.Counter("tablee_pads_updates_total", "Updates that were taken and passed on.", float64(p.Taken))
	web.Counters(m, "tablee_pads_updates_dropped_total", "Updates and messages that were not taken, by reason.", "reason", map[string]int64{
		"nothing_new": p.Nothing, "gap": p.Gaps, "forbidden": p.Denied, "malformed": p.Malformed, "too_big": p.TooBig,
	})
	m.Counter("tablee_pads_slow_total", "WebSockets of pads closed because they were read too slowly.", float64(p.Slow))
	m.Counter("tablee_pads_commits_total", "Transactions that stored pads, each with one fsync.", float64(p.Commits))
	m.Counter("tablee_pads_commits_failed_total", "Those of them that the disk refused.", float64(p.Failed))
	m.Counter("tablee_pads_steps_total", "Steps of history that were stored.", float64(p.Steps))
	m.Counter("tablee_pads_bytes_total", "Bytes of those steps.", float64(p.Bytes))
}
