package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/impair"
	"tablee/loadtest/result"
	"tablee/signaling"
)

// What stands in docs/bandwidth.md, against the whole server: what leaves over the host's line in any second, and what a
// participant on a bad line sees and hears.

// watching is a meeting of which single pictures and lines are observed.
type watching struct {
	begun time.Time // of the steady phase; of the goroutine that runs the meeting

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
	o.Watch = func(p result.Progress) {
		if p.Phase == result.Meeting && w.begun.IsZero() { // a second ago
			w.begun = time.Now().Add(-time.Second)
		}
	}
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
	return w.most(i, func(p loadtest.Picture) bool { return p.Layer > 0 })
}

// steadiest is whom a participant saw most of the time.
func (w *watching) steadiest(i int) (source uint32) {
	return w.most(i, func(loadtest.Picture) bool { return true })
}

func (w *watching) most(i int, counts func(loadtest.Picture) bool) (source uint32) {
	n := map[uint32]int{}
	for _, p := range w.pictures[i] {
		if counts(p) {
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
		profile string
		uplink  int // kbit/s
		most    int // bit/s in any second
		large   bool
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
				most, _ := busiest(v.meter.outside, 0)
				_, mean := busiest(v.meter.outside, 8)
				t.Logf("%s: over the host's line at most %d kbit/s in a second, %d on average", c.profile, most/1000, mean/1000)
				if most > c.most {
					t.Errorf("%d kbit/s in a second over a line of %d", most/1000, c.uplink)
				}
				if r.VoiceLossPercent != 0 || r.AudioGaps != 0 {
					t.Errorf("voices: %v %% lost, %d gaps", r.VoiceLossPercent, r.AudioGaps)
				}
				for i, p := range r.People {
					if longest, n := w.longestOf(i, w.steadiest(i)); p.FrozenS > 1 || c.large && n < 500 || longest > time.Second {
						t.Errorf("participant %d saw %d pictures of one, with a pause of up to %v; frozen for %v s", i, n, longest, p.FrozenS)
					}
				}
				home, abroad := r.People[0].PicturesPausedPercent, r.People[1].PicturesPausedPercent
				if home["host-line"] != 0 || (abroad["host-line"] > 0) != c.large {
					t.Errorf("paused at home %v, outside %v", home, abroad)
				}
				stop()
			})
		})
	}
}

// lineAt is a participant's line of that rate both ways, in bit/s.
func lineAt(rate int) impair.Profile {
	w := impair.Way{Rate: rate, Delay: 10 * time.Millisecond}
	return impair.Profile{Name: "line", Up: impair.Way{Rate: 10_000_000, Delay: w.Delay}, Down: w, Queue: 300 * time.Millisecond}
}

// oneLine is a meeting of eight of whom the third has a line that becomes another one after 20 s and again after 50, of 80.
func oneLine(t *testing.T, v *town, then, again int) (*loadtest.Report, *watching, time.Time) {
	t.Helper()
	networks := make([]impair.Profile, 8)
	for i := range networks {
		networks[i].Name = "lan"
	}
	networks[2] = lineAt(10_000_000)
	s := loadtest.Scenario{Name: "a line", JoinEvery: 50 * time.Millisecond, Events: []loadtest.Event{
		{Who: 2, Do: loadtest.Pin},
		{At: 20 * time.Second, Who: 2, Do: loadtest.ChangeLine, Network: lineAt(then)},
		{At: 50 * time.Second, Who: 2, Do: loadtest.ChangeLine, Network: lineAt(again)},
	}}
	o := loadtest.Options{Participants: 8, Duration: 80 * time.Second, Seed: 4, Scenario: s, Networks: networks}
	w := observe(&o)
	r := v.meet(o)
	return r, w, w.begun
}

