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
	collapse     = 0.7               // of what is sent; when less arrives, the line has become slower
	broken       = 0.5               // of what is sent: the line is another one; nothing but voices is sent
	brokenQueue  = 100 * millisecond // until such a queue is empty
	felt         = 50 * millisecond  // packets sent so long after a decrease show what it did
	refill       = 1.35              // growth in a second, back to where the line was full
	refillTo     = 0.95              // of it
	firstGrowth  = 1.08              // growth in a second when no limit is known (section 5.5)
	mostGrowth   = 1.6               // to which it rises
	wellFor      = 4 * second        // after a decrease until it grows twice as fast
	fills        = 0.75              // of the rate must be sent to learn from it
	smallLine    = 450_000           // bit/s, below which a picture more or less is most of what is sent
	arrives      = 0.9               // of what is sent arrives where the line is not what limits
	ackedCap     = 1.5               // times what arrived is the most (section 5.5)
	drainMost    = 3 * second        // waiting for a queue to empty
	drained      = 0.85              // of what the line carried while there was one
)

// observed is what one feedback message sums up to.
type observed struct {
	sent, short, acked, want float64 // bit/s; short is what arrived in the last 150 ms
	served                   float64 // bit/s, while the line is busy; 0 when it is not, or not known to be
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
	full               float64 // at which rate packets come out of the queue that is waited for
	standingSince      int64   // 0 for none
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
		if !c.competing && l.judged > c.decreased { // what was sent before a decrease does not ask for another
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
	fell := o.served > 0 && o.served < broken*o.sent && !c.draining
	overuse := fell || o.usage == over && o.queue > empty && (now-c.raised > o.rtt+felt || o.queue > standing) ||
		o.short < collapse*o.sent && o.queue > 2*empty || c.stands(o.newest)
	arriving := c.arriving(o)
	if fell {
		arriving = min(arriving, o.served)
	}
	switch {
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
	queue := o.queue + int64(ahead)
	from := arriving
	if c.limited && c.rate < smallLine && arriving > arrives*o.sent && o.queue < standing && now-c.decreased > wellFor { // little was sent, and it came: that does not say what the line carries
		from = max(arriving, c.rate)
	} else {
		c.capacity.add(arriving)
	}
	less := c.less(queue)
	if arriving < broken*o.sent && queue > brokenQueue {
		less = 1 // each packet more is one that voices wait for, or that pushes one out
	}
	c.lower(now, from*(1-less), Overuse)
	if c.draining, c.full = true, 0; less > middleRelief {
		c.full = arriving
	}
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

// drain waits for the queue to empty, as long as it gets shorter. As long as there is one, what arrives is what the line
// carries: from then on nearly so much is sent again, of which the part that was taken off to drain it is no part.
func (c *control) drain(now int64, o observed, empty int64) {
	c.hold(Draining)
	if c.full > 0 { // a line that has become slower takes longer for a packet that waits for none
		empty = max(empty, int64(probeSize*8*1.25*float64(second)/c.full))
	}
	switch {
	case o.queue <= empty && o.newest > c.decreased:
		c.draining = false
		c.set(max(c.rate, c.full*drained))
	case now-c.decreased > drainMost:
		c.draining = false
	case o.queue > 2*empty && o.short > 0:
		c.full = min(c.full, (c.full+o.short)/2)
	}
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
