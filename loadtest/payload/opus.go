package payload

import "errors"

// ErrOpus is an Opus packet that cannot be stamped: not one frame with code 0 (RFC 6716, section 3.2.2).
var ErrOpus = errors.New("opus packet is not one frame of code 0")

// OpusSilence is a frame of silence of 20 ms, as encoders send now and then while nobody speaks (DTX).
var OpusSilence = [3]byte{0xf8, 0xff, 0xfe}

// AppendOpus appends an Opus packet of one frame with a stamp in its padding.
//
// The packet is rewritten from code 0 to code 3, the only one with padding (RFC 6716, section 3.2.5): the table of
// contents with code 3, a byte with the padding flag and the number of frames (1, constant bit rate, so that the frame's
// length follows from the packet's), the length of the padding, the frame, the padding. A decoder must accept any
// padding and ignore it.
func AppendOpus(dst, packet []byte, s Stamp) ([]byte, error) {
	if len(packet) < 2 || packet[0]&3 != 0 {
		return dst, ErrOpus
	}
	const code3, paddingFlag, oneFrame = 0x03, 0x40, 0x01
	dst = append(dst, packet[0]|code3, paddingFlag|oneFrame, StampSize)
	dst = append(dst, packet[1:]...)
	return s.Append(dst), nil
}
