package rtcp

import (
	"encoding/binary"
	"math"
)

// Lost stands for the delta of a packet that did not come.
const Lost Delta = math.MinInt32

// Limits of what a delta can say, in units of 250 µs: 8.2 s either way.
const (
	MinDelta Delta = math.MinInt16
	MaxDelta Delta = math.MaxInt16
)

// Delta is how long after the packet before a packet came, in units of 250 µs, or Lost. The first to come counts from the
// reference time.
type Delta int32

// status returns how a packet is reported.
func (d Delta) status() uint16 {
	switch {
	case d == Lost:
		return notReceived
	case d >= 0 && d <= math.MaxUint8:
		return smallDelta
	default:
		return largeDelta
	}
}

// Size returns how many bytes a delta takes.
func (d Delta) Size() int { return int(d.status()) }

// FeedbackInfo is what transport-wide congestion control feedback begins with.
type FeedbackInfo struct {
	SenderSSRC, MediaSSRC uint32
	Base                  uint16 // sequence number of the first packet
	Reference             uint32 // in units of 64 ms, modulo 2^24
	Count                 uint8  // of feedback packets so far, modulo 2^8
}

// FeedbackBound returns the size that a feedback packet has at most, for this many packets and bytes of deltas.
func FeedbackBound(packets, deltas int) int {
	chunks := packets/7 + 1 // each but the last is about seven packets or more
	return headerSize + transportSize + chunks*ChunkSize + deltas + 3
}

// AppendTransportFeedback appends transport-wide congestion control feedback about the packets from info.Base on: at
// least one, at most MaxStatuses. Deltas other than Lost must lie between MinDelta and MaxDelta.
func AppendTransportFeedback(dst []byte, info FeedbackInfo, deltas []Delta) []byte {
	start := len(dst)
	dst = beginFeedback(dst, typeRTPFeedback, formatTransport, info.SenderSSRC, info.MediaSSRC)
	dst = binary.BigEndian.AppendUint16(dst, info.Base)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(deltas)))
	dst = binary.BigEndian.AppendUint32(dst, info.Reference<<8|uint32(info.Count))
	for rest := deltas; len(rest) > 0; {
		chunk, n := encodeChunk(rest)
		dst = binary.BigEndian.AppendUint16(dst, chunk)
		rest = rest[n:]
	}
	for _, d := range deltas {
		switch d.status() {
		case smallDelta:
			dst = append(dst, uint8(d))
		case largeDelta:
			dst = binary.BigEndian.AppendUint16(dst, uint16(d))
		}
	}
	if pad := (4 - (len(dst)-start)%4) % 4; pad > 0 {
		dst[start] |= 0x20
		for i := range pad {
			dst = append(dst, uint8((i+1)/pad*pad)) // zeros, and last how many they are
		}
	}
	return end(dst, start)
}

// encodeChunk returns the chunk that says most about the packets at the head of deltas, and about how many it is.
func encodeChunk(deltas []Delta) (chunk uint16, n int) {
	run := 1 // MaxStatuses at most, which fits into the 13 bits of a run
	first := deltas[0].status()
	for run < len(deltas) && deltas[run].status() == first {
		run++
	}
	short := 0 // packets whose status fits in one bit
	for short < min(len(deltas), 14) && deltas[short].status() != largeDelta {
		short++
	}
	switch {
	case run >= 14 || run == len(deltas):
		return first<<13 | uint16(run), run
	case short == min(len(deltas), 14):
		chunk = vectorBit
		for i := range short {
			chunk |= deltas[i].status() << (13 - i)
		}
		return chunk, short
	case run >= 7:
		return first<<13 | uint16(run), run
	default:
		n = min(len(deltas), 7)
		chunk = vectorBit | twoBits
		for i := range n {
			chunk |= deltas[i].status() << (12 - 2*i)
		}
		return chunk, n
	}
}
