package estimate

// Packet is what feedback says of one packet that we sent.
type Packet struct {
	SentAt    int64 // our clock
	ArrivedAt int64 // the receiver's clock, whatever its origin; without meaning when not Received
	Size      int   // bytes, headers included
	Received  bool
	Probe     bool // sent for a probe: its padding, or whatever else left between its first and its last
}

// Config bounds an estimator. A field that is 0 takes its default.
type Config struct {
	Start int // bit/s to begin with; 300,000
	Min   int // never below; 30,000
	Max   int // never above; 50,000,000
}

// Defaults of Config.
const (
	DefaultStart = 300_000
	DefaultMin   = 30_000
	DefaultMax   = 50_000_000
)

func (c Config) complete() Config {
	if c.Min <= 0 {
		c.Min = DefaultMin
	}
	if c.Max <= 0 {
		c.Max = DefaultMax
	}
	c.Max = max(c.Max, c.Min)
	if c.Start <= 0 {
		c.Start = DefaultStart
	}
	c.Start = min(max(c.Start, c.Min), c.Max)
	return c
}

// State is what the estimate is doing.
type State uint8

// The states.
const (
	Hold State = iota
	Increase
	Decrease
)

func (s State) String() string { return [...]string{"hold", "increase", "decrease"}[min(s, Decrease)] }

// Reason is why.
type Reason uint8

// The reasons.
const (
	Starting  Reason = iota // no feedback yet
	Steady                  // the line is full and calm: it grows by small steps
	Searching               // nothing is known of the line's limit: it grows fast
	Limited                 // less is sent than the estimate allows, so nothing is learnt
	Enough                  // more is not wanted
	Draining                // it waits for a queue to empty
	Overuse                 // a queue grew
	Loss                    // packets were lost as the rate grew
	Silence                 // packets are sent and no feedback comes
	Probed                  // a probe showed more room
	Competing               // somebody else keeps the queue full: it shares as TCP does
)

func (r Reason) String() string {
	return [...]string{"starting", "steady", "searching", "limited", "enough", "draining", "overuse", "loss", "silence",
		"probed", "competing"}[min(r, Competing)]
}

// Estimate is what is known of the line.
type Estimate struct {
	Rate      int     // bit/s that may be sent
	Acked     int     // bit/s that arrived lately
	Sent      int     // bit/s that were sent lately
	Loss      float64 // share of packets lost lately, 0 to 1
	LineLoss  float64 // the part of it that does not come from our rate
	Queue     int64   // ns that packets wait in the line's queue
	Jitter    int64   // ns, mean change of delay from packet to packet
	State     State
	Reason    Reason
	Limited   bool   // less is sent than Rate allows
	Competing bool   // somebody else fills the queue
	Jumps     uint32 // how often the receiver's clock jumped
	Ignored   uint32 // packets in feedback that could not be true
}

// Probe asks for a burst: send padding or repeats beside the media, so that all packets together leave at Rate until
// Bytes are sent, evenly spaced and in at least Packets packets. Mark them as Probe when feedback comes.
type Probe struct {
	Rate    int
	Bytes   int
	Packets int
}

const (
	millisecond = int64(1_000_000)
	second      = 1000 * millisecond
)
