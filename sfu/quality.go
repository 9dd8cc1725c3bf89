package sfu

import (
	"slices"
	"time"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate"
)

// How lines fare is told to people in bars: 4 is as good as can be, 0 is nobody there. Each is told of its own line in
// figures, with why less is sent than it wants; the others learn the bars. Bars fall at once, and rise when a line has been
// better twice in a row, so that they do not flicker.

// qualityPeriod is how often bars are looked at, in nanoseconds.
const qualityPeriod = int64(2 * time.Second)

// silentAfter is how long nothing may come from a participant, in nanoseconds, before its bars are empty: RTCP comes
// several times a second.
const silentAfter = 5 * int64(time.Second)

// weakRate is what a line must carry beside its voices, in bit/s, not to be called weak: the smallest picture, and some more.
const weakRate = 200_000

// quality is what was last told of a participant's line. room.mu guards it.
type quality struct {
	told   LineNotice
	better int  // looks in a row that found it better than was told
	any    bool // anything was told
	others bool // the others' bars were told, as they stood then
}

// rateLinesLocked looks at the lines of all, and tells what has changed. r.mu is held.
func (r *room) rateLinesLocked(w *worker) {
	r.judgeFECLocked()
	var changed map[string]int
	for _, p := range r.peers {
		if !p.ready {
			continue
		}
		p.judgeSpeechLocked(w.now)
		now := p.judgeLocked(w)
		q := &p.judged
		if now.Bars > q.told.Bars && q.any {
			if q.better++; q.better < 2 {
				now.Bars = q.told.Bars
			}
		}
		if now.Bars != q.told.Bars || !q.any {
			if changed == nil {
				changed = map[string]int{}
			}
			changed[p.id] = now.Bars
			q.better = 0
		}
		if !q.any || now.differs(&q.told) {
			told := now
			told.Paused = slices.Clone(now.Paused)
			p.tell(func(n *Notice) { n.Line = &told })
			q.told, q.any = told, true
		}
	}
	for _, p := range r.peers {
		if p.ready && !p.judged.others {
			p.judged.others = true
			p.tellBars(r.barsLocked())
			continue
		}
		p.tellBars(changed)
	}
}

// barsLocked is what was last told of everybody's bars, for who has come since. r.mu is held.
func (r *room) barsLocked() map[string]int {
	all := make(map[string]int, len(r.peers))
	for _, p := range r.peers {
		if p.judged.any {
			all[p.id] = p.judged.told.Bars
		}
	}
	return all
}

// tellBars tells a participant of the others' bars.
func (p *Peer) tellBars(changed map[string]int) {
	if len(changed) == 0 {
		return
	}
	p.tell(func(n *Notice) {
		if n.Bars == nil {
			n.Bars = map[string]int{}
		}
		for id, bars := range changed {
			if id != p.id {
				n.Bars[id] = bars
			}
		}
	})
}

// judgeLocked says how good the participant's line is. room.mu is held.
func (p *Peer) judgeLocked(w *worker) LineNotice {
	l := &p.line
	l.mu.Lock()
	e := estimate.Estimate{Rate: l.config(w.now).Start}
	if l.est != nil {
		e = l.est.Estimate()
		e.Rate = l.rateLocked()
	}
	l.mu.Unlock()
	upLoss, up, last := p.upstream(w.now)
	n := LineNotice{Down: e.Rate, Up: up, Loss: int(e.Loss*100 + 0.5), RTT: int(p.rtt.Load() / int64(time.Millisecond)),
		Limit: p.plan.Limit.String(), Paused: p.pausedLocked(w)}
	if p.plan.Limit <= allocate.NotSent {
		n.Limit = ""
	}
	n.Weak = p.plan.Limit == allocate.YourLine && p.plan.Videos == 0 && e.Rate < p.plan.Audio+weakRate
	switch loss := max(e.Loss, upLoss); {
	case w.now-last > silentAfter:
		n.Bars = 0
	case n.Weak || loss > 0.20:
		n.Bars = 1
	case loss > 0.08 || p.plan.Limit == allocate.YourLine && len(n.Paused) > 0:
		n.Bars = 2
	case loss > 0.02 || p.plan.Limit == allocate.YourLine:
		n.Bars = 3
	default:
		n.Bars = 4
	}
	return n
}

// pausedLocked lists what the participant wants and is not sent, in scratch memory of w. room.mu is held.
func (p *Peer) pausedLocked(w *worker) []PausedNotice {
	w.pauses = w.pauses[:0]
	for _, s := range p.slots {
		if s.video && s.shows != nil && s.paused && s.choice.Limit > allocate.NotSent {
			w.pauses = append(w.pauses, PausedNotice{ID: s.shows.owner.id, Kind: s.shows.kind, Why: s.choice.Limit.String()})
		}
	}
	return w.pauses
}

// upstream is what comes from the participant: the share that is lost on the way, bit/s, and when the last packet came.
func (p *Peer) upstream(now int64) (loss float64, rate int, last int64) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for _, src := range p.in.sources {
		for _, st := range src.streams {
			if now-st.lastAt.Load() < liveCamera {
				rate += int(st.rate.Load())
				loss = max(loss, float64(st.recv.FractionLost())/256)
			}
		}
	}
	return loss, rate, p.in.heardAt
}

// differs says whether a notice says something that people would see.
func (n *LineNotice) differs(o *LineNotice) bool {
	if n.Bars != o.Bars || n.Limit != o.Limit || n.Weak != o.Weak || len(n.Paused) != len(o.Paused) {
		return true
	}
	for i := range n.Paused {
		if n.Paused[i] != o.Paused[i] {
			return true
		}
	}
	far := func(a, b int) bool { return a > b+b/5+50_000 || b > a+a/5+50_000 }
	return far(n.Down, o.Down) || far(n.Up, o.Up) || n.Loss > o.Loss+2 || o.Loss > n.Loss+2
}
