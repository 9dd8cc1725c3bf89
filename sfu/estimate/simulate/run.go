package simulate

import "tablee/sfu/estimate"

// Sender is an estimator with what surrounds it.
type Sender interface {
	// Advance is called before anything else happens at a time.
	Advance(now int64)
	// Sent tells of a packet that leaves; seq counts from 0.
	Sent(now int64, seq, size int)
	// Feedback hands over what came back: packet i has the number first+i.
	Feedback(now, rtt int64, first int, packets []estimate.Packet)
	// Demand says what could be sent, and with the next layer.
	Demand(want, next int)
	// Tick is called every 100 ms.
	Tick(now int64, outstanding int)
	// Rate is the estimate, and Probe what it asks for.
	Rate() int
	Probe(now int64) (estimate.Probe, bool)
}

const (
	packetSize = 1200
	leastSize  = 60  // headers
	voiceSize  = 138 // 32 kbit/s at 20 ms with all headers (network.md)
	voiceEvery = 20 * millisecond
	frameEvery = 33 * millisecond
	reportEach = 75 * millisecond // transport-wide feedback comes every 50 to 100 ms
	clockStart = 1_700_000_000 * second
)

// meeting is one sender's run; the line and the agenda are shared.
type meeting struct {
	c      Case
	s      Sender
	agenda *agenda
	link   *link
	rnd    random
	rival  reno

	sent     []estimate.Packet
	reported int // the first packet of which feedback did not speak
	highest  int // received

	queue    []int // sizes of packets that wait for the pacer
	paced    int64 // until when the pacer waits
	pacing   bool
	probe    estimate.Probe
	probeTo  int // bytes still to send for it
	probing  bool
	flying   int
	burst    int64 // number of the jitter's burst
	late     int64 // its delay
	lastLate int64
	layer    int
	result   collector
	scratch  []estimate.Packet
}

// Run sends over the line for as long as the case says.
func Run(c Case, seed uint64, s Sender) Result { return Together(c, seed, 0, s)[0] }

// Together lets several send over one line, each beginning that much later than the one before.
func Together(c Case, seed uint64, apart int64, senders ...Sender) []Result {
	line := &link{steps: c.Steps, limit: int(float64(c.Steps[0].Rate) * float64(c.Queue) / 8 / float64(second))}
	line.limit = max(line.limit, 4*packetSize)
	plan := &agenda{}
	all := make([]*meeting, len(senders))
	for i, s := range senders {
		m := &meeting{c: c, s: s, rnd: random((seed+uint64(i)*1000)*7919 + 1), highest: -1, link: line, agenda: plan}
		all[i] = m
		m.result.start(c)
		from := int64(i) * apart
		plan.plan(from, m.frame)
		plan.plan(from+1, m.voice)
		plan.plan(from+reportEach, m.report)
		plan.plan(100*millisecond, m.tick)
	}
	if c.Rival[1] > 0 {
		all[0].rival = reno{m: all[0], from: c.Rival[0], to: c.Rival[1]}
		plan.plan(c.Rival[0], all[0].rival.start)
	}
	for len(plan.heap) > 0 {
		e := plan.take()
		if e.at > c.Length {
			break
		}
		for _, m := range all {
			m.s.Advance(e.at)
		}
		e.do(e.at)
	}
	results := make([]Result, len(all))
	for i, m := range all {
		results[i] = m.result.finish(m)
	}
	return results
}

// voice sends one packet of it.
func (m *meeting) voice(now int64) {
	m.send(now, voiceSize, false, false)
	m.agenda.plan(now+voiceEvery, m.voice)
}

// frame makes a picture of the size that the estimate allows, a fifth more or less.
func (m *meeting) frame(now int64) {
	send, want, next := m.choose(now)
	m.s.Demand(want, next)
	rate := float64(send) - voiceSize*8*float64(second/voiceEvery)
	bytes := int(max(rate, 10_000) / 8 * float64(frameEvery) / float64(second) * (1 + 0.2*m.rnd.around()))
	for ; bytes > 0; bytes -= packetSize {
		m.queue = append(m.queue, min(max(bytes, leastSize), packetSize))
	}
	for len(m.queue) > 400 { // what is too old is not sent
		m.queue = m.queue[1:]
	}
	m.pace(now)
	m.agenda.plan(now+frameEvery, m.frame)
}

