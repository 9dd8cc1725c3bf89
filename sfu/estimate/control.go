package estimate

// How the rate moves.
const (
	// What is sent less than what arrives at overuse: 15 % in gcc-02, section 5.5.
	leastRelief  = 0.08 // when the queue has just begun,
	middleRelief = 0.15 // when it is as long as middleQueue,
	mostRelief   = 0.5  // when it is as long as deepQueue
	middleQueue  = 80 * millisecond
	deepQueue    = second
	calmQueue    = 12 * millisecond // an empty queue, with the grain of the feedback
	standing     = 60 * millisecond // a queue that need not be,
	standingFor  = 600 * millisecond
	collapse     = 0.7              // of what is sent; when less arrives, the line has become slower
	felt         = 50 * millisecond // packets sent so long after a decrease show what it did
	refill       = 1.35             // growth in a second, back to where the line was full
	refillTo     = 0.95             // of it
	firstGrowth  = 1.08             // growth in a second when no limit is known (section 5.5)
	mostGrowth   = 1.6              // to which it rises
	wellFor      = 4 * second       // after a decrease until it grows twice as fast
	fills        = 0.75             // of the rate must be sent to learn from it
	smallLine    = 450_000          // bit/s, below which a picture more or less is most of what is sent
	arrives      = 0.9              // of what is sent arrives where the line is not what limits
	ackedCap     = 1.5              // times what arrived is the most (section 5.5)
	drainMost    = 3 * second       // waiting for a queue to empty
)

// observed is what one feedback message sums up to.
type observed struct {
	sent, short, acked, want float64 // bit/s; short is what arrived in the last 150 ms
	queue, jitter, rtt       int64
	newest                   int64 // when the last packet was sent that this speaks of
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
	raised             int64
	draining           bool
	standingSince      int64 // 0 for none
	standingQueue      int64

	rival
}

func newControl(c Config, now int64) control {
	return control{rate: float64(c.Start), least: float64(c.Min), most: float64(c.Max), growth: firstGrowth,
		updated: now, decreased: now - drainMost, raised: now - second, reason: Starting}
}

// busy says that this is no time for a probe.
func (c *control) busy() bool {
	return c.draining || c.competing || c.state == Decrease || c.standingSince != 0
}

// raise takes a rate that was shown to work.
func (c *control) raise(now int64, to float64, why Reason) {
	if to > c.rate && !c.draining {
		c.raised = now
		c.set(to)
		c.state, c.reason = Increase, why
	}
}

func (c *control) set(rate float64) { c.rate = min(max(rate, c.least), c.most) }

// update draws the conclusion of a message, and says whether the line has become faster than it was known to be.
func (c *control) update(now int64, o observed, said verdict, l *losses) (faster bool) {
	passed := min(max(now-c.updated, 0), second)
	c.updated = now
	c.limited = o.sent < c.rate*fills
	empty := max(calmQueue, o.jitter*5/4)
	c.stand(o, empty)
	switch said {
	case tryLower:
		if !c.competing {
			l.start(now+o.rtt/2, c.rate)
			c.lower(now, min(o.acked*(1-o.line), o.sent*(1-l.trialLoss))*0.97, Loss)
			return false
		}
	case wasLine:
		c.set(max(c.rate, l.trialFrom))
	case wasRate:
		c.capacity.add(c.rate)
	}
	if c.share(now, o, passed, empty) {
		return false
	}
	// A trend, after a probe not that of the probe's own queue; or much less arrives than was sent; or a queue stays.
	overuse := o.usage == over && o.queue > empty && (now-c.raised > o.rtt+felt || o.queue > standing) ||
		o.short < collapse*o.sent && o.queue > 2*empty || c.stands(o.newest)
	switch arriving := c.arriving(o); {
	case overuse && arriving > 0 && (o.newest > c.decreased+felt || arriving < c.rate*0.95):
		c.congested(now, o, arriving)
	case c.draining:
		c.drain(now, o, empty)
	case l.trial:
		c.hold(Loss)
	case o.usage == under || overuse:
		c.hold(Draining)
	default:
		return c.increase(now, o, passed)
	}
	return false
}

