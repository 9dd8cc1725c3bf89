package estimate

// When a download shares the line, its TCP keeps the queue full whatever we do: whoever backs off at every growing queue
// ends with nothing. So each decrease is a test. If the queue is ours it shrinks by as much as we send less. If it stays
// twice, somebody else fills it, and until it empties we share as TCP does: a packet more for each round trip, less
// after loss (RFC 5681, section 3.1).
const (
	settle     = 150 * millisecond // until the queue shows a decrease, beside the round trip
	testFor    = 600 * millisecond
	rivalQueue = 40 * millisecond
	rivalTests = 2
	rivalBack  = 0.7
	rivalLeave = second     // for which the queue must be empty
	rivalCheck = 6 * second // without loss: then back off, and see whether the queue is ours
)

// rival tells whether there is one.
type rival struct {
	competing  bool
	tests      int
	testAt     int64 // 0: no test is running
	testQueue  int64
	testRate   float64
	measured   bool
	emptySince int64
	cut        int64
}

// suspect starts a test after a decrease, unless one runs.
func (c *control) suspect(now int64, o observed) {
	if c.testAt == 0 {
		c.testAt, c.measured = now+o.rtt+settle, false
	}
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
		c.leave()
		return false
	}
	roundTrip := float64(max(o.rtt, 10*millisecond)) / float64(second)
	wait := o.rtt + settle
	switch {
	case o.recent > o.line+0.01 && now-c.cut > wait, now-c.cut > rivalCheck:
		c.cut = now
		c.lower(now, c.rate*rivalBack, Competing)
		c.suspect(now, o)
	case c.rate >= o.want || c.limited:
		c.hold(Competing)
	default:
		c.state, c.reason = Increase, Competing
		dt := float64(passed) / float64(second)
		c.set(min(c.rate+dt*probeSize*8/(roundTrip*roundTrip), c.rate*(1+dt), max(c.rate, o.acked*ackedCap), max(c.rate, o.want)))
	}
	return true
}

// test compares the queue some time after a decrease with what it was when the decrease had reached it.
func (c *control) test(now int64, o observed, empty int64) {
	switch {
	case o.queue <= empty && !c.competing:
		c.testAt, c.tests = 0, 0
	case c.testAt == 0 || now < c.testAt:
	case !c.measured:
		c.measured, c.testQueue, c.testRate, c.testAt = true, o.queue, c.rate, now+testFor
	default:
		c.testAt = 0
		// What the queue loses in that time when the line is ours alone is the share by which we send less.
		fell, expected := c.testQueue-o.queue, int64(float64(testFor)*(1-backOff))
		switch ours := fell*3 > min(expected, c.testQueue/2); {
		case ours:
			c.tests = 0
			if c.competing && fell*3 > 2*min(expected, c.testQueue/2) {
				c.leave()
				c.draining = true
			}
		case o.queue > rivalQueue+2*empty && o.sent < c.testRate*1.3:
			if c.tests++; c.tests >= rivalTests && !c.competing {
				c.competing, c.draining, c.emptySince, c.cut = true, false, now, now
				c.capacity.forget()
			}
		}
	}
}

// leave ends the sharing.
func (c *control) leave() { c.rival = rival{} }
