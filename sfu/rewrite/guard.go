package rewrite

// Verdict is what Guard thinks of a sequence number.
type Verdict int

// Verdicts.
const (
	Next    Verdict = iota // newer than all before
	Late                   // older, within the window
	Stray                  // far off: drop it
	Restart                // the second packet in a row far off: the source has begun anew, and so must everything that counts
)

// Bounds on what a healthy source does (RFC 3550, appendix A.1).
const (
	maxDropout  = 3000                  // packets lost in a row, at most
	maxMisorder = 1000                  // how late a packet or its retransmission may be
	maxLeap     = int64(10_000_000_000) // nanoseconds that a source's clock may leap against ours between two packets
)

// Guard watches the sequence numbers and timestamps of one incoming stream for jumps, so that a source that starts
// again (or lies) cannot freeze those who watch it.
type Guard struct {
	clock   int64
	started bool
	seq     uint16
	stray   uint16 // what would confirm a restart
	strays  bool
	ts      uint32
	at      int64
}

// NewGuard makes the guard of a stream with this clock rate in hertz.
func NewGuard(clockRate int64) Guard { return Guard{clock: clockRate} }

// Check judges a packet.
func (g *Guard) Check(seq uint16, ts uint32, now int64) Verdict {
	if !g.started {
		g.started = true
		g.accept(seq, ts, now)
		return Next
	}
	d := int16(seq - g.seq)
	switch {
	case d > 0 && d <= maxDropout:
		if g.leap(ts, now) {
			g.accept(seq, ts, now)
			return Restart
		}
		g.accept(seq, ts, now)
		return Next
	case d <= 0 && d > -maxMisorder:
		return Late
	case g.strays && seq == g.stray:
		g.accept(seq, ts, now)
		return Restart
	}
	g.stray, g.strays = seq+1, true
	return Stray
}

func (g *Guard) accept(seq uint16, ts uint32, now int64) {
	g.seq, g.ts, g.at, g.strays = seq, ts, now, false
}

// leap says whether the source's clock moved against ours by more than a healthy source's does. A source that was
// silent for long leaps as well, when its clock stood still; restarting it is right then, too.
func (g *Guard) leap(ts uint32, now int64) bool {
	theirs := int64(int32(ts-g.ts)) * 1_000_000 / g.clock * 1000
	d := theirs - (now - g.at)
	return d > maxLeap || d < -maxLeap
}
