package estimate

// How the rate moves.
const (
	backOff     = 0.85              // of what arrives, at overuse (gcc-02, section 5.5)
	deepest     = 0.5               // of it, when the queue is longest
	deepQueue   = second            // and then it is so long
	calmQueue   = 12 * millisecond  // an empty queue, with the grain of the feedback
	standing    = 60 * millisecond  // a queue that need not be
	standingFor = 600 * millisecond //
	refill      = 1.35              // growth in a second, back to where the line was full
	refillTo    = 0.95              // of it
	firstGrowth = 1.08              // growth in a second when no limit is known (section 5.5)
	mostGrowth  = 1.6               // to which it rises
	fills       = 0.75              // of the rate must be sent to learn from it
	ackedCap    = 1.5               // times what arrived is the most (section 5.5)
	drainMost   = 3 * second        // waiting for a queue to empty
	leastWait   = 80 * millisecond  // between two decreases
	mostWait    = 250 * millisecond
)

// observed is what one feedback message sums up to.
type observed struct {
	sent, short, acked, want float64 // bit/s; short is what arrived in the last 150 ms
	queue, jitter, rtt       int64
	usage                    usage
	loss, line               float64
	recent                   float64 // share lost of this message's packets
}

// control holds the rate.
type control struct {
	rate, least, most float64
	state             State
	reason            Reason
	limited           bool
	capacity          capacity
	growth            float64 // in a second

	updated, decreased int64
	draining           bool
	standingSince      int64 // 0 for none

	rival
}

func newControl(c Config, now int64) control {
	return control{rate: float64(c.Start), least: float64(c.Min), most: float64(c.Max), growth: firstGrowth,
		updated: now, decreased: now - drainMost, reason: Starting}
}

// busy says that this is no time for a probe.
func (c *control) busy() bool {
	return c.draining || c.competing || c.state == Decrease || c.standingSince != 0
}

// raise takes a rate that was shown to work.
func (c *control) raise(to float64, why Reason) {
	if to > c.rate && !c.draining {
		c.set(to)
		c.state, c.reason = Increase, why
	}
}

func (c *control) set(rate float64) { c.rate = min(max(rate, c.least), c.most) }

// update draws the conclusion of a message.
func (c *control) update(now int64, o observed, said verdict, l *losses) {
	passed := min(max(now-c.updated, 0), second)
	c.updated = now
	c.limited = o.sent < c.rate*fills
	empty := max(calmQueue, o.jitter)
	c.stand(now, o, empty)
	switch said {
	case tryLower:
		if !c.competing {
			l.start(now+o.rtt/2, c.rate)
			c.lower(now, o.acked*(1-o.line)*0.97, Loss)
			return
		}
	case wasLine:
		c.set(max(c.rate, l.trialFrom))
	case wasRate:
		c.capacity.add(c.rate)
	}
	if c.share(now, o, passed, empty) {
		return
	}
	wait := min(max(o.rtt, leastWait), mostWait)
	overuse := o.usage == over && o.queue > empty
	stands := c.standingSince != 0 && now-c.standingSince > standingFor && now-c.decreased > second
	switch arriving := c.arriving(o); {
	case (overuse || stands) && arriving > 0 && (now-c.decreased > wait || arriving < c.rate/2):
		c.congested(now, o, arriving)
	case c.draining:
		c.drain(now, o, empty)
	case l.trial:
		c.hold(Loss)
	case o.usage == under || overuse:
		c.hold(Draining)
	default:
		c.increase(o, passed)
	}
}

// arriving is the rate at which the line lets us through now.
func (c *control) arriving(o observed) float64 {
	if o.short > 0 && o.acked > 0 {
		return min(o.short, o.acked)
	}
	return max(o.short, o.acked)
}

// stand notes since when there is a queue that does not empty.
func (c *control) stand(now int64, o observed, empty int64) {
	if o.queue < standing+2*empty {
		c.standingSince = 0
	} else if c.standingSince == 0 {
		c.standingSince = now
	}
}

// congested backs off: the longer the queue, the more, so that any queue empties within a second or two.
func (c *control) congested(now int64, o observed, arriving float64) {
	c.capacity.add(arriving)
	depth := min(float64(max(o.queue-50*millisecond, 0))/float64(deepQueue), 1)
	c.lower(now, arriving*(backOff-(backOff-deepest)*depth), Overuse)
	c.draining = true
	c.suspect(now, o)
}

// lower sets a rate that is not above the one before.
func (c *control) lower(now int64, to float64, why Reason) {
	c.set(min(to, c.rate))
	c.decreased, c.growth = now, firstGrowth
	c.state, c.reason = Decrease, why
}

func (c *control) hold(why Reason) { c.state, c.reason = Hold, why }

// drain waits for the queue to empty.
func (c *control) drain(now int64, o observed, empty int64) {
	if o.queue <= empty || now-c.decreased > drainMost {
		c.draining = false
	}
	c.hold(Draining)
}

// increase grows, when the traffic shows that it may.
func (c *control) increase(o observed, passed int64) {
	switch {
	case c.rate >= o.want:
		c.hold(Enough)
		return
	case c.limited:
		c.hold(Limited)
		return
	}
	dt := float64(passed) / float64(second)
	to := c.rate
	switch known := c.capacity.known(); {
	case known && c.rate < c.capacity.mean*refillTo:
		to = min(c.rate*(1+(refill-1)*dt), c.capacity.mean*refillTo)
		c.reason = Steady
	case known && !c.capacity.above(o.acked):
		// About half a packet for each response time (section 5.5), or 1.5 % in a second when that is more.
		response := float64(100*millisecond+o.rtt) / float64(second)
		to = c.rate + dt*max(0.5*probeSize*8/response, 0.015*c.rate)
		c.reason = Steady
	default:
		c.capacity.forget()
		c.growth = min(c.growth+0.1*dt, mostGrowth)
		to = c.rate * (1 + (c.growth-1)*dt)
		c.reason = Searching
	}
	c.state = Increase
	c.set(max(c.rate, min(to, o.acked*ackedCap, o.want)))
}

// silence halves the rate: packets are out, and nobody says that they arrive.
func (c *control) silence(now int64) {
	c.lower(now, c.rate/2, Silence)
}
