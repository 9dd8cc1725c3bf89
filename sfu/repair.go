package sfu

import (
	"time"

	"tablee/sfu/packet"
	"tablee/sfu/rewrite"
)

// How a receiver's losses are repaired: its NACK names packets of a slot; rewrite says which stream and packet each one
// was; the stream's history has it; it is rewritten as it was the first time and sent as a retransmission (RFC 4588).

// Retransmissions to one participant: rtxRate a second on average, rtxBurst at once. A line that loses more than that
// does not get better by being sent more.
const (
	rtxRate  = 300
	rtxBurst = 150
)

// bucket is a token bucket.
type bucket struct {
	tokens float64
	at     int64
}

func (b *bucket) take(now int64) bool {
	b.tokens = min(rtxBurst, b.tokens+float64(now-b.at)*rtxRate/float64(time.Second))
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// mayResend says whether the participant may be sent another retransmission now.
func (p *Peer) mayResend(now int64) bool {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.line.rtx.take(now)
}

// lookup says what an outgoing sequence number was.
func (s *slot) lookup(seq uint16) (*stream, rewrite.Run, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run, ok := s.flow.Source(seq)
	if !ok {
		return nil, run, false
	}
	for _, st := range s.recent {
		if st != nil && st.id == run.Source {
			return st, run, true
		}
	}
	return nil, run, false
}

// resend sends one packet again, as a repair or to try the line, and says whether it could.
func (s *slot) resend(w *worker, seq uint16, probe bool) bool {
	st, run, ok := s.lookup(seq)
	if !ok || s.nums.ssrcRTX == 0 || !s.video {
		return false
	}
	in := &st.source.owner.in
	in.mu.Lock() // the history's buffer is ours until it is released
	defer in.mu.Unlock()
	b, ok := st.ring.Get(run.In(seq))
	if !ok {
		return false
	}
	var p packet.RTP
	var v packet.VP8
	if p.Parse(b) != nil || !v.Parse(p.Payload) || len(p.Payload) > maxPacket {
		return false
	}
	as := asRetransmitted
	if probe {
		if as = asProbe; !s.owner.allowed(w, len(p.Payload)+wireExtra, padded) {
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := run.Out(rewrite.In{Seq: p.Seq, TS: p.TS, Picture: v.PictureID, TL0: v.TL0Index})
	s.rtxSeq++
	h := packet.Header{Marker: p.Marker, PayloadType: s.nums.ptRTX, Seq: s.rtxSeq, TS: out.TS, SSRC: s.nums.ssrcRTX, CSRC: st.source.owner.num}
	s.emit(w, &h, p.Payload, &rewriting{vp8: &v, picture: out.Picture, tl0: out.TL0, original: seq, rtx: true, probe: probe}, as)
	return true
}
