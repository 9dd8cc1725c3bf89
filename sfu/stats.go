package sfu

import "sync/atomic"

// counters are added to where things happen.
type counters struct {
	peers atomic.Int64

	received, forwarded, retransmitted, repaired atomic.Uint64
	repeats, padding                             atomic.Uint64

	badRTP, badRTCP, stray, unknownPayload, unwatched, tooLong atomic.Uint64
	keyFrames, rtxRefused, writeErrors, abuse                  atomic.Uint64
	acknowledged, reportedLost                                 atomic.Uint64
}

// Stats are totals since the start.
type Stats struct {
	Rooms, Peers int

	Received      uint64 // RTP packets that came in
	Forwarded     uint64 // RTP packets that went out for the first time
	Retransmitted uint64 // sent again because a receiver asked
	Repaired      uint64 // got from a sender by asking again
	Repeats       uint64 // dropped: had come before (browsers probe with repeats)
	Padding       uint64 // dropped: no content
	Unwatched     uint64 // dropped: nobody watches or hears it

	BadRTP, BadRTCP uint64 // dropped: malformed
	Stray           uint64 // dropped: no known source, or far out of sequence
	UnknownPayload  uint64 // dropped: a payload type that was not negotiated
	KeyFrames       uint64 // key frames asked of senders
	RTXRefused      uint64 // retransmissions not sent: unknown, or over the receiver's rate
	WriteErrors     uint64
	Abuse           uint64 // participants closed for it
}

// Stats returns the totals.
func (e *Engine) Stats() Stats {
	c := &e.counters
	e.mu.Lock()
	rooms := len(e.rooms)
	e.mu.Unlock()
	return Stats{
		Rooms: rooms, Peers: int(c.peers.Load()),
		Received: c.received.Load(), Forwarded: c.forwarded.Load(), Retransmitted: c.retransmitted.Load(), Repaired: c.repaired.Load(),
		Repeats: c.repeats.Load(), Padding: c.padding.Load(), Unwatched: c.unwatched.Load(),
		BadRTP: c.badRTP.Load(), BadRTCP: c.badRTCP.Load(), Stray: c.stray.Load(), UnknownPayload: c.unknownPayload.Load(),
		KeyFrames: c.keyFrames.Load(), RTXRefused: c.rtxRefused.Load(), WriteErrors: c.writeErrors.Load(), Abuse: c.abuse.Load(),
	}
}
