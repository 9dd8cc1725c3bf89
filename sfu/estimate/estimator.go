package estimate

// The way of a feedback message:
//
//  1. Feedback takes the packets in the order in which they were sent and ignores what cannot be true.
//  2. rates counts what was sent and what arrived, delays how long it took, trend whether that grows, losses how many
//     are missing and whose fault that is, prober what a burst has shown.
//  3. control.update draws the conclusion once for each message.

// Bounds of what feedback is believed.
const (
	oldest   = 10 * second // since a packet was sent
	mostSize = 16_384      // bytes
	mostRTT  = 5 * second
	firstRTT = 100 * millisecond
	// silent is for how long packets may be out without feedback.
	silent = second
)

// Estimator follows one receiver's line. Make it with New.
type Estimator struct {
	config Config

	sent, arrived rates
	delays        delays
	trend         trend
	service       service
	losses        losses
	prober        prober
	control       control

	rtt          int64
	last         observed
	lastFeedback int64
	heard        bool
	newest       int64   // when the last packet that feedback spoke of was sent
	sentMost     float64 // the highest rate sent lately
	want, next   float64
	jumps        uint32
	ignored      uint32
}

// New makes an estimator.
func New(c Config, now int64) *Estimator {
	c = c.complete()
	e := &Estimator{config: c, rtt: firstRTT, lastFeedback: now, want: float64(c.Max)}
	e.control = newControl(c, now)
	e.trend.reset()
	return e
}

// Demand says what could be sent, and is called after each allocation: want, in bit/s, with everything that the receiver asks for, and next with the next
// step up, 0 when it is not known. There is no growth and no probe beyond want.
func (e *Estimator) Demand(want, next int) {
	e.want = float64(min(max(want, 0), e.config.Max))
	e.next = float64(min(max(next, 0), e.config.Max))
	if e.prober.open && float64(e.prober.asked.Rate) > e.want*probeBeyond {
		e.prober.cancel() // it was for what nobody wants any more
	}
}

// Feedback takes one message: each packet at most once, in the order of sending. Packets of which no feedback speaks are
// not in it: they are unknown, not lost. rtt is 0 when it is not known.
func (e *Estimator) Feedback(now, rtt int64, packets []Packet) {
	if rtt > 0 {
		rtt = min(rtt, mostRTT)
		e.rtt += (rtt - e.rtt) / 4
	}
	said := nothing
	counted, lost := 0, 0
	calm := e.trend.usage != over && e.delays.queue() < 4*calmQueue
	for i := range packets {
		p := packets[i]
		if p.Size <= 0 || p.SentAt > now || now-p.SentAt > oldest {
			e.ignored++
			continue
		}
		p.Size = min(p.Size, mostSize)
		counted++
		e.sent.add(p.SentAt, p.Size)
		e.newest = max(e.newest, p.SentAt)
		if p.Received {
			e.receive(p)
		} else {
			lost++
		}
		if v := e.losses.add(p, calm); v != nothing {
			said = v
		}
		if e.prober.add(p) {
			rate, later := e.prober.result(e.losses.line)
			e.probed(now, rate, later)
		}
	}
	if counted == 0 {
		return
	}
	sent := e.sent.over(500*millisecond, 8)
	e.sentMost = max(sent, e.sentMost-e.sentMost*0.2*float64(now-e.lastFeedback)/float64(second))
	e.lastFeedback, e.heard = now, true
	o := e.observe()
	o.recent = float64(lost) / float64(counted)
	e.last = o
	if e.control.update(now, o, said, &e.losses) {
		e.prober.found(now) // the line became faster: see how much
	}
	e.plan(now)
}

// receive takes a packet that arrived.
func (e *Estimator) receive(p Packet) {
	if e.delays.add(p) {
		e.jumps++
		e.arrived.reset()
		limit := e.trend.limit
		e.trend.reset()
		e.trend.limit = limit
		e.service = service{}
		e.prober.cancel()
	}
	e.arrived.add(p.ArrivedAt, p.Size)
	e.trend.add(p)
	e.service.add(p, e.delays.base.value, int64(e.delays.jitter))
}

