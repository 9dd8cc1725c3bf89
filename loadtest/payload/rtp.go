package payload

import "encoding/binary"

// RTP is what a receiver looks at in an RTP packet (RFC 3550, section 5.1).
type RTP struct {
	Marker    bool
	Type      uint8 // payload type
	Seq       uint16
	Timestamp uint32
	SSRC      uint32
	CSRC      uint32 // the first one, 0 for none
	CSRCs     int
	Payload   []byte // of the packet read, without padding

	profile    uint16 // of the header extensions, 0 for none
	extensions []byte
}

// Profiles of header extensions (RFC 8285, sections 4.2 and 4.3); the lowest four bits of the second are free.
const (
	oneByte = 0xbede
	twoByte = 0x1000
)

// Extension finds a header extension; nil when there is none of that id.
func (p *RTP) Extension(id uint8) []byte {
	one := p.profile == oneByte
	if !one && p.profile&0xfff0 != twoByte {
		return nil
	}
	for b := p.extensions; len(b) > 0; {
		if b[0] == 0 { // padding
			b = b[1:]
			continue
		}
		this, size, head := b[0]>>4, int(b[0]&15)+1, 1
		if !one {
			if len(b) < 2 {
				return nil
			}
			this, size, head = b[0], int(b[1]), 2
		}
		b = b[head:]
		if size > len(b) || one && this == 15 {
			return nil
		}
		if this == id {
			return b[:size]
		}
		b = b[size:]
	}
	return nil
}

const rtpFixed = 12 // bytes of an RTP header without CSRCs and extensions

// ReadRTP reads a packet without allocating; Payload points into it. ok is false when a length does not fit.
func ReadRTP(b []byte) (p RTP, ok bool) {
	if len(b) < rtpFixed || b[0]>>6 != 2 {
		return RTP{}, false
	}
	p.Marker, p.Type = b[1]&0x80 != 0, b[1]&0x7f
	p.Seq = binary.BigEndian.Uint16(b[2:])
	p.Timestamp = binary.BigEndian.Uint32(b[4:])
	p.SSRC = binary.BigEndian.Uint32(b[8:])
	p.CSRCs = int(b[0] & 0x0f)
	at, end := rtpFixed+4*p.CSRCs, len(b)
	if at > end {
		return RTP{}, false
	}
	if p.CSRCs > 0 {
		p.CSRC = binary.BigEndian.Uint32(b[rtpFixed:])
	}
	if b[0]&0x10 != 0 { // extension
		if at+4 > end {
			return RTP{}, false
		}
		from := at + 4
		p.profile = binary.BigEndian.Uint16(b[at:])
		if at = from + 4*int(binary.BigEndian.Uint16(b[at+2:])); at > end {
			return RTP{}, false
		}
		p.extensions = b[from:at]
	}
	if b[0]&0x20 != 0 { // padding: its last byte is its length, itself included
		n := 0
		if at < end {
			n = int(b[end-1])
		}
		if n == 0 || at+n > end {
			return RTP{}, false
		}
		end -= n
	}
	p.Payload = b[at:end]
	return p, true
}
