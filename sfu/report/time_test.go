package report

import (
	"math/rand"
	"testing"
)

func TestRTT(t *testing.T) {
	for _, c := range []struct {
		name               string
		lastSR, delay, now uint32
		rtt                int64
		ok                 bool
	}{
		// The example of RFC 3550, figure 2: 0xb705:2000 sent, 5.25 s held, back at 0xb710:8000.
		{"RFC 3550", 0xb7052000, 0x00054000, 0xb7108000, 6125 * ms, true},
		{"no sender report", 0, 5, 1 << 20, 0, false},
		{"at once", 7, 0, 7, 0, true},
		{"over the wrap of 18 hours", 0xffff8000, 0x4000, 0x8000, 750 * ms, true},
		{"held longer than it was away", 1 << 20, 1 << 16, 1<<20 + 100, 0, false},
		{"a stale report", 1 << 16, 0, 100 << 16, 0, false},
	} {
		if rtt, ok := RTT(c.lastSR, c.delay, c.now); rtt != c.rtt || ok != c.ok {
			t.Errorf("%s: RTT = %v ms, %v, want %v ms, %v", c.name, rtt/ms, ok, c.rtt/ms, c.ok)
		}
	}
}

func TestNTP(t *testing.T) {
	for _, c := range []struct {
		unix int64
		want uint64
	}{
		{0, 2208988800 << 32},
		{500 * ms, 2208988800<<32 | 1<<31},
		{1700000000*second + 1, 3908988800<<32 | 4},
	} {
		if got := NTP(c.unix); got != c.want {
			t.Errorf("NTP(%d) = %x, want %x", c.unix, got, c.want)
		}
	}
	if got := Middle(0x1122334455667788); got != 0x33445566 {
		t.Errorf("Middle = %x", got)
	}
}

func TestUnitsDoNotOverflow(t *testing.T) {
	rnd := rand.New(rand.NewSource(6))
	for range 10000 {
		ns := rnd.Int63n(365 * 24 * 3600 * second)
		step := units(ns+20*ms, 90000) - units(ns, 90000)
		if step < 1799 || step > 1801 {
			t.Fatalf("20 ms after %d ns are %d ticks", ns, step)
		}
	}
}

// A report and its answer give the round trip back, whatever the clocks and the delays.
func TestRTTOfAnExchange(t *testing.T) {
	rnd := rand.New(rand.NewSource(7))
	for range 1000 {
		start := rnd.Int63n(1<<31) * second
		there, hold, back := rnd.Int63n(second), rnd.Int63n(5*second), rnd.Int63n(second)
		r := NewReceiver(48000)
		r.Packet(1, 0, 0)
		r.SenderReport(NTP(start), 0)
		b := r.Block(hold)
		rtt, ok := RTT(b.LastSR, b.DelaySinceLastSR, Middle(NTP(start+there+hold+back)))
		if want := there + back; !ok && want > ms || ok && (rtt > want+ms || rtt < want-ms) {
			t.Fatalf("round trip %v ms, %v, want %v ms", rtt/ms, ok, want/ms)
		}
	}
}
