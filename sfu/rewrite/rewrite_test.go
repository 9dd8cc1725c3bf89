package rewrite

import (
	"math/rand"
	"testing"
)

const ms = int64(1_000_000)

// feed is a source that numbers packets as an encoder does, one packet a frame.
type feed struct {
	id  uint32
	in  In
	inc uint32
}

func (f *feed) next() In {
	in := f.in
	in.HasPicture, in.HasTL0 = true, true
	f.in.Seq++
	f.in.TS += f.inc
	f.in.Picture = (f.in.Picture + 1) & 0x7fff
	f.in.TL0++
	return in
}

func feeds(r *rand.Rand) []*feed {
	var out []*feed
	for i := range 4 {
		out = append(out, &feed{id: uint32(i + 1), inc: 6000, in: In{Seq: uint16(r.Uint32()), TS: r.Uint32(), Picture: uint16(r.Intn(0x8000)), TL0: uint8(r.Uint32())}})
	}
	return out
}

// The promise of the package: whatever is switched, skipped, lost or reordered, the outgoing stream has no gap of our
// making, no number twice, and time and pictures never go back; and every number leads back to the packet it was.
func TestStreamIsContinuous(t *testing.T) {
	for seed := range int64(200) {
		r := rand.New(rand.NewSource(seed))
		s, fs, now := New(90000), feeds(r), int64(0)
		var cur *feed
		var last Out
		gap := uint16(0) // lost upstream since the last packet
		type origin struct {
			source uint32
			seq    uint16
		}
		sent := map[uint16]origin{}
		for step := range 400 {
			now += 66 * ms
			var out Out
			var in In
			switch k := r.Intn(20); {
			case cur == nil || k == 0:
				cur = fs[r.Intn(len(fs))]
				in = cur.next()
				out, gap = s.Switch(cur.id, in, now), 0
			case k == 1:
				cur.next() // lost upstream: the gap must stay visible, or nobody could ask for it
				gap++
				continue
			case k == 2:
				if in = cur.next(); gap == 0 {
					if !s.Skip(cur.id, in.Seq) {
						t.Fatalf("seed %d step %d: the next packet was not skipped", seed, step)
					}
				} else {
					gap++
				}
				continue
			case k == 3:
				out, cur, gap = s.Insert(960, now), nil, 0
			default:
				var ok bool
				in = cur.next()
				if out, ok = s.Map(cur.id, in, now); !ok {
					t.Fatalf("seed %d step %d: packet refused", seed, step)
				}
			}
			if step > 0 && len(sent) > 0 {
				if out.Seq != last.Seq+1+gap {
					t.Fatalf("seed %d step %d: sequence %d after %d, %d lost", seed, step, out.Seq, last.Seq, gap)
				}
				if int32(out.TS-last.TS) <= 0 {
					t.Fatalf("seed %d step %d: timestamp %d after %d", seed, step, out.TS, last.TS)
				}
				if d := (out.Picture - last.Picture) & 0x7fff; cur != nil && (d == 0 || d > 100) {
					t.Fatalf("seed %d step %d: picture %d after %d", seed, step, out.Picture, last.Picture)
				}
			}
			if cur != nil {
				sent[out.Seq] = origin{cur.id, in.Seq}
			}
			last, gap = out, 0
			if back := out.Seq - uint16(r.Intn(20)); cur != nil {
				if o, ok := sent[back]; ok {
					if run, found := s.Source(back); found && (run.Source != o.source || run.In(back) != o.seq) {
						t.Fatalf("seed %d step %d: %d leads to %d of %d, was %d of %d", seed, step, back, run.In(back), run.Source, o.seq, o.source)
					}
				}
			}
			if _, ok := s.Source(out.Seq + 1); ok {
				t.Fatal("a packet not yet sent was found")
			}
		}
	}
}

func TestSourceFindsWhatWasSentLately(t *testing.T) {
	s := New(90000)
	a := &feed{id: 1, inc: 6000, in: In{Seq: 65530, TS: 5}}
	out := s.Switch(1, a.next(), 0)
	for i := range 20 {
		in := a.next()
		out, _ = s.Map(1, in, int64(i)*66*ms)
		if run, ok := s.Source(out.Seq); !ok || run.Source != 1 || run.In(out.Seq) != in.Seq || run.Out(in) != out {
			t.Fatalf("packet %d: %+v %v", i, run, ok)
		}
	}
	own := s.Insert(960, 0)
	if _, ok := s.Source(own.Seq); ok {
		t.Fatal("a packet of our own has no source")
	}
	if run, ok := s.Source(out.Seq); !ok || run.Source != 1 {
		t.Fatal("the packet before it was forgotten")
	}
}

func TestLatePacketsFindTheirPlace(t *testing.T) {
	s := New(90000)
	first := s.Switch(1, In{Seq: 100, TS: 1000}, 0)
	s.Map(1, In{Seq: 103, TS: 1300}, ms) // 101 and 102 are missing
	if !s.Skip(1, 104) {
		t.Fatal("104 was next")
	}
	if out, ok := s.Map(1, In{Seq: 105, TS: 1500}, 2*ms); !ok || out.Seq != first.Seq+4 {
		t.Fatalf("105 became %d, want %d", out.Seq, first.Seq+4)
	}
	if out, ok := s.Map(1, In{Seq: 102, TS: 1200}, 3*ms); !ok || out.Seq != first.Seq+2 {
		t.Fatalf("late 102 became %d (%v), want %d", out.Seq, ok, first.Seq+2)
	}
	if s.Last().Seq != first.Seq+4 {
		t.Fatal("a late packet moved the head")
	}
	if s.Skip(1, 101) {
		t.Fatal("a late packet cannot be skipped")
	}
	if _, ok := s.Map(1, In{Seq: 99}, 3*ms); ok {
		t.Fatal("a packet from before the switch was mapped")
	}
	if _, ok := s.Map(2, In{Seq: 106}, 3*ms); ok {
		t.Fatal("a packet of somebody else was mapped")
	}
	s.Stop()
	if _, ok := s.Map(1, In{Seq: 106}, 3*ms); ok {
		t.Fatal("a packet was mapped after Stop")
	}
}

