package packet

import (
	"encoding/binary"
	"slices"
)

// Header is the header of a packet that goes out: at most one CSRC, and at most one header extension, the transport-wide
// sequence number.
type Header struct {
	Marker      bool
	PayloadType uint8
	Seq         uint16
	TS, SSRC    uint32
	CSRC        uint32 // 0 for none
	Padding     uint8  // bytes of padding that Pad is to append
	TWCC        uint8  // the extension's id, 1 to 14; 0 for none
	TWCCSeq     uint16
}

// MaxHeader is the most that Header takes, in bytes.
const MaxHeader = HeaderSize + 4 + 8

// Append appends the header to dst (RFC 3550, section 5.1; RFC 8285, section 4.2).
func (h *Header) Append(dst []byte) []byte {
	first, second := byte(0x80), h.PayloadType&0x7f
	if h.CSRC != 0 {
		first |= 1
	}
	if h.TWCC != 0 {
		first |= 0x10
	}
	if h.Marker {
		second |= 0x80
	}
	if h.Padding != 0 {
		first |= 0x20
	}
	at := len(dst)
	dst = slices.Grow(dst, MaxHeader)[:at+MaxHeader] // one check for all of it: this is done for every packet and receiver
	b := (*[MaxHeader]byte)(dst[at:])
	b[0], b[1] = first, second
	binary.BigEndian.PutUint16(b[2:], h.Seq)
	binary.BigEndian.PutUint32(b[4:], h.TS)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
	size := HeaderSize
	if h.CSRC != 0 {
		binary.BigEndian.PutUint32(b[size:], h.CSRC)
		size += 4
	}
	if h.TWCC != 0 {
		x := b[size : size+8]
		binary.BigEndian.PutUint32(x, 0xbede0001)
		x[4], x[5], x[6], x[7] = h.TWCC<<4|1, byte(h.TWCCSeq>>8), byte(h.TWCCSeq), 0
		size += 8
	}
	return dst[:at+size]
}

// Pad appends the padding that the header announces: zeros, and last how many bytes they are (RFC 3550, section 5.1).
func (h *Header) Pad(dst []byte) []byte {
	for range int(h.Padding) - 1 {
		dst = append(dst, 0)
	}
	if h.Padding > 0 {
		dst = append(dst, h.Padding)
	}
	return dst
}
