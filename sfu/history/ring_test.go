package history

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"testing"
)

// packet makes a recognisable packet of the given size.
func packet(n int64, size int) []byte {
	p := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(p, uint64(n))
	return p
}

func TestRingKeepsTheLastPackets(t *testing.T) {
	r := NewRing(8, 1000)
	for i := range 20 {
		seq := uint16(65530 + i) // wraps on the way
		r.Put(seq, packet(int64(i), 20+i), int64(i)*1000)
	}
	for i := range 20 {
		seq := uint16(65530 + i)
		pkt, ok := r.Get(seq)
		arrival, okAt := r.At(seq)
		if want := i >= 12; ok != want || okAt != want || r.Has(seq) != want {
			t.Fatalf("packet %d: Get %v, At %v, Has %v, want %v", i, ok, okAt, r.Has(seq), want)
		}
		if ok && (!bytes.Equal(pkt, packet(int64(i), 20+i)) || arrival != int64(i)*1000) {
			t.Errorf("packet %d came back as %x of %d", i, pkt, arrival)
		}
	}
}

func TestRingSaysHowFarBackItReaches(t *testing.T) {
	for _, c := range []struct {
		name           string
		packets, bytes int
	}{{"bytes are few", 64, 1000}, {"packets are few", 16, 100_000}} {
		r := NewRing(c.packets, c.bytes)
		r.Put(0, packet(0, 100), 1000)
		if r.Lap() != 0 {
			t.Errorf("%s: a lap of %d before the ring was full", c.name, r.Lap())
		}
		for i := range 100 {
			r.Put(uint16(i+1), packet(int64(i), 100), int64(i+1)*1000)
		}
		if lap := r.Lap(); lap < 8_000 || lap > 17_000 {
			t.Errorf("%s: a lap of %d, want 10 to 16 packets of 1000 each", c.name, lap)
		}
	}
}

func TestRingIsResized(t *testing.T) {
	r := NewRing(16, 1000)
	for i := range 40 {
		r.Put(uint16(65520+i), packet(int64(i), 100), int64(i))
	}
	for _, c := range []struct{ packets, bytes, keeps int }{{64, 10_000, 10}, {4, 10_000, 4}, {64, 300, 3}} {
		kept := 0
		next := r.Resized(c.packets, c.bytes)
		for i := range 40 {
			if pkt, ok := next.Get(uint16(65520 + i)); ok {
				if kept++; !bytes.Equal(pkt, packet(int64(i), 100)) {
					t.Errorf("packet %d came back as %x", i, pkt)
				}
			}
		}
		if kept != c.keeps || !next.Has(uint16(65520+39-65536)) || next.Size() != c.bytes {
			t.Errorf("of ten packets, a ring of %d packets and %d bytes has %d", c.packets, c.bytes, kept)
		}
		next.Put(uint16(65520+40-65536), packet(40, 100), 40)
		if !next.Has(uint16(65520 + 40 - 65536)) {
			t.Error("a resized ring does not go on")
		}
	}
	if empty := NewRing(8, 100).Resized(16, 200); empty.Has(0) {
		t.Error("an empty ring has something")
	}
}

func TestRingIsBoundedInBytes(t *testing.T) {
	r := NewRing(64, 1000)
	for i := range 10 {
		r.Put(uint16(i), packet(int64(i), 300), 0)
	}
	for i := range 10 {
		if want := i >= 7; r.Has(uint16(i)) != want {
			t.Errorf("packet %d held: %v, want %v: three of 300 bytes fit in 1000", i, !want, want)
		}
	}
	r.Put(10, make([]byte, 1001), 0)
	if r.Has(10) || !r.Has(9) {
		t.Error("a packet larger than the ring was taken, or cost another its place")
	}
}

func TestRingTakesLateAndIgnoresRepeats(t *testing.T) {
	r := NewRing(8, 1000)
	r.Put(10, packet(10, 50), 1)
	r.Put(13, packet(13, 50), 2)
	r.Put(11, packet(11, 50), 3)
	r.Put(13, packet(99, 50), 4) // a repeat
	r.Put(2, packet(2, 50), 5)   // too old
	if pkt, ok := r.Get(11); !ok || !bytes.Equal(pkt, packet(11, 50)) {
		t.Error("the late packet is not there")
	}
	if pkt, ok := r.Get(13); !ok || !bytes.Equal(pkt, packet(13, 50)) {
		t.Error("a repeat replaced the packet")
	}
	if r.Has(12) || r.Has(2) || r.Has(5000) {
		t.Error("the ring has what never came")
	}
}

