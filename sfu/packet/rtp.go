package packet

import (
	"encoding/binary"
	"errors"
)

// RTP is one packet (RFC 3550, section 5.1), as views into the buffer that it was parsed from.
type RTP struct {
	Marker      bool
	PayloadType uint8
	Seq         uint16
	TS          uint32
	SSRC        uint32
	Payload     []byte // without padding; empty for a packet of padding only

	profile uint16 // of the header extension, 0 when there is none
	ext     []byte // its body
}

// HeaderSize is the least size of an RTP header in bytes.
const HeaderSize = 12

// Header extension profiles (RFC 8285, sections 4.2 and 4.3).
const (
	profileOneByte = 0xBEDE
	profileTwoByte = 0x1000 // the low four bits are application bits
)

// Reasons why a packet is refused.
var (
	ErrShort     = errors.New("RTP packet shorter than its header says")
	ErrVersion   = errors.New("RTP version is not 2")
	ErrExtension = errors.New("RTP header extension longer than the packet")
	ErrPadding   = errors.New("RTP padding longer than the payload")
)

// Parse reads b into p. p keeps views into b.
func (p *RTP) Parse(b []byte) error {
	if len(b) < HeaderSize {
		return ErrShort
	}
	if b[0]>>6 != 2 {
		return ErrVersion
	}
	at := HeaderSize + 4*int(b[0]&0x0f)
	if len(b) < at {
		return ErrShort
	}
	p.profile, p.ext = 0, nil
	if b[0]&0x10 != 0 {
		if len(b) < at+4 {
			return ErrExtension
		}
		n := 4 * int(binary.BigEndian.Uint16(b[at+2:]))
		if len(b) < at+4+n {
			return ErrExtension
		}
		p.profile, p.ext = binary.BigEndian.Uint16(b[at:]), b[at+4:at+4+n]
		at += 4 + n
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		pad := int(b[end-1])
		if pad == 0 || end-pad < at {
			return ErrPadding
		}
		end -= pad
	}
	p.Marker, p.PayloadType = b[1]&0x80 != 0, b[1]&0x7f
	p.Seq, p.TS, p.SSRC = binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	p.Payload = b[at:end]
	return nil
}

// Extension returns the body of the header extension element with this id (1–14, or 1–255 in the two-byte form), nil
// when the packet has none. An element that runs over the end ends the search.
func (p *RTP) Extension(id uint8) []byte {
	if id == 0 {
		return nil
	}
	switch {
	case p.profile == profileOneByte:
		return oneByte(p.ext, id)
	case p.profile&0xfff0 == profileTwoByte:
		return twoByte(p.ext, id)
	}
	return nil
}

// oneByte walks elements of the form |id:4|len-1:4|data| (RFC 8285, section 4.2); id 0 is padding, 15 ends the list.
func oneByte(b []byte, id uint8) []byte {
	for i := 0; i < len(b); {
		got, n := b[i]>>4, int(b[i]&0x0f)+1
		if b[i] == 0 {
			i++
			continue
		}
		if got == 15 || i+1+n > len(b) {
			return nil
		}
		if got == id {
			return b[i+1 : i+1+n]
		}
		i += 1 + n
	}
	return nil
}

// twoByte walks elements of the form |id:8|len:8|data| (RFC 8285, section 4.3); id 0 is padding.
func twoByte(b []byte, id uint8) []byte {
	for i := 0; i < len(b); {
		if b[i] == 0 {
			i++
			continue
		}
		if i+2 > len(b) || i+2+int(b[i+1]) > len(b) {
			return nil
		}
		n := int(b[i+1])
		if b[i] == id {
			return b[i+2 : i+2+n]
		}
		i += 2 + n
	}
	return nil
}

// Repair turns a retransmission in b (RFC 4588, section 4: the payload starts with the original sequence number) into
// the packet that was lost, in place: what it returns is the original packet with the given SSRC and payload type. It
// returns false for a retransmission without content, which browsers send to probe the line.
func Repair(b []byte, ssrc uint32, payloadType uint8) ([]byte, bool) {
	var p RTP
	if p.Parse(b) != nil || len(p.Payload) < 2 {
		return nil, false
	}
	pad := trailing(b)
	header := len(b) - pad - len(p.Payload)
	original := binary.BigEndian.Uint16(p.Payload)
	copy(b[2:], b[:header]) // over the number, which the header replaces
	b = b[2 : len(b)-pad]
	b[0] &^= 0x20 // padding is dropped
	b[1] = b[1]&0x80 | payloadType&0x7f
	binary.BigEndian.PutUint16(b[2:], original)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b, true
}

// trailing is the size of the padding of b, which parsed.
func trailing(b []byte) int {
	if b[0]&0x20 == 0 {
		return 0
	}
	return int(b[len(b)-1])
}
