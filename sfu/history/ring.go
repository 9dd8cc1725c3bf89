package history

// A packet's way through the ring:
//
//  1. Put places its sequence number in the stream's order and drops what is older than the window or held already.
//  2. Its bytes are copied to the head of one byte buffer, over the oldest; a packet is never split at the end.
//  3. Its place in the index (sequence number modulo the window) notes where they lie.
//  4. Get finds the index entry and checks that its bytes have not been written over since.
//
// The caller owns the packet given to Put as soon as it returns; what Get returns belongs to the ring.

// Ring keeps the last packets of one incoming stream, bounded both in packets and in bytes.
type Ring struct {
	order order
	index []entry
	buf   []byte
	head  int64 // bytes ever written, including the unused ends: the next byte goes to head modulo len(buf)

	packets, bytes int

	byBytes, byPackets lap
}

// lap measures rounds through a memory.
type lap struct {
	round int64 // which one is under way
	at    int64 // when it began; 0 for the first, which says nothing
	took  int64 // the one before
}

func (l *lap) reach(round, now int64) {
	if round == l.round {
		return
	}
	if l.at != 0 {
		l.took = (now - l.at) / (round - l.round)
	}
	l.round, l.at = round, now
}

// entry says where a packet lies. The zero entry holds nothing.
type entry struct {
	at      int64 // position in the stream's order
	arrival int64 // monotonic nanoseconds
	start   int64 // value of Ring.head at its first byte
	size    int32
	held    bool
}

// NewRing makes a ring for at most that many packets and bytes. packets must be a power of two, at most 32768, and
// bytes positive: anything else is a mistake of the caller and panics. Memory is taken at the first packet, because
// most layers of most cameras are never sent.
func NewRing(packets, bytes int) *Ring {
	if packets <= 0 || packets > 1<<15 || packets&(packets-1) != 0 {
		panic("history: packets is not a power of two up to 32768")
	}
	if bytes <= 0 {
		panic("history: bytes is not positive")
	}
	return &Ring{packets: packets, bytes: bytes}
}

// Put copies a packet in. A late packet fills its place; a repeat and a packet older than the window are ignored, and
// so is one larger than the whole ring.
func (r *Ring) Put(seq uint16, pkt []byte, now int64) {
	if len(pkt) > r.bytes {
		return
	}
	if r.index == nil {
		r.index = make([]entry, r.packets)
		r.buf = make([]byte, r.bytes)
	}
	at, _, _, ok := r.order.accept(seq, int64(r.packets))
	if !ok {
		return
	}
	e := &r.index[int(at)&(r.packets-1)]
	if e.held && e.at == at && r.intact(e) {
		return
	}
	*e = entry{at: at, arrival: now, start: r.write(pkt), size: int32(len(pkt)), held: true}
	r.byBytes.reach(r.head/int64(len(r.buf)), now)
	r.byPackets.reach(r.order.newest/int64(r.packets), now)
}

// Lap is about how far back the ring reaches, in nanoseconds: how long it took to write all of it once. 0 while it has not
// been full.
func (r *Ring) Lap() int64 {
	if r.byBytes.took == 0 || r.byPackets.took == 0 {
		return max(r.byBytes.took, r.byPackets.took)
	}
	return min(r.byBytes.took, r.byPackets.took)
}

// Size is the memory that the ring has for packets, in bytes.
func (r *Ring) Size() int { return r.bytes }

// Resized returns a ring of another size that holds what fits of this one: the newest. This one is of no more use.
func (r *Ring) Resized(packets, bytes int) *Ring {
	next := NewRing(packets, bytes)
	for at := r.order.newest - int64(r.packets) + 1; r.index != nil && at <= r.order.newest; at++ {
		if e := &r.index[int(at)&(r.packets-1)]; e.held && e.at == at && r.intact(e) {
			offset := e.start % int64(len(r.buf))
			next.Put(uint16(at), r.buf[offset:offset+int64(e.size)], e.arrival)
		}
	}
	next.byBytes.at, next.byBytes.took, next.byPackets.at, next.byPackets.took = 0, 0, 0, 0
	return next
}

// write copies pkt to the head and returns where it begins.
func (r *Ring) write(pkt []byte) (start int64) {
	offset := r.head % int64(len(r.buf))
	if rest := int64(len(r.buf)) - offset; int64(len(pkt)) > rest {
		r.head += rest
		offset = 0
	}
	start = r.head
	copy(r.buf[offset:], pkt)
	r.head += int64(len(pkt))
	return start
}

// intact says whether the entry's bytes are still there.
func (r *Ring) intact(e *entry) bool {
	return r.head-e.start <= int64(len(r.buf))
}

// find returns the entry of a packet that is held.
func (r *Ring) find(seq uint16) (*entry, bool) {
	if r.index == nil {
		return nil, false
	}
	at := r.order.place(seq)
	e := &r.index[int(at)&(r.packets-1)]
	if !e.held || e.at != at || !r.intact(e) {
		return nil, false
	}
	return e, true
}

// Get returns the packet. It is valid until the next Put and must not be changed.
func (r *Ring) Get(seq uint16) (pkt []byte, ok bool) {
	e, ok := r.find(seq)
	if !ok {
		return nil, false
	}
	offset := int(e.start % int64(len(r.buf)))
	end := offset + int(e.size)
	return r.buf[offset:end:end], true
}

// Has says whether the packet is held.
func (r *Ring) Has(seq uint16) bool {
	_, ok := r.find(seq)
	return ok
}

// At returns when the packet came, in monotonic nanoseconds.
func (r *Ring) At(seq uint16) (arrival int64, ok bool) {
	e, ok := r.find(seq)
	if !ok {
		return 0, false
	}
	return e.arrival, true
}
