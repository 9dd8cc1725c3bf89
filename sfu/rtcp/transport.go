package rtcp

import (
	"encoding/binary"
	"math/bits"
)

// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1):
//
//	sender SSRC (4) · media SSRC (4) · base sequence number (2) · status count (2) · reference time (3) · feedback count (1)
//	chunks of 2 bytes, each the statuses of a run of packets or of 7 or 14 of them · deltas of 1 or 2 bytes · padding
//
// A status says whether a packet came, and whether the delta of its arrival to the one before takes one byte or two.

// MaxStatuses is about how many packets one feedback may speak. A chunk of two bytes can name 8191 packets that did not
// come, so that the bytes do not bound the work; a sender remembers no more than this anyhow.
const MaxStatuses = 4096

// Statuses of packets (section 3.1.1).
const (
	notReceived = 0
	smallDelta  = 1
	largeDelta  = 2
)

// ChunkSize is the size of a chunk of statuses, in bytes.
const ChunkSize = 2

const (
	transportSize = 16     // of the fixed part, without the header
	vectorBit     = 0x8000 // in a chunk: a vector of statuses, not a run
	twoBits       = 0x4000 // in a vector: of 7 statuses of two bits, not of 14 of one
	maxRun        = 0x1fff
)

// TransportFeedback is a view of transport-wide congestion control feedback.
type TransportFeedback struct{ body []byte }

// SenderSSRC returns who reports.
func (f TransportFeedback) SenderSSRC() uint32 { return binary.BigEndian.Uint32(f.body) }

// MediaSSRC returns one of the streams that it is about; it means nothing, as the feedback is about the transport.
func (f TransportFeedback) MediaSSRC() uint32 { return binary.BigEndian.Uint32(f.body[4:]) }

// Base returns the sequence number of the first status.
func (f TransportFeedback) Base() uint16 { return binary.BigEndian.Uint16(f.body[8:]) }

// Len returns the number of statuses.
func (f TransportFeedback) Len() int { return int(binary.BigEndian.Uint16(f.body[10:])) }

// Reference returns the reference time in units of 64 ms, modulo 2^24.
func (f TransportFeedback) Reference() uint32 { return binary.BigEndian.Uint32(f.body[12:]) >> 8 }

// Count returns the number of the feedback, modulo 2^8.
func (f TransportFeedback) Count() uint8 { return f.body[15] }

// check walks over the chunks, and holds the deltas that they need against those that are there.
func (f TransportFeedback) check() error {
	if len(f.body) < transportSize {
		return ErrBody
	}
	left := f.Len()
	if left > MaxStatuses {
		return ErrStatuses
	}
	rest, need := f.body[transportSize:], 0
	for left > 0 {
		if len(rest) < ChunkSize {
			return ErrBody
		}
		packets, deltas := weigh(binary.BigEndian.Uint16(rest), left)
		left -= packets
		need += deltas
		rest = rest[ChunkSize:]
	}
	if len(rest) < need {
		return ErrBody
	}
	return nil
}

// weigh returns how many of the left packets a chunk is about, and how many bytes of deltas they have.
func weigh(chunk uint16, left int) (packets, deltas int) {
	switch {
	case chunk&vectorBit == 0:
		packets = min(int(chunk&maxRun), left)
		if status := int(chunk >> 13); status <= largeDelta {
			deltas = packets * status
		}
	case chunk&twoBits == 0:
		packets = min(14, left)
		deltas = bits.OnesCount16(chunk & 0x3fff >> (14 - packets))
	default:
		packets = min(7, left)
		v := chunk & 0x3fff >> (14 - 2*packets)
		low, high := v&0x1555, v>>1&0x1555
		deltas = bits.OnesCount16(low&^high) + 2*bits.OnesCount16(high&^low)
	}
	return packets, deltas
}

// Status is what feedback says about one packet.
type Status struct {
	Seq      uint16
	Received bool
	// Arrival is when the packet came by the receiver's clock, in units of 250 µs, modulo 2^32: the reference time and
	// all deltas up to this one.
	Arrival uint32
}

// Statuses walks over the statuses of a feedback, in the order of the sequence numbers.
type Statuses struct {
	chunks, deltas []byte
	left           int
	chunk          uint16
	inChunk        int // statuses left in the chunk
	seq            uint16
	arrival        uint32
}

// Statuses begins a walk.
func (f TransportFeedback) Statuses() Statuses {
	s := Statuses{chunks: f.body[transportSize:], left: f.Len(), seq: f.Base(), arrival: f.Reference() << 8}
	s.deltas = s.chunks
	for left := s.left; left > 0; s.deltas = s.deltas[ChunkSize:] {
		packets, _ := weigh(binary.BigEndian.Uint16(s.deltas), left)
		left -= packets
	}
	return s
}

// Next returns the next status, and false at the end.
func (s *Statuses) Next() (Status, bool) {
	if s.left == 0 {
		return Status{}, false
	}
	for s.inChunk == 0 { // a run may be empty
		s.chunk = binary.BigEndian.Uint16(s.chunks)
		s.inChunk, _ = weigh(s.chunk, s.left)
		s.chunks = s.chunks[ChunkSize:]
	}
	var status uint16
	switch { // the statuses of a vector are shifted out to the left
	case s.chunk&vectorBit == 0:
		status = s.chunk >> 13
	case s.chunk&twoBits == 0:
		status = s.chunk >> 13 & 1
		s.chunk = vectorBit | s.chunk<<1&0x3fff
	default:
		status = s.chunk >> 12 & 3
		s.chunk = vectorBit | twoBits | s.chunk<<2&0x3fff
	}
	s.left--
	s.inChunk--
	return s.status(status), true
}

// status reads the delta of the next packet, if its status has one. The reserved status has none.
func (s *Statuses) status(status uint16) Status {
	st := Status{Seq: s.seq}
	s.seq++
	switch status {
	case smallDelta:
		s.arrival += uint32(s.deltas[0])
		s.deltas = s.deltas[1:]
	case largeDelta:
		s.arrival += uint32(int32(int16(binary.BigEndian.Uint16(s.deltas))))
		s.deltas = s.deltas[2:]
	default:
		return st
	}
	st.Received, st.Arrival = true, s.arrival
	return st
}
