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
	rate int // bit/s
	size int // bytes of each packet
	left int // packets
	back int // how far back in the past the next repeat is
}

const (
	probePeriod = int64(5 * time.Millisecond)
	probeBurst  = 32  // packets that one period sends at most
	padding     = 255 // bytes: the most that a packet can have
	wireExtra   = 70  // bytes of headers and tag that come with a payload
)

// begin takes what the estimator asks for.
func (x *probing) begin(e *estimate.Estimator, now int64) bool {
	if x.left > 0 {
		return false
	}
	ask, ok := e.Probe(now)
	if !ok || ask.Packets <= 0 {
		return false
	}
	*x = probing{rate: ask.Rate, size: max(ask.Bytes/ask.Packets, 100), left: ask.Packets}
	return true
}

// probeOn sends the next packets of a probe.
func (p *Peer) probeOn(w *worker) {
	l := &p.line
	l.mu.Lock()
	n := min(l.probe.left, max(1, int(int64(l.probe.rate)*probePeriod/8/int64(l.probe.size)/int64(time.Second))), probeBurst)
	size := l.probe.size
	l.mu.Unlock()
	p.room.mu.Lock()
	w.slots = append(w.slots[:0], p.slots...)
	p.room.mu.Unlock()
	for range n {
		if !p.probeOne(w, size) {
			l.mu.Lock()
			l.probe.left = 0
			l.mu.Unlock()
			break
		}
	}
	clear(w.slots)
	l.mu.Lock()
	more := l.probe.left > 0
	l.mu.Unlock()
	if more {
		w.engine.agenda.arm(&p.timers.probe, w.now+probePeriod)
	}
}

// probeOne sends size bytes that the participant does not need, in one packet or several.
func (p *Peer) probeOne(w *worker, size int) bool {
	l := &p.line
	l.mu.Lock()
	back := l.probe.back
	l.probe.back++
	l.probe.left--
	l.mu.Unlock()
	sent := 0
	for i := range w.slots {
		s := w.slots[(back+i)%len(w.slots)]
		if !s.video || s.nums.ssrcRTX == 0 {
			continue
		}
		if n := s.repeat(w, uint16(back/len(w.slots))); n > 0 {
			return true
		}
		for sent < size && s.pad(w) {
			sent += padding + wireExtra
		}
		if sent >= size {
			return true
		}
	}
	return false
}

// repeat sends what was sent lately once more, and returns its size.
func (s *slot) repeat(w *worker, back uint16) int {
	s.mu.Lock()
	seq, active := s.flow.Last().Seq-back, s.cur != nil
	s.mu.Unlock()
	if !active || !s.resend(w, seq, true) {
		return 0
	}
	return maxPacket
}

// pad sends a packet of padding.
func (s *slot) pad(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.owner.allowed(w.now, padding+wireExtra, padded) {
		return false
	}
	s.rtxSeq++
	h := packet.Header{PayloadType: s.nums.ptRTX, Seq: s.rtxSeq, TS: s.flow.Last().TS, SSRC: s.nums.ssrcRTX, Padding: padding}
	s.emit(w, &h, nil, rewriting{rtx: true, pad: true}, &w.engine.counters.probes)
	return true
}
