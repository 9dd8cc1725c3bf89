package payload

import "errors"

// ErrOpus is an Opus packet that cannot be stamped: not one frame with code 0 (RFC 6716, section 3.2.2).
var ErrOpus = errors.New("opus packet is not one frame of code 0")

// OpusSilence is a frame of silence of 20 ms, as encoders send now and then while nobody speaks (DTX).
var OpusSilence = [3]byte{0xf8, 0xff, 0xfe}

// OpusHead is what a stamped packet of one frame has before it, in bytes; each further frame takes at most two more.
const OpusHead = 3

// AppendOpus appends an Opus packet with a stamp in its padding, made of packets of one frame each. They must be of one
// configuration; those that are not are left out, with all that follow.
//
// Code 0 becomes code 3, the only one with padding (RFC 6716, section 3.2.5): the table of contents with code 3, a byte
// with the padding flag and the number of frames, the length of the padding, the lengths of all frames but the last where
// there are several (variable bit rate), the frames, the padding. A decoder must accept any padding and ignore it.
func AppendOpus(dst []byte, packets [][]byte, s Stamp) ([]byte, error) {
	n := 0
	for n < len(packets) && len(packets[n]) >= 2 && packets[n][0] == packets[0][0] && packets[n][0]&3 == 0 {
		n++
	}
	if n == 0 {
		return dst, ErrOpus
	}
	const code3, paddingFlag, variable = 0x03, 0x40, 0x80
	flags := byte(paddingFlag | n)
	if n > 1 {
		flags |= variable
	}
	dst = append(dst, packets[0][0]|code3, flags, StampSize)
	for _, p := range packets[:n-1] {
		if size := len(p) - 1; size < 252 { // RFC 6716, section 3.2.1
			dst = append(dst, byte(size))
		} else {
			dst = append(dst, byte(252+size&3), byte((size-252)>>2))
		}
	}
	for _, p := range packets[:n] {
		dst = append(dst, p[1:]...)
	}
	return s.Append(dst), nil
}
