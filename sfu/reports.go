package sfu

import (
	"time"

	"tablee/sfu/rtcp"
)

// What we say to participants by RTCP: of what they send, and of what we send them. Each kind has a timer, which is armed
// by whoever finds that there is something to say.

// Periods of what is said.
const (
	askPeriod      = int64(20 * time.Millisecond)  // requests for retransmission
	feedbackPeriod = int64(100 * time.Millisecond) // transport-wide congestion feedback
	reportPeriod   = int64(time.Second)
)

// maxRTCP is the largest RTCP packet that is written, in bytes, and the largest of congestion feedback.
const (
	maxRTCP     = 1200
	maxFeedback = 600
)

// reportSSRC is our SSRC in reports about what a client sends; nothing is ever sent under it.
const reportSSRC = 1

// peerTimers are what is due to a participant.
type peerTimers struct{ ask, keys, feedback, report, replay, hush, line, probe timer }

func (p *Peer) initTimers() {
	p.timers.ask.init(p.askAgain)
	p.timers.keys.init(p.askForKeys)
	p.timers.feedback.init(p.acknowledge)
	p.timers.report.init(p.sendReports)
	p.timers.replay.init(p.replayDue)
	p.timers.hush.init(p.hushAll)
	p.timers.line.init(p.watchLine)
	p.timers.probe.init(p.probeOn)
}

func (p *Peer) cancelTimers() {
	t := &p.timers
	p.room.engine.agenda.cancel(&t.ask, &t.keys, &t.feedback, &t.report, &t.replay, &t.hush, &t.line, &t.probe)
}

// rtcpSpace gives room for an RTCP packet to the participant.
func (p *Peer) rtcpSpace(w *worker, n int) (*connection, []byte) {
	c := p.conn.Load()
	if c == nil || p.closed.Load() {
		return nil, nil
	}
	return c, c.SpaceRTCP(w, n)
}

// sendRTCP sends what was built in the room of rtcpSpace.
func (c *connection) sendRTCP(w *worker, b []byte) {
	if len(b) > 0 {
		if err := c.SendRTCP(w, b); err != nil {
			w.engine.counters.writeErrors.Add(1)
		}
	}
}

// askAgain sends the NACKs that are due.
func (p *Peer) askAgain(w *worker) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	pending := false
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if st.ring == nil || st.ssrc == 0 || !st.missing.Pending() {
				continue
			}
			w.seqs = st.missing.Due(w.now, p.rtt.Load(), w.seqs[:0])
			pending = pending || st.missing.Pending()
			if len(w.seqs) == 0 {
				continue
			}
			if c, b := p.rtcpSpace(w, maxRTCP); b != nil {
				c.sendRTCP(w, rtcp.AppendNACK(b, reportSSRC, st.ssrc, pairsOf(w)))
			}
		}
	}
	if pending {
		w.engine.agenda.arm(&p.timers.ask, w.now+askPeriod)
	}
}

// acknowledge sends congestion feedback about what came.
func (p *Peer) acknowledge(w *worker) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if c, b := p.rtcpSpace(w, maxRTCP); b != nil && p.in.twcc != nil {
		c.sendRTCP(w, p.in.twcc.Append(b, reportSSRC, p.in.twccAbout, maxFeedback))
	}
}

// askForKeys asks for the key frames that are wished for, each stream for one a second at most.
func (p *Peer) askForKeys(w *worker) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	again := int64(0)
	c, b := p.rtcpSpace(w, maxRTCP)
	if b == nil {
		return
	}
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			due, at := st.keyDue(w.now)
			if due {
				w.engine.counters.keyFrames.Add(1)
				b = rtcp.AppendPLI(b, reportSSRC, st.ssrc)
			}
			if at > 0 && (again == 0 || at < again) {
				again = at
			}
		}
	}
	c.sendRTCP(w, b)
	if again > 0 {
		w.engine.agenda.arm(&p.timers.keys, again)
	}
}

// sendReports sends the sender and receiver reports of this second.
func (p *Peer) sendReports(w *worker) {
	p.room.mu.Lock()
	w.slots = append(w.slots[:0], p.slots...)
	p.room.mu.Unlock()
	c, b := p.rtcpSpace(w, maxRTCP)
	if p.closed.Load() {
		return
	}
	w.engine.agenda.arm(&p.timers.report, align(w.now+reportPeriod, feedbackPeriod))
	p.forgetSilent(w)
	if b == nil {
		return
	}
	for _, s := range w.slots {
		if ts, packets, octets, ok := s.report(w.now); ok && len(b) < maxRTCP/2 {
			b = rtcp.AppendSenderReport(b, rtcp.SenderInfo{SSRC: s.nums.ssrc, NTP: w.engine.ntpAt(w.now), RTPTime: ts, Packets: packets, Octets: octets}, nil)
		}
	}
	clear(w.slots)
	if w.blocks = p.blocks(w.now, w.blocks[:0]); len(w.blocks) > 0 {
		b = rtcp.AppendReceiverReport(b, reportSSRC, w.blocks)
	}
	c.sendRTCP(w, b)
}

// maxBlocks is how many streams are reported on: what fits half a packet.
const maxBlocks = 20

// reportedFor is for how long after its last packet a stream is reported on, in nanoseconds.
const reportedFor = int64(10 * time.Second)

// blocks appends the reception blocks about what the participant sends.
func (p *Peer) blocks(now int64, dst []rtcp.Block) []rtcp.Block {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if last := st.lastAt.Load(); st.ssrc != 0 && last != 0 && now-last < reportedFor && len(dst) < maxBlocks {
				b := rtcp.Block{SSRC: st.ssrc, Block: st.recv.Block(now)}
				if src.kind == Mic {
					onward(&b, p.heardLoss.Load())
				}
				dst = append(dst, b)
			}
		}
	}
	return dst
}

// hushAll sends the silence that is due after voices that have ended.
func (p *Peer) hushAll(w *worker) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	more := false
	for _, s := range p.slots {
		if !s.video && s.hushOne(w) {
			more = true
		}
	}
	if more {
		w.engine.agenda.arm(&p.timers.hush, w.now+hushPeriod)
	}
}
