package receive

import "testing"

// Frozen time against cases worked out by hand: when the pictures came, in milliseconds.
func TestFrozenTime(t *testing.T) {
	steady := []int64{0, 66, 132, 198, 264, 330}
	for _, c := range []struct {
		name          string
		came          []int64
		end           int64 // when watching ends, 0 for with the last picture
		frozen, shown int64
	}{
		{"nothing", nil, 1000, 0, 0},
		{"one picture, and no more", []int64{0}, 5000, 0, 5000}, // there is no usual pace to miss
		{"steady", steady, 0, 0, 330},
		{"a pause of three paces", append(steady, 330+198), 0, 0, 528},
		{"just not 150 ms late", append(steady, 330+216), 0, 0, 546},
		{"just 150 ms late", append(steady, 330+217), 0, 217, 547},
		{"slow pictures, twice as late", []int64{0, 200, 400, 600, 1000}, 0, 0, 1000},
		{"slow pictures, more than three times as late", []int64{0, 200, 400, 600, 1201}, 0, 601, 1201},
		{"two freezes", append(steady, 830, 896, 1396), 0, 1000, 1396},
		{"a burst after a freeze", append(steady, 1330, 1331, 1332), 0, 1000, 1332},
		{"frozen at the end", steady, 2330, 2000, 2330},
		{"not yet frozen at the end", steady, 400, 0, 400},
	} {
		s := New(Video, nil)
		for i, at := range c.came {
			s.Packet(Packet{
				Seq: uint16(i), Timestamp: uint32(at * 90), Source: 1, Marker: true, Start: true, Key: i == 0, Layer: 1,
			}, (1000+at)*ms)
		}
		if c.end != 0 {
			s.Close((1000 + c.end) * ms)
		}
		if got := s.Counters(); got.Frozen != c.frozen*ms || got.Shown != c.shown*ms {
			t.Errorf("%s: frozen for %d of %d ms, want %d of %d", c.name, got.Frozen/ms, got.Shown/ms, c.frozen, c.shown)
		}
	}
}

// A camera that is off does not freeze, whichever comes first when it is on again: the word or the picture.
func TestRestIsNoFreeze(t *testing.T) {
	for _, pictureFirst := range []bool{false, true} {
		s := New(Video, nil)
		seq := uint16(0)
		show := func(at int64) {
			s.Packet(Packet{
				Seq: seq, Timestamp: uint32(at * 90), Source: 1, Marker: true, Start: true, Key: true, Layer: 1,
			}, at*ms)
			seq++
		}
		show(1000)
		show(1066)
		s.Rest(true)
		show(1132) // was on its way
		if pictureFirst {
			show(9000)
			s.Rest(false)
		} else {
			s.Rest(false)
			show(9000)
		}
		show(9066)
		s.Close(9132 * ms)
		if got := s.Counters(); got.Frozen != 0 || got.Shown > 300*ms {
			t.Errorf("picture first %v: frozen for %d of %d ms", pictureFirst, got.Frozen/ms, got.Shown/ms)
		}
	}
}

// The interarrival jitter is of one source on a network: not of a switch, nor of what is sent late on purpose.
func TestJitter(t *testing.T) {
	s := New(Voice, nil)
	seq := uint16(0)
	hear := func(sent, came int64, source uint32, past bool) {
		s.Packet(Packet{Seq: seq, Timestamp: uint32(sent * 48), Source: source, Past: past}, came*ms)
		seq++
	}
	for i := range int64(50) {
		hear(20*i, 5000+20*i, 1, false)
	}
	if j, ok := s.Jitter(); !ok || j != 0 {
		t.Errorf("jitter of a perfect line: %d ns, %v", j, ok)
	}
	for i := range int64(50) {
		hear(1000+20*i, 9000, 2, true)
	}
	for i := range int64(50) {
		hear(2000+20*i, 10000+20*i, 2, false)
	}
	if j, ok := s.Jitter(); !ok || j != 0 {
		t.Errorf("jitter of a switch: %d ns, %v", j, ok)
	}
	for i := range int64(500) { // every other packet is 10 ms late: each transit differs by 10 ms from the last
		hear(3000+20*i, 11000+20*i+10*(i%2), 2, false)
	}
	if j, _ := s.Jitter(); j < 9*ms || j > 10*ms {
		t.Errorf("jitter %d ns of 10 ms", j)
	}
}
