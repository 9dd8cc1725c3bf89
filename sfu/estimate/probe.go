package estimate

import "math"

// How probes are made.
const (
	leastProbe   = 60 * millisecond // so long that jitter of a few ms does not hide the rate
	mostProbe    = 300 * millisecond
	probePackets = 8
	probeSize    = 1200 // bytes of a usual packet
	probeStep    = 2.0  // times the rate
	probeKnown   = 1.4  // and so much near where the line was full, so as not to fill its queue
	probeBeyond  = 1.1  // times what is wanted is the most
	probeMost    = 3.0  // when the next layer needs as much
	// probeGood is the share of the asked rate from which a probe has found no limit.
	probeGood = 0.85
	// probeKept is what we take of a rate at which a probe was held back: it filled the line.
	probeKept = 0.92
	// probeAgain is when to try again after one that found the limit; twice as long each time.
	probeAgain = 2 * second
	probeSoon  = second / 2 // when it said nothing
	probeRest  = 6 * second
)

// prober sends bursts above the estimate and measures at which rate they arrive.
type prober struct {
	asked  Probe
	open   bool // asked for, and not handed out yet
	flying bool // handed out, and not all in feedback yet
	sentAt int64

	begun                    bool
	packets, received        int
	bytes, receivedBytes     int
	firstSent, lastSent      int64
	firstArrived, lastArrive int64
	firstSize, lastSize      int

	next  int64 // not before
	pause int64
}

// ask plans one at that rate.
func (p *prober) ask(rate float64, jitter int64, lineLoss float64) {
	length := min(int64(float64(max(leastProbe, 6*jitter))*(1+lineLoss)), mostProbe)
	bytes := int(rate * float64(length) / float64(8*second))
	p.asked = Probe{Rate: int(rate), Bytes: max(bytes, probePackets*200), Packets: max(probePackets, bytes/probeSize)}
	p.open = true
}

func (p *prober) cancel() { p.open, p.flying = false, false }

// take hands it out.
func (p *prober) take(now int64) (Probe, bool) {
	if !p.open {
		return Probe{}, false
	}
	p.open, p.flying, p.sentAt, p.begun = false, true, now, false
	return p.asked, true
}

// add counts a packet of the burst: all from the first that is marked. It says whether that was the last.
func (p *prober) add(q Packet) (done bool) {
	if !p.flying || !p.begun && !q.Probe || q.SentAt < p.sentAt {
		return false
	}
	if !p.begun {
		p.begun, p.packets, p.received, p.bytes, p.receivedBytes = true, 0, 0, 0, 0
	}
	p.packets++
	p.bytes += q.Size
	if q.Received {
		if p.received == 0 {
			p.firstSent, p.firstArrived, p.lastArrive, p.firstSize = q.SentAt, q.ArrivedAt, q.ArrivedAt, q.Size
		}
		p.received++
		p.receivedBytes += q.Size
		p.firstArrived, p.lastArrive = min(p.firstArrived, q.ArrivedAt), max(p.lastArrive, q.ArrivedAt)
		p.lastSent, p.lastSize = q.SentAt, q.Size
	}
	return p.bytes >= p.asked.Bytes
}

// expired says whether the burst should have been reported long ago.
func (p *prober) expired(now, rtt int64) bool {
	return p.flying && now-p.sentAt > mostProbe+2*second+2*rtt
}

// result returns the rate that the burst has shown, with what the line always loses made good, 0 for none; and by how
// much longer it took to arrive than to leave.
func (p *prober) result(lineLoss float64) (rate float64, later int64) {
	p.flying = false
	n := float64(p.packets)
	lost := (n - float64(p.received)) / n
	usual := lineLoss + 2*math.Sqrt(lineLoss*(1-lineLoss)/n)
	if p.received < probePackets/2 || lost > usual+0.3 {
		return 0, 0
	}
	sent := p.lastSent - p.firstSent
	if sent < leastProbe/8 {
		return 0, 0 // it left in one go, whatever was asked
	}
	rate = float64(p.receivedBytes-p.lastSize) * 8 * float64(second) / float64(sent)
	arrived := p.lastArrive - p.firstArrived
	if arrived > 0 {
		rate = min(rate, float64(p.receivedBytes-p.firstSize)*8*float64(second)/float64(arrived))
	}
	return min(rate/(1-min(lost, usual)), float64(p.asked.Rate)*1.1), arrived - sent
}

// found plans the next after one without limit, failed after one that was held back.
func (p *prober) found(now int64) { p.next, p.pause = now, 0 }

// unclear plans another soon.
func (p *prober) unclear(now int64) { p.next = now + probeSoon }

func (p *prober) failed(now int64) {
	p.pause = min(max(2*p.pause, probeAgain), probeRest)
	p.next = now + p.pause
}
