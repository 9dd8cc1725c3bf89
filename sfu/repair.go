package sfu

import (
	"encoding/binary"
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

// bucket is a token bucket. It has one owner.
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

// resend repairs one packet, and says whether it could.
func (s *slot) resend(seq uint16) bool {
	st, run, ok := s.lookup(seq)
	if !ok || s.nums.ssrcRTX == 0 || st.ring == nil {
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
	if p.Parse(b) != nil || !v.Parse(p.Payload) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := copy(s.payload[2:], p.Payload)
	if n < len(p.Payload) {
		return false
	}
	binary.BigEndian.PutUint16(s.payload[:], seq) // the original sequence number comes first
	out := run.Out(rewrite.In{Seq: p.Seq, TS: p.TS, Picture: v.PictureID, TL0: v.TL0Index})
	v.SetPicture(s.payload[2:], out.Picture)
	v.SetTL0(s.payload[2:], out.TL0)
	s.rtxSeq++
	out.Seq = s.rtxSeq
	s.fill(out, s.nums.ptRTX, s.nums.ssrcRTX, st.source.owner.num, p.Marker)
	s.emit(s.payload[:2+n], &s.owner.room.engine.counters.retransmitted)
	return true
}
