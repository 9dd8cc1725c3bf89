package sfu

import (
	"tablee/sfu/allocate"
	"tablee/sfu/rtcp"
)

// Opus repairs single losses by itself, with a coarse copy of the frame before in each packet (in-band FEC: RFC 6716, section
// 2.1.7). How much of that a browser sends follows the share of losses in our receiver reports. Where copies go (redundant.go)
// what a listener's line loses is made good by them. Where none go - Firefox does not take them, the profile voice has no room for
// them - FEC is what there is, and the speaker's browser has to be told: its own line may be without a fault.

// mostFEC bounds what a listener's line adds to a report: beyond, FEC makes voices worse for all who hear them well, and one
// frame back is no longer enough for the other.
const mostFEC = 0.25

// judgeFECLocked says to each participant's reports what the worst line loses on which its voice is heard without copies.
// r.mu is held.
func (r *room) judgeFECLocked() {
	var worst, second float64
	var whose *Peer
	for _, p := range r.peers {
		switch loss := p.bareLossLocked(); {
		case loss > worst:
			worst, second, whose = loss, worst, p
		case loss > second:
			second = loss
		}
	}
	for _, p := range r.peers {
		loss := worst
		if p == whose { // nobody hears itself
			loss = second
		}
		p.heardLoss.Store(uint32(min(loss, mostFEC) * 256))
	}
}

// bareLossLocked is the share that the participant's line always loses of the voices that it hears without copies; 0 for less
// than is worth a repair. room.mu is held.
func (p *Peer) bareLossLocked() float64 {
	if !p.ready || p.copies > 0 {
		return 0
	}
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.est == nil {
		return 0
	}
	if loss := l.est.Estimate().LineLoss; loss >= allocate.RepairFrom {
		return loss
	}
	return 0
}

// onward adds what the listeners' lines lose to the share of a report on a voice: what does not come through the one does not get to
// the other. The count of packets stays our own, from which browsers reckon what their line carries.
func onward(b *rtcp.Block, heard uint32) {
	own := uint32(b.FractionLost)
	b.FractionLost = uint8(min(own+(256-own)*heard/256, 255))
}
