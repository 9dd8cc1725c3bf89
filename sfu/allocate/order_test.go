package allocate

import (
	"fmt"
	"math/rand"
	"testing"

	"tablee/sfu/layer"
)

// Fewer frames come before a smaller picture; but not a few frames a second before a smaller one, except for a screen.
func TestLadders(t *testing.T) {
	for _, c := range []struct {
		class     Class
		temporals int
		want      string
	}{
		{Thumbnail, 1, "0.0 1.0 2.0"},
		{Speaker, 2, "0.0 0.1 1.0 1.1 2.0 2.1"},
		{Speaker, 3, "0.0 0.1 0.2 1.1 1.2 2.1 2.2"},
		{Screen, 3, "0.0 0.1 0.2 1.0 1.1 1.2 2.0 2.1 2.2"},
	} {
		var l ladder
		l.build(&Source{Layers: camera(), Temporals: c.temporals, Want: 720, Class: c.class}, 0)
		got := ""
		for i, s := range l.steps[:l.n] {
			got += fmt.Sprintf("%d.%d ", s.layer, s.temporal)
			if i > 0 && (s.rate <= l.steps[i-1].rate || l.levels[i] <= l.levels[i-1]) {
				t.Errorf("class %d: step %d is not above the one before: %+v", c.class, i, l.steps[:l.n])
			}
		}
		if got != c.want+" " {
			t.Errorf("class %d, %d temporal layers: %s, want %s", c.class, c.temporals, got, c.want)
		}
	}
}

// A layer whose rate is not known yet is guessed from its height; one that costs more than a better one is no step.
func TestUnknownAndUselessLayers(t *testing.T) {
	var l ladder
	l.build(&Source{Layers: []layer.Layer{{}, {}, {Height: 720}}, Want: 720}, 0)
	if l.n != 3 || l.steps[0].rate != 120_000 || l.steps[1].rate < 350_000 || l.steps[2].rate < 1_100_000 || l.steps[2].rate > 1_400_000 {
		t.Errorf("guessed %+v", l.steps[:l.n])
	}
	layers := camera()
	layers[0].Bitrate = 500_000
	l.build(&Source{Layers: layers, Want: 720}, 0)
	if l.n != 2 || l.steps[0].layer != 1 {
		t.Errorf("a layer that costs more than the next is a step: %+v", l.steps[:l.n])
	}
	l.build(&Source{Layers: make([]layer.Layer, 20), Temporals: 9, Want: 100_000}, 0)
	if l.n > maxSteps {
		t.Errorf("%d steps", l.n)
	}
}

// What does not fit is not jumped over by what comes later, or it would lose its picture when there is more.
func TestNobodyJumpsTheQueue(t *testing.T) {
	a := New()
	two := func(uplink int) string {
		r := []Receiver{meeting(5_000_000, 0, false), meeting(5_000_000, 0, false)}
		for i := range r {
			r[i].Voices, r[i].Sources[0].Want = 0, 180
		}
		r[0].Sources[0].Layers[0].Bitrate = 300_000
		a.Share(0, uplink, r)
		return picture(r[0]) + picture(r[1])
	}
	for uplink, want := range map[int]string{150_000: "--", 340_000: "0-", 480_000: "00"} {
		if got := two(uplink); got != want {
			t.Errorf("uplink %d: %s, want %s", uplink, got, want)
		}
	}
}

// A step up that had to be undone makes the next one wait longer.
func TestWhatFailedWaitsLonger(t *testing.T) {
	a, r := New(), []Receiver{meeting(400_000, 0, false)}
	now := int64(0)
	at := func(estimate int) string {
		r[0].Estimate = estimate
		a.Share(now, 0, r)
		now += second / 10
		return picture(r[0])
	}
	rise := func() (took int64) {
		for from := now; at(1_000_000) != "1"; {
			if took = now - from; took > 60*second {
				t.Fatal("it never rose")
			}
		}
		return took
	}
	at(400_000)
	first := rise()
	for at(400_000) != "0" {
	}
	second := rise()
	if first < holdShown-300*millisecond || second < 2*holdShown-300*millisecond {
		t.Errorf("the first rise took %d ms, the one after a fall %d ms", first/millisecond, second/millisecond)
	}
}

func TestATileThatWavers(t *testing.T) {
	a, r := New(), []Receiver{meeting(5_000_000, 0, false)}
	changes, last := 0, ""
	for i := range int64(100) {
		r[0].Sources[0].Want = 240 + []int{-15, 15}[i%2]
		a.Share(i*second/10, 0, r)
		if got := picture(r[0]); got != last {
			changes++
			last = got
		}
	}
	if changes > 2 {
		t.Errorf("%d changes while the tile's size wavered", changes)
	}
}

// A layer that flows is sent although it costs more, just now, than what is guessed of a better one that does not flow: a
// screen whose sender's line carries the small layer only.
func TestALayerThatFlowsDoesNotGiveWay(t *testing.T) {
	for _, bitrate := range []int{0, 90_000} { // not known, or from when it was still
		a := New()
		r := []Receiver{{Estimate: 5_000_000, MaxVideos: -1, MaxFaces: -1, Sources: []Source{{Want: 720, Class: Screen,
			Layers: []layer.Layer{{Live: true, Height: 360, Bitrate: 900_000}, {Bitrate: bitrate}}}}}}
		a.Share(0, 0, r)
		if c := r[0].Sources[0].Choice; c.Layer != 0 || c.Wish != 1 || c.Rate <= 900_000 {
			t.Errorf("of the better one %d bit/s were seen: %+v", bitrate, c)
		}
	}
}

// Whatever the layers that do not flow cost when they did: where the lines have room, one that flows is sent. The sender of a
// starved machine may have sent large layers of a few frames a second, cheaper than its small one is now, and never send
// them again.
func TestSomethingThatFlowsIsAlwaysSent(t *testing.T) {
	rnd := rand.New(rand.NewSource(7))
	for range 20_000 {
		s := Source{Temporals: 1 + rnd.Intn(3), Want: []int{90, 180, 360, 720}[rnd.Intn(4)], Class: Class(rnd.Intn(3)), Layers: camera()[:1+rnd.Intn(3)]}
		a, r := New(), []Receiver{{Estimate: 50_000_000, MaxVideos: -1, MaxFaces: -1, Sources: []Source{s}}}
		for step := range int64(4) {
			flows := false
			for i := range s.Layers {
				l := &s.Layers[i]
				l.Live, l.Bitrate = rnd.Intn(2) == 0, []int{0, 1 + rnd.Intn(2_000_000)}[rnd.Intn(2)]
				flows = flows || l.Live
			}
			a.Share(step*second, 0, r)
			c := r[0].Sources[0].Choice
			if sends := c.Layer != Paused; sends != flows || sends && !s.Layers[c.Layer].Live {
				t.Fatalf("%+v of %+v, which is wanted %d lines high with %d temporal layers", c, s.Layers, s.Want, s.Temporals)
			}
		}
	}
}
