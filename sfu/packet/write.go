package packet

import "encoding/binary"

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
	dst = append(dst, first, second)
	dst = binary.BigEndian.AppendUint16(dst, h.Seq)
	dst = binary.BigEndian.AppendUint32(dst, h.TS)
	dst = binary.BigEndian.AppendUint32(dst, h.SSRC)
	if h.CSRC != 0 {
		dst = binary.BigEndian.AppendUint32(dst, h.CSRC)
	}
	if h.TWCC != 0 {
		dst = append(dst, 0xbe, 0xde, 0, 1, h.TWCC<<4|1, byte(h.TWCCSeq>>8), byte(h.TWCCSeq), 0)
	}
	return dst
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
