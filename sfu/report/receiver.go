package report

// Limits of RFC 3550, appendix A.1.
const (
	maxDropout  = 3000 // packets lost in one go; a larger jump is a restart
	maxMisorder = 100  // packets that one may be late by; an older one is a restart
	maxLost     = 1<<23 - 1
	// maxTransit is the largest change of transit time, in seconds, that counts as jitter; a larger one is a jump of
	// the sender's clock.
	maxTransit = 5
)

// Block is a reception report block (RFC 3550, section 6.4.1) without the SSRC.
type Block struct {
	FractionLost     uint8  // of 256, since the block before
	TotalLost        uint32 // 0 to 2^23-1
	LastSequence     uint32 // extended highest sequence number received
	Jitter           uint32 // in units of the RTP clock
	LastSR           uint32 // middle 32 bits of the NTP time of the last sender report, 0 for none
	DelaySinceLastSR uint32 // in units of 1/65536 s
}

// Receiver keeps the reception statistics of one incoming stream.
type Receiver struct {
	clockRate uint32
	started   bool

	cycles   uint32 // 2^16 for every wrap
	highest  uint16
	base     uint32 // extended sequence number of the first packet
	restart  uint32 // what follows a packet that did not fit in; above 2^16 for none
	received uint32

	expectedBefore, receivedBefore uint32 // at the block before

	transit   uint32 // arrival minus timestamp of the packet before
	timestamp uint32 // of the packet before
	jitter    uint64 // times 16, as in appendix A.8

	fraction uint8 // lost in the interval before the last block
	lastSR   uint32
	lastSRAt int64
}

// NewReceiver starts the statistics of a stream whose timestamps count clockRate a second.
func NewReceiver(clockRate uint32) *Receiver {
	return &Receiver{clockRate: clockRate, restart: 1 << 16}
}

// Packet takes note of a packet. Repeats should have been dropped before; a retransmission counts as received, as the
// receiver is better off with it.
func (r *Receiver) Packet(seq uint16, ts uint32, now int64) {
	if !r.started {
		r.start(seq, ts, now)
		return
	}
	ahead := seq - r.highest
	switch {
	case ahead == 0: // a repeat says nothing
		return
	case ahead < maxDropout:
		if seq < r.highest {
			r.cycles += 1 << 16
		}
		r.highest, r.restart = seq, 1<<16
		r.delay(ts, now)
	case -ahead > maxMisorder: // uint16: how far behind
		if uint32(seq) != r.restart {
			r.restart = uint32(seq + 1)
			return
		}
		r.start(seq, ts, now)
		return
	}
	r.received++
}

// start begins the statistics anew with this packet.
func (r *Receiver) start(seq uint16, ts uint32, now int64) {
	r.started = true
	r.cycles, r.highest, r.base, r.restart = 0, seq, uint32(seq), 1<<16
	r.received, r.expectedBefore, r.receivedBefore = 1, 0, 0
	r.transit, r.timestamp = units(now, r.clockRate)-ts, ts
}

// delay brings the jitter up to date. Only the first packet of each frame is looked at: a sender spreads the packets of
// a large frame, all of one timestamp, over a while, and that is not the network's doing.
func (r *Receiver) delay(ts uint32, now int64) {
	if ts == r.timestamp {
		return
	}
	transit := units(now, r.clockRate) - ts
	d := int64(int32(transit - r.transit))
	r.transit, r.timestamp = transit, ts
	if d = max(d, -d); d > maxTransit*int64(r.clockRate) {
		return
	}
	r.jitter += uint64(d) - (r.jitter+8)>>4
}

// SenderReport takes note of the NTP time of a sender report that came at now.
func (r *Receiver) SenderReport(ntp uint64, now int64) {
	r.lastSR, r.lastSRAt = Middle(ntp), now
}

// Started says whether a packet came.
func (r *Receiver) Started() bool { return r.started }

// FractionLost is the share of packets lost in the interval before the last block, of 256.
func (r *Receiver) FractionLost() uint8 { return r.fraction }

// Block returns the figures for a receiver report, and begins the next interval for FractionLost.
func (r *Receiver) Block(now int64) Block {
	if !r.started {
		return Block{}
	}
	last := r.cycles + uint32(r.highest)
	expected := last - r.base + 1
	b := Block{LastSequence: last, Jitter: uint32(r.jitter >> 4), LastSR: r.lastSR}
	if r.received < expected {
		b.TotalLost = min(expected-r.received, maxLost)
	}
	expectedNow, receivedNow := expected-r.expectedBefore, r.received-r.receivedBefore
	r.expectedBefore, r.receivedBefore = expected, r.received
	if expectedNow > receivedNow {
		b.FractionLost = uint8(min(uint64(expectedNow-receivedNow)<<8/uint64(expectedNow), 255))
	}
	r.fraction = b.FractionLost
	if r.lastSR != 0 {
		b.DelaySinceLastSR = units(now-r.lastSRAt, 1<<16)
	}
	return b
}
