package rtcp

import (
	"encoding/binary"

	"tablee/sfu/history"
	"tablee/sfu/report"
)

// Block is a reception report block (RFC 3550, section 6.4.1).
type Block struct {
	SSRC uint32 // of the stream that it is about
	report.Block
}

func readBlock(b []byte) Block {
	lost := binary.BigEndian.Uint32(b[4:])
	return Block{SSRC: binary.BigEndian.Uint32(b), Block: report.Block{
		FractionLost: uint8(lost >> 24), TotalLost: lost & 0xffffff, LastSequence: binary.BigEndian.Uint32(b[8:]),
		Jitter: binary.BigEndian.Uint32(b[12:]), LastSR: binary.BigEndian.Uint32(b[16:]),
		DelaySinceLastSR: binary.BigEndian.Uint32(b[20:])}}
}

// SenderInfo is what a sender report says about the sender (RFC 3550, section 6.4.1).
type SenderInfo struct {
	SSRC            uint32
	NTP             uint64
	RTPTime         uint32
	Packets, Octets uint32
}

// SenderReport is a view of a sender report.
type SenderReport struct {
	body  []byte
	count int
}

// Info returns what it says about the sender.
func (r SenderReport) Info() SenderInfo {
	return SenderInfo{SSRC: binary.BigEndian.Uint32(r.body), NTP: binary.BigEndian.Uint64(r.body[4:]),
		RTPTime: binary.BigEndian.Uint32(r.body[12:]), Packets: binary.BigEndian.Uint32(r.body[16:]),
		Octets: binary.BigEndian.Uint32(r.body[20:])}
}

// Len returns the number of blocks.
func (r SenderReport) Len() int { return r.count }

// Block returns the block i of Len.
func (r SenderReport) Block(i int) Block { return readBlock(r.body[senderInfoSize+i*blockSize:]) }

// ReceiverReport is a view of a receiver report.
type ReceiverReport struct {
	body  []byte
	count int
}

// SSRC returns who reports.
func (r ReceiverReport) SSRC() uint32 { return binary.BigEndian.Uint32(r.body) }

// Len returns the number of blocks.
func (r ReceiverReport) Len() int { return r.count }

// Block returns the block i of Len.
func (r ReceiverReport) Block(i int) Block { return readBlock(r.body[ssrcSize+i*blockSize:]) }

// BYE is a view of a goodbye (RFC 3550, section 6.6).
type BYE struct {
	body  []byte
	count int
}

// Len returns the number of sources that end.
func (p BYE) Len() int { return p.count }

// Source returns the SSRC i of Len.
func (p BYE) Source(i int) uint32 { return binary.BigEndian.Uint32(p.body[i*ssrcSize:]) }

// NACK is a view of a request for retransmission (RFC 4585, section 6.2.1).
type NACK struct{ body []byte }

// SenderSSRC returns who asks.
func (p NACK) SenderSSRC() uint32 { return binary.BigEndian.Uint32(p.body) }

// MediaSSRC returns whose packets are asked for.
func (p NACK) MediaSSRC() uint32 { return binary.BigEndian.Uint32(p.body[4:]) }

// Len returns the number of pairs.
func (p NACK) Len() int { return (len(p.body) - feedbackSize) / pairSize }

// Pair returns the pair i of Len.
func (p NACK) Pair(i int) history.NackPair {
	b := p.body[feedbackSize+i*pairSize:]
	return history.NackPair{PID: binary.BigEndian.Uint16(b), BLP: binary.BigEndian.Uint16(b[2:])}
}

// PLI is a view of a picture loss indication (RFC 4585, section 6.3.1).
type PLI struct{ body []byte }

// SenderSSRC returns who asks.
func (p PLI) SenderSSRC() uint32 { return binary.BigEndian.Uint32(p.body) }

// MediaSSRC returns whose picture was lost.
func (p PLI) MediaSSRC() uint32 { return binary.BigEndian.Uint32(p.body[4:]) }

// FIREntry asks one source for a key frame. The sequence number tells a new request from a repeated one.
type FIREntry struct {
	SSRC uint32
	Seq  uint8
}

// FIR is a view of a full intra request (RFC 5104, section 4.3.1).
type FIR struct{ body []byte }

// SenderSSRC returns who asks.
func (p FIR) SenderSSRC() uint32 { return binary.BigEndian.Uint32(p.body) }

// Len returns the number of entries.
func (p FIR) Len() int { return (len(p.body) - feedbackSize) / firEntrySize }

// Entry returns the entry i of Len.
func (p FIR) Entry(i int) FIREntry {
	b := p.body[feedbackSize+i*firEntrySize:]
	return FIREntry{SSRC: binary.BigEndian.Uint32(b), Seq: b[4]}
}
