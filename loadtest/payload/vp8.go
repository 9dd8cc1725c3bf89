package payload

import "encoding/binary"

// VP8Size is the length in bytes of the descriptors that this package writes.
const VP8Size = 6

// Bits of the VP8 payload descriptor (RFC 7741, section 4.2).
const (
	vp8Extended  = 0x80 // X, first byte
	vp8Start     = 0x10 // S, first byte
	vp8Partition = 0x07 // PID, first byte
	vp8PictureID = 0x80 // I, extension byte
	vp8TL0       = 0x40 // L, extension byte
	vp8TID       = 0x20 // T, extension byte
	vp8KeyIdx    = 0x10 // K, extension byte
	vp8Wide      = 0x80 // M, first byte of the picture id
)

// VP8 is a VP8 payload descriptor, and what the frame's first bytes say.
type VP8 struct {
	Start     bool   // first packet of a frame: S set and partition 0
	Key       bool   // of a key frame; known in a first packet only
	PictureID uint16 // 15 bits, or 7 when Wide is false
	HasID     bool
	Wide      bool
	TL0       uint8 // running index of the base temporal layer's frames
	Size      int   // of the descriptor, in bytes
}

// AppendVP8 appends a descriptor with a picture id of 15 bits, TL0PICIDX and temporal layer 0, as browsers write it.
func AppendVP8(dst []byte, start bool, pictureID uint16, tl0 uint8) []byte {
	first := byte(vp8Extended)
	if start {
		first |= vp8Start
	}
	dst = append(dst, first, vp8PictureID|vp8TL0|vp8TID)
	dst = binary.BigEndian.AppendUint16(dst, pictureID|vp8Wide<<8)
	return append(dst, tl0, 0)
}

// ReadVP8 reads the descriptor of a payload; ok is false when it is truncated or nothing follows it.
func ReadVP8(payload []byte) (d VP8, ok bool) {
	if len(payload) < 1 {
		return VP8{}, false
	}
	first, at := payload[0], 1
	if first&vp8Extended != 0 {
		if at, ok = d.readExtension(payload); !ok {
			return VP8{}, false
		}
	}
	if at >= len(payload) {
		return VP8{}, false
	}
	d.Size = at
	d.Start = first&vp8Start != 0 && first&vp8Partition == 0
	d.Key = d.Start && payload[at]&1 == 0 // the frame tag's P bit (RFC 6386, section 9.1)
	return d, true
}

// readExtension reads what the extension byte announces and returns the offset after it.
func (d *VP8) readExtension(payload []byte) (at int, ok bool) {
	if len(payload) < 2 {
		return 0, false
	}
	bits, at := payload[1], 2
	if bits&vp8PictureID != 0 {
		if at >= len(payload) {
			return 0, false
		}
		d.HasID, d.PictureID = true, uint16(payload[at]&^vp8Wide)
		if payload[at]&vp8Wide != 0 {
			if at+1 >= len(payload) {
				return 0, false
			}
			d.Wide = true
			d.PictureID = d.PictureID<<8 | uint16(payload[at+1])
			at++
		}
		at++
	}
	if bits&vp8TL0 != 0 {
		if at >= len(payload) {
			return 0, false
		}
		d.TL0 = payload[at]
		at++
	}
	if bits&(vp8TID|vp8KeyIdx) != 0 {
		at++
	}
	return at, at <= len(payload)
}
