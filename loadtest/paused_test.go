package loadtest

import (
	"testing"
	"time"

	"tablee/loadtest/samples"
	"tablee/signaling"
)

// Two who could have seen each other for twenty seconds, of which the server held the picture back for some.
func TestPausedPicturesAreNotExpected(t *testing.T) {
	const s = int64(time.Second)
	for _, c := range []struct {
		name     string
		paused   []span
		roomy    bool
		why      string
		expected int
		withheld int
		percent  float64
	}{
		{"never", nil, true, "", 1, 0, 0},
		{"all the time", []span{{0, 0}}, false, signaling.LimitYourLine, 0, 0, 100},
		{"but for two seconds", []span{{0, 9 * s}, {11 * s, 0}}, false, signaling.LimitHostLine, 0, 0, 90},
		{"but for four", []span{{0, 8 * s}, {12 * s, 0}}, false, signaling.LimitEconomy, 1, 0, 80},
		{"though there is room", []span{{0, 4 * s}, {8 * s, 14 * s}}, true, signaling.LimitYourLine, 1, 1, 50},
		{"though there is room, for another's line", []span{{8 * s, 14 * s}}, true, signaling.LimitHostLine, 1, 0, 30},
	} {
		all := spans{{0, 20 * s}}
		k := key{num: 2}
		to := &life{participant: &participant{down: newDownstream(newClock(), nil)}}
		from := &life{participant: &participant{index: 1}}
		to.record = record{num: 1, present: all, wanted: map[key]*spans{k: &all}}
		from.record = record{num: 2, present: all, camera: all}
		for _, x := range c.paused {
			to.record.pause([]pausedFor{{k, c.why, c.roomy}}, x.from)
			if x.to != 0 {
				to.record.pause(nil, x.to)
			}
		}
		to.record.pause(nil, 20*s)
		who := &person{over: 20 * s, paused: map[string]int64{}}
		people := []*person{who, who}
		sum := &totals{report: &Report{}, people: people}
		sum.picture(to, from, false)
		got := shares(who.paused, who.could)[c.why]
		if r := sum.report; r.TracksExpected != c.expected || r.PicturesWithheld != c.withheld || got != c.percent {
			t.Errorf("%s: %d expected, %d withheld, paused for %v %%", c.name, r.TracksExpected, r.PicturesWithheld, got)
		}
	}
}

func TestRoomOfALine(t *testing.T) {
	set, err := samples.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := &participant{set: set, demanded: []signaling.Video{{Height: 720}, {Height: 180}, {Height: 720, Kind: signaling.KindScreen}}}
	for rate, want := range map[int]bool{0: true, 5_000_000: true, 700_000: false} {
		if p.downRate = rate; p.roomy() != want {
			t.Errorf("a line of %d bit/s: roomy %v", rate, !want)
		}
	}
}
