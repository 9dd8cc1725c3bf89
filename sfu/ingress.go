package sfu

import (
	"sync"

	"tablee/sfu/negotiate"
	"tablee/sfu/packet"
	"tablee/sfu/rewrite"
	"tablee/sfu/twcc"
)

// The way of a packet from a participant, on the goroutine that received it (worker.go):
//  1. The transport hands over the plain packet, in the worker's buffer, which may be changed in place.
//  2. It is parsed, and its arrival noted for congestion feedback (retransmissions and probes too).
//  3. Its SSRC says which stream it belongs to; an unknown one is looked up by the mid and rid in the packet.
//  4. A retransmission is turned back into the packet that was lost, in place.
//  5. Jumps, repeats and padding are sorted out.
//  6. Audio: its level goes to the room's speaker detection. Video: a copy goes to the stream's history.
//  7. The worker notes the packet for the stream's audience.
//
// All of it under inbound.mu, which is given back before anything is sent.

// inbound is what a participant sends.
type inbound struct {
	mu        sync.Mutex // guards all below
	sources   map[string]*source
	bySSRC    map[uint32]origin
	declared  map[uint32]origin // by the offer, until a packet comes
	ext       negotiate.Extensions
	twcc      *twcc.Recorder // when the first packet comes that is numbered
	twccAbout uint32         // SSRC of the last such packet
	strays    int
	heardAt   int64 // when the last packet came, RTCP too
	due, came int   // packets, by their numbers, and those that came without being asked for
}

// origin is what an SSRC carries.
type origin struct {
	stream *stream
	rtx    bool
	pt     uint8
}

// receiveRTP takes a plain packet, which may be changed, and is not kept beyond w.finish.
func (p *Peer) receiveRTP(w *worker, b []byte) {
	e := w.engine
	e.counters.received.Add(1)
	var pkt packet.RTP
	if pkt.Parse(b) != nil {
		e.counters.badRTP.Add(1)
		return
	}
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.in.heardAt = w.now
	p.noteArrivalLocked(w, &pkt)
	o, ok := p.in.bySSRC[pkt.SSRC]
	if !ok {
		if o, ok = p.identifyLocked(&pkt); !ok {
			p.strayLocked()
			return
		}
	}
	if p.shut.Load()&o.stream.source.bit != 0 {
		e.counters.forbidden.Add(1)
		return
	}
	if pkt.PayloadType != o.pt {
		if red := o.stream.source.ptRED; red != 0 && red == pkt.PayloadType {
			o.stream.takeRedundantLocked(w, &pkt, b)
			return
		}
		e.counters.unknownPayload.Add(1)
		return
	}
	if o.rtx {
		if b, ok = packet.Repair(b, o.stream.ssrc, o.stream.pt); !ok || pkt.Parse(b) != nil {
			e.counters.padding.Add(1)
			return
		}
	}
	o.stream.takeLocked(w, &pkt, b, o.rtx)
}

// noteArrivalLocked records the packet for transport-wide congestion feedback. in.mu is held.
func (p *Peer) noteArrivalLocked(w *worker, pkt *packet.RTP) {
	if p.in.ext.TWCC == 0 {
		return
	}
	if x := pkt.Extension(p.in.ext.TWCC); len(x) >= 2 {
		if p.in.twcc == nil {
			p.in.twcc = &twcc.Recorder{}
		}
		p.in.twcc.Record(uint16(x[0])<<8|uint16(x[1]), w.now)
		p.in.twccAbout = pkt.SSRC
		w.engine.agenda.arm(&p.timers.feedback, align(w.now+1, feedbackPeriod))
	}
}

// identifyLocked finds the stream of a new SSRC, by the mid and rid that the packet carries (RFC 8843, section 9.2) or
// as the offer declared it, and remembers it.
func (p *Peer) identifyLocked(pkt *packet.RTP) (origin, bool) {
	in := &p.in
	if len(in.bySSRC) >= MaxSSRCs {
		return origin{}, false
	}
	o, ok := in.declared[pkt.SSRC]
	if mid := pkt.Extension(in.ext.Mid); mid != nil {
		src := in.sources[string(mid)]
		if src == nil {
			return origin{}, false
		}
		o, ok = origin{}, false
		rid, rrid := pkt.Extension(in.ext.Rid), pkt.Extension(in.ext.RRid)
		for _, st := range src.streams {
			switch {
			case rrid != nil && st.rid == string(rrid), pkt.PayloadType == src.ptRTX && src.ptRTX != 0 && st.rid == "":
				o, ok = origin{stream: st, rtx: true, pt: src.ptRTX}, true
			case rrid == nil && st.rid == string(rid):
				o, ok = origin{stream: st, pt: st.pt}, true
			}
		}
	}
	if !ok || o.rtx && o.stream.ssrc == 0 { // a repair before anything to repair
		return origin{}, false
	}
	if !o.rtx {
		o.stream.ssrc = pkt.SSRC // a browser may take a new one for the same layer
	}
	in.bySSRC[pkt.SSRC] = o
	return o, true
}

