package sfu

import (
	"sync"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate"
	"tablee/sfu/rtcp"
	"tablee/sfu/twcc"
	"tablee/sfu/udp"
)

// line is what is known of the way to one participant: each packet that is sent to it is numbered (transport-wide), and its
// feedback says which came, and when. From that the estimator tells what the line carries.
type line struct {
	mu     sync.Mutex // guards the rest; a leaf
	ring   *twcc.Ring // made with the first packet
	est    *estimate.Estimator
	unsaid int   // bytes sent since the last feedback
	sentAt int64 // when anything was sent last
	want   int   // bit/s that could be sent
	probe  probing
	rtx    bucket // retransmissions
	near   bool   // in this machine's own network: does not count for the host's line
	weak   bool   // although near, it has lost much
	past   past   // what the participant's lines carried, of this connection and of those before
}

// What a line is thought to carry before anything is known (past.go), in bit/s: outside, what Chromium is told to begin with
// (negotiate.StartBitrate); in the house, enough for a full meeting.
const (
	startOutside = 1_600_000
	startNear    = 50_000_000
	// leastNear is what a line in the house is not thought to carry less than, as long as it loses nothing: there a late packet
	// is a busy computer more often than a full line. One that has lost so much is the Wi-Fi in the attic, and a line like
	// any other; but none in a house carries less than leastWeak.
	leastNear = 4_000_000
	leastWeak = 1_000_000
	muchLost  = 0.10
)

// kindProbe marks packets that leave while a probe is under way.
const kindProbe = 0x80

// moved says where the participant is: in the host's network, or beyond.
func (p *Peer) moved(near bool) {
	l := &p.line
	l.mu.Lock()
	p.far.Store(!near)
	if l.near != near {
		now := p.room.engine.now()
		l.near = near
		l.restoreLocked(now)
		if l.est != nil { // another line, of which nothing is known but what it carried when it was last in use
			l.est, l.probe = estimate.New(l.config(now), now), probing{}
		}
	}
	l.mu.Unlock()
	p.room.engine.shareSoon()
}

// stamp numbers a packet of that many bytes which is being sent to the participant.
func (p *Peer) stamp(now int64, size int, class udp.Class) uint16 {
	l := &p.line
	l.mu.Lock() // given back without defer, which costs a call for each
	if l.ring == nil {
		l.ring = &twcc.Ring{}
		l.est = estimate.New(l.config(now), now)
		p.room.engine.agenda.arm(&p.timers.line, now+linePeriod)
	}
	kind := uint8(class)
	if l.probe.count(size) {
		kind |= kindProbe
	}
	l.unsaid += size
	l.sentAt = now
	seq := l.ring.Sent(now, size, kind)
	l.mu.Unlock()
	return seq
}

// heard takes in the participant's feedback.
func (p *Peer) heard(w *worker, f rtcp.TransportFeedback) {
	l := &p.line
	l.mu.Lock()
	w.acks, w.packets = w.acks[:0], w.packets[:0]
	if l.ring == nil { // nothing was sent that could have come
		l.mu.Unlock()
		w.engine.counters.lies.Add(uint64(f.Len()))
		return
	}
	before := l.ring.Stats()
	w.acks = l.ring.Feedback(f, w.now, w.acks)
	after := l.ring.Stats()
	var came, lost uint64
	for i := range w.acks {
		a := &w.acks[i]
		if a.Received {
			came++
		} else {
			lost++
		}
		if !a.WasLost { // the estimator was told of it already
			w.packets = append(w.packets, estimate.Packet{SentAt: a.SentAt, ArrivedAt: a.ArrivedAt, Size: int(a.Size), Received: a.Received, Probe: a.Kind&kindProbe != 0})
		}
	}
	rate := l.est.Rate()
	l.est.Feedback(w.now, p.rtt.Load(), w.packets)
	fell := l.est.Rate() < rate*3/4
	l.unsaid = 0
	if x := l.est.Estimate(); l.near && x.Loss > muchLost && x.Rate < leastNear {
		l.weak = true
	}
	l.past.of(l.near).note(w.now, l.est.Rate(), l.weak)
	begun := l.probe.begin(l.est, w.now)
	l.mu.Unlock()
	w.engine.counters.lies.Add(after.Unknown - before.Unknown + after.Absurd - before.Absurd)
	w.engine.counters.acknowledged.Add(came)
	w.engine.counters.reportedLost.Add(lost)
	if begun {
		w.engine.agenda.arm(&p.timers.probe, w.now)
	}
	if fell { // all that is sent until the shares follow is lost, of voices too
		w.engine.agenda.hasten(&w.engine.sharing, w.now)
	} else {
		w.engine.shareSoon()
	}
}

// linePeriod is how often lines are looked at without feedback, in nanoseconds.
const linePeriod = int64(100 * time.Millisecond)

// Where nothing is sent, as nobody talks and no picture fits, feedback has nothing to tell, and the line would be thought to be as it
// was for ever: after quiet, in nanoseconds, a few packets of padding, in all knock bytes, ask for it.
const (
	quiet = int64(time.Second)
	knock = 600
)

// knockLocked begins a probe of nothing but the first feedback after a silence; what that leads to is the estimator's. l.mu is held.
func (l *line) knockLocked(now int64) bool {
	if l.probe.on || l.est.Rate() >= l.want || now-l.sentAt < quiet {
		return false
	}
	l.sentAt = now // not again at once, if there is nothing to send it with
	l.probe = probing{on: true, rate: l.est.Rate(), bytes: knock}
	return true
}

// watchLine notices that feedback stays away, or has nothing to tell.
func (p *Peer) watchLine(w *worker) {
	l := &p.line
	l.mu.Lock()
	before := l.est.Rate()
	l.est.Tick(w.now, l.unsaid)
	fell, knocks := l.est.Rate() < before, l.knockLocked(w.now)
	l.mu.Unlock()
	if fell {
		w.engine.shareSoon()
	}
	if knocks {
		w.engine.agenda.arm(&p.timers.probe, w.now)
	}
	if !p.closed.Load() {
		w.engine.agenda.arm(&p.timers.line, align(w.now+linePeriod, linePeriod))
	}
}

// capacity is what the line carries, in bit/s; and whether it is in the host's network.
func (p *Peer) capacity(now int64) (rate int, near bool) {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.est != nil:
		return l.rateLocked(), l.near
	case p.numbered.Load():
		return l.config(now).Start, l.near
	}
	return estimate.DefaultMax, l.near // its browser does not report
}

// rateLocked is what is thought of a line of which something is known. l.mu is held.
func (l *line) rateLocked() int {
	if l.near && !l.weak {
		return max(l.est.Rate(), leastNear)
	}
	return l.est.Rate()
}

// demand tells the estimator what could be sent.
func (p *Peer) demand(plan *allocate.Plan) {
	l := &p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.est != nil {
		l.est.Demand(plan.Want, plan.Next)
		l.want = plan.Want
	}
}
