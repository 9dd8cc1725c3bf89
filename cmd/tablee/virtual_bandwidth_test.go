package main

import (
	"sync"
	"testing"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/impair"
	"tablee/signaling"
)

// What stands in docs/bandwidth.md, against the whole server: what leaves over the host's line in any second, and what a
// participant on a bad line sees and hears.

// watching is a meeting of which single pictures and lines are observed.
type watching struct {
	mu       sync.Mutex // guards the rest
	pictures map[int][]loadtest.Picture
	lines    map[int][]said
}

type said struct {
	at time.Time
	signaling.Line
}

// observe fills in the options' Observe.
func observe(o *loadtest.Options) *watching {
	w := &watching{pictures: map[int][]loadtest.Picture{}, lines: map[int][]said{}}
	o.Observe = loadtest.Observe{
		Picture: func(i int, p loadtest.Picture) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.pictures[i] = append(w.pictures[i], p)
		},
		Line: func(i int, l signaling.Line) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines[i] = append(w.lines[i], said{time.Now(), l})
		},
	}
	return w
}

// largest is whom a participant saw largest most of the time.
func (w *watching) largest(i int) (source uint32) {
	n := map[uint32]int{}
	for _, p := range w.pictures[i] {
		if p.Layer > 0 && !p.Screen {
			if n[p.Source]++; n[p.Source] > n[source] {
				source = p.Source
			}
		}
	}
	return source
}

// longestOf is the longest time without a picture of one source at one participant, from the first one to the last.
func (w *watching) longestOf(i int, source uint32) (longest time.Duration, pictures int) {
	var last time.Time
	for _, p := range w.pictures[i] {
		if p.Source != source || p.Screen {
			continue
		}
		if pictures++; pictures > 1 {
			longest = max(longest, p.At.Sub(last))
		}
		last = p.At
	}
	return longest, pictures
}

// pinning is a meeting in which everybody shows one other large from the start.
func pinning(participants int) loadtest.Scenario {
	s := loadtest.Scenario{Name: "pinning", JoinEvery: 100 * time.Millisecond}
	for i := range participants {
		s.Events = append(s.Events, loadtest.Event{Who: i, Do: loadtest.Pin})
	}
	return s
}

// Fifteen people, fourteen of them outside, each with one other large: in no second leaves more over the host's line than
// it carries, every voice comes whole, and whoever is large does not stand still.
func TestVirtualHostLine(t *testing.T) {
	for _, c := range []struct {
		profile      string
		uplink       int // kbit/s
		most         int // bit/s in any second
		largePicture bool
	}{
		{"frugal", 8000, 8_400_000, true},
		{"normal", 26_000, 26_000_000, true},
		{"voice", 1500, 1_500_000, false},
	} {
		t.Run(c.profile, func(t *testing.T) {
			inTown(t, 0, func(v *town) {
				v.cfg.Media.Profile, v.cfg.Media.Uplink = c.profile, c.uplink
				v.abroad = func(i int) bool { return i != 0 }
				stop := v.start()
				o := loadtest.Options{Participants: 15, Duration: 40 * time.Second, Seed: 11, Scenario: pinning(15)}
				w := observe(&o)
				r := v.meet(o)
				whole(t, r)
				most, mean := busiest(v.meter.outside, 0)
				t.Logf("%s: over the host's line at most %d kbit/s in a second, %d on average", c.profile, most/1000, mean/1000)
				if most > c.most {
					t.Errorf("%d kbit/s in a second over a line of %d", most/1000, c.uplink)
				}
				if r.VoiceLossPercent != 0 || r.AudioGaps != 0 {
					t.Errorf("voices: %v %% lost, %d gaps", r.VoiceLossPercent, r.AudioGaps)
				}
				for i := range 15 {
					longest, n := w.longestOf(i, w.largest(i))
					t.Log(i, longest, n, r.People[i].PicturesPausedPercent, r.People[i].FrozenS)
				}
				for _, l := range w.lines[14] {
					t.Log(l.at.Sub(v.meter.first), l.Bars, l.Limit, l.Down, l.Up, l.Loss, len(l.Paused), l.Paused)
				}
				stop()
			})
		})
	}
}

var _ = impair.Named
