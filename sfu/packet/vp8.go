package packet

// VP8 is the payload descriptor of a VP8 packet (RFC 7741, section 4.2), with where its running numbers lie.
type VP8 struct {
	Size      int    // of the descriptor, in bytes
	PictureID uint16 // 7 or 15 bits
	Picture   int    // offset of the picture id in the payload, 0 when there is none
	Long      bool   // the picture id has 15 bits
	TL0       int    // offset of TL0PICIDX in the payload, 0 when there is none
	TL0Index  uint8
	TID       uint8 // temporal layer
	Sync      bool  // of a temporal layer above 0: it refers to layer 0 only, so one may begin with it
	Start     bool  // first packet of a frame
	Key       bool  // first packet of a key frame
	Width     int   // of a key frame, pixels
	Height    int
}

// Parse reads the descriptor, and the frame header of a key frame (RFC 6386, section 9.1). It returns false when the
// payload is cut short.
func (v *VP8) Parse(p []byte) bool {
	*v = VP8{}
	if len(p) < 1 {
		return false
	}
	at := 1
	if p[0]&0x80 != 0 { // X: extension octet
		if len(p) < 2 {
			return false
		}
		x := p[1]
		at = 2
		if x&0x80 != 0 { // I: picture id
			if len(p) <= at {
				return false
			}
			v.Picture, v.Long = at, p[at]&0x80 != 0
			v.PictureID = uint16(p[at] & 0x7f)
			at++
			if v.Long {
				if len(p) <= at {
					return false
				}
				v.PictureID = v.PictureID<<8 | uint16(p[at])
				at++
			}
		}
		if x&0x40 != 0 { // L: TL0PICIDX
			if len(p) <= at {
				return false
			}
			v.TL0, v.TL0Index = at, p[at]
			at++
		}
		if x&0x30 != 0 { // T or K: one octet for both
			if len(p) <= at {
				return false
			}
			if x&0x20 != 0 {
				v.TID, v.Sync = p[at]>>6, p[at]&0x20 != 0
			}
			at++
		}
	}
	if len(p) <= at {
		return false
	}
	v.Size = at
	v.Start = p[0]&0x10 != 0 && p[0]&0x07 == 0
	v.Key = v.Start && p[at]&1 == 0
	if f := p[at:]; v.Key && len(f) >= 10 && f[3] == 0x9d && f[4] == 0x01 && f[5] == 0x2a {
		v.Width = int(f[6]) | int(f[7]&0x3f)<<8
		v.Height = int(f[8]) | int(f[9]&0x3f)<<8
	}
	return true
}

// SetPicture writes a picture id in the form (7 or 15 bits) that the packet has.
func (v *VP8) SetPicture(p []byte, id uint16) {
	switch {
	case v.Picture == 0:
	case v.Long:
		p[v.Picture], p[v.Picture+1] = 0x80|byte(id>>8)&0x7f, byte(id)
	default:
		p[v.Picture] = byte(id) & 0x7f
	}
}

// SetTL0 writes TL0PICIDX, when the packet has it.
func (v *VP8) SetTL0(p []byte, index uint8) {
	if v.TL0 != 0 {
		p[v.TL0] = index
	}
}
