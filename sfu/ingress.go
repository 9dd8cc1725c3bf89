package sfu

import (
	"sync"

	"github.com/pion/interceptor/pkg/twcc"

	"tablee/sfu/packet"
	"tablee/sfu/rewrite"
)

// The way of a packet from a participant:
//  1. The transport hands over the decrypted packet; the buffer stays the transport's, and may be changed in place.
//  2. It is parsed, and its arrival noted for congestion feedback (retransmissions and probes too).
//  3. Its SSRC says which stream it belongs to; an unknown one is looked up by the mid and rid in the packet.
//  4. A retransmission is turned back into the packet that was lost (in a buffer of inbound's).
//  5. Jumps, repeats and padding are sorted out.
//  6. Audio: its level goes to the room's speaker detection. Video: a copy goes to the stream's history.
//  7. Each slot that shows the stream rewrites its own copy and sends it (slot.go).
//
// All of it on the goroutine on which the packet came, under inbound.mu.

// inbound is what a participant sends.
type inbound struct {
	mu       sync.Mutex // guards all below
	sources  map[string]*source
	sections map[string]*section
	bySSRC   map[uint32]origin
	declared map[uint32]origin // by the offer, until a packet comes
	ext      extensions
	twcc     *twcc.Recorder
	twccSeen bool
	scratch  []byte // a repaired packet
	strays   int
}

// origin is what an SSRC carries.
type origin struct {
	stream *stream
	rtx    bool
	pt     uint8
}

// reportSSRC is our SSRC in reports about what a client sends; nothing is ever sent under it.
const reportSSRC = 1

// receiveRTP implements receiver.
func (p *Peer) receiveRTP(b []byte) {
	e := p.room.engine
	now := e.now()
	e.counters.received.Add(1)
	var pkt packet.RTP
	if pkt.Parse(b) != nil {
		e.counters.badRTP.Add(1)
		return
	}
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	p.in.noteArrival(&pkt, now)
	o, ok := p.in.bySSRC[pkt.SSRC]
	if !ok {
		if o, ok = p.identifyLocked(&pkt); !ok {
			p.strayLocked()
			return
		}
	}
	if pkt.PayloadType != o.pt {
		e.counters.unknownPayload.Add(1)
		return
	}
	if o.rtx {
		if p.in.scratch, ok = packet.Repair(b, p.in.scratch, o.stream.ssrc, p.in.sections[o.stream.source.mid].pt); !ok || pkt.Parse(p.in.scratch) != nil {
			e.counters.padding.Add(1)
			return
		}
		b = p.in.scratch
	}
	o.stream.takeLocked(e, &pkt, b, o.rtx, now)
}

// noteArrival records the packet for transport-wide congestion feedback.
func (in *inbound) noteArrival(pkt *packet.RTP, now int64) {
	if in.ext.twcc == 0 {
		return
	}
	if x := pkt.Extension(in.ext.twcc); len(x) >= 2 {
		in.twcc.Record(pkt.SSRC, uint16(x[0])<<8|uint16(x[1]), now/1000)
		in.twccSeen = true
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
	if mid := pkt.Extension(in.ext.mid); mid != nil {
		src, sec := in.sources[string(mid)], in.sections[string(mid)]
		if src == nil {
			return origin{}, false
		}
		o, ok = origin{}, false
		rid, rrid := pkt.Extension(in.ext.rid), pkt.Extension(in.ext.rrid)
		for _, st := range src.streams {
			switch {
			case rrid != nil && st.rid == string(rrid), pkt.PayloadType == sec.ptRTX && sec.ptRTX != 0 && st.rid == "":
				o, ok = origin{stream: st, rtx: true, pt: sec.ptRTX}, true
			case rrid == nil && st.rid == string(rid):
				o, ok = origin{stream: st, pt: sec.pt}, true
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

// strayLocked counts a packet of no known source; who sends too many is closed.
func (p *Peer) strayLocked() {
	p.room.engine.counters.stray.Add(1)
	if p.in.strays++; p.in.strays == MaxStrays {
		p.room.engine.counters.abuse.Add(1)
		p.lost()
	}
}

// takeLocked handles one packet of a stream; b is the whole of it. in.mu is held.
func (st *stream) takeLocked(e *Engine, pkt *packet.RTP, b []byte, repaired bool, now int64) {
	switch st.guard.Check(pkt.Seq, pkt.TS, now) {
	case rewrite.Stray:
		e.counters.stray.Add(1)
		return
	case rewrite.Restart:
		st.restartLocked()
		st.head = pkt.Seq
	case rewrite.Next:
		st.head = pkt.Seq
	}
	if !st.missing.Seen(pkt.Seq, now) { // browsers probe with repeats; nobody needs them twice
		e.counters.repeats.Add(1)
		return
	}
	if repaired {
		e.counters.repaired.Add(1)
	}
	st.recv.Packet(pkt.Seq, pkt.TS, now)
	if st.source.kind.video() {
		st.takeVideoLocked(e, pkt, b, now)
	} else {
		st.takeAudioLocked(e, pkt, now)
	}
}

func (st *stream) takeVideoLocked(e *Engine, pkt *packet.RTP, b []byte, now int64) {
	if len(pkt.Payload) == 0 {
		e.counters.padding.Add(1)
		for _, s := range st.subs {
			s.skip(st, pkt.Seq)
		}
		return
	}
	var v packet.VP8
	if !v.Parse(pkt.Payload) {
		e.counters.badRTP.Add(1)
		return
	}
	wasLive := st.live(now)
	st.lastAt.Store(now)
	st.ring.Put(pkt.Seq, b, now)
	if v.Key {
		st.keySeq, st.keyAt = pkt.Seq, now
		st.keyWish.Store(false)
		if v.Height > 0 && st.height.Swap(int64(v.Height)) != int64(v.Height) {
			wasLive = false
		}
	}
	st.fanOutLocked(e, pkt, &v, now)
	if !wasLive { // those who want it can be shown it now
		st.source.owner.room.stir()
	}
}

func (st *stream) takeAudioLocked(e *Engine, pkt *packet.RTP, now int64) {
	st.lastAt.Store(now)
	r := st.source.owner.room
	if x := pkt.Extension(st.source.owner.in.ext.level); len(x) >= 1 {
		if r.speech.level(st.source, x[0]&0x7f, now) {
			r.stir() // a new voice
		}
	}
	if len(pkt.Payload) == 0 {
		e.counters.padding.Add(1)
		return
	}
	st.fanOutLocked(e, pkt, nil, now)
}

// fanOutLocked sends a packet to every slot that shows the stream, and forgets those that do no more.
func (st *stream) fanOutLocked(e *Engine, pkt *packet.RTP, v *packet.VP8, now int64) {
	if len(st.subs) == 0 && len(st.late) == 0 {
		e.counters.unwatched.Add(1)
		return
	}
	keep := st.subs[:0]
	for _, s := range st.subs {
		if s.forward(st, pkt, v, now) {
			keep = append(keep, s)
		}
	}
	clear(st.subs[len(keep):])
	st.subs = keep
}