// choose returns the rate to send: the estimate, or the highest layer within it; and what could be used, and what the
// next layer needs.
func (m *meeting) choose(now int64) (send, want, next int) {
	rate := m.s.Rate()
	if m.c.Choose != nil {
		return m.c.Choose(now, rate)
	}
	want = 50_000_000
	if len(m.c.Demand) > 0 {
		want = rateAt(m.c.Demand, now)
	}
	n := len(m.c.Layers)
	if n == 0 {
		return min(rate, want), want, 0
	}
	for m.layer > 0 && m.c.Layers[m.layer] > rate {
		m.layer--
	}
	for m.layer+1 < n && m.c.Layers[m.layer+1]*23/20 < rate {
		m.layer++
	}
	return m.c.Layers[m.layer], m.c.Layers[n-1] * 6 / 5, m.c.Layers[min(m.layer+1, n-1)] * 6 / 5
}

// pace sends what waits, no faster than twice the estimate; a probe's padding goes with it.
func (m *meeting) pace(now int64) {
	if m.pacing {
		return
	}
	if p, ok := m.s.Probe(now); ok && !m.probing {
		m.probe, m.probeTo, m.probing = p, p.Bytes, true
		m.paced = now
	}
	if m.paced = max(m.paced, now); m.paced > now {
		m.pacing = true
		m.agenda.plan(m.paced, func(now int64) { m.pacing = false; m.pace(now) })
		return
	}
	rate, size := 2*m.s.Rate(), 0
	switch {
	case m.probing:
		rate = m.probe.Rate
		size = min(packetSize, max(m.probe.Bytes/max(m.probe.Packets, 1), 200))
		padding := len(m.queue) == 0
		if !padding {
			size, m.queue = m.queue[0], m.queue[1:]
		}
		m.probeTo -= size
		m.probing = m.probeTo > 0
		m.send(now, size, true, padding)
	case len(m.queue) > 0:
		size, m.queue = m.queue[0], m.queue[1:]
		m.send(now, size, false, false)
	default:
		return
	}
	m.paced = now + int64(float64(size)*8/float64(rate)*float64(second))
	m.pace(now)
}

// send gives a packet to the line.
func (m *meeting) send(now int64, size int, probe, padding bool) {
	seq := len(m.sent)
	m.sent = append(m.sent, estimate.Packet{SentAt: now, Size: size, Probe: probe})
	m.s.Sent(now, seq, size)
	m.flying += size
	leaves, ok := m.link.send(now, size)
	if !ok {
		m.result.dropped()
		return
	}
	own := int64(float64(size) * 8 / float64(rateAt(m.c.Steps, leaves)) * float64(second))
	m.result.passed(leaves, size, max(leaves-now-own, 0), padding)
	if m.rnd.unit() < m.c.Loss {
		return
	}
	arrives := max(leaves+m.c.Delay+m.jitter(leaves), m.lastLate)
	m.lastLate = arrives
	m.agenda.plan(arrives, func(at int64) { m.arrive(at, seq) })
}

// jitter is another every 20 ms.
func (m *meeting) jitter(at int64) int64 {
	if m.c.Jitter == 0 {
		return 0
	}
	if n := at / (20 * millisecond); n != m.burst {
		m.burst, m.late = n, int64((m.rnd.around()+1)*float64(m.c.Jitter))
	}
	return m.late
}

// arrive notes a packet at the receiver, by its clock and with the grain of the feedback: 250 µs.
func (m *meeting) arrive(at int64, seq int) {
	clock := clockStart + at + at/20_000 // 50 ppm fast
	for _, j := range m.c.ClockJumps {
		if at >= j.At {
			clock += j.By
		}
	}
	if m.c.Lie != nil {
		clock = m.c.Lie(clock)
	}
	p := &m.sent[seq]
	p.Received, p.ArrivedAt = true, clock/250_000*250_000
	m.highest = max(m.highest, seq)
}

// report sends feedback of all up to the highest packet that arrived.
func (m *meeting) report(now int64) {
	m.agenda.plan(now+reportEach, m.report)
	first, last := m.reported, m.highest
	if last < first {
		return
	}
	m.reported = last + 1
	if m.rnd.unit() < m.c.FeedbackLoss {
		for _, p := range m.sent[first : last+1] {
			m.flying -= p.Size
		}
		return
	}
	m.agenda.plan(now+m.c.Delay, func(now int64) {
		m.scratch = m.scratch[:0]
		for _, p := range m.sent[first : last+1] {
			m.scratch = append(m.scratch, p)
			m.flying -= p.Size
		}
		m.s.Feedback(now, 2*m.c.Delay+reportEach/2, first, m.scratch)
		m.pace(now)
	})
}

func (m *meeting) tick(now int64) {
	m.agenda.plan(now+100*millisecond, m.tick)
	m.s.Tick(now, m.flying)
	m.result.sample(m.s.Rate())
	m.pace(now)
}
