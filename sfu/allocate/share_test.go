package allocate

import (
	"fmt"
	"math/rand"
	"testing"

	"tablee/sfu/layer"
)

// camera has the page's three layers.
func camera() []layer.Layer {
	return []layer.Layer{
		{Height: 180, Live: true, Bitrate: 120_000}, {Height: 360, Live: true, Bitrate: 400_000},
		{Height: 720, Live: true, Bitrate: 1_200_000},
	}
}

func screen() []layer.Layer {
	return []layer.Layer{{Height: 540, Live: true, Bitrate: 200_000}, {Height: 1080, Live: true, Bitrate: 1_000_000}}
}

// meeting is a receiver of a screen, a speaker and n thumbnails.
func meeting(estimate, n int, withScreen bool) Receiver {
	r := Receiver{Estimate: estimate, Voices: 3, VoiceRate: 55_000, MaxVideos: -1, MaxFaces: -1}
	if withScreen {
		r.Sources = append(r.Sources, Source{Layers: screen(), Want: 1080, Class: Screen})
	}
	r.Sources = append(r.Sources, Source{Layers: camera(), Want: 720, Class: Speaker})
	for range n {
		r.Sources = append(r.Sources, Source{Layers: camera(), Want: 180, Class: Thumbnail})
	}
	return r
}

func picture(r Receiver) string {
	out := ""
	for _, s := range r.Sources {
		switch {
		case s.Choice.Layer == Paused:
			out += "-"
		default:
			out += fmt.Sprint(s.Choice.Layer)
		}
	}
	return out
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		kbits int
		want  string
	}{
		{50, "-----"}, {410, "0----"}, {600, "00---"}, {680, "000--"}, {900, "0000-"}, {1110, "0000-"}, {1120, "0100-"}, {1260, "01000"},
		{2130, "01000"}, {2140, "11000"}, {3000, "11000"}, {3030, "12000"},
	} {
		r := []Receiver{meeting(c.kbits*1000, 3, true)}
		New().Share(0, 0, r)
		if got := picture(r[0]); got != c.want {
			t.Errorf("%d kbit/s: %s, want %s (%+v)", c.kbits, got, c.want, r[0].Plan)
		}
	}
}

// random makes receivers of all kinds.
func random(rnd *rand.Rand) (receivers []Receiver, uplink int) {
	for range 1 + rnd.Intn(6) {
		r := meeting(rnd.Intn(6_000_000), rnd.Intn(8), rnd.Intn(2) == 0)
		r.LAN = rnd.Intn(4) == 0
		if rnd.Intn(3) == 0 {
			r.MaxVideos = rnd.Intn(8)
		}
		if rnd.Intn(3) == 0 {
			r.MaxFaces = rnd.Intn(4)
		}
		for j := range r.Sources {
			s := &r.Sources[j]
			s.Temporals = 1 + rnd.Intn(3)
			s.Want = []int{0, 90, 180, 360, 720, 1080}[rnd.Intn(6)]
			s.Class = Class(rnd.Intn(3))
			s.Layers = s.Layers[:1+rnd.Intn(len(s.Layers))]
			for k := range s.Layers {
				s.Layers[k].Live = rnd.Intn(4) > 0
				s.Layers[k].Bitrate = s.Layers[k].Bitrate * (50 + rnd.Intn(100)) / 100
			}
		}
		receivers = append(receivers, r)
	}
	if rnd.Intn(3) > 0 {
		uplink = rnd.Intn(20_000_000)
	}
	return receivers, uplink
}

func copyOf(receivers []Receiver) []Receiver {
	all := append([]Receiver(nil), receivers...)
	for i := range all {
		all[i].Sources = append([]Source(nil), all[i].Sources...)
	}
	return all
}

// sent is what the choice really costs, from the layers, not from what the allocator says.
func sent(s Source) int {
	c := s.Choice
	if c.Layer == Paused {
		return 0
	}
	return s.Layers[c.Layer].Bitrate / 100 * shares(max(s.Temporals, 1), c.Temporal)
}

