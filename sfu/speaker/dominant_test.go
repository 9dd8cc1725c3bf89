package speaker

import (
	"math/rand"
	"testing"
)

// stage plays a meeting in steps of 20 ms of virtual time.
type stage struct {
	d   *Dominant
	now int64
	rnd *rand.Rand
}

func newStage(ids ...uint32) *stage {
	s := &stage{d: NewDominant(), rnd: rand.New(rand.NewSource(8))}
	for _, id := range ids {
		s.d.Add(id)
	}
	return s
}

// speech is the level of somebody talking: syllables with short holes, ±6 dB.
func (s *stage) speech(level int) uint8 {
	if s.rnd.Intn(5) == 0 {
		return 80
	}
	return uint8(level + s.rnd.Intn(13) - 6)
}

// play lets the meeting go on for that long; levels gives the level of each source, 255 for no packet. It returns when
// the dominant speaker last changed, in ms from the beginning of the call, and how often.
func (s *stage) play(long int64, levels map[uint32]func() uint8) (at int64, changes int) {
	begin := s.now
	for end := s.now + long; s.now < end; s.now += 20 * millisecond {
		for id, level := range levels {
			if l := level(); l != 255 {
				s.d.Level(id, l, s.now)
			}
		}
		if _, changed := s.d.Decide(s.now); changed {
			at = (s.now - begin) / millisecond
			changes++
		}
	}
	return at, changes
}

func (s *stage) dominant() uint32 {
	id, _ := s.d.Decide(s.now)
	return id
}

func (s *stage) talking(level int) func() uint8 { return func() uint8 { return s.speech(level) } }
func quiet() uint8                              { return 80 }
func dtx() uint8                                { return 255 }

const second = 1000 * millisecond

func TestDominantIsNobodyInSilence(t *testing.T) {
	s := newStage(1, 2)
	if at, changes := s.play(3*second, map[uint32]func() uint8{1: quiet, 2: dtx}); changes != 0 || s.dominant() != 0 {
		t.Errorf("%d leads a silent meeting since %d ms", s.dominant(), at)
	}
}

func TestDominantFollowsWhoTalks(t *testing.T) {
	s := newStage(1, 2, 3)
	at, changes := s.play(2*second, map[uint32]func() uint8{1: s.talking(30), 2: quiet, 3: dtx})
	if s.dominant() != 1 || changes != 1 || at > 600 {
		t.Fatalf("%d leads after %d ms and %d changes, want 1 within 600 ms", s.dominant(), at, changes)
	}
	at, changes = s.play(3*second, map[uint32]func() uint8{1: quiet, 2: s.talking(40), 3: dtx})
	if s.dominant() != 2 || changes != 1 || at > 1000 {
		t.Fatalf("%d leads after %d ms and %d changes, want 2 within a second", s.dominant(), at, changes)
	}
	if at, changes = s.play(5*second, map[uint32]func() uint8{1: quiet, 2: quiet}); s.dominant() != 2 || changes != 0 {
		t.Errorf("%d leads after a silence, %d ms: the last one who spoke stays", s.dominant(), at)
	}
}

func TestDominantIgnoresShortNoises(t *testing.T) {
	s := newStage(1, 2)
	s.play(2*second, map[uint32]func() uint8{1: s.talking(35), 2: quiet})
	for range 10 {
		s.play(200*millisecond, map[uint32]func() uint8{1: s.talking(35), 2: func() uint8 { return 5 }}) // a door
		s.play(2*second, map[uint32]func() uint8{1: s.talking(35), 2: quiet})
		if s.dominant() != 1 {
			t.Fatal("a door slammed, and became the speaker")
		}
	}
}

func TestDominantIsNotStolenByTalkingOver(t *testing.T) {
	s := newStage(1, 2)
	s.play(2*second, map[uint32]func() uint8{1: s.talking(35), 2: quiet})
	if _, changes := s.play(5*second, map[uint32]func() uint8{1: s.talking(35), 2: s.talking(30)}); changes > 1 {
		t.Errorf("flapped %d times while two talk at once", changes)
	}
}