// observe sums up what is known now.
func (e *Estimator) observe() observed {
	sent := e.sent.over(500*millisecond, 8)
	keep := 1 - min(e.losses.line, 0.9)
	// No more can have arrived than was sent some time ago: feedback that says so lies.
	short := min(e.arrived.over(150*millisecond, 8), e.sentMost*1.1) / keep
	long := min(e.arrived.over(500*millisecond, 16), e.sentMost*1.1) / keep
	return observed{
		sent: sent, short: short, acked: long, want: e.want, newest: e.newest,
		queue: e.delays.queue(), jitter: int64(e.delays.jitter), usage: e.trend.usage,
		rtt: e.rtt, loss: e.losses.share, line: e.losses.line, served: e.service.rate / keep,
	}
}

// probed takes the result of a probe, 0 for none, and by how much later its last packet was than its first.
func (e *Estimator) probed(now int64, rate float64, later int64) {
	switch asked := float64(e.prober.asked.Rate); {
	case rate >= asked*probeGood:
		e.prober.found(now)
		e.control.raise(now, rate*0.95, Probed)
		if e.control.capacity.known() && rate > e.control.capacity.mean {
			e.control.capacity.forget()
		}
	case rate > 0 && later < 2*int64(e.delays.jitter):
		e.prober.unclear(now) // it may have been the jitter
		e.control.raise(now, rate*probeKept, Probed)
	case rate > 0:
		e.prober.failed(now)
		e.control.raise(now, rate*probeKept, Probed)
		e.control.capacity.add(rate)
	default:
		e.prober.failed(now)
	}
}

// plan asks for a probe when more is wanted than the estimate allows, and the line is calm.
func (e *Estimator) plan(now int64) {
	c, p := &e.control, &e.prober
	if p.flying || p.open || !e.heard {
		return
	}
	if c.busy() || e.losses.trial {
		p.next = max(p.next, now+e.rtt+500*millisecond)
		return
	}
	if now < p.next || e.want <= c.rate {
		return
	}
	step := probeStep
	if c.capacity.known() {
		step = probeKnown
	}
	rate := min(max(c.rate*step, min(e.next*1.05, c.rate*probeMost)), e.want*probeBeyond, float64(e.config.Max))
	p.ask(rate, int64(e.delays.jitter), e.losses.line)
}

// Tick is for when no feedback comes: call it ten times a second. outstanding is how many bytes were sent of which no
// feedback has spoken yet.
func (e *Estimator) Tick(now int64, outstanding int) {
	if e.prober.expired(now, e.rtt) {
		e.prober.cancel()
		e.prober.failed(now)
	}
	if wait := silent + 2*e.rtt; outstanding > 0 && now-e.lastFeedback > wait && e.heard {
		e.lastFeedback = now - wait + silent/2
		e.control.silence(now)
	}
}

// Probe hands out a probe that is to be sent now, once.
func (e *Estimator) Probe(now int64) (Probe, bool) { return e.prober.take(now) }

// Abandon says that the probe which was handed out could not be sent to its end: it says nothing.
func (e *Estimator) Abandon(now int64) {
	e.prober.cancel()
	e.prober.unclear(now)
}

// Rate returns the estimate in bit/s.
func (e *Estimator) Rate() int { return int(e.control.rate) }

// Estimate returns what is known, as of the last feedback.
func (e *Estimator) Estimate() Estimate {
	o, c := &e.last, &e.control
	return Estimate{
		Rate: int(c.rate), Acked: int(o.acked * (1 - min(o.line, 0.9))), Sent: int(o.sent),
		Loss: o.loss, LineLoss: o.line, Queue: o.queue, Jitter: o.jitter,
		State: c.state, Reason: c.reason, Limited: c.limited, Competing: c.competing,
		Jumps: e.jumps, Ignored: e.ignored,
	}
}
