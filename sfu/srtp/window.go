package srtp

// WindowSize is how many packets back a late packet is still taken, once. RFC 3711, section 3.3.2, asks for 64 at least;
// a video of 5 Mbit/s sends 500 packets a second, and a retransmission may come a second late.
const WindowSize = 1024

// Limits of what one key may protect (RFC 3711, section 9.2).
const (
	maxIndex     = 1<<48 - 1 // of RTP packets
	maxIndexRTCP = 1<<31 - 1
)

// window remembers which indexes of one stream have been used: its newest, and those up to WindowSize before. The zero
// value is ready. On a 32-bit machine words of 32 bits are what is fast.
type window struct {
	newest uint64
	begun  bool
	used   [WindowSize / 32]uint32 // one bit per index, modulo WindowSize
}

// guess returns the index that a sequence number stands for: the roll-over counter, which is not sent, times 2^16 plus
// the number (RFC 3711, section 3.3.1 and appendix A).
//
// While the newest index is in the first half of the first round, the counter is 0: nothing lies before the beginning,
// and nothing wraps from there. libsrtp reckons so too; sender and receiver must agree.
func (w *window) guess(seq uint16) uint64 {
	const half = 1 << 15
	if w.newest <= half {
		return uint64(seq)
	}
	roc, last, s := w.newest>>16, int(w.newest&0xffff), int(seq)
	switch {
	case last < half && s-last > half:
		roc--
	case last >= half && last-half > s:
		roc++
	}
	return roc<<16 | uint64(seq)
}

// free says whether an index has not been used, as far as the window remembers; what is older counts as used.
func (w *window) free(index uint64) bool {
	if !w.begun || index > w.newest {
		return true
	}
	return w.newest-index < WindowSize && w.used[index/32%uint64(len(w.used))]&(1<<(index%32)) == 0
}

// use notes an index that is free.
func (w *window) use(index uint64) {
	switch {
	case !w.begun:
		w.begun, w.newest = true, index
	case index > w.newest:
		w.advance(index)
	}
	w.used[index/32%uint64(len(w.used))] |= 1 << (index % 32)
}

// advance moves the newest index up, and forgets what falls out of the window.
func (w *window) advance(to uint64) {
	if to-w.newest >= WindowSize {
		w.used = [WindowSize / 32]uint32{}
	} else {
		for i := w.newest + 1; i <= to; i++ {
			w.used[i/32%uint64(len(w.used))] &^= 1 << (i % 32)
		}
	}
	w.newest = to
}
