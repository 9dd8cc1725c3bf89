package loadtest

import "time"

// Times of edge, in nanoseconds.
const (
	// restartAfter is the silence after which a key frame begins a new stream of the same source.
	restartAfter = int64(500 * time.Millisecond)
	// catchUpMost is the longest that a slot is believed to be catching up: the server replays 1.5 s of the past at most.
	catchUpMost = int64(3 * time.Second)
)

// edge says whether what a slot receives is the live edge of its source. A server that turns a slot to another source
// or layer first replays what came since the last key frame, so that a picture shows at once; those packets are old
// when they are sent, which is no latency of the network.
//
// A slot has caught up when a frame comes that was published after the slot turned, at the pace of publishing: no
// sooner after the one before than half the time that lay between them at the publisher.
type edge struct {
	source uint32
	layer  uint8
	since  int64 // arrival of the first packet of this source in this layer
	keyAt  int64 // arrival of the last key frame's first packet
	lastAt int64 // arrival of the last packet
	live   bool

	sent, came int64 // of the last stamped packet since, 0 for none
}

// packet takes note of any packet.
func (e *edge) packet(source uint32, key bool, now int64) {
	if source != e.source || key && now-e.lastAt > restartAfter {
		*e = edge{source: source, since: now}
	}
	if key {
		e.keyAt = now
	}
	e.lastAt = now
}

// stamped takes note of the packet that ends a frame and says whether it is live.
func (e *edge) stamped(layer uint8, sent, now int64) bool {
	if layer != e.layer {
		if e.layer != 0 { // it began with the last key frame, whose layer was not known yet
			e.since, e.live, e.sent = e.keyAt, false, 0
		}
		e.layer = layer
	}
	paced := e.sent == 0 || now-e.came >= (sent-e.sent)/2
	if !e.live && (sent >= e.since && paced || now-e.since > catchUpMost) {
		e.live = true
	}
	e.sent, e.came = sent, now
	return e.live
}
