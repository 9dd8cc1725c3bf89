package sfu

import (
	"sync/atomic"

	"tablee/sfu/udp"
)

// counters are added to where things happen.
type counters struct {
	peers      atomic.Int64
	history    atomic.Int64 // bytes of all rings
	videosMost atomic.Int64 // pictures that one receiver may be sent while the machine is busy; 0 or less for any number

	received, forwarded, retransmitted, repaired atomic.Uint64
	repeats, padding                             atomic.Uint64

	badRTP, badRTCP, stray, unknownPayload, unwatched, tooLong atomic.Uint64
	keyFrames, rtxRefused, writeErrors, abuse                  atomic.Uint64
	outside                                                    atomic.Uint64
	probes, paced, pacedDropped                                atomic.Uint64
	recovered, redundant                                       atomic.Uint64
	acknowledged, reportedLost, lies, forbidden                atomic.Uint64
}

// Stats are totals since the start.
type Stats struct {
	Rooms, Connected int // Connected: participants whose media reach them

	Received      uint64 // RTP packets that came in
	Forwarded     uint64 // RTP packets that went out for the first time
	Retransmitted uint64 // sent again because a receiver asked
	Repaired      uint64 // got from a sender by asking again
	Recovered     uint64 // voices' packets that were lost on the way in and came with a later one (RED)
	Redundant     uint64 // voices' packets that went out with earlier ones (RED)
	Repeats       uint64 // dropped: had come before (browsers probe with repeats)
	Padding       uint64 // dropped: no content
	Unwatched     uint64 // dropped: nobody watches or hears it

	BadRTP, BadRTCP uint64 // dropped: malformed
	TooLong         uint64 // dropped: larger than what is forwarded
	Stray           uint64 // dropped: no known source, or far out of sequence
	UnknownPayload  uint64 // dropped: a payload type that was not negotiated
	Forbidden       uint64 // dropped: its sender may not send it, or was muted by a moderator
	KeyFrames       uint64 // key frames asked of senders
	RTXRefused      uint64 // retransmissions not sent: unknown, or over the receiver's rate
	WriteErrors     uint64
	Abuse           uint64 // participants closed for it

	VideosMost          int    // pictures that one receiver may be sent while the machine is busy; 0 or less for any number
	Uplink              int    // bit/s that all outside are sent together at most; 0 for no limit
	Outside             uint64 // bytes sent to those who are outside, as on the wire
	Probes              uint64 // packets sent to try a line
	Paced, PacedDropped uint64 // packets that waited for the host's line; that waited too long

	Acknowledged, ReportedLost uint64 // packets of which receivers say that they came, or did not

	Lies uint64 // what feedback says of packets that were never sent, or cannot be

	// Of the direct transport.
	Strangers  uint64 // dropped: from addresses that ICE has not validated
	Junk       uint64 // dropped: of no protocol that is spoken here
	Auth       uint64 // dropped: not authentic
	Replayed   uint64 // dropped: authentic, but had come before
	Crowded    uint64 // ICE and DTLS packets dropped because a participant's queue was full
	Handshakes uint64 // that failed
	Sockets    udp.Stats
	History    int64 // bytes of packets kept to repair losses
}

// Stats returns the totals.
func (e *Engine) Stats() Stats {
	c := &e.counters
	rooms, connected := e.appendRooms(nil), 0
	for _, r := range rooms {
		connected += r.connected()
	}
	s := Stats{
		Rooms: len(rooms), Connected: connected,
		Received: c.received.Load(), Forwarded: c.forwarded.Load(), Retransmitted: c.retransmitted.Load(), Repaired: c.repaired.Load(),
		Repeats: c.repeats.Load(), Padding: c.padding.Load(), Unwatched: c.unwatched.Load(),
		BadRTP: c.badRTP.Load(), BadRTCP: c.badRTCP.Load(), TooLong: c.tooLong.Load(), Stray: c.stray.Load(), UnknownPayload: c.unknownPayload.Load(),
		Forbidden: c.forbidden.Load(), KeyFrames: c.keyFrames.Load(), RTXRefused: c.rtxRefused.Load(), WriteErrors: c.writeErrors.Load(), Abuse: c.abuse.Load(),
		VideosMost: int(c.videosMost.Load()), Uplink: int(e.uplink.limit.Load()), Outside: c.outside.Load(), Probes: c.probes.Load(), Paced: c.paced.Load(), PacedDropped: c.pacedDropped.Load(),
		Acknowledged: c.acknowledged.Load(), ReportedLost: c.reportedLost.Load(), Lies: c.lies.Load(), Recovered: c.recovered.Load(), Redundant: c.redundant.Load(), History: c.history.Load(),
	}
	if e.port != nil {
		p := e.port.Counters()
		s.Strangers, s.Junk, s.Auth, s.Replayed = p.Strangers.Load(), p.Junk.Load(), p.Auth.Load(), p.Replayed.Load()
		s.BadRTP += p.Short.Load()
		s.BadRTCP += p.ShortRTCP.Load()
		s.Crowded, s.Handshakes, s.Sockets = p.Crowded.Load(), p.Handshake.Load(), e.port.Stats()
	}
	return s
}