func TestDominantIgnoresASteadyNoise(t *testing.T) {
	s := newStage(1, 2)
	fan := func() uint8 { return uint8(52 + s.rnd.Intn(2)) }
	s.play(60*second, map[uint32]func() uint8{1: fan, 2: quiet})
	at, _ := s.play(2*second, map[uint32]func() uint8{1: fan, 2: s.talking(45)})
	if s.dominant() != 2 || at > 1000 {
		t.Fatalf("%d leads, want 2 within a second: 1 is a fan", s.dominant())
	}
	if s.play(10*second, map[uint32]func() uint8{1: fan, 2: quiet}); s.dominant() != 2 {
		t.Error("the fan took over")
	}
}

func TestDominantLongSpeechStaysSpeech(t *testing.T) {
	s := newStage(1, 2)
	tone := func() uint8 { return 20 }
	s.play(120*second, map[uint32]func() uint8{1: tone, 2: quiet})
	if s.dominant() != 1 {
		t.Error("a loud steady sound is taken for the noise of a room")
	}
}

func TestDominantLeaves(t *testing.T) {
	s := newStage(1, 2)
	s.play(2*second, map[uint32]func() uint8{1: s.talking(30), 2: quiet})
	s.d.Remove(1)
	if _, changes := s.play(second, map[uint32]func() uint8{2: quiet}); s.dominant() != 0 || changes != 1 {
		t.Errorf("%d leads after %d changes, want nobody", s.dominant(), changes)
	}
	s.d.Level(1, 10, s.now) // a packet under way
	s.d.Add(1)
	if s.play(second, map[uint32]func() uint8{1: s.talking(30)}); s.dominant() != 1 {
		t.Error("who comes back cannot lead any more")
	}
	s.d.Remove(99)
}

func TestDominantOfHundreds(t *testing.T) {
	s := newStage()
	levels := map[uint32]func() uint8{}
	for id := uint32(1); id <= 300; id++ {
		s.d.Add(id)
		levels[id] = quiet
	}
	levels[217] = s.talking(35)
	if s.play(2*second, levels); s.dominant() != 217 {
		t.Errorf("%d leads, want 217", s.dominant())
	}
}

func TestDominantDoesNotAllocate(t *testing.T) {
	d, now := NewDominant(), int64(0)
	for id := uint32(1); id <= 300; id++ {
		d.Add(id)
	}
	if n := testing.AllocsPerRun(2000, func() {
		now += 20 * millisecond
		d.Level(uint32(now)%300+1, 30, now)
		d.Decide(now)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// FuzzDominant checks that whatever levels come at whatever times, who leads is in the meeting.
func FuzzDominant(f *testing.F) {
	f.Add([]byte{1, 10, 5, 2, 127, 100, 1, 0, 255, 9, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, now := NewDominant(), int64(0)
		in := map[uint32]bool{0: true}
		for i := 0; i+2 < len(data); i += 3 {
			id := uint32(data[i]) & 7
			now += int64(data[i+2]) * millisecond * 5
			switch data[i] >> 6 {
			case 0:
				d.Remove(id)
				delete(in, id)
				in[0] = true
			case 1:
				d.Add(id)
				in[id] = true
			default:
				d.Level(id, data[i+1], now)
			}
			d.last -= decide // decide at every step
			if id, _ := d.Decide(now); !in[id] {
				t.Fatalf("%d leads, and is not here", id)
			}
		}
	})
}

func BenchmarkDominantLevel(b *testing.B) {
	d := NewDominant()
	for id := uint32(1); id <= 15; id++ {
		d.Add(id)
	}
	b.ReportAllocs()
	for i := range b.N {
		now := int64(i) * 20 * millisecond / 15
		d.Level(uint32(i%15)+1, uint8(i%100), now)
		d.Decide(now)
	}
}
