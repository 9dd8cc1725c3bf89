package loadtest

import (
	"time"

	"tablee/loadtest/payload"
	"tablee/signaling"
)

// What the server says that it does not send, and why (docs/protocol.md, line): such a picture is not expected, and is no
// freeze. How long each reason held goes into the report.

// leastWithheld is how long a picture must be paused for the receiver's line, in nanoseconds, to count as withheld where
// the line would carry it.
const leastWithheld = int64(5 * time.Second)

// pausedFor is a picture that is paused, and why.
type pausedFor struct {
	key
	why   string
	roomy bool // the receiver's line would carry all that it demands
}

// pause notes what is paused from now on.
func (r *record) pause(list []pausedFor, now int64) {
	if r.pausedFor == nil {
		r.paused, r.pausedFor = make(map[key]*spans), make(map[pausedFor]*spans)
	}
	still, stillFor := make(map[key]bool), make(map[pausedFor]bool)
	for _, x := range list {
		still[x.key], stillFor[x] = true, true
		begin(r.paused, x.key, now)
		begin(r.pausedFor, x, now)
	}
	for k, s := range r.paused {
		if !still[k] {
			s.end(now)
		}
	}
	for x, s := range r.pausedFor {
		if !stillFor[x] {
			s.end(now)
		}
	}
}

// begin opens a span of what all has under k, unless one lasts.
func begin[K comparable](all map[K]*spans, k K, now int64) {
	if all[k] == nil {
		all[k] = &spans{}
	}
	all[k].begin(now)
}

// onLine takes what the server says of the own line.
func (p *participant) onLine(m *signaling.Line) {
	now := p.clock.now()
	roomy := p.roomy()
	var list []pausedFor
	for _, x := range m.Paused {
		if from, ok := p.members[x.ID]; ok { // else it has just left
			list = append(list, pausedFor{key{from.Num, x.Kind == signaling.KindScreen}, x.Why, roomy})
		}
	}
	p.record.pause(list, now)
	if p.observe.Line != nil {
		p.observe.Line(p.index, *m)
	}
}

// roomy says whether the line would carry all that is demanded, and a quarter more.
func (p *participant) roomy() bool {
	if p.downRate == 0 {
		return true
	}
	need := 0
	for _, v := range p.demanded {
		screen := v.Kind == signaling.KindScreen
		if n := layerFor(v.Height, screen); screen {
			need += p.set.Screen[n-payload.LayerScreen].Rate() * int(frameEvery) / int(screenEvery)
		} else {
			need += p.set.Layers[n-payload.LayerCamera].Rate()
		}
	}
	return need <= p.downRate/5*4
}

// pausedTime adds up for how long one participant's camera or screen could have been shown by another, and for how much of
// that the server had paused it.
func (t *totals) pausedTime(to *life, k key, could spans) {
	person := t.people[to.index]
	person.could += could.total(person.over)
	for x, s := range to.record.pausedFor {
		if x.key != k {
			continue
		}
		for _, span := range common(could, *s) {
			length := span.to - span.from
			person.paused[x.why] += length
			if x.roomy && x.why == signaling.LimitYourLine && length > leastWithheld {
				t.report.PicturesWithheld++
			}
		}
	}
}

// shares are paused times by reason, in percent of the time in which pictures could have been shown.
func shares(paused map[string]int64, could int64) map[string]float64 {
	out := make(map[string]float64)
	for why, d := range paused {
		if p := percent(uint64(d), uint64(could)); p > 0 {
			out[why] = p
		}
	}
	return out
}
