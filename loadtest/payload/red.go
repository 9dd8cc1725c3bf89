package payload

// Redundant audio (RFC 2198): frames of the past before the packet's own.

// Bounds of the headers (RFC 2198, section 3), and of how many frames are read.
const (
	mostOffset = 1<<14 - 1
	mostBlock  = 1<<10 - 1
	MostBlocks = 8
)

// Block is one frame of such a packet; Payload points into it.
type Block struct {
	Offset  uint32 // timestamp units before the packet's own
	Payload []byte
}

// AppendRED appends a payload that carries one frame again, which lies that far back, and a frame of its own. Where the first
// does not fit into the header, it is left out.
func AppendRED(dst []byte, pt uint8, past []byte, offset uint32, own []byte) []byte {
	if len(past) == 0 || len(past) > mostBlock || offset > mostOffset {
		return append(append(dst, pt), own...)
	}
	dst = append(dst, 0x80|pt, byte(offset>>6), byte(offset<<2)|byte(len(past)>>8), byte(len(past)), pt)
	return append(append(dst, past...), own...)
}

// ReadRED reads a payload: its frames, oldest first, the packet's own at the end. It does not allocate; ok is false when a
// length does not fit.
func ReadRED(b []byte) (blocks [MostBlocks]Block, n int, ok bool) {
	var sizes [MostBlocks]int
	for {
		if len(b) == 0 || n == MostBlocks {
			return blocks, 0, false
		}
		n++
		if b[0]&0x80 == 0 {
			b = b[1:]
			break
		}
		if len(b) < 4 {
			return blocks, 0, false
		}
		blocks[n-1].Offset = uint32(b[1])<<6 | uint32(b[2])>>2
		sizes[n-1] = int(b[2]&3)<<8 | int(b[3])
		b = b[4:]
	}
	for i := range n - 1 {
		if sizes[i] > len(b) {
			return blocks, 0, false
		}
		blocks[i].Payload, b = b[:sizes[i]], b[sizes[i]:]
	}
	blocks[n-1].Payload = b
	return blocks, n, true
}
