package speaker

import (
	"math/rand"
	"slices"
	"testing"
)

// choir drives Voices as the engine does: Select when Level asks, and every 200 ms.
type choir struct {
	v        *Voices
	now      int64
	main     []uint32
	spare    uint32
	changes  int
	selects  int
	shuffles int
}

func newChoir(n int, sources uint32) *choir {
	c := &choir{v: NewVoices(n)}
	for id := uint32(1); id <= sources; id++ {
		c.v.Add(id)
	}
	return c
}

func (c *choir) choose() {
	main, spare, changed := c.v.Select(c.now)
	if changed {
		c.changes++
	}
	if shuffled(c.main, main) {
		c.shuffles++
	}
	c.main, c.spare = slices.Clone(main), spare
	c.selects++
}

// sing lets the sources send a packet each 20 ms for that long.
func (c *choir) sing(long int64, levels map[uint32]uint8) {
	for end := c.now + long; c.now < end; c.now += 20 * millisecond {
		for id := uint32(1); id <= 50; id++ {
			if level, ok := levels[id]; ok && c.v.Level(id, level, c.now) {
				c.choose()
			}
		}
		if c.now%(200*millisecond) == 0 {
			c.choose()
		}
	}
}

func TestVoicesInAtTheFirstLoudPacket(t *testing.T) {
	c := newChoir(3, 5)
	if c.v.Level(2, 127, 0) || c.v.Level(2, Audible+1, 0) {
		t.Error("silence asks for a place")
	}
	if !c.v.Level(2, Audible, 20*millisecond) {
		t.Fatal("the first loud packet does not ask for a place")
	}
	main, spare, changed := c.v.Select(20 * millisecond)
	if !slices.Equal(main, []uint32{2}) || spare != 0 || !changed {
		t.Errorf("Select = %v, %d, %v, want [2], 0, true", main, spare, changed)
	}
	if c.v.Level(2, 10, 40*millisecond) {
		t.Error("who has a place asks again")
	}
	if _, _, changed := c.v.Select(40 * millisecond); changed {
		t.Error("changed though nothing happened")
	}
}

func TestVoicesStayWhileTheySpeak(t *testing.T) {
	c := newChoir(3, 6)
	c.sing(second, map[uint32]uint8{1: 40, 2: 42, 3: 44})
	before := slices.Clone(c.main)
	slices.Sort(before)
	if !slices.Equal(before, []uint32{1, 2, 3}) {
		t.Fatalf("main = %v, want 1, 2 and 3", c.main)
	}
	changes := c.changes
	c.sing(10*second, map[uint32]uint8{1: 40, 2: 42, 3: 44, 4: 40, 5: 50})
	if c.changes > changes+2 || slices.Contains(c.main, 4) {
		t.Errorf("main = %v after %d changes: 4 is hardly louder than 3", c.main, c.changes-changes)
	}
	if c.spare != 4 {
		t.Errorf("spare = %d, want 4", c.spare)
	}
}

func TestVoicesGiveWayToAClearlyLouderOne(t *testing.T) {
	c := newChoir(3, 6)
	c.sing(second, map[uint32]uint8{1: 30, 2: 55, 3: 35})
	place := slices.Index(c.main, 2)
	c.sing(400*millisecond, map[uint32]uint8{1: 30, 2: 55, 3: 35, 4: 30})
	if c.main[place] != 4 || c.spare != 2 {
		t.Errorf("main = %v, spare %d, want 4 in the place of 2, and 2 as the spare", c.main, c.spare)
	}
}

func TestVoicesLeaveAfterSilence(t *testing.T) {
	c := newChoir(2, 4)
	c.sing(second, map[uint32]uint8{1: 30, 2: 30, 3: 40})
	c.sing(1400*millisecond, map[uint32]uint8{1: 30, 2: 120, 3: 120})
	if len(c.main) != 2 || c.spare != 3 {
		t.Errorf("main = %v, spare %d: a pause of 1.4 s threw somebody out", c.main, c.spare)
	}
	c.sing(400*millisecond, map[uint32]uint8{1: 30})
	if !slices.Equal(c.main, []uint32{1}) || c.spare != 0 {
		t.Errorf("main = %v, spare %d after 1.8 s of silence, want [1], 0", c.main, c.spare)
	}
	c.sing(2*second, nil) // not even packets
	if len(c.main) != 0 {
		t.Errorf("main = %v though nobody sends", c.main)
	}
}

func TestVoicesSomebodyInAPauseGivesWayAtOnce(t *testing.T) {
	c := newChoir(3, 6)
	c.sing(second, map[uint32]uint8{1: 20, 2: 20, 3: 20, 4: 30})
	c.sing(300*millisecond, map[uint32]uint8{1: 20, 2: 20, 4: 120}) // 3 stops, without packets
	begin := c.now
	c.sing(200*millisecond, map[uint32]uint8{1: 20, 2: 20, 5: 35})
	if !slices.Contains(c.main, 5) {
		t.Errorf("main = %v: 5 is not heard %d ms after the first word although 3 is silent", c.main,
			(c.now-begin)/millisecond)
	}
}

