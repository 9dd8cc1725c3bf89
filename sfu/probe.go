package sfu

import (
	"time"

	"tablee/sfu/estimate"
	"tablee/sfu/packet"
)

// How a line is tried before a picture is made larger: a short burst beside the media, as fast as the line is hoped to carry.
// It is made of retransmissions of what was sent lately, which a browser drops, or of padding where there is nothing to
// repeat (RFC 4588, section 4; libwebrtc probes in the same way).

// probing is a probe under way. line.mu guards it.
type probing struct {
	on    bool
	rate  int   // bit/s, of everything that is sent
	bytes int   // in all
	sent  int   // since it began, media included
	begun int64 // when the first packet was due; 0 before
	back  int   // how far back in the past the next repeat is
}

const (
	probePeriod = int64(5 * time.Millisecond)
	probeBurst  = 16  // packets that one period sends at most
	padding     = 255 // bytes: the most that a packet can have
	wireExtra   = 70  // bytes of headers and tag that come with a payload
)

// begin takes what the estimator asks for.
func (x *probing) begin(e *estimate.Estimator, now int64) bool {
	if x.on {
		return false
	}
	ask, ok := e.Probe(now)
	if !ok || ask.Rate <= 0 {
		return false
	}
	*x = probing{on: true, rate: ask.Rate, bytes: ask.Bytes}
	return true
}

// count takes note of a packet that leaves, and says whether it belongs to a probe.
func (x *probing) count(size int) bool {
	if !x.on {
		return false
	}
	x.sent += size
	x.on = x.sent < x.bytes
	return true
}

// due says whether another packet is to leave by now.
func (x *probing) due(now int64) bool {
	if x.begun == 0 {
		x.begun, x.sent = now, 0
	}
	return x.on && int64(x.sent) < (now-x.begun+probePeriod)*int64(x.rate)/8/int64(time.Second)
}

// probeOn sends the next packets of a probe: as many as are missing, beside the media, to the rate that was asked for.
func (p *Peer) probeOn(w *worker) {
	p.room.mu.Lock()
	w.slots = append(w.slots[:0], p.slots...)
	p.room.mu.Unlock()
	for range probeBurst {
		back, due := p.probeDue(w.now)
		if !due {
			break
		}
		if !p.probeOne(w, back) {
			p.abandonProbe(w.now)
			break
		}
	}
	clear(w.slots)
	l := &p.line
	l.mu.Lock()
	more := l.probe.on
	l.mu.Unlock()
	if more {
		w.engine.agenda.arm(&p.timers.probe, w.now+probePeriod)
	}
}

// probeDue says whether the probe under way has a packet to send now, and which of the past.
func (p *Peer) probeDue(now int64) (back int, due bool) {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.probe.due(now) {
		return 0, false
	}
	l.probe.back++
	return l.probe.back - 1, true
}

// abandonProbe ends a probe for which there is no room on the host's line, or nothing to send it with.
func (p *Peer) abandonProbe(now int64) {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.probe.on = false
	l.est.Abandon(now)
}

// probeOne sends a packet that the participant does not need.
func (p *Peer) probeOne(w *worker, back int) bool {
	for i := range w.slots {
		s := w.slots[(back+i)%len(w.slots)]
		if s.video && s.nums.ssrcRTX != 0 && (s.repeat(w, uint16(back/len(w.slots))) || s.pad(w)) {
			return true
		}
	}
	return false
}

// repeat sends what was sent lately once more.
func (s *slot) repeat(w *worker, back uint16) bool {
	s.mu.Lock()
	seq, active := s.flow.Last().Seq-back, s.cur != nil
	s.mu.Unlock()
	return active && s.resend(w, seq, true)
}

// pad sends a packet of padding.
func (s *slot) pad(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.owner.allowed(w, padding+wireExtra, padded) {
		return false
	}
	s.rtxSeq++
	h := packet.Header{PayloadType: s.nums.ptRTX, Seq: s.rtxSeq, TS: s.flow.Last().TS, SSRC: s.nums.ssrcRTX, Padding: padding}
	s.emit(w, &h, nil, &rewriting{rtx: true, pad: true}, asProbe)
	return true
}
