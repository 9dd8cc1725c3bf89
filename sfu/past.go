package sfu

import (
	"time"

	"tablee/sfu/estimate"
)

// What a line carried is remembered over the end of its connection: who comes back (the page was loaded anew, a tunnel, a
// PeerConnection that failed) begins with it, and not with what is assumed of strangers. A weak line would be flooded by that for
// its first second, a good one would have to be tried anew. An ICE restart or a new offer keeps the estimator itself.

// Bounds of what is remembered.
const (
	pastLife  = 10 * time.Minute // after which nothing is left of it
	pastPart  = 0.9              // of what it carried is begun with: another may have come to the line meanwhile
	pastLeast = 150_000          // bit/s: enough for the voices and for feedback to learn from
	pastMost  = 8_000_000        // bit/s: a full meeting; a line that has become slower drops no more than this until its first feedback
	pastSpan  = 4 * time.Second  // over which it is averaged: the last moments before a connection broke say least
	maxPasts  = 1024             // participants who are gone, in the whole engine
)

// carried is what a line was thought to carry lately.
type carried struct {
	rate float64 // bit/s
	at   int64   // when feedback last said so; 0 for nothing known
	weak bool    // line.weak
}

// note takes in what is thought of the line, with each feedback: while that stays away, rates fall for another reason.
func (c *carried) note(now int64, rate int, weak bool) {
	part := 1.0
	if c.at != 0 {
		part = min(float64(now-c.at)/float64(pastSpan), 1)
	}
	c.rate, c.at, c.weak = c.rate+(float64(rate)-c.rate)*part, now, weak
}

// fresh is how much it still means: 1 at once, 0 for nothing.
func (c *carried) fresh(now int64) float64 {
	if c.at == 0 {
		return 0
	}
	return max(1-float64(now-c.at)/float64(pastLife), 0)
}

// start is what to begin with where a stranger would begin with that.
func (c *carried) start(now int64, stranger int) int {
	known := min(max(c.rate*pastPart, pastLeast), pastMost)
	return stranger + int((known-float64(stranger))*c.fresh(now))
}

// past is what is known of a participant's lines.
type past struct{ outside, near carried }

func (x *past) of(near bool) *carried {
	if near {
		return &x.near
	}
	return &x.outside
}

// newest is when anything was last learnt, 0 for never.
func (x *past) newest() int64 { return max(x.outside.at, x.near.at) }

// pastKey names a participant.
type pastKey struct{ room, id string }

// config is what the estimator begins with. In the house all lines begin wide but those that turned out to be weak.
func (l *line) config(now int64) estimate.Config {
	switch {
	case !l.near:
		return estimate.Config{Start: l.past.outside.start(now, startOutside)}
	case l.past.near.weak && l.past.near.fresh(now) > 0:
		return estimate.Config{Start: max(l.past.near.start(now, leastNear), leastWeak), Min: leastWeak}
	default:
		return estimate.Config{Start: startNear, Min: leastWeak}
	}
}

// keepPast remembers what is known of the lines of one who leaves. e.mu is held.
func (e *Engine) keepPast(p *Peer) {
	p.line.mu.Lock()
	x := p.line.past
	p.line.mu.Unlock()
	key := pastKey{p.room.name, p.id}
	if known := e.pasts[key]; x.newest() <= known.newest() {
		return
	}
	delete(e.pasts, key)
	for len(e.pasts) >= maxPasts { // the oldest makes room
		var oldest pastKey
		at := e.now()
		for k, o := range e.pasts {
			if o.newest() <= at {
				oldest, at = k, o.newest()
			}
		}
		delete(e.pasts, oldest)
	}
	e.pasts[key] = x
}

// recall gives one who joins what is known: of the connection that is still there, or of the one before. e.mu is held.
func (e *Engine) recall(p *Peer) {
	for k, x := range e.pasts {
		if e.now()-x.newest() > int64(pastLife) {
			delete(e.pasts, k)
		}
	}
	if old := p.room.peer(p.id); old != nil {
		e.keepPast(old)
	}
	p.line.past = e.pasts[pastKey{p.room.name, p.id}]
	p.line.restoreLocked(e.now())
}

// restoreLocked begins with what is known of the line where the participant is. l.mu is held, or nobody else has the line yet.
func (l *line) restoreLocked(now int64) {
	l.weak = l.near && l.past.near.weak && l.past.near.fresh(now) > 0
}
