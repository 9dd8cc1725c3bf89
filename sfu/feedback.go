package sfu

import (
	"tablee/sfu/history"
	"tablee/sfu/report"
	"tablee/sfu/rtcp"
)

// What participants say by RTCP of what they are sent, and of what they send. What we say to them is in reports.go.

// maxNackPairs bounds what one NACK may ask for; a receiver that has lost more needs a key frame.
const maxNackPairs = 64

// receiveRTCP takes a plain RTCP packet, compound or not.
func (p *Peer) receiveRTCP(w *worker, b []byte) {
	p.in.mu.Lock()
	p.in.heardAt = w.now
	p.in.mu.Unlock()
	var it rtcp.Iterator
	it.Reset(b)
	for it.Next() {
		switch it.Kind() {
		case rtcp.KindPLI:
			p.wantsKey(it.PLI().MediaSSRC())
		case rtcp.KindFIR:
			for i, fir := 0, it.FIR(); i < fir.Len(); i++ {
				p.wantsKey(fir.Entry(i).SSRC)
			}
		case rtcp.KindNACK:
			p.nacked(w, it.NACK())
		case rtcp.KindSenderReport:
			p.senderReport(w, it.SenderReport())
		case rtcp.KindReceiverReport:
			p.roundTrip(w, it.ReceiverReport())
		case rtcp.KindTransportFeedback:
			p.heard(w, it.TransportFeedback())
		}
	}
	if it.Err() != nil {
		w.engine.counters.badRTCP.Add(1)
	}
}

// slotOf finds the slot with this SSRC.
func (p *Peer) slotOf(ssrc uint32) *slot {
	if m := p.bySSRC.Load(); m != nil {
		return (*m)[ssrc]
	}
	return nil
}

func (p *Peer) wantsKey(ssrc uint32) {
	s := p.slotOf(ssrc)
	if s == nil || !s.video {
		return
	}
	shown, next := s.layers()
	if shown != nil {
		shown.wishKey()
	}
	if next != nil {
		next.wishKey()
	}
}

func (p *Peer) nacked(w *worker, n rtcp.NACK) {
	s := p.slotOf(n.MediaSSRC())
	if s == nil {
		return
	}
	if shown, _ := s.layers(); shown == nil { // what was lost of a picture that has ended only fills the line which it was too much for
		w.engine.counters.rtxRefused.Add(uint64(n.Len()))
		return
	}
	for i := range n.Len() {
		if i == maxNackPairs {
			p.wantsKey(n.MediaSSRC())
			return
		}
		w.seqs = n.Pair(i).Seqs(w.seqs[:0])
		for _, seq := range w.seqs {
			if !p.mayResend(w.now) || !s.resend(w, seq, false) {
				w.engine.counters.rtxRefused.Add(1)
			}
		}
	}
}

func (p *Peer) senderReport(w *worker, r rtcp.SenderReport) {
	info := r.Info()
	p.in.mu.Lock()
	if o, ok := p.in.bySSRC[info.SSRC]; ok && !o.rtx {
		o.stream.recv.SenderReport(info.NTP, w.now)
	}
	p.in.mu.Unlock()
	for i := range r.Len() {
		p.readBlock(w, r.Block(i))
	}
}

func (p *Peer) roundTrip(w *worker, r rtcp.ReceiverReport) {
	for i := range r.Len() {
		p.readBlock(w, r.Block(i))
	}
}

// readBlock takes the round trip from a report block about something that we send.
func (p *Peer) readBlock(w *worker, b rtcp.Block) {
	if rtt, ok := report.RTT(b.LastSR, b.DelaySinceLastSR, report.Middle(w.engine.ntpAt(w.now))); ok && p.slotOf(b.SSRC) != nil {
		p.rtt.Store(rtt)
	}
}

// ntpAt is the NTP time of our reports. Only differences of it mean anything to anybody, but it runs with the wall clock
// that the engine started at.
func (e *Engine) ntpAt(now int64) uint64 { return report.NTP(e.start.UnixNano() + now) }

// pairsOf packs sequence numbers into NACK pairs.
func pairsOf(w *worker) []history.NackPair {
	w.pairs = history.Pairs(w.seqs, w.pairs[:0])
	return w.pairs
}