// A line that falls from 10 Mbit/s to 500 kbit/s, and half a minute later recovers: the voice goes on, the large picture is
// back within five seconds, small, and in full after the recovery; and nobody else notices. So it is with a line in
// the house, down to 1 Mbit/s, which none there is thought to fall below.
func TestVirtualStep(t *testing.T) {
	for near, rate := range map[bool]int{false: 500_000, true: 1_500_000} {
		t.Run(fmt.Sprint("near ", near), func(t *testing.T) {
			inTown(t, 0, func(v *town) {
				v.abroad = func(int) bool { return !near }
				stop := v.start()
				r, w, begun := oneLine(t, v, rate, 10_000_000)
				for i, p := range r.People {
					if i != 2 && (p.FrozenS != 0 || p.LossPercent != 0 || p.AudioGaps != 0 || len(p.PicturesPausedPercent) != 0) {
						t.Errorf("participant %d noticed: %+v", i, p)
					}
				}
				most := 200.0
				if near { // such a line is first thought to be a busy computer
					most = 400
				}
				if p := r.People[2]; p.AudioGapMSMax > most {
					t.Errorf("%d gaps in what it hears, up to %v ms", p.AudioGaps, p.AudioGapMSMax)
				}
				large := w.largest(2)
				pause := w.pause(2, large, begun.Add(20*time.Second), begun.Add(50*time.Second))
				full := w.from(2, large, 2, begun.Add(50*time.Second))
				t.Logf("gaps up to %v ms, without the large picture for %v, in full after %v", r.People[2].AudioGapMSMax, pause, full)
				if pause > 5*time.Second {
					t.Errorf("the picture is away for %v", pause)
				}
				if full > 12*time.Second {
					t.Errorf("the large picture is there %v after the line", full)
				}
				if n := w.faces(2, large, begun.Add(65*time.Second), begun.Add(78*time.Second)); n != 6 {
					t.Errorf("%d of 6 faces are back", n)
				}
				stop()
			})
		})
	}
}

// pause is for how long at most no picture of a source came between two times.
func (w *watching) pause(i int, source uint32, from, to time.Time) (longest time.Duration) {
	last := from
	for _, p := range w.pictures[i] {
		if p.Source == source && p.At.After(from) && p.At.Before(to) {
			longest, last = max(longest, p.At.Sub(last)), p.At
		}
	}
	return max(longest, to.Sub(last))
}

// from is how long after a time a picture of that source in that layer came.
func (w *watching) from(i int, source uint32, layer int, at time.Time) time.Duration {
	for _, p := range w.pictures[i] {
		if p.Source == source && p.Layer == layer && p.At.After(at) {
			return p.At.Sub(at)
		}
	}
	return time.Hour
}

// faces is how many others than the large one came between two times.
func (w *watching) faces(i int, large uint32, from, to time.Time) int {
	seen := map[uint32]bool{}
	for _, p := range w.pictures[i] {
		if p.Source != large && p.At.After(from) && p.At.Before(to) {
			seen[p.Source] = true
		}
	}
	return len(seen)
}

// A line of 300 kbit/s keeps the voices, shows no more than fits, and is told to be weak.
func TestVirtualWeakLine(t *testing.T) {
	inTown(t, 0, func(v *town) {
		v.abroad = func(int) bool { return true }
		stop := v.start()
		r, w, begun := oneLine(t, v, 300_000, 10_000_000)
		weak := false
		for _, l := range w.lines[2] {
			at := l.at.Sub(begun)
			weak = weak || l.Weak && at > 20*time.Second && at < 50*time.Second
			t.Log(at, l.Bars, l.Limit, l.Weak, l.Down, l.Loss, len(l.Paused))
		}
		p := r.People[2]
		if last := w.lines[2][len(w.lines[2])-1]; !weak || last.Weak || last.Bars < 3 || p.AudioGapMSMax > 500 || r.SpurtsUnheard != 0 {
			t.Errorf("told to be weak: %v, in the end %+v; %d gaps of up to %v ms", weak, last, p.AudioGaps, p.AudioGapMSMax)
		}
		stop()
	})
}

