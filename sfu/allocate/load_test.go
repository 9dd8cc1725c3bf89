package allocate

import "testing"

func TestLoadFallsFastAndRisesSlowly(t *testing.T) {
	var l Load
	now := int64(0)
	feed := func(seconds int, s Sample) {
		for range seconds {
			now += second
			if n := l.Videos(); n >= 0 {
				s.Shown = min(s.Shown, n)
			}
			l.Add(now, s)
		}
	}
	feed(10, Sample{CPU: 0.5, Shown: 20})
	if l.Videos() != -1 {
		t.Fatalf("an idle machine allows %d", l.Videos())
	}
	feed(8, Sample{CPU: 0.97, Shown: 20})
	low := l.Videos()
	if low < 1 || low > 8 {
		t.Errorf("8 s of 97 %% leave %d of 20 pictures", low)
	}
	feed(9, Sample{CPU: 0.5, Shown: 20})
	if l.Videos() != low {
		t.Errorf("it rose within 9 s, to %d", l.Videos())
	}
	feed(6, Sample{CPU: 0.5, Shown: 20})
	if l.Videos() <= low || l.Videos() > low+3 {
		t.Errorf("after 15 s of calm %d, before %d", l.Videos(), low)
	}
	feed(60, Sample{CPU: 0.75, Shown: 20})
	between := l.Videos()
	feed(60, Sample{CPU: 0.75, Shown: 20})
	if l.Videos() != between {
		t.Error("it moves while the machine is neither busy nor calm")
	}
	for range 30 {
		now += 10 * second
		l.Add(now, Sample{CPU: 0.3, Shown: 5})
	}
	if l.Videos() != -1 {
		t.Errorf("with calm and little to show the limit of %d stays", l.Videos())
	}
}

func TestLoadLooksAtQueuesToo(t *testing.T) {
	for _, s := range []Sample{{Lag: 80 * millisecond, Shown: 10}, {Dropped: 3, Shown: 10}} {
		var l Load
		for i := range int64(5) {
			l.Add(i*second, s)
		}
		if n := l.Videos(); n < 1 || n >= 10 {
			t.Errorf("%+v leaves %d", s, n)
		}
	}
	var one Load
	one.Add(0, Sample{CPU: 0.1, Shown: 10})
	one.Add(second, Sample{CPU: 0.99, Shown: 10})
	if n := one.Videos(); n != -1 {
		t.Errorf("one busy second leaves %d", n)
	}
}

func TestLoadKeepsOnePicture(t *testing.T) {
	var l Load
	for i := range int64(100) {
		l.Add(i*second, Sample{CPU: 1, Shown: max(l.Videos(), 3)})
	}
	if l.Videos() != 1 {
		t.Errorf("%d pictures", l.Videos())
	}
}

func TestAdmit(t *testing.T) {
	m := Outside{Receivers: 13, People: 14, Voices: 2, VoiceRate: 25_000}
	for _, c := range []struct {
		uplink int
		lan    bool
		want   Verdict
	}{
		{750_000, false, Verdict{true, 700_000, 750_000, 15}},
		{690_000, false, Verdict{false, 700_000, 690_000, 13}},
		{660_000, true, Verdict{true, 650_000, 660_000, 13}},
		{0, false, Verdict{true, 700_000, 0, 14}},
	} {
		if got := Admit(c.uplink, m, c.lan); got != c.want {
			t.Errorf("Admit(%d, %v) = %+v, want %+v", c.uplink, c.lan, got, c.want)
		}
	}
	if v := Admit(10_000, Outside{Voices: 3, VoiceRate: 55_000}, false); !v.OK || v.Need != 0 {
		t.Errorf("the first person hears nobody and costs nothing: %+v", v)
	}
}

// The profiles fit the lines that network.md gives them: fifteen people, fourteen of them outside.
func TestProfilesFitTheirLines(t *testing.T) {
	for _, p := range Profiles() {
		each := p.Voices*p.VoiceRate() + p.Speaker.Rate + p.Thumbnails*p.Thumbnail.Rate
		if total := 14 * each; total > p.UplinkWanted {
			t.Errorf("%s costs %d bit/s, and is for %d", p.Name, total, p.UplinkWanted)
		}
		if got, ok := ProfileNamed(p.Name); !ok || got != p {
			t.Errorf("ProfileNamed(%s) = %+v, %v", p.Name, got, ok)
		}
	}
	if _, ok := ProfileNamed("luxury"); ok {
		t.Error("there is no such profile")
	}
	voice, _ := ProfileNamed(Voice)
	if voice.Want(Speaker, 720) != 0 || voice.Want(Thumbnail, 180) != 0 {
		t.Error("the profile voice has pictures")
	}
	frugal, _ := ProfileNamed(Frugal)
	if frugal.Want(Speaker, 1080) != 360 || frugal.Want(Thumbnail, 90) != 90 {
		t.Error("frugal does not bound heights")
	}
	if r := frugal.VoiceRate(); r < 40_000 || r > 55_000 {
		t.Errorf("a voice of frugal costs %d", r)
	}
}

// What goes with a voice again follows the loss, does not flap, and costs what CopiesRate says.
func TestCopies(t *testing.T) {
	normal, _ := ProfileNamed(Normal)
	voice, _ := ProfileNamed(Voice)
	for _, c := range []struct {
		p            Profile
		loss         float64
		before, want int
	}{
		{normal, 0, 0, 0}, {normal, 0.01, 0, 0}, {normal, 0.02, 0, 1}, {normal, 0.08, 0, 2}, {normal, 0.3, 1, 2},
		{normal, 0.05, 2, 2}, {normal, 0.03, 2, 1}, {normal, 0.015, 1, 1}, {normal, 0.015, 2, 1}, {normal, 0.005, 2, 0},
		{voice, 0.3, 0, 0}, {voice, 0.3, 2, 0},
	} {
		if got := c.p.Copies(c.loss, c.before); got != c.want {
			t.Errorf("%s at %.2f after %d: %d copies, want %d", c.p.Name, c.loss, c.before, got, c.want)
		}
	}
	if a, b := normal.CopiesRate(1), normal.CopiesRate(2); normal.CopiesRate(0) != 0 || a < 32_000 || a > 35_000 || b < 64_000 || b > 69_000 {
		t.Errorf("one copy costs %d, two %d", a, b)
	}
}
