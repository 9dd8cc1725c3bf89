package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/packet"
	"tablee/sfu/udp"
)

// The host's line, which all who are outside share. Voices always leave at once. A picture's packet that would exceed the
// limit waits, with all that come after it, until the line has room: key frames come in bursts, and what is sent in a
// second is not in excess, only what is sent in a moment. What waits too long is dropped, the oldest first.

// Bounds of what waits for the host's line.
const (
	pacePeriod = int64(5 * time.Millisecond)
	maxPaced   = 512 // packets
)

// Kinds of traffic to the host's line.
const (
	voiced = allocate.Audio
	shown  = allocate.Video
	padded = allocate.Padding
)

// uplink is the host's line.
type uplink struct {
	limit atomic.Int64 // bit/s for all outside together, 0 for none

	mu     sync.Mutex // guards the rest; a leaf
	bucket allocate.Bucket
	queue  []paced // a ring, made when first needed
	first  int
	n      int
}

// paced is a plain packet that waits.
type paced struct {
	slot   *slot
	rtx    bool
	header int
	size   int
	as     sentAs
	b      [packet.MaxHeader + 2 + maxPacket]byte
}

func (u *uplink) setLimit(bits int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bucket.SetLimit(bits)
	u.limit.Store(int64(max(bits, 0)))
}

// pass says whether a packet may leave now, and counts it if so. Pictures wait behind those that wait.
func (u *uplink) pass(now int64, size int, kind allocate.Traffic) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return (kind == voiced || u.n == 0) && u.bucket.Pass(now, size, kind)
}

// hold lets a plain packet wait.
func (u *uplink) hold(w *worker, s *slot, h *packet.Header, payload []byte, r *rewriting, as sentAs) {
	e := w.engine
	u.mu.Lock()
	if u.queue == nil {
		u.queue = make([]paced, maxPaced)
	}
	if u.n == maxPaced {
		e.counters.pacedDropped.Add(1)
		u.first = (u.first + 1) % maxPaced
		u.n--
	}
	x := &u.queue[(u.first+u.n)%maxPaced]
	u.n++
	h.TWCC = s.nums.twcc
	x.slot, x.rtx, x.as = s, r.rtx, as
	b := h.Append(x.b[:0])
	x.header = len(b)
	x.size = len(r.fill(h, b, payload))
	u.mu.Unlock()
	e.counters.paced.Add(1)
	e.agenda.arm(&e.pacing, w.now+pacePeriod)
}

// next takes the packet that has waited longest, if it may leave now. The result is good until the next call of hold.
func (u *uplink) next(now int64, into *paced) (ok, more bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n == 0 {
		return false, false
	}
	x := &u.queue[u.first]
	if !u.bucket.Pass(now, x.size+wireExtra, shown) {
		return false, true
	}
	*into = *x
	x.slot = nil
	u.first = (u.first + 1) % maxPaced
	u.n--
	return true, u.n > 0
}

// pace sends what the host's line has room for by now.
func (e *Engine) pace(w *worker) {
	for {
		ok, more := e.uplink.next(w.now, &w.paced)
		if ok {
			w.paced.slot.release(w, &w.paced)
			continue
		}
		w.paced.slot = nil
		if more {
			e.agenda.arm(&e.pacing, w.now+pacePeriod)
		}
		return
	}
}

// release sends a packet that has waited.
func (s *slot) release(w *worker, x *paced) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.out.space(w, x.rtx, x.size)
	if b == nil {
		return
	}
	b = append(b, x.b[:x.size]...)
	if s.nums.twcc != 0 { // it is numbered when it leaves, or its wait would look like the receiver's line's
		seq := s.owner.stamp(w.now, x.size, udp.Video)
		b[x.header-3], b[x.header-2] = byte(seq>>8), byte(seq)
	}
	s.transmit(w, x.rtx, b, x.header, udp.Video, x.as)
}

// SetUplink changes what all outside together are sent at most, in bit/s; 0 for no limit. It applies from the next packet on.
func (e *Engine) SetUplink(bits int) { e.uplink.setLimit(bits) }

// allowed says whether a packet may leave for the participant now.
func (p *Peer) allowed(w *worker, size int, kind allocate.Traffic) bool {
	u := &w.engine.uplink
	return u.limit.Load() == 0 || p.passes(u, w.now, size, kind)
}

func (p *Peer) passes(u *uplink, now int64, size int, kind allocate.Traffic) bool {
	return !p.far.Load() || u.pass(now, size, kind)
}
