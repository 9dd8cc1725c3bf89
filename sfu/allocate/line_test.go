package allocate_test

import (
	"testing"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate/simulate"
	"tablee/sfu/layer"
)

const second = int64(1_000_000_000)

// viewer is a receiver of a large picture and eight thumbnails, whose line the estimator follows and the allocator fills.
type viewer struct {
	a        *allocate.Allocator
	all      []allocate.Receiver
	next     int64
	changes  int
	sent     []int // by tenth of a second
	speaker  []int // layer of the large picture
	thumbs   []int // how many are shown
	previous int
}

func newViewer() *viewer {
	camera := func() []layer.Layer {
		return []layer.Layer{{Height: 180, Live: true, Bitrate: 120_000}, {Height: 360, Live: true, Bitrate: 400_000},
			{Height: 720, Live: true, Bitrate: 1_200_000}}
	}
	r := allocate.Receiver{Voices: 1, VoiceRate: 55_000, MaxVideos: -1, MaxFaces: -1}
	r.Sources = append(r.Sources, allocate.Source{Layers: camera(), Want: 720, Class: allocate.Speaker})
	for range 8 {
		r.Sources = append(r.Sources, allocate.Source{Layers: camera(), Want: 180, Class: allocate.Thumbnail})
	}
	return &viewer{a: allocate.New(), all: []allocate.Receiver{r}}
}

func (v *viewer) choose(now int64, rate int) (send, want, next int) {
	r := &v.all[0]
	if now >= v.next {
		v.next = (now/(second/10) + 1) * (second / 10)
		r.Estimate = rate
		v.a.Share(now, 0, v.all)
		if r.Plan.Video != v.previous {
			v.changes++
			v.previous = r.Plan.Video
		}
		v.sent = append(v.sent, r.Plan.Audio+r.Plan.Video)
		v.speaker = append(v.speaker, r.Sources[0].Choice.Layer)
		v.thumbs = append(v.thumbs, r.Plan.Videos)
	}
	return r.Plan.Audio + r.Plan.Video, r.Plan.Want, r.Plan.Next
}

// A line falls from 10 Mbit/s to 500 kbit/s and recovers: the picture is there again within five seconds, at the layer
// that fits, and comes back in full; on the way it does not flap.
func TestALineFallsAndRecovers(t *testing.T) {
	for seed := range uint64(5) {
		v := newViewer()
		c := simulate.Case{
			Length: 90 * second, Queue: second / 10, Delay: second / 40, Start: 1_000_000, Choose: v.choose,
			Steps: []simulate.Step{{At: 0, Rate: 10_000_000}, {At: 30 * second, Rate: 500_000}, {At: 60 * second, Rate: 10_000_000}},
		}
		r := simulate.Run(c, seed, simulate.NewOurs(c.Start))
		full := 55_000 + 1_200_000 + 8*120_000
		for at, want := range map[int][2]int{100: {full, full}, 290: {full, full}, 350: {290_000, 500_000}, 590: {290_000, 500_000}, 720: {full, full}} {
			if got := v.sent[at]; got < want[0] || got > want[1] {
				t.Errorf("seed %d, at %d s: %d bit/s are sent, want %d to %d (estimate %d)", seed, at/10, got, want[0], want[1], r.Rates[at])
			}
		}
		for at := 350; at < 600; at++ {
			if v.speaker[at] < 0 {
				t.Errorf("seed %d: no large picture at %d.%d s", seed, at/10, at%10)
				break
			}
		}
		if v.changes > 24 {
			t.Errorf("seed %d: %d changes in 90 s", seed, v.changes)
		}
		t.Logf("seed %d: %d changes, queue %d ms, p95 %d ms, dropped %.2f %%", seed, v.changes, r.QueueMean/1e6, r.Queue95/1e6, r.Lost*100)
	}
}
