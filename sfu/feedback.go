package sfu

import (
	"time"

	"github.com/pion/rtcp"

	"tablee/sfu/history"
	"tablee/sfu/report"
)

// maxNackPairs bounds what one NACK may ask for; a receiver that has lost more needs a key frame.
const maxNackPairs = 64

// receiveRTCP implements receiver.
func (p *Peer) receiveRTCP(about uint32, b []byte) {
	e := p.room.engine
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		e.counters.badRTCP.Add(1)
		return
	}
	for _, pkt := range packets {
		// A packet about several SSRCs comes once for each: it is read at the first.
		if to := pkt.DestinationSSRC(); len(to) == 0 || to[0] != about {
			continue
		}
		switch pkt := pkt.(type) {
		case *rtcp.PictureLossIndication:
			p.wantsKey(pkt.MediaSSRC)
		case *rtcp.FullIntraRequest:
			for _, f := range pkt.FIR {
				p.wantsKey(f.SSRC)
			}
		case *rtcp.TransportLayerNack:
			p.nacked(pkt)
		case *rtcp.SenderReport:
			p.senderReport(pkt)
			p.roundTrip(pkt.Reports)
		case *rtcp.ReceiverReport:
			p.roundTrip(pkt.Reports)
		}
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
	for _, st := range []*stream{shown, next} {
		if st != nil {
			st.wishKey()
		}
	}
}

func (p *Peer) nacked(pkt *rtcp.TransportLayerNack) {
	s := p.slotOf(pkt.MediaSSRC)
	if s == nil {
		return
	}
	now := p.room.engine.now()
	for i, pair := range pkt.Nacks {
		if i == maxNackPairs {
			p.wantsKey(pkt.MediaSSRC)
			return
		}
		for _, seq := range pair.PacketList() {
			if !p.rtx.take(now) || !s.resend(seq) {
				p.room.engine.counters.rtxRefused.Add(1)
			}
		}
	}
}

func (p *Peer) senderReport(pkt *rtcp.SenderReport) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if o, ok := p.in.bySSRC[pkt.SSRC]; ok && !o.rtx {
		o.stream.recv.SenderReport(pkt.NTPTime, p.room.engine.now())
	}
}

func (p *Peer) roundTrip(blocks []rtcp.ReceptionReport) {
	for _, b := range blocks {
		if rtt, ok := report.RTT(b.LastSenderReport, b.Delay, report.Middle(p.room.engine.ntp())); ok {
			p.rtt.Store(rtt)
		}
	}
}

// ntp is the NTP time of our reports. Only differences of it mean anything to anybody, but it runs with the wall clock
// that the engine started at.
func (e *Engine) ntp() uint64 { return report.NTP(e.start.UnixNano() + e.now()) }

// retransmissions returns the NACKs that are due to this participant.
func (p *Peer) retransmissions(now int64, dst []rtcp.Packet) []rtcp.Packet {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if st.ring == nil || st.ssrc == 0 || !st.missing.Pending() {
				continue
			}
			seqs := st.missing.Due(now, p.rtt.Load(), nil)
			if len(seqs) == 0 {
				continue
			}
			n := &rtcp.TransportLayerNack{SenderSSRC: reportSSRC, MediaSSRC: st.ssrc}
			for _, pair := range history.Pairs(seqs, nil) {
				n.Nacks = append(n.Nacks, rtcp.NackPair{PacketID: pair.PID, LostPackets: rtcp.PacketBitmap(pair.BLP)})
			}
			dst = append(dst, n)
		}
	}
	return dst
}

// arrivals returns the transport-wide congestion feedback that is due to this participant.
func (p *Peer) arrivals(dst []rtcp.Packet) []rtcp.Packet {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if !p.in.twccSeen {
		return dst
	}
	p.in.twccSeen = false
	return append(dst, p.in.twcc.BuildFeedbackPacket()...)
}

// keyRequests returns the requests for key frames that are due to this participant.
func (p *Peer) keyRequests(now int64, dst []rtcp.Packet) []rtcp.Packet {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if st.ssrc != 0 && st.keyDue(now) {
				p.room.engine.counters.keyFrames.Add(1)
				dst = append(dst, &rtcp.PictureLossIndication{SenderSSRC: reportSSRC, MediaSSRC: st.ssrc})
			}
		}
	}
	return dst
}

// maxBlocks is how many reception blocks an RTCP packet can hold (RFC 3550, section 6.4.1: 5 bits).
const maxBlocks = 31

// reports returns the sender and receiver reports that are due to this participant. slots are its own.
func (p *Peer) reports(now int64, slots []*slot, dst []rtcp.Packet) []rtcp.Packet {
	for _, s := range slots {
		if ts, packets, octets, ok := s.report(now); ok {
			dst = append(dst, &rtcp.SenderReport{SSRC: s.nums.ssrc, NTPTime: p.room.engine.ntp(), RTPTime: ts, PacketCount: packets, OctetCount: octets})
		}
	}
	rr := &rtcp.ReceiverReport{SSRC: reportSSRC}
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			last := st.lastAt.Load()
			if st.ssrc == 0 || last == 0 || now-last > int64(10*time.Second) || len(rr.Reports) == maxBlocks {
				continue
			}
			b := st.recv.Block(now)
			rr.Reports = append(rr.Reports, rtcp.ReceptionReport{SSRC: st.ssrc, FractionLost: b.FractionLost, TotalLost: b.TotalLost,
				LastSequenceNumber: b.LastSequence, Jitter: b.Jitter, LastSenderReport: b.LastSR, Delay: b.DelaySinceLastSR})
		}
	}
	if len(rr.Reports) > 0 {
		dst = append(dst, rr)
	}
	return dst
}