// stray is strayLocked for who does not hold in.mu.
func (p *Peer) stray() {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.strayLocked()
}

// strayLocked counts a packet of no known source; who sends too many is closed.
func (p *Peer) strayLocked() {
	p.room.engine.counters.stray.Add(1)
	if p.in.strays++; p.in.strays == MaxStrays {
		p.room.engine.counters.abuse.Add(1)
		p.lost()
	}
}

// takeLocked handles one packet of a stream; b is the whole of it. in.mu is held.
func (st *stream) takeLocked(w *worker, pkt *packet.RTP, b []byte, repaired bool) {
	e := w.engine
	switch st.guard.Check(pkt.Seq, pkt.TS, w.now) {
	case rewrite.Stray:
		e.counters.stray.Add(1)
		return
	case rewrite.Restart:
		st.restartLocked()
		st.head = pkt.Seq
	case rewrite.Next:
		if in := &st.source.owner.in; st.recv.Started() {
			in.due += int(pkt.Seq - st.head)
		} else {
			in.due++
		}
		st.head = pkt.Seq
	}
	if !st.missing.Seen(pkt.Seq, w.now) { // browsers probe with repeats; nobody needs them twice
		e.counters.repeats.Add(1)
		return
	}
	if !repaired {
		st.source.owner.in.came++
	} else {
		e.counters.repaired.Add(1)
	}
	if st.ring != nil && st.missing.Pending() {
		e.agenda.arm(&st.source.owner.timers.ask, w.now+askPeriod)
	}
	st.recv.Packet(pkt.Seq, pkt.TS, w.now)
	if st.source.kind.video() {
		st.takeVideoLocked(w, pkt, b)
	} else {
		st.takeAudioLocked(w, pkt)
	}
}

func (st *stream) takeVideoLocked(w *worker, pkt *packet.RTP, b []byte) {
	e, now := w.engine, w.now
	if len(pkt.Payload) == 0 {
		e.counters.padding.Add(1)
		w.take(st.to, pkt, nil) // the slots leave its number out
		return
	}
	var v packet.VP8
	if !v.Parse(pkt.Payload) {
		e.counters.badRTP.Add(1)
		return
	}
	wasLive := st.live(now)
	st.lastAt.Store(now)
	st.remember(w, pkt.Seq, b)
	st.measure(now, len(pkt.Payload), v.TID)
	if v.Key {
		st.keySeq, st.keyAt = pkt.Seq, now
		st.keyWish.Store(false)
		if v.Height > 0 && st.height.Swap(int64(v.Height)) != int64(v.Height) {
			wasLive = false
		}
	}
	st.forwardLocked(w, pkt, &v)
	if !wasLive { // those who want it can be shown it now
		st.source.owner.room.stir()
		if st.keyWish.Swap(false) { // nobody could be asked before
			st.wishKey()
		}
	}
}

// takeRedundantLocked handles a packet that carries earlier frames again (RFC 2198): those that were lost go on as the packets
// that they were, then the packet goes on as if it had carried its own frame alone. in.mu is held.
func (st *stream) takeRedundantLocked(w *worker, pkt *packet.RTP, b []byte) {
	var red packet.RED
	if !red.Parse(pkt.Payload) {
		w.engine.counters.badRTP.Add(1)
		return
	}
	own := red.N - 1
	for i, x := range red.Blocks[:own] {
		seq := pkt.Seq - uint16(own-i)
		if x.PayloadType != st.pt || len(x.Payload) == 0 || !st.missing.Lacks(seq, packet.MaxREDBlocks) {
			continue
		}
		st.missing.Seen(seq, w.now)
		w.engine.counters.recovered.Add(1)
		lost := packet.RTP{PayloadType: st.pt, Seq: seq, TS: pkt.TS - x.Offset, SSRC: pkt.SSRC, Payload: x.Payload}
		st.forwardLocked(w, &lost, nil) // not counted as received: reports are to say what the line loses
	}
	if red.Blocks[own].PayloadType != st.pt {
		w.engine.counters.unknownPayload.Add(1)
		return
	}
	pkt.PayloadType, pkt.Payload = st.pt, red.Blocks[own].Payload
	st.takeLocked(w, pkt, b, false)
}

func (st *stream) takeAudioLocked(w *worker, pkt *packet.RTP) {
	st.lastAt.Store(w.now)
	r := st.source.owner.room
	if x := pkt.Extension(st.source.owner.in.ext.Level); len(x) >= 1 {
		if r.speech.level(st.source, x[0]&0x7f, w.now) {
			r.stir() // a new voice
		}
	}
	if len(pkt.Payload) == 0 {
		w.engine.counters.padding.Add(1)
		return
	}
	st.forwardLocked(w, pkt, nil)
}

// forwardLocked notes a packet for the stream's audience, if it has one. in.mu is held.
func (st *stream) forwardLocked(w *worker, pkt *packet.RTP, v *packet.VP8) {
	if len(st.to.slots) == 0 {
		if len(st.late) == 0 {
			w.engine.counters.unwatched.Add(1)
		}
		return
	}
	w.take(st.to, pkt, v)
}
