package sfu

import "tablee/sfu/packet"

// How somebody who comes late sees a picture at once, although key frames are asked for once a second only: a slot that
// shows nothing is sent, from the stream's history, what came since its last key frame. All of it at once would be a
// burst of a second of every camera, which overruns the receive buffers of browsers and the queues of small lines; so a
// participant is sent replayPackets with each tick until the slot has caught up and follows the live stream.

// replayPackets is how many packets of the past a participant is sent every 20 ms: some 10 Mbit/s.
const replayPackets = 24

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
func (st *stream) replayLocked() {
	behind := st.late[:0]
	for _, f := range st.late {
		switch st.catchUpLocked(&f) {
		case following:
			st.subs = append(st.subs, f.slot)
		case late:
			behind = append(behind, f)
		}
	}
	clear(st.late[len(behind):])
	st.late = behind
}

// progress is how far a follower has come.
type progress int

const (
	late      progress = iota // there is more to send
	following                 // it has caught up, or must wait for a key frame like everybody
	gone                      // its slot shows something else by now
)

func (st *stream) catchUpLocked(f *follower) progress {
	for ; f.next != st.head+1; f.next++ {
		if f.slot.owner.replay <= 0 {
			return late
		}
		b, ok := st.ring.Get(f.next)
		if !ok { // lost meanwhile
			st.wishKey()
			return following
		}
		at, _ := st.ring.At(f.next)
		var p packet.RTP
		var v packet.VP8
		if p.Parse(b) != nil || !v.Parse(p.Payload) {
			continue
		}
		if !f.slot.forward(st, &p, &v, at) {
			return gone
		}
		f.slot.owner.replay--
	}
	return following
}

// replayDue goes on with the replays of this participant's streams. room.mu is held.
func (p *Peer) replayDue() {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if len(st.late) > 0 {
				st.replayLocked()
			}
		}
	}
}
