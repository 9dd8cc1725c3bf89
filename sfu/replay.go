package sfu

import "time"

// How somebody who comes late sees a picture at once, although key frames are asked for once a second only: a slot that
// shows nothing is sent, from the stream's history, what came since its last key frame. All of it at once would be a
// burst of a second of every camera, which overruns the receive buffers of browsers and the queues of small lines; so a
// participant is sent replayPackets with each tick until the slot has caught up and follows the live stream.

// replayPackets is how many packets of the past a participant is sent every replayPeriod: some 20 Mbit/s, and more than any stream brings.
const (
	replayPackets = 48
	replayPeriod  = int64(20 * time.Millisecond)
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
		if !f.slot.owner.mayReplay(w.now) {
			return late
		}
		b, ok := st.ring.Get(f.next)
		if !ok { // lost meanwhile
			st.wishKey()
			return following
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

// mayReplay says whether the participant may be sent another packet of the past now. room.mu is held.
func (p *Peer) mayReplay(now int64) bool {
	if now-p.replayAt >= replayPeriod {
		p.replayAt, p.replayed = now, 0
	}
	p.replayed++
	return p.replayed <= replayPackets
}
