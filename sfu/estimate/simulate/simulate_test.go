package simulate

import (
	"slices"
	"testing"
)

func TestLinkDelaysAndDrops(t *testing.T) {
	l := link{steps: []Step{{0, 1_000_000}, {second, 500_000}}, limit: 5000}
	for i, want := range []int64{8, 16, 24, 32, 40} {
		if leaves, ok := l.send(0, 1000); !ok || leaves != want*millisecond {
			t.Errorf("packet %d leaves at %d", i, leaves)
		}
	}
	if _, ok := l.send(0, 1); ok {
		t.Error("a full queue takes a packet")
	}
	if _, ok := l.send(9*millisecond, 1000); !ok {
		t.Error("the queue does not empty")
	}
	// 4 ms at 1 Mbit/s carry 4,000 bits, the other 4,000 take 8 ms at half the rate.
	if leaves, _ := l.send(second-4*millisecond, 1000); leaves != second+8*millisecond {
		t.Errorf("a packet over the change of rate leaves at %d", leaves)
	}
}

// A download alone takes nearly all of the line, and two runs are the same.
func TestRenoFillsTheLine(t *testing.T) {
	c := Case{Length: 30 * second, Steps: constant(4_000_000), Queue: 100 * millisecond, Delay: 25 * millisecond,
		Rival: [2]int64{1, 30 * second}, Demand: constant(100_000)}
	m := &meeting{c: c, agenda: &agenda{}, link: &link{steps: c.Steps, limit: 50_000}}
	m.rival = reno{m: m, to: c.Rival[1]}
	m.agenda.plan(0, m.rival.start)
	for len(m.agenda.heap) > 0 {
		e := m.agenda.take()
		e.do(e.at)
	}
	if rate := m.rival.delivered * 8 / 30; rate < 3_400_000 || rate > 4_000_000 {
		t.Errorf("the download got %d bit/s of 4,000,000", rate)
	}
}

func TestSameSeedSameResult(t *testing.T) {
	c, err := Named("4G: 0.6 to 6 Mbit/s, jitter")
	if err != nil {
		t.Fatal(err)
	}
	a, b := Run(c, 1, NewOurs(c.Start)), Run(c, 1, NewOurs(c.Start))
	if !slices.Equal(a.Rates, b.Rates) || a.Used != b.Used {
		t.Error("two runs with one seed differ")
	}
	if other := Run(c, 2, NewOurs(c.Start)); slices.Equal(a.Rates, other.Rates) {
		t.Error("another seed changes nothing")
	}
	if _, err := Named("no such line"); err == nil {
		t.Error("an unknown case is found")
	}
}

// Without anything but a voice the line is idle: what the simulator measures is what it was told.
func TestWhatIsMeasured(t *testing.T) {
	c := Case{Length: 20 * second, Steps: constant(1_000_000), Queue: second, Delay: 25 * millisecond, Start: 900_000}
	r := Run(c, 1, fixed(500_000))
	if r.Used < 0.47 || r.Used > 0.53 || r.Lost != 0 || r.Swing != 0 || !r.Never {
		t.Errorf("half a line: %+v", short(r))
	}
	r = Run(c, 1, fixed(2_000_000))
	if r.Used < 0.97 || r.Used > 1 || r.Lost < 0.35 || r.Queue95 < 900*millisecond || r.Never {
		t.Errorf("twice a line: %+v", short(r))
	}
}

func short(r Result) Result { r.Rates = nil; return r }
