package history

// order turns 16-bit sequence numbers into positions that never wrap, by placing each nearest to the newest so far.
// The zero value waits for the first packet.
type order struct {
	newest  int64
	restart uint16 // what follows a packet that did not fit in
	started bool
	suspect bool // restart means something
}

// place returns the position of seq: the one nearest to the newest.
func (o *order) place(seq uint16) int64 {
	return o.newest + int64(int16(seq-uint16(o.newest)))
}

// accept takes one packet in. It returns the packet's position and whether it lies ahead of all others; ok is false
// when it is too far behind, by window or more, to be of this stream.
//
// A sender that restarts somewhere behind would be refused for ever. As in RFC 3550, appendix A.1, two successive
// packets there are believed: restarted is true, and what was known of the old numbers is worthless.
func (o *order) accept(seq uint16, window int64) (at int64, ahead, restarted, ok bool) {
	if !o.started {
		o.started = true
		o.newest = 1<<16 + int64(seq) // so that a packet from before the first has a positive place too
		return o.newest, true, true, true
	}
	at = o.place(seq)
	switch {
	case at > o.newest:
		o.newest, o.suspect = at, false
		return at, true, false, true
	case o.newest-at < window:
		return at, false, false, true
	case o.suspect && seq == o.restart:
		o.suspect = false
		// Further on than anything seen, so that no position of the old numbers is met again.
		o.newest = o.newest + 1<<16
		o.newest += int64(int16(seq - uint16(o.newest)))
		return o.newest, true, true, true
	default:
		o.restart, o.suspect = seq+1, true
		return at, false, false, false
	}
}