// arriving is the rate at which the line lets us through now. The longer window has less noise, the shorter one sees a
// change.
func (c *control) arriving(o observed) float64 {
	recent := o.newest-c.raised < 500*millisecond
	if o.short > 0 && (recent || o.acked == 0 || o.short < 0.8*o.acked || o.short > 1.2*o.acked) {
		return o.short
	}
	return o.acked
}

// stand notes since when there is a queue that does not get shorter: for which packet it was, in the order of sending, as
// what is sent less shows only when it has passed the queue.
func (c *control) stand(o observed, empty int64) {
	switch {
	case o.queue < standing+2*empty:
		c.standingSince = 0
	case c.standingSince == 0 || o.queue < c.standingQueue*9/10:
		c.standingSince, c.standingQueue = o.newest, o.queue
	default:
		c.standingQueue = max(c.standingQueue, o.queue)
	}
}

func (c *control) stands(newest int64) bool {
	return c.standingSince != 0 && newest-max(c.standingSince, c.decreased) > standingFor
}

// congested backs off: the longer the queue, the more, so that any queue empties within a second or two.
func (c *control) congested(now int64, o observed, arriving float64) {
	known := c.capacity
	// What left since the newest packet that we know of is on its way to the queue.
	ahead := float64(now-o.newest) * max(o.sent/arriving-1, 0)
	from := arriving
	if c.limited && c.rate < smallLine && arriving > arrives*o.sent && o.queue < standing && now-c.decreased > wellFor { // little was sent, and it came: that does not say what the line carries
		from = max(arriving, c.rate)
	} else {
		c.capacity.add(arriving)
	}
	c.lower(now, from*(1-c.less(o.queue+int64(ahead))), Overuse)
	c.draining = true
	c.suspect(now, arriving, known.mean)
}

// less is the share by which to send less than arrives.
func (c *control) less(queue int64) float64 {
	between := func(from, to int64, low, high float64) float64 {
		return low + (high-low)*min(max(float64(queue-from)/float64(to-from), 0), 1)
	}
	if queue < middleQueue {
		return between(calmQueue, middleQueue, leastRelief, middleRelief)
	}
	return between(middleQueue, deepQueue, middleRelief, mostRelief)
}

// lower sets a rate that is not above the one before.
func (c *control) lower(now int64, to float64, why Reason) {
	c.set(min(to, c.rate))
	c.decreased, c.growth = now, firstGrowth
	c.state, c.reason = Decrease, why
}

func (c *control) hold(why Reason) { c.state, c.reason = Hold, why }

// drain waits for the queue to empty, as long as it gets shorter.
func (c *control) drain(now int64, o observed, empty int64) {
	if o.queue <= empty || now-c.decreased > drainMost {
		c.draining = false
	}
	c.hold(Draining)
}

// increase grows, when the traffic shows that it may.
func (c *control) increase(now int64, o observed, passed int64) (faster bool) {
	switch {
	case c.rate >= o.want:
		c.hold(Enough)
		return false
	case c.limited:
		c.hold(Limited)
		return false
	}
	dt := float64(passed) / float64(second)
	var to float64
	switch known := c.capacity.known(); {
	case known && c.rate < c.capacity.mean*refillTo:
		to = min(c.rate*(1+(refill-1)*dt), c.capacity.mean*refillTo)
		c.reason = Steady
	case known && !c.capacity.above(o.acked):
		// About half a packet for each response time (section 5.5), or 1.5 % in a second when that is more; the longer
		// it goes well, the more.
		response := float64(100*millisecond+o.rtt) / float64(second)
		well := 1 + float64(now-c.decreased)/float64(wellFor)
		to = c.rate + dt*max(0.5*probeSize*8/response, 0.015*c.rate)*min(well, 4)
		c.reason = Steady
	default:
		faster = known
		c.capacity.forget()
		c.growth = min(c.growth+0.1*dt, mostGrowth)
		to = c.rate * (1 + (c.growth-1)*dt)
		c.reason = Searching
	}
	c.state = Increase
	c.set(max(c.rate, min(to, o.acked*ackedCap, o.want)))
	return faster
}

// silence halves the rate: packets are out, and nobody says that they arrive.
func (c *control) silence(now int64) {
	c.lower(now, c.rate/2, Silence)
}
