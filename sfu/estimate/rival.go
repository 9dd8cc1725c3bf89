package estimate

// When a download shares the line, its TCP keeps the queue full whatever we do: whoever backs off at every growing queue
// ends with nothing. So each decrease is a test. As long as there is a queue that is ours alone, what arrives is the
// line's rate, however little we send. If what arrives falls with what we send, and the queue stays, twice, then somebody
// else fills it; until it is empty for a while we share as TCP does: a packet more for each round trip, less after loss
// (RFC 5681, section 3.1).
const (
	testAfter   = 250 * millisecond // packets sent so long after a decrease show what it did to what arrives
	rivalQueue  = 80 * millisecond
	rivalTests  = 2
	rivalStands = 3 * second // a queue that is no shorter so long after we send less
	rivalBack   = 0.8
	rivalPart   = 0.5 // of what arrived before, to begin with: there are at least two of us
	// rivalRest is for how long the rate stays after a decrease: if all who share the line are like us, they all wait, and
	// the queue empties.
	rivalRest  = second
	rivalLeave = 300 * millisecond // for which the queue must be empty
	rivalCheck = 6 * second        // without loss: then back off; a queue that is ours empties
)

// rival tells whether there is one.
type rival struct {
	competing  bool
	testing    bool
	testAt     int64
	tests      int
	before     float64 // what arrived at the decrease,
	alone      float64 // the most that arrived or was known since the queue was empty
	emptySince int64
	cut        int64
	checking   bool
	kept       float64 // the rate before
}

// suspect starts a test with a decrease, unless one runs.
func (c *control) suspect(now int64, arriving, capacity float64) {
	if c.testing {
		return
	}
	c.alone = max(c.alone, arriving, capacity)
	c.testing, c.testAt, c.before = true, now, arriving
}

// share runs the test, and the rate while there is a rival; it says whether that was all.
func (c *control) share(now int64, o observed, passed, empty int64) bool {
	c.test(now, o, empty)
	if !c.competing {
		return false
	}
	if o.queue > empty+calmQueue {
		c.emptySince = now
	}
	if now-c.emptySince > rivalLeave {
		c.rival = rival{}
		return false
	}
	switch {
	case o.recent > o.line+0.01 && o.newest > c.cut: // what was sent before it cannot show it
		c.cut, c.checking = now, false
		c.lower(now, c.rate*rivalBack, Competing)
	case c.checking:
		c.check(now, o)
	case now-c.cut > rivalCheck && !c.limited:
		c.cut, c.checking, c.before, c.kept = now, true, c.arriving(o), c.rate
		c.lower(now, c.rate*rivalBack, Competing)
	case c.rate >= o.want || c.limited || now-c.cut < rivalRest:
		c.hold(Competing)
	default:
		roundTrip := float64(max(o.rtt, 10*millisecond)+o.queue) / float64(second)
		dt := float64(passed) / float64(second)
		to := min(c.rate+dt*probeSize*8/(roundTrip*roundTrip), c.rate*(1+dt), o.acked*ackedCap, o.want)
		c.set(max(c.rate, to))
		c.state, c.reason = Increase, Competing
	}
	return true
}

// check ends a decrease that was only to see whether the queue is ours by now.
func (c *control) check(now int64, o observed) {
	switch {
	case o.newest < c.cut+testAfter:
		c.hold(Competing)
	case o.short > (c.before+c.rate)/2:
		c.rival = rival{}
		c.draining, c.decreased = true, now
	default:
		c.checking = false
		c.set(c.kept)
	}
}

// test compares what arrives with what arrived before the last decrease.
func (c *control) test(now int64, o observed, empty int64) {
	switch {
	case c.competing:
	case c.standingSince != 0 && o.newest-c.standingSince > rivalStands:
		c.compete(now) // our own would have got shorter
	case o.queue <= empty:
		c.testing, c.tests, c.alone = false, 0, 0
	case !c.testing || o.newest < c.testAt+testAfter:
	case o.short > (c.before+c.rate)/2 || o.queue < rivalQueue+2*empty:
		c.testing, c.tests = false, 0
	default:
		c.testing = false
		if c.tests++; c.tests >= rivalTests {
			c.compete(now)
		}
	}
}

// compete begins to share.
func (c *control) compete(now int64) {
	c.competing, c.draining, c.testing, c.emptySince, c.cut = true, false, false, now, now-rivalCheck*2/3
	c.standingSince = 0
	c.set(max(c.rate, c.alone*rivalPart))
	c.capacity.forget()
}