func checkBudgets(t *testing.T, receivers []Receiver, uplink int) {
	t.Helper()
	outside, audio := 0, 0
	for _, r := range receivers {
		video, videos, faces := 0, 0, 0
		for _, s := range r.Sources {
			video += sent(s)
			if s.Choice.Layer != Paused {
				videos++
				if s.Class == Thumbnail {
					faces++
				}
				if !s.Layers[s.Choice.Layer].Live {
					t.Fatalf("a layer that does not flow is sent: %+v", s)
				}
			}
			if s.Choice.Rate < sent(s) {
				t.Fatalf("%d is reserved for %d: %+v", s.Choice.Rate, sent(s), s)
			}
			if s.Want == 0 && s.Choice.Layer != Paused {
				t.Fatalf("a hidden picture is sent: %+v", s)
			}
		}
		if r.Plan.Audio != r.Voices*r.VoiceRate {
			t.Fatalf("audio has %d", r.Plan.Audio)
		}
		if video > 0 && video+r.Plan.Audio > r.Estimate {
			t.Fatalf("a line of %d is sent %d and %d", r.Estimate, video, r.Plan.Audio)
		}
		if r.MaxVideos >= 0 && videos > r.MaxVideos || videos != r.Plan.Videos {
			t.Fatalf("%d pictures, at most %d, said %d", videos, r.MaxVideos, r.Plan.Videos)
		}
		if r.MaxFaces >= 0 && faces > r.MaxFaces {
			t.Fatalf("%d thumbnails, at most %d", faces, r.MaxFaces)
		}
		if !r.LAN {
			outside += video
			audio += r.Plan.Audio
		}
	}
	if uplink > 0 && outside > 0 && outside+audio > uplink {
		t.Fatalf("the host's line of %d is sent %d and %d", uplink, outside, audio)
	}
}

func TestBudgetsAreNeverExceeded(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	a := New()
	for range 3000 {
		receivers, uplink := random(rnd)
		for step := range int64(12) {
			a.Share(step*200*millisecond, uplink, receivers)
			checkBudgets(t, receivers, uplink)
			for i := range receivers {
				receivers[i].Estimate = max(receivers[i].Estimate+rnd.Intn(400_000)-200_000, 0)
				for j := range receivers[i].Sources {
					l := receivers[i].Sources[j].Layers
					l[rnd.Intn(len(l))].Live = rnd.Intn(3) > 0
				}
			}
			uplink = max(uplink+rnd.Intn(2_000_000)-1_000_000, 0)
		}
	}
}

// quality is a number that is larger for a better picture.
func quality(c Choice) int {
	if c.Wish == Paused {
		return -1
	}
	return int(c.planned)
}

func TestMoreBandwidthNeverTakesAPicture(t *testing.T) {
	rnd := rand.New(rand.NewSource(2))
	a := New()
	for range 3000 {
		less, uplink := random(rnd)
		more := copyOf(less)
		a.Share(0, uplink, less)
		what := rnd.Intn(2)
		if what == 0 && uplink > 0 {
			uplink += 1 + rnd.Intn(3_000_000)
		} else {
			uplink = 0
			less = copyOf(more)
			a.Share(0, 0, less)
			for i := range more {
				more[i].Estimate += rnd.Intn(2_000_000)
			}
		}
		a.Share(0, uplink, more)
		for i := range less {
			for j := range less[i].Sources {
				if before, after := less[i].Sources[j].Choice, more[i].Sources[j].Choice; quality(after) < quality(before) {
					t.Fatalf("receiver %d, source %d: %+v became %+v", i, j, before, after)
				}
			}
		}
	}
}

func TestFairAmongEquals(t *testing.T) {
	a := New()
	for uplink := 1_000_000; uplink < 40_000_000; uplink += 130_000 {
		receivers := make([]Receiver, 14)
		for i := range receivers {
			receivers[i] = meeting(20_000_000, 8, i%2 == 0)
		}
		a.Share(0, uplink, receivers)
		best, worst := [3]int{-1, -1, -1}, [3]int{99, 99, 99}
		for _, r := range receivers {
			for _, s := range r.Sources {
				best[s.Class], worst[s.Class] = max(best[s.Class], quality(s.Choice)), min(worst[s.Class], quality(s.Choice))
			}
		}
		for c, b := range best {
			if b-worst[c] > maxTemporals { // one layer
				t.Fatalf("uplink %d: class %d has %d and %d", uplink, c, b, worst[c])
			}
		}
	}
}

func TestSteadyUnderNoise(t *testing.T) {
	rnd := rand.New(rand.NewSource(3))
	for mean := 300_000; mean < 6_000_000; mean += 97_000 {
		r := []Receiver{meeting(mean, 6, true)}
		a, changes, last := New(), 0, ""
		for step := range int64(600) { // a minute
			r[0].Estimate = mean * (90 + rnd.Intn(21)) / 100
			a.Share(step*100*millisecond, 0, r)
			if now := picture(r[0]); now != last {
				if step > 30 {
					changes++
				}
				last = now
			}
		}
		if changes > 4 {
			t.Errorf("%d bit/s ± 10 %%: %d changes in a minute", mean, changes)
		}
	}
}

