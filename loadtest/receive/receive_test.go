package receive

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

// picture makes the packets of one frame.
func picture(seq, id uint16, ts, source uint32, key bool, packets int) []Packet {
	var out []Packet
	for i := range packets {
		out = append(out, Packet{
			Seq: seq + uint16(i), Timestamp: ts, Source: source, Start: i == 0, Key: key && i == 0,
			Marker: i == packets-1, HasID: true, PictureID: id, IDMask: 0x7fff,
		})
	}
	out[packets-1].Layer = 1
	return out
}

// film makes n frames of two packets, 66 ms apart, the first a key frame.
func film(seq, id uint16, ts uint32, n int) []Packet {
	var out []Packet
	for i := range n {
		out = append(out, picture(seq+uint16(2*i), (id+uint16(i))&0x7fff, ts+uint32(5940*i), 1, i == 0, 2)...)
	}
	return out
}

// play feeds packets, two (one frame) every 66 ms, and ticks; those for which drop is true do not come.
func play(s *Stream, packets []Packet, drop func(i int) bool) {
	for i, p := range packets {
		now := int64(i/2+1) * 66 * ms
		if drop == nil || !drop(i) {
			s.Packet(p, now)
		}
		s.Tick(now, nil)
	}
}

func TestPerfectStream(t *testing.T) {
	s := New(Video, nil)
	play(s, film(65530, 0x7ffd, 0xffffff00, 20), nil)
	want := Counters{Received: 40, Expected: 40, Decodable: 20, Shown: 19 * 66 * ms}
	if got := s.Counters(); got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestLossWithoutRepair(t *testing.T) {
	s := New(Video, nil)
	packets := film(10, 1, 1000, 40)
	packets = append(packets, picture(90, 41, 1000+40*5940, 1, true, 2)...)
	play(s, packets, func(i int) bool { return i == 21 })
	s.Tick(int64(time.Minute), nil)
	got := s.Counters()
	want := Counters{
		Received: 81, Expected: 82, LostBefore: 1, NACKs: got.NACKs,
		Decodable: 11, Broken: 30, // ten before the loss and the key frame at the end; the torn one and its 29 followers
		Frozen: got.Frozen, Shown: got.Shown,
	}
	if got != want || got.NACKs == 0 {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	if least := int64(1900) * ms; got.Frozen < least {
		t.Errorf("frozen for %v, at least %v", time.Duration(got.Frozen), time.Duration(least))
	}
}

func TestRepairInTimeHealsEverything(t *testing.T) {
	shown := 0
	s := New(Video, func(uint32, uint8, int64) { shown++ })
	packets := film(10, 1, 1000, 10)
	var asked []uint16
	for i, p := range packets {
		now := int64(i/2+1) * 66 * ms
		if i != 9 {
			s.Packet(p, now)
		}
		asked = s.Tick(now, asked)
	}
	if !slices.Contains(asked, packets[9].Seq) || len(slices.Compact(asked)) != 1 {
		t.Fatalf("asked for %v", asked)
	}
	again := packets[9]
	again.Repaired = true
	s.Packet(again, 700*ms)
	s.Packet(again, 701*ms)
	got := s.Counters()
	want := Counters{
		Received: 20, Expected: 20, Repaired: 1, LostBefore: 1, Duplicates: 1, NACKs: uint64(len(asked)),
		Decodable: 10, Frozen: got.Frozen, Shown: got.Shown,
	}
	if got != want || shown != 10 {
		t.Fatalf("got %+v, want %+v, %d shown", got, want, shown)
	}
}

// Where answers take long, packets are not asked for again before they can have come.
func TestPatienceWithSlowLines(t *testing.T) {
	s := New(Video, nil)
	asked := 0
	packets := film(10, 1, 1000, 400)
	for i, p := range packets {
		now := int64(i+1) * 33 * ms
		if i%20 != 5 {
			s.Packet(p, now)
		}
		if i%20 == 12 { // the repair comes some 230 ms later
			again := packets[i-7]
			again.Repaired = true
			s.Packet(again, now)
		}
		n := len(s.Tick(now, nil))
		if i > 200 { // it has learned
			asked += n
		}
	}
	if lost := 30; asked < lost || asked > lost+3 {
		t.Errorf("asked %d times for %d packets", asked, lost)
	}
}

func TestReorderingIsNoLoss(t *testing.T) {
	s := New(Video, nil)
	packets := film(1, 1, 0, 4)
	packets[2], packets[3] = packets[3], packets[2]
	now := int64(0)
	for _, p := range packets {
		now += ms
		s.Packet(p, now)
		if asked := s.Tick(now, nil); len(asked) > 0 {
			t.Fatalf("asked for %v", asked)
		}
	}
	if got, want := s.Counters(), (Counters{Received: 8, Expected: 8, Decodable: 4, Shown: 6 * ms}); got != want {
		t.Fatalf("got %+v", got)
	}
}

func TestViolationsAreSeen(t *testing.T) {
	for _, c := range []struct {
		name string
		make func() []Packet
		want func(Counters) uint64
	}{
		{"sequence leaps", func() []Packet {
			return append(film(1, 1, 0, 2), picture(20000, 3, 11880, 1, true, 2)...)
		}, func(c Counters) uint64 { return c.SequenceJumps }},
		{"sequence goes back", func() []Packet {
			return append(film(9000, 1, 0, 2), picture(1000, 3, 11880, 1, true, 2)...)
		}, func(c Counters) uint64 { return c.SequenceJumps }},
		{"time goes back", func() []Packet {
			return append(film(1, 1, 90000, 2), picture(5, 3, 80000, 1, false, 1)...)
		}, func(c Counters) uint64 { return c.TimeBackwards }},
		{"time runs ahead", func() []Packet {
			return append(film(1, 1, 0, 2), picture(5, 3, 900000, 1, false, 1)...)
		}, func(c Counters) uint64 { return c.TimeJumps }},
		{"picture id leaps", func() []Packet {
			return append(film(1, 1, 0, 2), picture(5, 9, 11880, 1, false, 1)...)
		}, func(c Counters) uint64 { return c.PictureIDGaps }},
		{"picture id stands still", func() []Packet {
			return append(film(1, 1, 0, 2), picture(5, 2, 11880, 1, false, 1)...)
		}, func(c Counters) uint64 { return c.PictureIDGaps }},
		{"switch without key frame", func() []Packet {
			return append(film(1, 1, 0, 2), picture(5, 3, 11880, 2, false, 1)...)
		}, func(c Counters) uint64 { return c.SwitchNotOnKey }},
		{"layer switch without key frame", func() []Packet {
			p := picture(5, 3, 11880, 1, false, 1)
			p[0].Layer = 3
			return append(film(1, 1, 0, 2), p...)
		}, func(c Counters) uint64 { return c.SwitchNotOnKey }},
		{"retransmission of nothing", func() []Packet {
			p := picture(30000, 3, 11880, 1, true, 1)
			p[0].Repaired = true
			return append(film(1, 1, 0, 2), p...)
		}, func(c Counters) uint64 { return c.WrongRetransmit }},
	} {
		s := New(Video, nil)
		play(s, c.make(), nil)
		got := s.Counters()
		if c.want(got) != 1 {
			t.Errorf("%s: %+v", c.name, got)
		}
		sum := got.SequenceJumps + got.TimeBackwards + got.TimeJumps + got.PictureIDGaps + got.SwitchNotOnKey + got.WrongRetransmit
		if sum != 1 {
			t.Errorf("%s: %d violations: %+v", c.name, sum, got)
		}
	}
}

func TestAllowedSwitchesAreNoViolation(t *testing.T) {
	s := New(Video, nil)
	packets := append(film(1, 1, 0, 2), picture(5, 3, 11880, 2, true, 2)...) // another source, on a key frame
	big := picture(7, 4, 17820, 2, true, 2)                                  // its larger layer, on a key frame
	big[1].Layer = 2
	play(s, append(packets, big...), nil)
	if got, want := s.Counters(), (Counters{Received: 8, Expected: 8, Decodable: 4, Shown: 2 * 66 * ms}); got != want {
		t.Fatalf("got %+v", got)
	}
}

// A queue that was full for seconds and dropped them is loss, not a clock that runs ahead.
func TestTimeMayLeapWithWhatWasLost(t *testing.T) {
	s := New(Video, nil)
	packets := append(film(1, 1, 0, 2), picture(30, 20, 900000, 1, true, 1)...)
	play(s, append(packets, picture(31, 21, 890000, 1, false, 1)...), nil)
	s.Tick(int64(time.Minute), nil)
	if got := s.Counters(); got.TimeJumps != 0 || got.TimeBackwards != 1 || got.Expected != 31 {
		t.Fatalf("%+v", got)
	}
}

func TestKeyFrameIsAskedForOnceASecond(t *testing.T) {
	s := New(Video, nil)
	if s.WantsKey(1) {
		t.Fatal("asked on an empty stream")
	}
	asked := 0
	for i := range 30 { // two seconds of frames that build on nothing
		now := int64(i+1) * 66 * ms
		s.Packet(picture(uint16(i), uint16(i), uint32(i*5940), 1, false, 1)[0], now)
		if s.WantsKey(now) {
			asked++
		}
	}
	if asked != 2 {
		t.Fatalf("asked %d times in two seconds", asked)
	}
	s.Packet(picture(30, 30, 30*5940, 1, true, 1)[0], 3000*ms)
	if s.WantsKey(9000 * ms) {
		t.Fatal("asked although a picture shows")
	}
}

func TestVoiceIsNotAskedForAgain(t *testing.T) {
	s := New(Voice, nil)
	for i := range 50 {
		now := int64(i+1) * 20 * ms
		if i != 10 {
			s.Packet(Packet{Seq: uint16(i), Timestamp: uint32(960 * i), Source: 1}, now)
		}
		if asked := s.Tick(now, nil); len(asked) > 0 {
			t.Fatalf("asked for %v", asked)
		}
	}
	if got, want := s.Counters(), (Counters{Received: 49, Expected: 50, LostBefore: 1}); got != want {
		t.Fatalf("got %+v", got)
	}
}

func TestReceptionReport(t *testing.T) {
	s := New(Voice, nil)
	if _, ok := s.Reception(); ok {
		t.Fatal("a report of nothing")
	}
	for i := range 100 {
		if i%4 != 1 {
			s.Packet(Packet{Seq: uint16(65500 + i), Timestamp: uint32(960 * i)}, int64(i+1)*20*ms)
		}
	}
	r, ok := s.Reception()
	if want := (Reception{Fraction: 64, Lost: 25, Highest: 65599}); !ok || r != want {
		t.Fatalf("got %+v, want %+v", r, want)
	}
	if r, _ := s.Reception(); r.Fraction != 0 || r.Lost != 25 {
		t.Fatalf("nothing new, but %+v", r)
	}
}

// Whatever the network does, every packet sent is counted once: received, or lost for good.
func TestEveryPacketIsCountedOnce(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		loss := []float64{0, 0.05, 0.3}[seed%3]
		s := New(Video, nil)
		packets := film(uint16(rng.Uint32()), 1, rng.Uint32(), 200)
		type event struct {
			at int64
			p  Packet
		}
		var events []event
		delivered := map[uint16]bool{}
		for i, p := range packets {
			if i > 0 && i < len(packets)-1 && rng.Float64() < loss {
				if rng.Float64() < 0.7 { // comes again
					p.Repaired = true
					events = append(events, event{int64(i)*33*ms + rng.Int64N(900)*ms, p})
					delivered[p.Seq] = true
				}
				continue
			}
			delivered[p.Seq] = true
			at := int64(i) * 33 * ms
			if i > 0 {
				at += rng.Int64N(100) * ms
			}
			events = append(events, event{at, p})
			if rng.IntN(20) == 0 {
				events = append(events, event{at + rng.Int64N(50)*ms, p})
			}
		}
		slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
		for _, e := range events {
			s.Packet(e.p, e.at)
			s.Tick(e.at, nil)
		}
		s.Tick(int64(time.Hour), nil)
		c := s.Counters()
		if c.Expected != uint64(len(packets)) || c.Received != uint64(len(delivered)) {
			t.Fatalf("seed %d: %d of %d, truly %d of %d", seed, c.Received, c.Expected, len(delivered), len(packets))
		}
		if c.Expected-c.Received != c.LostBefore-c.Repaired {
			t.Fatalf("seed %d: lost %d after repair, %d before, %d repaired", seed, c.Expected-c.Received, c.LostBefore, c.Repaired)
		}
		if loss == 0 && (c.Decodable != 200 || c.Broken != 0) {
			t.Fatalf("seed %d: %+v", seed, c)
		}
		if n := c.SequenceJumps + c.TimeBackwards + c.TimeJumps + c.PictureIDGaps + c.SwitchNotOnKey; n != 0 {
			t.Fatalf("seed %d: violations where there are none: %+v", seed, c)
		}
	}
}

// FuzzStream feeds arbitrary packets: nothing panics, and the account stays plausible.
func FuzzStream(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 7, 0, 2, 0, 0, 0})
	f.Add([]byte{255, 255, 9, 9, 255, 0, 0, 9, 9, 255, 128, 0, 9, 9, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, now, n := New(Video, nil), int64(0), uint64(0)
		for ; len(b) >= 5; b = b[5:] {
			now += int64(b[2]) * ms
			n++
			s.Packet(Packet{
				Seq: uint16(b[0])<<8 | uint16(b[1]), Timestamp: uint32(b[3]) << 20, Source: uint32(b[4] & 3), Marker: b[4]&4 != 0,
				Repaired: b[4]&8 != 0, Start: b[4]&16 != 0, Key: b[4]&48 == 48, HasID: b[4]&64 != 0, PictureID: uint16(b[3]), IDMask: 0x7f,
			}, now)
			s.Tick(now, nil)
			s.Next()
			s.WantsKey(now)
		}
		s.Tick(now+int64(time.Hour), nil)
		if c := s.Counters(); c.Received > n || c.Received > c.Expected || c.Repaired > c.LostBefore {
			t.Fatalf("of %d packets: %+v", n, c)
		}
		if len(s.window.held) > 0 || len(s.window.missing) > 0 {
			t.Fatalf("%d held, %d missing when all is over", len(s.window.held), len(s.window.missing))
		}
	})
}