func TestRingAcceptsAPacketFromBeforeTheFirst(t *testing.T) {
	r := NewRing(8, 1000)
	r.Put(0, packet(1, 20), 0)
	r.Put(65535, packet(2, 20), 0)
	if !r.Has(0) || !r.Has(65535) {
		t.Error("the packet before the first was refused")
	}
}

func TestRingFollowsAJump(t *testing.T) {
	for _, to := range []uint16{1100, 20000, 40000, 60000, 900} {
		t.Run(fmt.Sprint(to), func(t *testing.T) {
			r := NewRing(64, 10000)
			for i := range 50 {
				r.Put(uint16(1000+i), packet(int64(i), 40), 0)
			}
			for i := range 3 {
				r.Put(to+uint16(i), packet(int64(100+i), 40), 0)
			}
			if pkt, ok := r.Get(to + 2); !ok || !bytes.Equal(pkt, packet(102, 40)) {
				t.Error("the ring stayed behind")
			}
		})
	}
}

func TestRingNeverAnswersWithAnotherPacket(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for range 200 {
		packets := 1 << rnd.Intn(8)
		r := NewRing(packets, 1500+rnd.Intn(20000))
		n := int64(rnd.Intn(1 << 16))
		sent := map[uint16][]byte{}
		for range 600 {
			n += int64(rnd.Intn(4)) - 1
			if rnd.Intn(100) == 0 {
				n += int64(rnd.Intn(30000))
			}
			seq := uint16(n)
			if old, ok := r.Get(seq); !ok || old == nil {
				sent[seq] = packet(rnd.Int63(), 8+rnd.Intn(1400))
			}
			r.Put(seq, sent[seq], n)
			for range 4 {
				ask := uint16(n - int64(rnd.Intn(packets*2)))
				if got, ok := r.Get(ask); ok && !bytes.Equal(got, sent[ask]) {
					t.Fatalf("asked for %d, got another packet", ask)
				}
			}
		}
	}
}

func TestRingTakesMemoryLazily(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { NewRing(512, 1<<20) }); n > 1 {
		t.Errorf("an empty ring costs %v allocations", n)
	}
	r := NewRing(512, 1<<20)
	if r.Has(1) {
		t.Error("an empty ring has a packet")
	}
	if r.buf != nil {
		t.Error("an empty ring holds memory")
	}
}

func TestNewRingRefusesNonsense(t *testing.T) {
	for _, c := range []struct{ packets, bytes int }{{0, 1}, {-8, 1}, {3, 1}, {1 << 16, 1}, {8, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewRing(%d, %d) did not panic", c.packets, c.bytes)
				}
			}()
			NewRing(c.packets, c.bytes)
		}()
	}
}

func TestRingDoesNotAllocate(t *testing.T) {
	r, pkt, seq := NewRing(512, 1<<20), make([]byte, 1200), uint16(0)
	r.Put(seq, pkt, 0)
	if n := testing.AllocsPerRun(2000, func() {
		seq++
		r.Put(seq, pkt, int64(seq))
		r.Get(seq - 3)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// FuzzRing checks that whatever numbers come, the ring answers with the packet asked for or with none.
func FuzzRing(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 2, 0, 1, 255, 255, 128, 0})
	f.Add([]byte{255, 255, 0, 0, 127, 255, 128, 1, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewRing(16, 256)
		for i := 0; i+1 < len(data); i += 2 {
			seq := binary.BigEndian.Uint16(data[i:])
			pkt := make([]byte, 2+int(data[i])%300)
			binary.BigEndian.PutUint16(pkt, seq)
			r.Put(seq, pkt, int64(i))
			for back := range uint16(40) {
				if got, ok := r.Get(seq - back); ok && binary.BigEndian.Uint16(got) != seq-back {
					t.Fatalf("asked for %d, got %x", seq-back, got)
				}
			}
		}
	})
}

func BenchmarkRingPut(b *testing.B) {
	r, pkt := NewRing(512, 1<<20), make([]byte, 1200)
	b.ReportAllocs()
	b.SetBytes(int64(len(pkt)))
	for i := range b.N {
		r.Put(uint16(i), pkt, int64(i))
	}
}

func BenchmarkRingGet(b *testing.B) {
	r, pkt := NewRing(512, 1<<20), make([]byte, 1200)
	for i := range 512 {
		r.Put(uint16(i), pkt, 0)
	}
	b.ReportAllocs()
	for i := range b.N {
		if _, ok := r.Get(uint16(i & 511)); !ok {
			b.Fatal("gone")
		}
	}
}
