package main

import (
	"tablee/room"
	"tablee/sfu/udp"
	"tablee/web"
)

// metrics is what /metrics tells of the meetings; docs/metrics.md lists it. Nothing in it is about anybody: no room, no
// name, no address, only sums.
func (s *server) metrics(m *web.Metrics) {
	m.Info("tablee_info", "The version of Tablée.", "version", versionName())
	m.Info("tablee_media_path", "The way that packets take through the system.", "path", s.engine.Mode())
	s.mediaMetrics(m)
	s.signalingMetrics(m)
	s.filesMetrics(m)
	s.padMetrics(m)
	s.mirrorMetrics(m)
	s.reach.metrics(m)
	j := s.joins.Stats()
	m.Counter("tablee_join_tokens_accepted_total", "Join tokens that let somebody in.", float64(j.Accepted))
	web.Counters(m, "tablee_join_tokens_refused_total", "Join tokens that let nobody in, by reason.", "reason", j.Refused)
	w := s.webhooks.Stats()
	m.Gauge("tablee_webhooks_waiting", "Messages that webhooks are still to be told.", float64(w.Waiting))
	m.Counter("tablee_webhooks_delivered_total", "Messages that webhooks took.", float64(w.Delivered))
	web.Counters(m, "tablee_webhooks_failed_total", "Tries to tell a webhook that failed, by reason.", "reason", w.Failed)
	web.Counters(m, "tablee_webhooks_dropped_total", "Messages that a webhook was never told, by reason.", "reason", w.Dropped)
}

func (s *server) mediaMetrics(m *web.Metrics) {
	e := s.engine.Stats()
	m.Gauge("tablee_media_participants", "Participants whose media are connected.", float64(e.Connected))
	for _, c := range []struct {
		name, help string
		value      uint64
	}{
		{"received", "RTP packets that came in.", e.Received},
		{"forwarded", "RTP packets that went out for the first time, once for each receiver.", e.Forwarded},
		{"retransmitted", "RTP packets sent again because a receiver asked.", e.Retransmitted},
		{"repaired", "RTP packets got from a sender by asking again.", e.Repaired},
	} {
		m.Counter("tablee_media_packets_"+c.name+"_total", c.help, float64(c.value))
	}
	web.Counters(m, "tablee_media_packets_dropped_total", "Packets that were not forwarded, by reason.", "reason",
		map[string]int64{
			"repeat": int64(e.Repeats), "padding": int64(e.Padding), "unwatched": int64(e.Unwatched),
			"bad_rtp": int64(e.BadRTP), "bad_rtcp": int64(e.BadRTCP), "stray": int64(e.Stray), "forbidden": int64(e.Forbidden),
			"unknown_payload": int64(e.UnknownPayload), "too_long": int64(e.TooLong), "unknown_address": int64(e.Strangers), "junk": int64(e.Junk),
			"unauthentic": int64(e.Auth), "replay": int64(e.Replayed), "handshake_queue": int64(e.Crowded),
			"oversized": int64(e.Sockets.Truncated), "bad_feedback": int64(e.Lies),
		})
	web.Counters(m, "tablee_media_backlog_dropped_total", "Packets dropped because the network could not take them, by class.", "class",
		map[string]int64{
			"video": int64(e.Sockets.Dropped[udp.Video]), "audio": int64(e.Sockets.Dropped[udp.Audio]), "control": int64(e.Sockets.Dropped[udp.Control]),
		})
	m.Counter("tablee_media_key_frames_asked_total", "Key frames asked of senders.", float64(e.KeyFrames))
	m.Counter("tablee_media_retransmissions_refused_total", "Retransmissions not sent: unknown, or over the receiver's rate.",
		float64(e.RTXRefused))
	m.Counter("tablee_media_voice_packets_recovered_total", "Packets of voices that were lost on the way in and came with a later one (RED).", float64(e.Recovered))
	m.Counter("tablee_media_voice_packets_redundant_total", "Packets of voices that went out with earlier ones (RED).", float64(e.Redundant))
	m.Counter("tablee_media_packets_acknowledged_total", "Packets of which their receiver says that they came.", float64(e.Acknowledged))
	m.Counter("tablee_media_packets_lost_total", "Packets of which their receiver says that they did not come (yet).", float64(e.ReportedLost))
	m.Counter("tablee_media_handshakes_failed_total", "DTLS handshakes that failed.", float64(e.Handshakes))
	m.Gauge("tablee_media_history_bytes", "Memory of packets that are kept to repair losses.", float64(e.History))
	m.Gauge("tablee_media_backlog", "Packets that wait because the network could not take them at once.", float64(e.Sockets.Backlog))
	m.Counter("tablee_media_socket_reads_total", "System calls that brought packets.", float64(e.Sockets.ReceiveCalls))
	m.Counter("tablee_media_socket_writes_total", "System calls that sent packets.", float64(e.Sockets.SendCalls))
	m.Counter("tablee_media_socket_segments_total", "Packets that were sent several at a time (UDP_SEGMENT).", float64(e.Sockets.GSOSegments))
	m.Counter("tablee_media_write_errors_total", "Packets that could not be sent.", float64(e.WriteErrors+e.Sockets.SendErrors))
	m.Counter("tablee_media_abuse_total", "Participants whose media was closed for abuse.", float64(e.Abuse))
}

func (s *server) signalingMetrics(m *web.Metrics) {
	h, pages, conns := s.hub.Stats(), s.pages.Stats(), s.web.Connections()
	m.Gauge("tablee_rooms", "Rooms in which somebody is.", float64(h.Rooms))
	m.Gauge("tablee_participants", "Seats taken, by those who are away for a moment too.", float64(h.Members))
	m.Gauge("tablee_websockets", "Open WebSockets.", float64(h.Conns))
	m.Counter("tablee_websockets_slow_total", "WebSockets closed because they were read too slowly.", float64(h.Slow))
	m.Gauge("tablee_connections", "Open TCP connections, WebSockets too.", float64(conns.Open))
	m.Counter("tablee_connections_refused_total", "TCP connections refused because there were too many.", float64(conns.Refused))
	refused := map[room.Code]int64{}
	for _, code := range room.Codes() {
		refused[code] = h.Refused[code] + pages.Refused[code]
	}
	web.Counters(m, "tablee_refused_total", "Messages and requests refused, by the protocol's error code.", "code", refused)
	m.Counter("tablee_panics_total", "Answers broken off by a bug in Tablée.", float64(pages.Panics))
}
