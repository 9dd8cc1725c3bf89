package receive

import (
	"slices"
	"time"
)

// Times and bounds of repair.
const (
	// maxJump is the largest step between sequence numbers that loss explains (RFC 3550, appendix A.1: MAX_DROPOUT).
	maxJump = 3000
	// maxMissing bounds how many packets are waited for; older ones are given up.
	maxMissing = 512
	// reorderWait is how long a packet may be late before it is asked for.
	reorderWait = int64(10 * time.Millisecond)
	// askAgain is the least time between two requests for the same packet; where an answer usually takes longer, a quarter
	// more than that is waited.
	askAgain = int64(60 * time.Millisecond)
	// giveUpRepair and giveUp are how long a packet is waited for, with and without repair.
	giveUpRepair = int64(time.Second)
	giveUp       = int64(200 * time.Millisecond)
)

// window puts packets in order and keeps account of gaps. Sequence numbers are extended to 64 bits.
type window struct {
	repair  bool
	begun   bool
	first   int64 // of the current run without leaps
	highest int64
	cursor  int64 // the next to hand on
	missing []gap // by sequence number, ascending
	held    map[int64]heldPacket
	answer  int64 // how long a repair usually takes from the request on, 0 for unknown

	runs       uint64 // expected in earlier runs
	received   uint64
	repaired   uint64
	lostBefore uint64
	duplicates uint64
	nacks      uint64
}

// gap is a packet that is waited for.
type gap struct {
	seq   int64
	since int64
	ask   int64 // when to ask for it (again)
	asked int64 // when it was first asked for, 0 for not yet
}

// heldPacket is a packet that waits for an earlier one.
type heldPacket struct {
	Packet
	at int64
}

type verdict int

const (
	took verdict = iota
	again
	leapt
)

type fate int

const (
	nothing fate = iota
	arrived
	lost
)

func (w *window) init(repair bool) {
	w.repair = repair
	w.held = make(map[int64]heldPacket)
}

// expected is how many packets the sender sent, from the first that arrived to the last.
func (w *window) expected() uint64 {
	if !w.begun {
		return w.runs
	}
	return w.runs + uint64(w.highest-w.first+1)
}

// add takes a packet.
func (w *window) add(p Packet, now int64) verdict {
	if !w.begun {
		w.begin(int64(p.Seq), p, now)
		return took
	}
	step := int64(int16(p.Seq - uint16(w.highest)))
	seq := w.highest + step
	switch {
	case step > maxJump || step < -maxJump:
		return leapt
	case step > 0:
		w.miss(w.highest+1, seq, now)
		w.highest = seq
	default:
		i, found := w.find(seq)
		if !found {
			w.duplicates++
			return again
		}
		if asked := w.missing[i].asked; asked > 0 && p.Repaired {
			w.timed(now - asked)
		}
		w.missing = slices.Delete(w.missing, i, i+1)
		if p.Repaired {
			w.repaired++
			w.lostBefore++
		}
	}
	w.received++
	w.held[seq] = heldPacket{p, now}
	return took
}

// begin starts a run at a packet.
func (w *window) begin(seq int64, p Packet, now int64) {
	w.begun, w.first, w.highest, w.cursor = true, seq, seq, seq
	w.received++
	w.held[seq] = heldPacket{p, now}
}

// restart begins a new run after a leap; what was missing is lost.
func (w *window) restart(p Packet, now int64) {
	w.runs = w.expected()
	w.lostBefore += uint64(len(w.missing))
	w.missing = w.missing[:0]
	clear(w.held)
	w.begin(int64(p.Seq), p, now)
}

// miss notes the packets [from, to) as missing; beyond the bound the oldest are given up at once.
func (w *window) miss(from, to, now int64) {
	for seq := from; seq < to; seq++ {
		w.missing = append(w.missing, gap{seq: seq, since: now, ask: now + reorderWait})
	}
	if extra := len(w.missing) - maxMissing; extra > 0 {
		w.lostBefore += uint64(extra)
		w.missing = slices.Delete(w.missing, 0, extra)
	}
}

// timed learns how long a repair took from the first request on: the shortest counts most, because to others a request
// that was lost may have been added.
func (w *window) timed(took int64) {
	if w.answer == 0 || took < w.answer {
		w.answer = took
		return
	}
	w.answer += (took - w.answer) / 8
}

func (w *window) find(seq int64) (int, bool) {
	return slices.BinarySearchFunc(w.missing, seq, func(g gap, seq int64) int { return int(g.seq - seq) })
}

// tick gives up what is overdue and appends what to ask for.
func (w *window) tick(now int64, nacks []uint16) []uint16 {
	patience := giveUp
	if w.repair {
		patience = giveUpRepair
	}
	keep := w.missing[:0]
	for _, g := range w.missing {
		if now-g.since >= patience {
			w.lostBefore++
			continue
		}
		if w.repair && now >= g.ask {
			g.ask = now + max(askAgain, w.answer/4*5)
			if g.asked == 0 {
				g.asked = now
			}
			nacks = append(nacks, uint16(g.seq))
			w.nacks++
		}
		keep = append(keep, g)
	}
	w.missing = keep
	return nacks
}

// next is when tick has something to do.
func (w *window) next() (at int64, ok bool) {
	if len(w.missing) == 0 {
		return 0, false
	}
	if !w.repair {
		return w.missing[0].since + giveUp, true
	}
	at = w.missing[0].ask
	for _, g := range w.missing {
		at = min(at, g.ask, g.since+giveUpRepair)
	}
	return at, true
}

// pop hands on the next packet in order, or that it is lost; nothing while it may still come.
func (w *window) pop() (Packet, int64, fate) {
	if !w.begun || w.cursor > w.highest {
		return Packet{}, 0, nothing
	}
	if h, ok := w.held[w.cursor]; ok {
		delete(w.held, w.cursor)
		w.cursor++
		return h.Packet, h.at, arrived
	}
	if len(w.missing) > 0 && w.missing[0].seq == w.cursor {
		return Packet{}, 0, nothing
	}
	w.cursor++
	return Packet{}, 0, lost
}