// What a participant chooses changes what it is sent, at once.
func TestVirtualChoices(t *testing.T) {
	inTown(t, 0, func(v *town) {
		stop := v.start()
		s := loadtest.Scenario{Name: "choices", JoinEvery: 50 * time.Millisecond, Events: []loadtest.Event{
			{Who: 2, Do: loadtest.Pin},
			{At: 10 * time.Second, Who: 2, Do: loadtest.PreferSaver},
			{At: 20 * time.Second, Who: 2, Do: loadtest.PreferVoice},
			{At: 30 * time.Second, Who: 2, Do: loadtest.PreferAuto},
		}}
		o := loadtest.Options{Participants: 8, Duration: 40 * time.Second, Seed: 4, Scenario: s}
		w := observe(&o)
		r := v.meet(o)
		large := w.largest(2)
		for _, c := range []struct{ from, to, faces, layer int }{{3, 10, 6, 2}, {12, 20, 2, 1}, {22, 30, 0, -1}, {33, 39, 6, 2}} {
			from, to := w.begun.Add(time.Duration(c.from)*time.Second), w.begun.Add(time.Duration(c.to)*time.Second)
			layer := -1
			for _, p := range w.pictures[2] {
				if p.Source == large && p.At.After(from) && p.At.Before(to) {
					layer = max(layer, p.Layer)
				}
			}
			if faces := w.faces(2, large, from, to); faces != c.faces || layer != c.layer {
				t.Errorf("from %d to %d s: %d faces, the large picture in layer %d, want %+v", c.from, c.to, faces, layer, c)
			}
		}
		if p := r.People[2].PicturesPausedPercent["economy"]; p < 30 || p > 50 || r.VoiceLossPercent != 0 || r.AudioGaps != 0 {
			t.Errorf("paused by choice for %v %% of the time; voices: %v %% lost, %d gaps", p, r.VoiceLossPercent, r.AudioGaps)
		}
		stop()
	})
}

// A layer that nobody watches is not sent, two seconds later at most, and is there when it is asked for.
func TestVirtualLayersNobodyWatches(t *testing.T) {
	inTown(t, 0, func(v *town) {
		stop := v.start()
		s := loadtest.Scenario{Name: "layers", JoinEvery: 50 * time.Millisecond, Events: []loadtest.Event{
			{At: 10 * time.Second, Who: 2, Do: loadtest.Pin}, {At: 20 * time.Second, Who: 2, Do: loadtest.ShowAll},
		}}
		o := loadtest.Options{Participants: 5, Duration: 30 * time.Second, Seed: 4, Scenario: s}
		w := observe(&o)
		r := v.meet(o)
		up := func(from, to int) int {
			at := int(w.begun.Sub(v.meter.first) / meterStep)
			_, mean := busiest(v.meter.up[at+from*perSecond:at+to*perSecond], 0)
			return mean
		}
		before, pinned, after := up(5, 10), up(12, 20), up(22, 30)
		if pinned < before+400_000 || after > before+100_000 {
			t.Errorf("everybody sends %d kbit/s, %d while one shows another large, %d afterwards", before/1000, pinned/1000, after/1000)
		}
		if r.SwitchMS == nil || r.SwitchMS.Max > 1000 {
			t.Errorf("the large picture came after %+v", r.SwitchMS)
		}
		stop()
	})
}

// Where not even the voices of one more would fit, the newcomer is told so, and the others go on.
func TestVirtualAdmission(t *testing.T) {
	inTown(t, 0, func(v *town) {
		v.cfg.Media.Profile, v.cfg.Media.Uplink = "voice", 200 // four times two voices of 24 kbit/s
		v.abroad = func(int) bool { return true }
		stop := v.start()
		r := v.meet(loadtest.Options{Participants: 6, Duration: 10 * time.Second, Seed: 4, Scenario: loadtest.Scenario{Name: "door", JoinEvery: time.Second, Cameras: loadtest.Nobody}})
		most, _ := busiest(v.meter.outside, 0)
		if r.Joined != 4 || len(r.Errors) != 2 || !strings.Contains(r.Errors[0], "line_full") || r.SpurtsUnheard != 0 || most > 200_000 {
			t.Errorf("%d joined, errors %q, %d unheard, %d kbit/s", r.Joined, r.Errors, r.SpurtsUnheard, most/1000)
		}
		stop()
	})
}
