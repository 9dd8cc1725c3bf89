package history

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

const ms = int64(1e6)

func TestMissingAsksAfterTheReorderTolerance(t *testing.T) {
	var m Missing
	m.Seen(10, 0)
	m.Seen(13, 0)
	if got := m.Due(10*ms, 0, nil); len(got) != 0 {
		t.Errorf("asked for %v after 10 ms: it may just be late", got)
	}
	if !m.Seen(11, 12*ms) {
		t.Error("the late packet is not fresh")
	}
	if got := m.Due(20*ms, 0, nil); !slices.Equal(got, []uint16{12}) {
		t.Errorf("asked for %v, want [12]", got)
	}
	if got := m.Due(21*ms, 0, nil); len(got) != 0 {
		t.Errorf("asked for %v again at once", got)
	}
	if !m.Pending() {
		t.Error("nothing pending although 12 never came")
	}
	if m.Seen(12, 60*ms); m.Pending() {
		t.Error("still pending although 12 came")
	}
}

func TestMissingAsksAgainEverMoreSlowlyAndGivesUp(t *testing.T) {
	for _, c := range []struct {
		rtt  int64
		want []int64 // when it is asked for, in ms, with calls every 5 ms
	}{
		{0, []int64{15, 65, 140, 255, 425}},
		{100 * ms, []int64{15, 115, 265, 490, 830}},
		{300 * ms, []int64{15, 315, 765}}, // the fourth would be too late
		{1 << 62, []int64{15}},
	} {
		t.Run(fmt.Sprint(c.rtt/ms), func(t *testing.T) {
			var m Missing
			m.Seen(1, 0)
			m.Seen(3, 0)
			var got []int64
			for at := int64(0); at < 3000; at += 5 {
				if seqs := m.Due(at*ms, c.rtt, nil); len(seqs) > 0 {
					got = append(got, at)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("asked at %v ms, want %v", got, c.want)
			}
			if m.Pending() {
				t.Error("has not given up")
			}
		})
	}
}

func TestMissingAsksForAtMost64AtATime(t *testing.T) {
	var m Missing
	m.Seen(0, 0)
	m.Seen(101, 0)
	first := m.Due(20*ms, 0, nil)
	second := m.Due(21*ms, 0, nil)
	if len(first) != MaxAsk || first[0] != 1 || len(second) != 36 || second[35] != 100 {
		t.Errorf("asked for %d from %d, then for %d", len(first), first[0], len(second))
	}
}

func TestMissingGivesUpHugeGapsAndOldOnes(t *testing.T) {
	var m Missing
	m.Seen(0, 0)
	m.Seen(2, 0)
	m.Seen(2+MaxGap+2, 0)
	if m.Pending() {
		t.Error("asks for a gap that only a key frame can repair")
	}
	m.Seen(2+MaxGap+2+MaxGap+1, 0) // the largest gap that is asked for
	got := m.Due(20*ms, 0, nil)
	got = append(got, m.Due(20*ms, 0, nil)...)
	if len(got) != MaxPending || got[MaxPending-1] != 2+MaxGap+2+MaxGap {
		t.Errorf("asked for %d packets up to %d, want the newest %d", len(got), got[len(got)-1], MaxPending)
	}
	m.Seen(2000, 30*ms)
	if m.Due(2000*ms, 0, nil); m.Pending() {
		t.Error("remembers a gap of two seconds ago")
	}
}

func TestMissingRecognisesRepeats(t *testing.T) {
	var m Missing
	for i := range 70000 {
		seq := uint16(i)
		if !m.Seen(seq, 0) {
			t.Fatalf("packet %d is not fresh", i)
		}
		if m.Seen(seq, 0) {
			t.Fatalf("the repeat of packet %d is fresh", i)
		}
		if i > 100 && m.Seen(seq-100, 0) {
			t.Fatalf("the late repeat of packet %d is fresh", i-100)
		}
	}
	if m.Seen(uint16(70000-2*Window), 0) {
		t.Error("a packet older than the window is fresh")
	}
	if m.Pending() {
		t.Error("something is missing from a perfect stream")
	}
}

func TestMissingFollowsAJump(t *testing.T) {
	for _, to := range []uint16{1200, 20000, 32000, 40000, 60000} {
		t.Run(fmt.Sprint(to), func(t *testing.T) {
			var m Missing
			for i := range 50 {
				m.Seen(uint16(1000+i), 0)
			}
			refused := 0
			for i := range 100 {
				if !m.Seen(to+uint16(i), 0) {
					refused++
				}
			}
			if refused > 1 {
				t.Errorf("%d packets after the jump were refused", refused)
			}
		})
	}
}

// Over a lossy, reordering path with retransmission, everything comes in the end, once each.
func TestMissingRepairsALossyStream(t *testing.T) {
	rnd := rand.New(rand.NewSource(2))
	const total, rtt = 20000, 40 * ms
	var m Missing
	type flight struct {
		seq uint16
		at  int64
	}
	var air []flight
	got := map[int]int{}
	fresh := 0
	for i := range total + 2000 {
		now := int64(i) * 5 * ms
		if i < total && rnd.Intn(100) >= 10 || i == 0 {
			air = append(air, flight{uint16(i), now + int64(rnd.Intn(12))*ms})
		}
		for _, seq := range m.Due(now, rtt, nil) {
			if rnd.Intn(100) >= 19 { // lost on either way
				air = append(air, flight{seq, now + rtt})
			}
		}
		air = slices.DeleteFunc(air, func(f flight) bool {
			if f.at > now {
				return false
			}
			if m.Seen(f.seq, now) {
				fresh++
			}
			got[int(f.seq)]++
			return true
		})
	}
	if lost := total - fresh; lost > total/1000 || lost < 0 {
		t.Errorf("%d of %d packets were not repaired (10 %% loss, five tries)", lost, total)
	}
}

func TestMissingDoesNotAllocate(t *testing.T) {
	var m Missing
	dst, seq, now := make([]uint16, 0, MaxAsk), uint16(0), int64(0)
	if n := testing.AllocsPerRun(5000, func() {
		seq += 1 + seq%3/2
		now += 5 * ms
		m.Seen(seq, now)
		dst = m.Due(now, 50*ms, dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// FuzzMissing checks against a plain model that nothing is asked for that has come, and that no packet is fresh twice.
func FuzzMissing(f *testing.F) {
	f.Add([]byte{0, 1, 0, 4, 0, 2, 0, 4, 128, 9, 128, 10})
	f.Add([]byte{255, 254, 0, 3, 255, 255, 100, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var m Missing
		came := map[int64]bool{} // by position
		for i := 0; i+1 < len(data); i += 2 {
			seq, now := binary.BigEndian.Uint16(data[i:]), int64(i)*7*ms
			newest := m.order.newest
			fresh := m.Seen(seq, now)
			at := m.order.place(seq)
			if m.order.newest-newest >= 1<<15 {
				clear(came) // the stream began, or began again
			}
			if fresh && came[at] {
				t.Fatalf("packet %d is fresh twice", seq)
			}
			if fresh {
				came[at] = true
			}
			due := m.Due(now, int64(data[i])*ms, nil)
			if len(due) > MaxAsk {
				t.Fatalf("asks for %d packets", len(due))
			}
			for _, s := range due {
				if came[m.order.place(s)] {
					t.Fatalf("asks for packet %d, which came", s)
				}
			}
		}
	})
}

func BenchmarkMissing(b *testing.B) {
	var m Missing
	dst, seq := make([]uint16, 0, MaxAsk), uint16(0)
	b.ReportAllocs()
	for i := range b.N {
		seq++
		if i%20 == 0 {
			seq++ // 5 % loss
		}
		now := int64(i) * 5 * ms
		m.Seen(seq, now)
		if i%4 == 0 {
			dst = m.Due(now, 50*ms, dst[:0])
		}
	}
}

// What is lacking next to the newest is told from what came, from what is too old, and from another stream's numbers.
func TestLacks(t *testing.T) {
	var m Missing
	if m.Lacks(5, 8) {
		t.Error("something lacks before anything came")
	}
	for _, seq := range []uint16{65530, 65531, 65534, 1} {
		m.Seen(seq, 0)
	}
	for seq, want := range map[uint16]bool{65529: false, 65530: false, 65531: false, 65532: true, 65533: true, 65534: false, 65535: true, 0: true, 1: false,
		2: true, 1 + MaxGap: true, 2 + MaxGap: false, 30000: false} {
		if got := m.Lacks(seq, 8); got != want {
			t.Errorf("%d lacks: %v, want %v", seq, got, want)
		}
	}
	if m.Lacks(65532, 4) {
		t.Error("one that is too old")
	}
}
