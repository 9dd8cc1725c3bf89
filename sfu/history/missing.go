package history

import "slices"

// How losses are repaired. A retransmission has to arrive before the receiver's jitter buffer gives up on the frame.
const (
	// Window is how many sequence numbers back repeats are recognised and late packets are taken: 10 seconds of the
	// largest layer.
	Window = 4096
	// MaxPending bounds how many gaps are remembered; the oldest are given up first.
	MaxPending = 128
	// MaxAsk bounds how many packets one call of Due asks for.
	MaxAsk = 64
	// MaxGap is the largest run of lost packets that is asked for. Beyond it a new key frame costs less.
	MaxGap = 256
	// MaxTries bounds how often one packet is asked for.
	MaxTries = 5

	// reorderTolerance is how long a packet may be overtaken by others before it counts as lost.
	reorderTolerance = 15e6
	// minRetry is the shortest pause between two requests for the same packet, however short the round trip.
	minRetry = 50e6
	// maxAge is after how long a packet is of no use to anybody.
	maxAge = 1000e6
)

// Missing finds gaps in one incoming stream and says which packets to ask for, now and again. The zero value is ready.
type Missing struct {
	order order
	seen  [Window / 64]uint64 // one bit per position, modulo Window

	pending [MaxPending]gap // the first n, oldest position first
	n       int
}

// gap is one packet that has not come.
type gap struct {
	since int64 // when its absence was noticed
	due   int64 // when to ask (again)
	seq   uint16
	tries uint8
}

// Seen takes note of a packet. It is fresh when it has not come before; a repeat, or a packet older than Window, is not
// and should be dropped by the caller.
func (m *Missing) Seen(seq uint16, now int64) (fresh bool) {
	before := m.order.newest
	at, ahead, restarted, ok := m.order.accept(seq, Window)
	switch {
	case !ok:
		return false
	case restarted:
		m.seen, m.n = [Window / 64]uint64{}, 0
	case ahead:
		m.advance(before, at, now)
	case m.has(at):
		return false
	default:
		m.found(seq)
	}
	m.seen[at/64%int64(len(m.seen))] |= 1 << (at % 64)
	return true
}

// Lacks says whether a packet has not come, of the newest back ones and of those that follow without a leap.
func (m *Missing) Lacks(seq uint16, back int64) bool {
	at := m.order.place(seq)
	if !m.order.started || at > m.order.newest+MaxGap || at <= m.order.newest-back {
		return false
	}
	return at > m.order.newest || !m.has(at)
}

func (m *Missing) has(at int64) bool {
	return m.seen[at/64%int64(len(m.seen))]&(1<<(at%64)) != 0
}

// advance forgets what leaves the window when the newest position moves, and notes the positions in between as missing.
func (m *Missing) advance(before, at, now int64) {
	if at-before >= Window {
		m.seen = [Window / 64]uint64{}
	} else {
		for p := before + 1; p <= at; p++ {
			m.seen[p/64%int64(len(m.seen))] &^= 1 << (p % 64)
		}
	}
	lost := at - before - 1
	if lost > MaxGap {
		m.n = 0
		return
	}
	for p := max(before+1, at-MaxPending); p < at; p++ {
		m.lost(uint16(p), now)
	}
}

// lost remembers one gap, and gives up the oldest when there are too many.
func (m *Missing) lost(seq uint16, now int64) {
	if m.n == MaxPending {
		copy(m.pending[:], m.pending[1:])
		m.n--
	}
	m.pending[m.n] = gap{since: now, due: now + reorderTolerance, seq: seq}
	m.n++
}

// found forgets a gap that has been filled.
func (m *Missing) found(seq uint16) {
	i := slices.IndexFunc(m.pending[:m.n], func(g gap) bool { return g.seq == seq })
	if i >= 0 {
		copy(m.pending[i:m.n], m.pending[i+1:m.n])
		m.n--
	}
}

// Due appends to dst the packets to ask for now, oldest first, at most MaxAsk of them, and counts them as asked. rtt is
// the round trip to the sender in nanoseconds, 0 when it is not known. Call it every 10 or 20 ms while Pending.
func (m *Missing) Due(now, rtt int64, dst []uint16) []uint16 {
	asked, kept := 0, 0
	for i := range m.pending[:m.n] {
		g := m.pending[i]
		if now-g.since > maxAge {
			continue
		}
		if now >= g.due && asked < MaxAsk {
			if g.tries == MaxTries {
				continue
			}
			dst = append(dst, g.seq)
			asked++
			g.due = now + pause(rtt, g.tries)
			g.tries++
		}
		m.pending[kept] = g
		kept++
	}
	m.n = kept
	return dst
}

// Pending says whether anything is missing that Due may still ask for.
func (m *Missing) Pending() bool { return m.n > 0 }

// pause is how long to wait for an answer to the request number tries+1: half as long again each time, because a
// request that was lost says that the way is congested.
func pause(rtt int64, tries uint8) int64 {
	wait := min(max(rtt, minRetry), maxAge)
	for range tries {
		wait += wait / 2
	}
	return wait
}
