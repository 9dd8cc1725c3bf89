package history

import (
	"encoding/binary"
	"math/rand"
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	for _, c := range []struct {
		name string
		seqs []uint16
		want []NackPair
	}{
		{"none", nil, nil},
		{"one", []uint16{7}, []NackPair{{7, 0}}},
		{"neighbours", []uint16{7, 8, 10}, []NackPair{{7, 0b101}}},
		{"last bit", []uint16{7, 23}, []NackPair{{7, 1 << 15}}},
		{"one further", []uint16{7, 24}, []NackPair{{7, 0}, {24, 0}}},
		{"wrap", []uint16{65534, 65535, 1}, []NackPair{{65534, 0b101}}},
		{"repeats", []uint16{7, 7, 8, 8}, []NackPair{{7, 1}}},
	} {
		if got := Pairs(c.seqs, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: Pairs(%v) = %v, want %v", c.name, c.seqs, got, c.want)
		}
	}
}

func TestPairsLeavesWhatDstHolds(t *testing.T) {
	got := Pairs([]uint16{8}, []NackPair{{7, 0}})
	if !slices.Equal(got, []NackPair{{7, 0}, {8, 0}}) {
		t.Errorf("Pairs changed what was there: %v", got)
	}
}

func TestPairsAndBack(t *testing.T) {
	rnd := rand.New(rand.NewSource(3))
	for range 1000 {
		seq := uint16(rnd.Intn(1 << 16))
		var seqs, back []uint16
		for range rnd.Intn(64) {
			seqs = append(seqs, seq)
			seq += 1 + uint16(rnd.Intn(20))
		}
		for _, p := range Pairs(seqs, nil) {
			back = p.Seqs(back)
		}
		if !slices.Equal(seqs, back) {
			t.Fatalf("%v came back as %v", seqs, back)
		}
	}
}

// FuzzNackPair checks that a pair from the network names itself and 16 others at most, in order.
func FuzzNackPair(f *testing.F) {
	f.Add([]byte{255, 255, 128, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 4 {
			return
		}
		p := NackPair{binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])}
		seqs := p.Seqs(nil)
		if back := Pairs(seqs, nil); len(back) != 1 || back[0] != p {
			t.Fatalf("%v names %v, which is %v", p, seqs, back)
		}
	})
}

func TestPairsDoNotAllocate(t *testing.T) {
	seqs := []uint16{1, 2, 3, 90, 91, 200}
	pairs, back := make([]NackPair, 0, 8), make([]uint16, 0, 32)
	if n := testing.AllocsPerRun(1000, func() {
		pairs = Pairs(seqs, pairs[:0])
		back = pairs[0].Seqs(back[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
