package loadtest

import (
	"math/rand/v2"
	"slices"

	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
)

// picture publishes a camera or a shared screen in all its layers.
type picture struct {
	sources []samples.Layer
	first   uint8 // the lowest layer's number in stamps
	every   int64 // time between two frames, in nanoseconds
	// refreshes says that who waits for a key frame is not left to wait for the next frame: a browser asks the system for a
	// fresh picture of a screen then, because a screen that does not change has no next frame.
	refreshes bool

	on      bool
	watched []string // layers that somebody watches, as far as is known: nil is all
	layers  []*layer // nil while nothing can be published
	due     int64    // of the next frame
	last    int64    // when the one before was due
}

// start begins to publish on layers that are bound, in the order of the sources, as many as fit; none for a picture that
// is not offered.
func (p *picture) start(b []*bound, mid string, fits int, wide *uint16, rng *rand.Rand, now int64) error {
	p.layers = nil
	for i, bound := range b {
		l := &layer{
			sample: &p.sources[i], number: p.first + uint8(i), base: rng.Uint32(), fits: i < fits,
			picture: uint16(rng.Uint32()) & 0x7fff, tl0: uint8(rng.Uint32()),
		}
		out, err := newOutlet(bound, mid, l.sample.RID, uint16(rng.Uint32()), wide)
		if err != nil {
			return err
		}
		l.out = out
		l.setActive(p.watched == nil || slices.Contains(p.watched, l.sample.RID))
		p.layers = append(p.layers, l)
	}
	p.due = now + rng.Int64N(p.every)
	return nil
}

// turn switches the picture on or off; it begins with a key frame.
func (p *picture) turn(on bool, now int64) {
	if on && !p.on {
		for _, l := range p.layers {
			l.again = true
		}
		p.due = max(p.due, now)
	}
	p.on = on
}

// watch obeys the server's send: layers that nobody watches are paused. It may come before there is anything to publish,
// and holds then for what will be.
func (p *picture) watch(rids []string, now int64) {
	p.watched = append([]string{}, rids...)
	for _, l := range p.layers {
		l.setActive(slices.Contains(rids, l.sample.RID))
	}
	p.refresh(now)
}

// refresh sends a fresh picture at once to who waits for one.
func (p *picture) refresh(now int64) {
	if p.refreshes && slices.ContainsFunc(p.layers, func(l *layer) bool { return l.active && l.again }) {
		p.due = min(p.due, max(now, p.last+frameEvery))
	}
}

// tick publishes the frames that are due.
func (p *picture) tick(now int64, num uint32) (packets, bytes int) {
	if !p.on || len(p.layers) == 0 {
		return 0, 0
	}
	p.due = skipLate(p.due, now, p.every)
	for p.due <= now {
		timestamp := uint32(p.due / 1000 * 90 / 1000)
		for _, l := range p.layers {
			n, size := l.send(timestamp, payload.Stamp{Num: num, At: now})
			packets, bytes = packets+n, bytes+size
		}
		p.last = p.due
		p.due += p.every
	}
	return packets, bytes
}

// answer does what the server asked: the next frame is a key frame, lost packets are sent again.
func (p *picture) answer(r request, now int64) {
	for _, l := range p.layers {
		if l.out.ssrc != r.ssrc {
			continue
		}
		l.again = l.again || r.key
		for _, seq := range r.nacks {
			l.repair(seq)
		}
	}
	p.refresh(now)
}
