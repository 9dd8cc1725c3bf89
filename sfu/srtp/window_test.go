package srtp

import (
	"math/rand"
	"testing"
)

// Which index a sequence number stands for, at the edges of RFC 3711, appendix A.
func TestGuess(t *testing.T) {
	for _, c := range []struct {
		newest uint64
		seq    uint16
		want   uint64
	}{
		{0, 0, 0},
		{0, 65535, 65535}, // nothing lies before the beginning
		{5, 40000, 40000},
		{32768, 0, 0},
		{32769, 0, 65536},
		{32769, 1, 1},
		{65535, 0, 65536},
		{65535, 32766, 65536 + 32766},
		{65535, 32767, 32767},
		{65536, 65535, 65535},
		{65536, 32768, 65536 + 32768},
		{65536, 32769, 32769},
		{3<<16 + 100, 65000, 2<<16 + 65000},
		{3<<16 + 65000, 100, 4<<16 + 100},
		{maxIndex, 0, maxIndex + 1},
	} {
		w := window{newest: c.newest, begun: true}
		if got := w.guess(c.seq); got != c.want {
			t.Errorf("after %#x, sequence number %d is %#x, want %#x", c.newest, c.seq, got, c.want)
		}
	}
}

// The window against a plain model: a set of indexes, and what is too old to be in it.
func TestWindowAgreesWithASet(t *testing.T) {
	rnd := rand.New(rand.NewSource(5))
	for range 200 {
		var w window
		used := map[uint64]bool{}
		newest, begun := uint64(0), false
		at := uint64(rnd.Intn(1 << 20))
		for range 2000 {
			switch rnd.Intn(20) {
			case 0:
				at += uint64(rnd.Intn(3 * WindowSize))
			case 1:
				at += WindowSize - 1 + uint64(rnd.Intn(3))
			default:
				at++
			}
			i := at - min(at, uint64(rnd.Intn(2)*rnd.Intn(WindowSize+3)))
			want := !used[i] && (!begun || i > newest || newest-i < WindowSize)
			if got := w.free(i); got != want {
				t.Fatalf("newest %d: index %d is free: %v, want %v", newest, i, got, want)
			}
			if want {
				w.use(i)
				used[i], begun, newest = true, true, max(newest, i)
			}
		}
	}
}
