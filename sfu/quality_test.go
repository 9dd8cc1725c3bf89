package sfu

import (
	"testing"
	"time"
)

// barsOf are what s was last told of another's line, -1 for nothing.
func (s *seat) barsOf(id string) int {
	bars := -1
	for _, n := range s.news {
		if b, ok := n.Bars[id]; ok {
			bars = b
		}
	}
	return bars
}

// Bars fall at once and rise when a line was better twice; the others are told, and nobody of the own ones.
func TestBarsFallAtOnceAndRiseSlowly(t *testing.T) {
	d := newDesk(t)
	a, b := d.join("a", 0, 0), d.join("b", 0, 0)
	look := func(silent bool) {
		for range 2 * int(time.Second) / int(100*time.Millisecond) {
			for _, s := range []*seat{a, b} {
				if s == b || !silent {
					s.in.mu.Lock()
					s.in.heardAt = d.now
					s.in.mu.Unlock()
				}
			}
			d.pass(int64(100 * time.Millisecond))
		}
	}
	look(false)
	if a.told().Bars != 4 || b.barsOf("a") != 4 || a.barsOf("a") != -1 || b.told().Bars != 4 {
		t.Fatalf("at first a has %d bars, b is told %d, and a of itself %d", a.told().Bars, b.barsOf("a"), a.barsOf("a"))
	}
	for range 3 {
		look(true)
	}
	if a.told().Bars != 0 || b.barsOf("a") != 0 || b.told().Bars != 4 {
		t.Errorf("silent: %d bars, b is told %d", a.told().Bars, b.barsOf("a"))
	}
	look(false)
	if a.told().Bars != 0 || b.barsOf("a") != 0 {
		t.Errorf("better once: %d bars, b is told %d", a.told().Bars, b.barsOf("a"))
	}
	look(false)
	if a.told().Bars != 4 || b.barsOf("a") != 4 {
		t.Errorf("better twice: %d bars, b is told %d", a.told().Bars, b.barsOf("a"))
	}
	said := len(a.news)
	for range 5 {
		look(false)
	}
	for _, n := range a.news[said:] {
		if n.Line != nil || n.Bars != nil {
			t.Errorf("nothing has changed, and told is %+v %v", n.Line, n.Bars)
		}
	}
	c := d.join("c", 0, 0)
	look(false)
	if c.barsOf("a") != 4 || c.barsOf("b") != 4 || c.barsOf("c") != -1 {
		t.Errorf("who comes later is told %d of a, %d of b, and %d of itself", c.barsOf("a"), c.barsOf("b"), c.barsOf("c"))
	}
}

// Figures are told anew when people would see a difference, and not for each that wavers.
func TestLinesThatDiffer(t *testing.T) {
	old := LineNotice{Bars: 4, Down: 2_000_000, Up: 500_000, Loss: 1, Paused: []PausedNotice{{ID: "a", Kind: Camera, Why: "your-line"}}}
	for name, c := range map[string]struct {
		change func(*LineNotice)
		want   bool
	}{
		"nothing":        {func(*LineNotice) {}, false},
		"a little":       {func(n *LineNotice) { n.Down, n.Up, n.Loss, n.RTT = 2_300_000, 450_000, 3, 99 }, false},
		"much more":      {func(n *LineNotice) { n.Down = 2_600_000 }, true},
		"much less":      {func(n *LineNotice) { n.Up = 100_000 }, true},
		"loss":           {func(n *LineNotice) { n.Loss = 4 }, true},
		"bars":           {func(n *LineNotice) { n.Bars = 3 }, true},
		"weak":           {func(n *LineNotice) { n.Weak = true }, true},
		"another reason": {func(n *LineNotice) { n.Paused = []PausedNotice{{ID: "a", Kind: Camera, Why: "host-line"}} }, true},
		"one less":       {func(n *LineNotice) { n.Paused = nil }, true},
	} {
		next := old
		if c.change(&next); next.differs(&old) != c.want {
			t.Errorf("%s: differs %v", name, !c.want)
		}
	}
}
