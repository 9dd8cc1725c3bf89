package twcc

import (
	"math"

	"tablee/sfu/rtcp"
)

// A packet's way through the ring:
//
//  1. Sent gives it the next number and notes when, how large and what it was, over the packet Size numbers before.
//  2. Feedback that says it did not come yields it once, as lost.
//  3. Feedback that says it came yields it once, as received, whether it was lost before or not.

// Size is how many packets are remembered: a round trip of 1.4 s at the 700 packets/s of a meeting of 15, of half a second at 2000.
const Size = 1024

// maxSkew is how far, in nanoseconds, an arrival time may lie from what the feedback before lets expect. The rest is a
// clock that jumped, or a lie. The longest queue that Size can span is shorter.
const maxSkew = 10_000_000_000

// What is known of a packet.
const (
	never uint8 = iota // not sent yet
	sent
	lost
	received
)

// record is 16 bytes: 16 KB for each participant.
type record struct {
	at    int64
	size  uint16
	kind  uint8
	state uint8
}

// Ack is what feedback says about one packet.
type Ack struct {
	SentAt int64
	// ArrivedAt is by the receiver's clock, in nanoseconds; only differences of it mean anything. 0 when it did not come.
	ArrivedAt int64
	Seq       uint16
	Size      uint16
	Kind      uint8 // what Sent was told
	Received  bool
	WasLost   bool // received, but an earlier Ack said that it was not
}

// Stats counts packets and statuses since the beginning.
type Stats struct {
	Sent      uint64
	Received  uint64 // acknowledged
	Lost      uint64 // reported as lost, whether they came later or not
	Recovered uint64 // received after they were reported as lost
	Forgotten uint64 // of which no feedback spoke while they were remembered
	Repeated  uint64 // statuses of packets that were acknowledged before
	Unknown   uint64 // statuses of packets that were never sent, or are no longer remembered
	Absurd    uint64 // statuses with an arrival time that cannot be
	Jumps     uint64 // of the receiver's clock
}

// Ring remembers the packets that were sent to one participant. The zero value is ready.
type Ring struct {
	records [Size]record
	next    int64 // position of the next packet; its low 16 bits are the sequence number
	clock   clock
	stats   Stats
}

// Sent gives a packet its transport-wide sequence number. size is in bytes; kind is the caller's.
func (r *Ring) Sent(now int64, size int, kind uint8) (seq uint16) {
	rec := &r.records[uint(r.next)%Size]
	if rec.state == sent {
		r.stats.Forgotten++
	}
	rec.at, rec.size, rec.kind, rec.state = now, uint16(min(max(size, 0), math.MaxUint16)), kind, sent
	r.stats.Sent++
	seq = uint16(r.next)
	r.next++
	return seq
}

// Stats returns the counters.
func (r *Ring) Stats() Stats { return r.stats }

// find returns what is remembered of a packet, nil when it is nothing.
func (r *Ring) find(seq uint16) *record {
	behind := uint16(r.next) - 1 - seq // of the newest
	if behind >= Size {
		return nil
	}
	if rec := &r.records[seq%Size]; rec.state != never {
		return rec
	}
	return nil
}

// Feedback appends to dst what the feedback says that was not known, in the order of the sequence numbers: at most Size
// packets.
func (r *Ring) Feedback(f rtcp.TransportFeedback, now int64, dst []Ack) []Ack {
	s := f.Statuses()
	first := true
	for st, ok := s.Next(); ok; st, ok = s.Next() {
		rec := r.find(st.Seq)
		switch {
		case rec == nil:
			r.stats.Unknown++
			continue
		case !st.Received:
			if rec.state == sent {
				rec.state = lost
				r.stats.Lost++
				dst = append(dst, Ack{SentAt: rec.at, Seq: st.Seq, Size: rec.size, Kind: rec.kind})
			}
			continue
		case rec.state == received:
			r.stats.Repeated++
			continue
		}
		if first {
			first = false
			if r.clock.follow(st.Arrival, now) {
				r.stats.Jumps++
			}
		}
		arrived, ok := r.clock.read(st.Arrival, now)
		if !ok {
			r.stats.Absurd++
			continue
		}
		was := rec.state == lost
		rec.state = received
		r.stats.Received++
		if was {
			r.stats.Recovered++
		}
		dst = append(dst, Ack{SentAt: rec.at, ArrivedAt: arrived, Seq: st.Seq, Size: rec.size, Kind: rec.kind, Received: true, WasLost: was})
	}
	return dst
}

// clock turns the arrival times of feedback, 32 bits of units, into nanoseconds that never wrap.
type clock struct {
	at      int64 // our time when the feedback came that the other two are of
	arrived int64
	units   uint32
	started bool
}

// read returns an arrival time, and false when it is too far from what the clock should show.
func (c *clock) read(units uint32, now int64) (arrived int64, ok bool) {
	arrived = c.arrived + int64(int32(units-c.units))*unit
	off := arrived - c.arrived - (now - c.at)
	return arrived, off <= maxSkew && off >= -maxSkew
}

// follow sets the clock by the first arrival of a feedback. One that jumped goes on from where it should be, so that a
// receiver which slept, or lies, moves times by no more than maxSkew.
func (c *clock) follow(units uint32, now int64) (jumped bool) {
	if !c.started {
		*c = clock{at: now, arrived: int64(units) * unit, units: units, started: true}
		return false
	}
	arrived, ok := c.read(units, now)
	if !ok {
		arrived = c.arrived + now - c.at
	}
	*c = clock{at: now, arrived: arrived, units: units, started: true}
	return !ok
}