func TestManySkipsCostOneRun(t *testing.T) {
	s := New(90000)
	first := s.Switch(1, In{Seq: 1}, 0)
	for seq := uint16(2); seq < 500; seq++ {
		if !s.Skip(1, seq) {
			t.Fatal(seq)
		}
	}
	if out, _ := s.Map(1, In{Seq: 500}, ms); out.Seq != first.Seq+1 {
		t.Fatalf("got %d, want %d", out.Seq, first.Seq+1)
	}
	if run, ok := s.Source(first.Seq); !ok || run.In(first.Seq) != 1 {
		t.Fatal("the packet before the skips was forgotten")
	}
}

// A meeting lasts for hours: sequence numbers wrap many times while one source is shown.
func TestARunOutlivesTheSequenceNumbers(t *testing.T) {
	s := New(90000)
	out := s.Switch(1, In{Seq: 5}, 0)
	for i := range 300_000 {
		seq := uint16(6 + i)
		next, ok := s.Map(1, In{Seq: seq, TS: uint32(i)}, int64(i))
		if !ok || next.Seq != out.Seq+1 {
			t.Fatalf("packet %d was mapped to %d (%v) after %d", i, next.Seq, ok, out.Seq)
		}
		if run, ok := s.Source(next.Seq - 100); i > 100 && (!ok || run.In(next.Seq-100) != seq-100) {
			t.Fatalf("packet %d: what was sent 100 packets ago is forgotten", i)
		}
		out = next
	}
	newest := 5 + 300_000
	if _, ok := s.Map(1, In{Seq: uint16(newest - 50)}, 300_000); !ok {
		t.Fatal("a late packet was refused")
	}
}

func TestSwitchKeepsTheClock(t *testing.T) {
	s := New(90000)
	a := s.Switch(1, In{Seq: 1, TS: 1}, 0)
	if b := s.Switch(2, In{Seq: 9, TS: 1 << 31}, 100*ms); b.TS != a.TS+9000 {
		t.Fatalf("100 ms became %d ticks", b.TS-a.TS)
	}
	c := s.Last()
	if d := s.Switch(1, In{Seq: 7, TS: 3}, 100*ms); d.TS != c.TS+1 {
		t.Fatal("a switch in the same instant must advance by a tick")
	}
}

func TestGuard(t *testing.T) {
	type step struct {
		seq  uint16
		ts   uint32
		at   int64
		want Verdict
	}
	for name, steps := range map[string][]step{
		"in order, wrapping": {{65534, 0, 0, Next}, {65535, 960, 20, Next}, {0, 1920, 40, Next}, {1, 2880, 60, Next}},
		"late and repeated":  {{10, 0, 0, Next}, {12, 1920, 40, Next}, {11, 960, 50, Late}, {12, 1920, 60, Late}},
		"one stray is dropped, two restart": {{10, 0, 0, Next}, {30000, 5, 20, Stray}, {11, 960, 21, Next}, {30001, 6, 40, Stray},
			{30002, 6, 60, Restart}, {30003, 966, 80, Next}},
		"sequence goes back far": {{5000, 0, 0, Next}, {20, 0, 20, Stray}, {21, 960, 40, Restart}, {22, 1920, 60, Next}},
		"clock leaps":            {{1, 0, 0, Next}, {2, 48000 * 60, 20, Restart}, {3, 48000*60 + 960, 40, Next}},
		"clock leaps back":       {{1, 48000 * 60, 0, Next}, {2, 0, 20, Restart}, {3, 960, 40, Next}},
		"a long pause is fine":   {{1, 0, 0, Next}, {2, 48000 * 60, 60000, Next}},
	} {
		g := NewGuard(48000)
		for i, s := range steps {
			if got := g.Check(s.seq, s.ts, s.at*ms); got != s.want {
				t.Errorf("%s, step %d: got %d, want %d", name, i, got, s.want)
			}
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	s, g, seq, now := New(90000), NewGuard(90000), uint16(0), int64(0)
	s.Switch(1, In{}, 0)
	if n := testing.AllocsPerRun(1000, func() {
		seq++
		now += ms
		g.Check(seq, uint32(seq), now)
		out, _ := s.Map(1, In{Seq: seq, TS: uint32(seq)}, now)
		s.Source(out.Seq - 1)
		if seq%100 == 0 {
			s.Switch(1, In{Seq: seq + 1, TS: 5}, now)
			seq++
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkMap(b *testing.B) {
	b.ReportAllocs()
	s := New(90000)
	s.Switch(1, In{}, 0)
	for i := 0; b.Loop(); i++ {
		s.Map(1, In{Seq: uint16(i + 1), TS: uint32(i)}, int64(i))
	}
}
