package loadtest

import (
	"time"

	"github.com/pion/rtcp"
)

// What a receiver tells the server: losses and missing key frames at once, when packets arrived some twelve times a second
// (arrivals.go), reports every second.

// tick appends the feedback due now and says when it is to be called again.
func (d *downstream) tick(now int64, sender uint32, out []rtcp.Packet) ([]rtcp.Packet, int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed = now + int64(time.Second)
	for _, in := range d.inbounds {
		if nacks := in.stream.Tick(now, nil); len(nacks) > 0 {
			out = append(out, &rtcp.TransportLayerNack{
				SenderSSRC: sender, MediaSSRC: in.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(nacks),
			})
		}
		if in.stream.WantsKey(now) {
			d.plis++
			out = append(out, &rtcp.PictureLossIndication{SenderSSRC: sender, MediaSSRC: in.ssrc})
		}
		if at, waits := in.stream.Next(); waits {
			d.armed = min(d.armed, at)
		}
	}
	out = d.arrivals.tick(now, out)
	if d.arrivals.due != 0 {
		d.armed = min(d.armed, d.arrivals.due)
	}
	return out, d.armed
}

// senderReport remembers the server's last report on a slot, for the reply in ours.
func (d *downstream) senderReport(ssrc uint32, ntpTime uint64, now int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if in := d.bySSRC[ssrc]; in != nil {
		in.lastSR, in.lastSRAt = uint32(ntpTime>>16), now
	}
}

// maxBlocks is the most report blocks in one receiver report (RFC 3550, section 6.4.1: five bits).
const maxBlocks = 31

// receiverReports are the reports due now.
func (d *downstream) receiverReports(out []rtcp.Packet, now int64, sender uint32) []rtcp.Packet {
	d.mu.Lock()
	defer d.mu.Unlock()
	var blocks []rtcp.ReceptionReport
	for _, in := range d.inbounds {
		r, ok := in.stream.Reception()
		if !ok {
			continue
		}
		block := rtcp.ReceptionReport{
			SSRC: in.ssrc, FractionLost: r.Fraction, TotalLost: r.Lost, LastSequenceNumber: r.Highest, Jitter: r.Jitter,
			LastSenderReport: in.lastSR,
		}
		if in.lastSR != 0 {
			block.Delay = uint32((now - in.lastSRAt) / 1000 << 16 / 1_000_000)
		}
		blocks = append(blocks, block)
	}
	for len(blocks) > 0 {
		n := min(len(blocks), maxBlocks)
		out = append(out, &rtcp.ReceiverReport{SSRC: sender, Reports: blocks[:n]})
		blocks = blocks[n:]
	}
	return out
}
