package packet

// Redundant audio (RFC 2198): a packet that carries earlier frames again beside its own, so that a loss is made good by what
// comes next, without asking.

// Bounds of RFC 2198, section 3: what its header can say.
const (
	MaxREDOffset = 1<<14 - 1 // timestamp units that a block lies back
	MaxREDBlock  = 1<<10 - 1 // bytes of a block that is sent again
	// MaxREDBlocks is how many blocks a packet has at most, its own frame included; no browser sends more than three.
	MaxREDBlocks = 8
	redHead      = 4 // bytes of the header of a block that is sent again
)

// REDBlock is one frame in a packet, as a view into it.
type REDBlock struct {
	PayloadType uint8
	Offset      uint32 // timestamp units before the packet's own
	Payload     []byte
}

// RED is a packet of redundant audio: its blocks, oldest first; the last is the packet's own frame.
type RED struct {
	Blocks [MaxREDBlocks]REDBlock
	N      int
}

// Parse reads a payload. It is false for one that is shorter than it says, has too many blocks, or no frame of its own.
func (r *RED) Parse(b []byte) bool {
	r.N = 0
	heads := b
	var sizes [MaxREDBlocks]int
	for {
		if len(heads) == 0 || r.N == MaxREDBlocks {
			return false
		}
		x := &r.Blocks[r.N]
		x.PayloadType = heads[0] & 0x7f
		if heads[0]&0x80 == 0 {
			x.Offset, heads = 0, heads[1:]
			r.N++
			break
		}
		if len(heads) < redHead {
			return false
		}
		x.Offset = uint32(heads[1])<<6 | uint32(heads[2])>>2
		sizes[r.N] = int(heads[2]&3)<<8 | int(heads[3])
		heads = heads[redHead:]
		r.N++
	}
	for i := range r.N - 1 {
		if sizes[i] > len(heads) {
			return false
		}
		r.Blocks[i].Payload, heads = heads[:sizes[i]], heads[sizes[i]:]
	}
	r.Blocks[r.N-1].Payload = heads
	return len(heads) > 0
}

// AppendREDHead appends the header of a block that is sent again; its payload follows the headers of all.
func AppendREDHead(dst []byte, payloadType uint8, offset uint32, size int) []byte {
	return append(dst, 0x80|payloadType, byte(offset>>6), byte(offset<<2)|byte(size>>8), byte(size))
}
