package loadtest

import "time"

// What counts as expected (docs/loadtest.md, "Tracks").
const (
	// leastTogether is how long two participants must be in together for one's picture to be expected by the other.
	leastTogether = int64(3 * time.Second)
	// leastSpurt is the shortest spurt of speech that must be heard.
	leastSpurt = int64(time.Second)
	// heardWithin is how soon it must be heard.
	heardWithin = int64(time.Second)
	// leastBefore is how long a listener must have been in before it.
	leastBefore = int64(time.Second)
)

// picture judges one participant's camera or screen at another.
func (t *totals) picture(to, from *life, screen bool) {
	wanted := to.record.wanted[key{from.record.num, screen}]
	if wanted == nil {
		return
	}
	published := from.record.camera
	if screen {
		published = from.record.screen
	}
	k := key{from.record.num, screen}
	could := common(to.record.present, published, *wanted)
	t.pausedTime(to, k, could)
	if paused := to.record.paused[k]; paused != nil {
		could = without(could, *paused)
	}
	for _, s := range could {
		if s.to-s.from < leastTogether {
			continue
		}
		got := shown{}
		if source := to.down.sources[from.record.num]; source != nil {
			got = *source.picture(screen)
		}
		t.expect(to, got.frames == 0)
		if got.first >= s.from {
			t.first.Add((got.first - s.from) / 1000)
		}
		return
	}
}

// voice judges how one participant was heard by another.
func (t *totals) voice(to, from *life) {
	expected := 0
	s := to.down.sources[from.record.num]
	for _, spurt := range from.up.logs {
		deadline := spurt.from + heardWithin
		if spurt.to-spurt.from < leastSpurt || !from.record.present.covers(spurt.from, spurt.to) ||
			!to.record.present.covers(spurt.from-leastBefore, deadline) {
			continue
		}
		expected++
		t.report.SpurtsExpected++
		came, ok, long := s.heardOf(spurt)
		if !ok || came > deadline {
			t.report.SpurtsUnheard++
		}
		if ok {
			t.voiced.Add((came - spurt.from) / 1000)
		}
		if to.record.present.covers(spurt.from, spurt.to) {
			t.people[to.index].gaps.merge(long)
		}
	}
	if expected > 0 {
		t.expect(to, s == nil || s.voice == 0)
	}
}

// expect counts a track that a participant must receive.
func (t *totals) expect(to *life, silent bool) {
	t.report.TracksExpected++
	p := &t.people[to.index].out
	p.TracksExpected++
	if silent {
		t.report.TracksSilent++
		p.TracksSilent++
	}
}