func TestVoicesWithoutSources(t *testing.T) {
	v := NewVoices(0) // at least one
	if main, spare, changed := v.Select(0); len(main) != 0 || spare != 0 || changed {
		t.Errorf("an empty meeting hears %v, %d", main, spare)
	}
	v.Add(0)
	if v.Level(0, 10, 0) || v.Level(7, 10, 0) {
		t.Error("an unknown source asks for a place")
	}
	v.Remove(7)
}

func TestVoicesRemove(t *testing.T) {
	c := newChoir(2, 4)
	c.sing(second, map[uint32]uint8{1: 30, 2: 30, 3: 40})
	c.v.Remove(1)
	main, spare, changed := c.v.Select(c.now)
	if !slices.Equal(main, []uint32{2, 3}) || spare != 0 || !changed {
		t.Errorf("Select = %v, %d, %v, want the spare to move up: [2 3], 0, true", main, spare, changed)
	}
	c.v.Remove(3)
	c.v.Add(3) // again, silent
	if main, _, changed := c.v.Select(c.now); !slices.Equal(main, []uint32{2}) || !changed {
		t.Errorf("Select = %v, %v, want [2], true", main, changed)
	}
}

// Whatever happens: at most n, nobody twice, only those who were audible in the last 1.5 s, and no free place while
// somebody is audible; places keep their order; Level does not ask in vain for ever.
func TestVoicesProperties(t *testing.T) {
	rnd := rand.New(rand.NewSource(9))
	for range 50 {
		n, sources := 1+rnd.Intn(4), uint32(1+rnd.Intn(20))
		c := newChoir(n, sources)
		levels := map[uint32]uint8{}
		audible := map[uint32]int64{}
		for range 300 {
			id := 1 + uint32(rnd.Intn(int(sources)))
			switch rnd.Intn(10) {
			case 0:
				delete(levels, id)
			case 1:
				c.v.Remove(id)
				c.main = slices.DeleteFunc(c.main, func(m uint32) bool { return m == id })
				delete(audible, id)
				c.v.Add(id)
			default:
				levels[id] = uint8(rnd.Intn(160))
			}
			selects := c.selects
			c.sing(20*millisecond*int64(1+rnd.Intn(20)), levels)
			for id, level := range levels {
				if level <= Audible {
					audible[id] = c.now - 20*millisecond
				}
			}
			c.choose()
			check(t, c, audible, n)
			if c.selects-selects > 2*len(levels)+10 {
				t.Fatalf("%d calls of Select in 20 packets", c.selects-selects)
			}
			if c.shuffles > 0 {
				t.Fatalf("places were shuffled on the way to %v", c.main)
			}
		}
	}
}

func check(t *testing.T, c *choir, audible map[uint32]int64, n int) {
	t.Helper()
	picked := map[uint32]bool{}
	for _, id := range append(slices.Clone(c.main), c.spare) {
		if picked[id] {
			t.Fatalf("%d twice in %v, %d", id, c.main, c.spare)
		}
		picked[id] = true
		if last, ok := audible[id]; id != 0 && (!ok || c.now-last > hold) {
			t.Fatalf("%d is heard, silent for %d ms", id, (c.now-last)/millisecond)
		}
	}
	waiting := 0
	for id, last := range audible {
		if c.now-last < hold && !picked[id] {
			waiting++
		}
	}
	if len(c.main) > n || waiting > 0 && (len(c.main) < n || c.spare == 0) {
		t.Fatalf("main %v, spare %d of %d places while %d are waiting", c.main, c.spare, n, waiting)
	}
}

// shuffled says whether those who were and are heard changed their order.
func shuffled(before, after []uint32) bool {
	last := -1
	for _, id := range before {
		i := slices.Index(after, id)
		if i >= 0 && i < last {
			return true
		}
		last = max(i, last)
	}
	return false
}

func TestVoicesDoNotAllocate(t *testing.T) {
	v, now := NewVoices(3), int64(0)
	for id := uint32(1); id <= 300; id++ {
		v.Add(id)
	}
	rnd := rand.New(rand.NewSource(10))
	if n := testing.AllocsPerRun(5000, func() {
		now += millisecond
		v.Level(uint32(rnd.Intn(300))+1, uint8(rnd.Intn(128)), now)
		v.Select(now)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

func BenchmarkVoicesLevel(b *testing.B) {
	v := NewVoices(3)
	for id := uint32(1); id <= 15; id++ {
		v.Add(id)
	}
	b.ReportAllocs()
	for i := range b.N {
		now := int64(i) * 20 * millisecond / 15
		if v.Level(uint32(i%15)+1, uint8(i%100), now) {
			v.Select(now)
		}
	}
}

func BenchmarkVoicesSelect(b *testing.B) {
	v := NewVoices(3)
	for id := uint32(1); id <= 15; id++ {
		v.Add(id)
		v.Level(id, uint8(20+id), 0)
	}
	b.ReportAllocs()
	for range b.N {
		v.Select(0)
	}
}