func TestDownAtOnceUpAfterAWhile(t *testing.T) {
	a, r := New(), []Receiver{meeting(4_000_000, 2, false)}
	a.Share(0, 0, r)
	before := picture(r[0])
	r[0].Estimate = 400_000
	a.Share(second, 0, r)
	if got := picture(r[0]); got != "0--" || r[0].Sources[1].Choice.Limit != YourLine {
		t.Errorf("after the fall: %s, %v", got, r[0].Sources[1].Choice.Limit)
	}
	if r[0].Plan.Next <= 400_000 || r[0].Plan.Want < 1_500_000 {
		t.Errorf("the plan wants %+v", r[0].Plan)
	}
	r[0].Estimate = 4_000_000
	a.Share(2*second, 0, r)
	if got := picture(r[0]); got != "0--" {
		t.Errorf("raised at once: %s", got)
	}
	a.Share(2*second+holdShown, 0, r)
	if got := picture(r[0]); got != before {
		t.Errorf("after a while: %s, before %s", got, before)
	}
}

func TestReasons(t *testing.T) {
	a := New()
	r := []Receiver{meeting(20_000_000, 3, false), meeting(20_000_000, 3, false)}
	r[1].LAN = true
	r[0].MaxVideos = 3
	r[0].Sources[1].Want = 0
	r[0].Sources[2].Layers = nil
	a.Share(0, 700_000, r)
	for j, want := range []Reason{HostLine, NotWanted, NotSent, HostLine} {
		if got := r[0].Sources[j].Choice.Limit; got != want {
			t.Errorf("source %d: %v, want %v", j, got, want)
		}
	}
	if got := picture(r[1]); got != "2000" || r[1].Plan.Limit != Nothing {
		t.Errorf("the LAN has %s, limited by %v", got, r[1].Plan.Limit)
	}
	r[0].MaxVideos, r[0].MaxFaces = -1, 0
	a.Share(second, 20_000_000, r)
	if got := r[0].Sources[3].Choice; got.Limit != Economy || got.Layer != Paused {
		t.Errorf("beyond the profile's thumbnails: %+v", got)
	}
	r[0].MaxVideos, r[0].MaxFaces = 1, -1
	a.Share(second, 20_000_000, r)
	if got := r[0].Sources[3].Choice; got.Limit != ServerBusy || got.Layer != Paused {
		t.Errorf("beyond the number of pictures: %+v", got)
	}
}

// A layer that its sender paused is asked for; meanwhile a cheaper one is shown, or a dearer one when there is room.
func TestPausedLayers(t *testing.T) {
	a, r := New(), []Receiver{meeting(3_000_000, 0, false)}
	r[0].Sources[0].Layers[2].Live = false
	a.Share(0, 0, r)
	if c := r[0].Sources[0].Choice; c.Layer != 1 || c.Wish != 2 {
		t.Errorf("%+v", c)
	}
	r[0].Sources[0].Want = 180
	r[0].Sources[0].Layers[0].Live, r[0].Sources[0].Layers[1].Live = false, true
	a.Share(second, 0, r)
	if c := r[0].Sources[0].Choice; c.Layer != 1 || c.Wish != 0 || c.Rate != 400_000 {
		t.Errorf("%+v", c)
	}
	r[0].Estimate = 400_000
	a.Share(2*second, 0, r)
	if c := r[0].Sources[0].Choice; c.Layer != Paused || c.Wish != 0 || c.Limit != NotSent {
		t.Errorf("%+v", c)
	}
}

func crowd(receivers, sources int) []Receiver {
	all := make([]Receiver, receivers)
	for i := range all {
		all[i] = meeting(1_000_000+i*100_000, sources-2, true)
		for j := range all[i].Sources {
			all[i].Sources[j].Temporals = 3
		}
	}
	return all
}

func TestDoesNotAllocate(t *testing.T) {
	a, all := New(), crowd(15, 14)
	a.Share(0, 8_000_000, all)
	now := second
	if n := testing.AllocsPerRun(100, func() { now += second / 5; a.Share(now, 8_000_000, all) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkShare(b *testing.B) {
	for _, size := range [][2]int{{15, 14}, {60, 32}} {
		b.Run(fmt.Sprintf("%d×%d", size[0], size[1]), func(b *testing.B) {
			a, all := New(), crowd(size[0], size[1])
			b.ReportAllocs()
			for i := range b.N {
				a.Share(int64(i)*second/5, 8_000_000, all)
			}
		})
	}
}
