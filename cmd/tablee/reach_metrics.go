package main

import (
	"time"

	"tablee/web"
)

// metrics is what /metrics tells of how the server is reached.
func (r *reach) metrics(m *web.Metrics) {
	f := r.front.Stats()
	m.Gauge("tablee_front_connections", "TCP connections on the page's and the relay's ports.", float64(f.Open))
	m.Gauge("tablee_front_waiting", "Of them, those that have not yet shown what they are.", float64(f.Waiting))
	web.Counters(m, "tablee_front_taken_total", "TCP connections, by what they turned out to be.", "kind", f.Taken)
	web.Counters(m, "tablee_front_refused_total", "TCP connections closed before anybody answered, by reason.", "reason", f.Refused)
	if r.turn != nil {
		t, i := r.turn.Stats(), r.ice.Stats()
		m.Gauge("tablee_turn_allocations", "Relayed connections.", float64(t.Relay.Allocations))
		m.Counter("tablee_turn_packets_in_total", "Packets relayed to the media engine.", float64(t.Relay.In))
		m.Counter("tablee_turn_packets_out_total", "Packets relayed to participants.", float64(t.Relay.Out))
		web.Counters(m, "tablee_turn_packets_dropped_total", "Packets not relayed, by reason.", "reason", t.Relay.Dropped)
		m.Counter("tablee_turn_forbidden_total", "Requests to relay to somebody else than the media engine.", float64(t.Forbidden))
		m.Counter("tablee_turn_bad_credentials_total", "Requests with credentials that are none.", float64(t.BadAuth))
		m.Counter("tablee_turn_quota_total", "Relayed connections refused because there were too many.", float64(t.Quota))
		m.Gauge("tablee_ice_tcp_clients", "Participants who come by ICE over TCP.", float64(i.Clients))
		m.Counter("tablee_ice_tcp_packets_total", "Packets that came by ICE over TCP.", float64(i.Received))
		m.Counter("tablee_ice_tcp_dropped_total", "Packets to or from them that were dropped.", float64(i.Dropped))
	}
	if r.keeper == nil {
		return
	}
	var first time.Time
	warnings := 0
	for _, s := range r.keeper.Status() {
		if s.Warning != "" {
			warnings++
		}
		if !s.NotAfter.IsZero() && (first.IsZero() || s.NotAfter.Before(first)) {
			first = s.NotAfter
		}
	}
	left := 0.0
	if !first.IsZero() {
		left = time.Until(first).Seconds()
	}
	m.Gauge("tablee_certificate_expiry_seconds", "Until the first certificate expires; 0 when there is none.", left)
	m.Gauge("tablee_certificate_warnings", "Certificates that need attention; the log and `tablee doctor` say why.", float64(warnings))
}
