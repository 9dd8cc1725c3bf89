package report

import (
	"encoding/binary"
	"math"
	"math/rand"
	"testing"
)

const ms = int64(1e6)

// feed gives the receiver a perfect 20 ms audio stream of n packets from seq on, without those that lost names.
func feed(r *Receiver, seq uint16, n int, lost func(i int) bool) {
	for i := range n {
		if lost == nil || !lost(i) {
			r.Packet(seq+uint16(i), uint32(i)*960, int64(i)*20*ms)
		}
	}
}

func TestReceiverCountsLosses(t *testing.T) {
	for _, c := range []struct {
		name     string
		first    uint16
		packets  int
		lost     func(i int) bool
		fraction uint8
		total    uint32
		last     uint32
	}{
		{"none", 100, 100, nil, 0, 0, 199},
		{"a quarter", 100, 1000, func(i int) bool { return i%4 == 1 }, 64, 250, 1099},
		{"the last are not missed yet", 0, 100, func(i int) bool { return i >= 90 }, 0, 0, 89},
		{"over a wrap", 65500, 100, func(i int) bool { return i == 50 }, 2, 1, 65599},
		{"over three wraps", 1, 200000, nil, 0, 0, 200000},
	} {
		r := NewReceiver(48000)
		feed(r, c.first, c.packets, c.lost)
		b := r.Block(0)
		if b.FractionLost != c.fraction || b.TotalLost != c.total || b.LastSequence != c.last || b.Jitter != 0 {
			t.Errorf("%s: %+v, want %d/256, %d lost, last %d", c.name, b, c.fraction, c.total, c.last)
		}
	}
}

func TestReceiverFractionIsOfTheInterval(t *testing.T) {
	r := NewReceiver(48000)
	feed(r, 0, 100, func(i int) bool { return i%2 == 1 && i < 99 })
	if b := r.Block(0); b.FractionLost != 125 {
		t.Errorf("first interval %d/256, want 125 (49 of 100)", b.FractionLost)
	}
	for i := 100; i < 200; i++ {
		r.Packet(uint16(i), uint32(i)*960, int64(i)*20*ms)
	}
	if b := r.Block(0); b.FractionLost != 0 || b.TotalLost != 49 {
		t.Errorf("second interval %+v, want none lost of late, 49 in all", b)
	}
	if b := r.Block(0); b.FractionLost != 0 || b.TotalLost != 49 {
		t.Errorf("an interval without packets: %+v", b)
	}
}

func TestReceiverLateAndRepeatedPackets(t *testing.T) {
	r := NewReceiver(48000)
	feed(r, 0, 50, func(i int) bool { return i == 10 })
	r.Packet(49, 49*960, 981*ms)
	if b := r.Block(0); b.TotalLost != 1 {
		t.Errorf("a repeat hid the loss: %+v", b)
	}
	r.Packet(10, 10*960, 1000*ms)
	if b := r.Block(0); b.TotalLost != 0 || b.FractionLost != 0 {
		t.Errorf("the late packet is still lost: %+v", b)
	}
	r.Packet(65535, 0, 1000*ms) // from before the first
	if b := r.Block(0); b.TotalLost != 0 || b.LastSequence != 49 {
		t.Errorf("more received than expected: %+v", b)
	}
}

func TestReceiverFollowsARestart(t *testing.T) {
	r := NewReceiver(48000)
	feed(r, 1000, 50, nil)
	r.Packet(30000, 5, 2000*ms) // a stray packet alone changes nothing
	if b := r.Block(0); b.LastSequence != 1049 {
		t.Errorf("one packet made it jump: %+v", b)
	}
	feed(r, 40000, 50, nil)
	if b := r.Block(0); b.LastSequence != 40049 || b.TotalLost != 0 || b.FractionLost != 0 {
		t.Errorf("did not begin anew: %+v", b)
	}
}

func TestReceiverJitter(t *testing.T) {
	rnd := rand.New(rand.NewSource(5))
	r := NewReceiver(90000)
	var want, before float64
	for i := range 5000 {
		late := float64(rnd.Intn(20)) // ms
		at := int64(i)*40*ms + int64(late)*ms
		for range 3 { // the packets of a frame, spread by the sender
			r.Packet(uint16(i*3), uint32(i)*3600, at)
			at += 5 * ms
		}
		if i > 0 {
			want += (math.Abs(late-before)*90 - want) / 16
		}
		before = late
	}
	if got := float64(r.Block(0).Jitter); math.Abs(got-want) > want*0.02+1 {
		t.Errorf("jitter %v, want %v as by the formula of RFC 3550, 6.4.1", got, want)
	}
}

func TestReceiverJitterSurvivesAJumpOfTheClock(t *testing.T) {
	r := NewReceiver(48000)
	feed(r, 0, 100, nil)
	for i := 100; i < 200; i++ {
		r.Packet(uint16(i), uint32(i)*960+1<<31, int64(i)*20*ms)
	}
	if b := r.Block(0); b.Jitter != 0 {
		t.Errorf("jitter %d after the sender's clock jumped", b.Jitter)
	}
}

func TestReceiverNamesTheLastSenderReport(t *testing.T) {
	r := NewReceiver(48000)
	if b := r.Block(0); b != (Block{}) {
		t.Errorf("a stream without packets reports %+v", b)
	}
	feed(r, 0, 2, nil)
	if b := r.Block(5000 * ms); b.LastSR != 0 || b.DelaySinceLastSR != 0 {
		t.Errorf("names a sender report that never came: %+v", b)
	}
	r.SenderReport(0x1122334455667788, 1000*ms)
	if b := r.Block(1500 * ms); b.LastSR != 0x33445566 || b.DelaySinceLastSR != 1<<15 {
		t.Errorf("%+v, want LastSR 33445566 and half a second", b)
	}
}

func TestReceiverClampsTotalLost(t *testing.T) {
	r := NewReceiver(48000)
	for i := range 5000 {
		r.Packet(uint16(i*2900), 0, 0)
	}
	if b := r.Block(0); b.TotalLost != maxLost || b.FractionLost != 255 {
		t.Errorf("%+v, want 24 bits' worth", b)
	}
}

func TestReceiverDoesNotAllocate(t *testing.T) {
	r, seq := NewReceiver(90000), uint16(0)
	if n := testing.AllocsPerRun(1000, func() {
		seq++
		r.Packet(seq, uint32(seq)*3000, int64(seq)*ms)
		r.Block(int64(seq) * ms)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// FuzzReceiver checks that whatever comes, the figures stay within their fields and nothing panics.
func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 1, 255, 0, 128, 0, 0, 0, 128, 1, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReceiver(90000)
		for i := 0; i+3 < len(data); i += 4 {
			ts := uint32(binary.BigEndian.Uint16(data[i+2:])) << 16
			r.Packet(binary.BigEndian.Uint16(data[i:]), ts, int64(i)*ms)
			b := r.Block(int64(i) * ms)
			if b.TotalLost > maxLost {
				t.Fatalf("%d lost does not fit in 24 bits", b.TotalLost)
			}
			if uint16(b.LastSequence) != r.highest {
				t.Fatalf("last sequence %d, highest %d", b.LastSequence, r.highest)
			}
		}
	})
}

func BenchmarkReceiverPacket(b *testing.B) {
	r := NewReceiver(90000)
	b.ReportAllocs()
	for i := range b.N {
		r.Packet(uint16(i), uint32(i/8)*3000, int64(i)*ms)
	}
}
