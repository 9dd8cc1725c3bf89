package sfu

import "time"

// How somebody who comes late sees a picture at once, although key frames are asked for once a second only: a slot that
// shows nothing is sent, from the stream's history, what came since its last key frame. All of it at once would be a
// burst of a second of every camera, which overruns the receive buffers of browsers and the queues of small lines, in which
// voices wait, too; so a participant is sent a little with each tick until the slot has caught up and follows the live stream.

// How much of the past a participant is sent every replayPeriod: as much as its line is thought to carry, and a little more, as
// the live stream goes on; at most replayBytes, which is some 25 Mbit/s, and more than any stream brings.
const (
	replayBytes  = 64 << 10
	replayPeriod = int64(20 * time.Millisecond)
)

// replayableLocked says whether what came since the last key frame is recent, whole, and in the slot's future. A slot
// that shows something waits for the next key frame instead: what it would be sent lies in its past.
func (st *stream) replayableLocked(s *slot, now int64) bool {
	if st.ring == nil || st.keyAt == 0 || now-st.keyAt > keyPeriod+keyPeriod/2 || !s.idleSince(st.keyAt) {
		return false
	}
	for seq := st.keySeq; seq != st.head+1; seq++ {
		if !st.ring.Has(seq) { // lost, or pushed out: decoding would break off there
			return false
		}
	}
	return true
}

// replayLocked sends those who are late what their owners' budgets allow. Both in.mu and room.mu are held.
func (st *stream) replayLocked(w *worker) {
	behind := st.late[:0]
	for _, f := range st.late {
		switch st.catchUpLocked(w, &f) {
		case following:
			st.followLocked(f.slot)
		case late:
			behind = append(behind, f)
		}
	}
	clear(st.late[len(behind):])
	if st.late = behind; len(behind) > 0 {
		w.engine.agenda.arm(&st.source.owner.timers.replay, w.now+replayPeriod)
	}
}

// progress is how far a follower has come.
type progress int

const (
	late      progress = iota // there is more to send
	following                 // it has caught up, or must wait for a key frame like everybody
	gone                      // its slot shows something else by now
)

func (st *stream) catchUpLocked(w *worker, f *follower) progress {
	for ; f.next != st.head+1; f.next++ {
		b, ok := st.ring.Get(f.next)
		if !ok { // lost meanwhile
			st.wishKey()
			return following
		}
		if !f.slot.owner.mayReplay(w.now, len(b)) {
			return late
		}
		t := &w.one
		t.at, _ = st.ring.At(f.next)
		if t.pkt.Parse(b) != nil || !t.vp8.Parse(t.pkt.Payload) {
			continue
		}
		if !f.slot.forwardOne(w, st.to, t) {
			return gone
		}
	}
	return following
}

// replayDue goes on with the replays of this participant's streams.
func (p *Peer) replayDue(w *worker) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if len(st.late) > 0 {
				st.replayLocked(w)
			}
		}
	}
}

// mayReplay says whether the participant may be sent another packet of the past now, of that many bytes. room.mu is held.
func (p *Peer) mayReplay(now int64, size int) bool {
	if now-p.replayAt >= replayPeriod {
		rate, _ := p.capacity(now)
		p.replayAt, p.replayLeft = now, min(p.replayLeft, 0)+min(rate/8*5/4/1000*int(replayPeriod/int64(time.Millisecond)), replayBytes)
	}
	if p.replayLeft <= 0 {
		return false
	}
	p.replayLeft -= size
	return true
}
