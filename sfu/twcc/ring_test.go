package twcc

import (
	"math/rand"
	"slices"
	"testing"

	"tablee/sfu/rtcp"
)

// feedback makes feedback about packets from base on. The deltas are in units.
func feedback(t testing.TB, base uint16, reference uint32, deltas ...rtcp.Delta) rtcp.TransportFeedback {
	t.Helper()
	var it rtcp.Iterator
	it.Reset(rtcp.AppendTransportFeedback(nil, rtcp.FeedbackInfo{Base: base, Reference: reference}, deltas))
	if !it.Next() {
		t.Fatal(it.Err())
	}
	return it.TransportFeedback()
}

func TestRingTellsWhatBecameOfPackets(t *testing.T) {
	var r Ring
	for i := range 4 {
		if seq := r.Sent(int64(i)*ms, 100+i, uint8(i)); seq != uint16(i) {
			t.Fatalf("packet %d has the number %d", i, seq)
		}
	}
	got := r.Feedback(feedback(t, 0, 10, 4, rtcp.Lost, 8, -4), 50*ms, nil)
	want := []Ack{
		{SentAt: 0, ArrivedAt: 641 * ms, Seq: 0, Size: 100, Kind: 0, Received: true},
		{SentAt: 1 * ms, Seq: 1, Size: 101, Kind: 1},
		{SentAt: 2 * ms, ArrivedAt: 643 * ms, Seq: 2, Size: 102, Kind: 2, Received: true},
		{SentAt: 3 * ms, ArrivedAt: 642 * ms, Seq: 3, Size: 103, Kind: 3, Received: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v,\nwant %+v", got, want)
	}
	// The lost one came late; the rest is said twice.
	got = r.Feedback(feedback(t, 1, 11, 0, 1, 1), 60*ms, nil)
	want = []Ack{{SentAt: 1 * ms, ArrivedAt: 704 * ms, Seq: 1, Size: 101, Kind: 1, Received: true, WasLost: true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v,\nwant %+v", got, want)
	}
	if got := r.Stats(); got != (Stats{Sent: 4, Received: 4, Lost: 1, Recovered: 1, Repeated: 2}) {
		t.Errorf("%+v", got)
	}
}

func TestRingIgnoresWhatItDidNotSend(t *testing.T) {
	var r Ring
	if got := r.Feedback(feedback(t, 0, 1, 1), 0, nil); len(got) != 0 {
		t.Errorf("before anything was sent: %+v", got)
	}
	for range Size + 10 {
		r.Sent(0, 1, 0)
	}
	// 8 and 9 have been written over, 10 is the oldest.
	if got := r.Feedback(feedback(t, 8, 1, 1, rtcp.Lost, 1), 0, nil); len(got) != 1 || got[0].Seq != 10 {
		t.Errorf("%+v, want 10", got)
	}
	if got := r.Feedback(feedback(t, Size+9, 1, 1, 1), 0, nil); len(got) != 1 || got[0].Seq != Size+9 {
		t.Errorf("%+v, want the last only", got)
	}
	if got := r.Stats(); got != (Stats{Sent: Size + 10, Received: 2, Unknown: 4, Forgotten: 10}) {
		t.Errorf("%+v", got)
	}
	var young Ring
	young.Sent(0, 1<<20, 0)
	if got := young.Feedback(feedback(t, 65535, 1, 1), 0, nil); len(got) != 0 || young.Stats().Unknown != 1 {
		t.Errorf("the number before the first: %+v", got)
	}
	if got := young.Feedback(feedback(t, 0, 1, 1), 0, nil); len(got) != 1 || got[0].Size != 65535 {
		t.Errorf("a packet larger than any: %+v", got)
	}
}

func TestRingBoundsArrivalTimes(t *testing.T) {
	var r Ring
	for range 20 {
		r.Sent(0, 1, 0)
	}
	at := func(now int64, f rtcp.TransportFeedback) (ms []int64) {
		for _, a := range r.Feedback(f, now, nil) {
			ms = append(ms, a.ArrivedAt/1e6)
		}
		return ms
	}
	// Reference times, in units of 64 ms, wrap.
	if got := at(0, feedback(t, 0, 1<<24-1, 0)); !slices.Equal(got, []int64{(1<<24 - 1) * 64}) {
		t.Errorf("%v", got)
	}
	if got := at(128*ms, feedback(t, 1, 1, 0)); !slices.Equal(got, []int64{(1<<24 + 1) * 64}) {
		t.Errorf("%v over the wrap", got)
	}
	// An hour in a second: the clock goes on from where it should be, and is followed from there.
	if got := at(1128*ms, feedback(t, 2, 56250, 0, 40)); !slices.Equal(got, []int64{(1<<24+1)*64 + 1000, (1<<24+1)*64 + 1010}) {
		t.Errorf("%v after a jump", got)
	}
	if got := at(1192*ms, feedback(t, 4, 56251, 0)); !slices.Equal(got, []int64{(1<<24+1)*64 + 1064}) {
		t.Errorf("%v after the jump", got)
	}
	// Deltas that add up to more than 10 s: what goes beyond is not believed, what comes back is.
	if got := at(1192*ms, feedback(t, 5, 56251, 0, 30000, 20000, -20000)); !slices.Equal(got, []int64{(1<<24+1)*64 + 1064, (1<<24+1)*64 + 8564, (1<<24+1)*64 + 8564}) {
		t.Errorf("%v from absurd deltas", got)
	}
	if got := at(1192*ms, feedback(t, 9, 56251, 0, -30000, -20000, 20000)); !slices.Equal(got, []int64{(1<<24+1)*64 + 1064, (1<<24+1)*64 - 6436, (1<<24+1)*64 - 6436}) {
		t.Errorf("%v from absurd deltas backwards", got)
	}
	if got := r.Stats(); got.Jumps != 1 || got.Absurd != 2 || got.Received != 11 {
		t.Errorf("%+v", got)
	}
}

// Over a lossy, reordering path, both ends agree: everything that came is acknowledged once, with its size and its time.
func TestBothEnds(t *testing.T) {
	rnd := rand.New(rand.NewSource(11))
	var ring Ring
	var rec Recorder
	const packets, shift = 50000, 7777 * ms // of the receiver's clock
	type flight struct {
		n  int
		at int64
	}
	var air []flight
	arrived, acked := map[int]int64{}, map[int]int64{}
	now := int64(0)
	report := func() {
		var it rtcp.Iterator
		for it.Reset(rec.Append(nil, 1, 2, 300)); it.Next(); {
			newest := int64(ring.next) - 1
			for _, a := range ring.Feedback(it.TransportFeedback(), now, nil) {
				n := int(newest - int64(uint16(newest)-a.Seq))
				if a.Size != uint16(n%1200) || a.Kind != uint8(n%7) || a.SentAt/ms != int64(n) {
					t.Fatalf("packet %d: %+v", n, a)
				}
				if _, twice := acked[n]; twice {
					t.Fatalf("packet %d is acknowledged twice", n)
				}
				if a.Received {
					acked[n] = a.ArrivedAt
				}
			}
		}
	}
	for n := range packets + 100 {
		now += ms
		if n < packets {
			ring.Sent(int64(n)*ms, n%1200, uint8(n%7))
			if rnd.Intn(10) > 0 {
				air = append(air, flight{n, now + 20*ms + rnd.Int63n(30*ms)})
			}
		}
		air = slices.DeleteFunc(air, func(f flight) bool {
			if f.at > now {
				return false
			}
			rec.Record(uint16(f.n), f.at+shift)
			arrived[f.n] = f.at + shift
			return true
		})
		if n%50 == 0 {
			report()
		}
	}
	report()
	if len(acked) != len(arrived) {
		t.Errorf("%d packets acknowledged, %d arrived", len(acked), len(arrived))
	}
	for n, at := range arrived {
		if d := acked[n] - at; d > unit/2 || d < -unit/2 {
			t.Fatalf("packet %d arrived at %d, acknowledged for %d", n, at, acked[n])
		}
	}
	s := ring.Stats()
	if s.Received != uint64(len(arrived)) || s.Lost-s.Recovered+s.Received+s.Forgotten > packets || s.Recovered == 0 || s.Unknown+s.Absurd+s.Jumps != 0 {
		t.Errorf("%+v", s)
	}
}

func TestRingDoesNotAllocate(t *testing.T) {
	var ring Ring
	var rec Recorder
	b, acks := make([]byte, 0, 1500), make([]Ack, 0, Size)
	now := int64(0)
	if n := testing.AllocsPerRun(500, func() {
		for i := range 50 {
			now += ms
			if seq := ring.Sent(now, 1000, 1); i%10 > 0 {
				rec.Record(seq, now+30*ms)
			}
		}
		b = rec.Append(b[:0], 1, 2, 1200)
		var it rtcp.Iterator
		for it.Reset(b); it.Next(); {
			acks = ring.Feedback(it.TransportFeedback(), now, acks[:0])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if s := ring.Stats(); s.Received < 20000 {
		t.Errorf("nothing was measured: %+v", s)
	}
}

// FuzzRing sends packets and takes feedback, any bytes: whatever it says, each packet is acknowledged at most once, with
// what was sent and a time that the clocks allow, and every status is counted once.
func FuzzRing(f *testing.F) {
	fb := rtcp.AppendTransportFeedback(nil, rtcp.FeedbackInfo{Base: 65530, Reference: 5}, []rtcp.Delta{1, rtcp.Lost, 1, 300, 1, 1, 1, 1, rtcp.Lost})
	f.Add(append(fb, fb...), uint16(10), uint16(20))
	f.Add(rtcp.AppendTransportFeedback(nil, rtcp.FeedbackInfo{Base: 3}, []rtcp.Delta{1, rtcp.MaxDelta, rtcp.MaxDelta, rtcp.MaxDelta, -5}), uint16(5000), uint16(7))
	f.Fuzz(func(t *testing.T, b []byte, before, between uint16) {
		var r Ring
		now, n := int64(0), 0
		send := func(count uint16) {
			for range count {
				now += ms
				r.Sent(now, n%100, uint8(n))
				n++
			}
		}
		send(before)
		acked := map[int64]bool{}
		var it rtcp.Iterator
		for it.Reset(b); it.Next(); send(between % 512) {
			if it.Kind() != rtcp.KindTransportFeedback {
				continue
			}
			s := r.Stats()
			acks := r.Feedback(it.TransportFeedback(), now, nil)
			if len(acks) > Size {
				t.Fatalf("%d acknowledgements", len(acks))
			}
			for _, a := range acks {
				at := a.SentAt/ms - 1
				if at < 0 || at >= int64(n) || uint16(at) != a.Seq || a.Size != uint16(at%100) || a.Kind != uint8(at) {
					t.Fatalf("never sent: %+v", a)
				}
				if a.Received && acked[at] {
					t.Fatalf("acknowledged twice: %+v", a)
				}
				acked[at] = acked[at] || a.Received
				if off := a.ArrivedAt - r.clock.arrived; a.Received && (off > maxSkew || off < -maxSkew) {
					t.Fatalf("arrived %d ns from where the clock is", off)
				}
			}
			e := r.Stats()
			counted := e.Received - s.Received + e.Lost - s.Lost + e.Repeated - s.Repeated + e.Unknown - s.Unknown + e.Absurd - s.Absurd
			if counted > uint64(it.TransportFeedback().Len()) || e.Received > e.Sent {
				t.Fatalf("%d statuses were counted of %d: %+v", counted, it.TransportFeedback().Len(), e)
			}
		}
	})
}

// BenchmarkRing is 50 packets sent and the feedback about them: per feedback.
func BenchmarkRing(b *testing.B) {
	var r Ring
	deltas := make([]rtcp.Delta, 50)
	for i := range deltas {
		deltas[i] = rtcp.Delta(i % 9)
	}
	buf, acks := make([]byte, 0, 1500), make([]Ack, 0, Size)
	now := int64(0)
	var it rtcp.Iterator
	b.ReportAllocs()
	for b.Loop() {
		base := uint16(r.next)
		for range 50 {
			r.Sent(now, 1000, 1)
		}
		now += 100 * ms
		it.Reset(rtcp.AppendTransportFeedback(buf, rtcp.FeedbackInfo{Base: base, Reference: uint32(now / (256 * unit))}, deltas))
		it.Next()
		acks = r.Feedback(it.TransportFeedback(), now, acks[:0])
	}
	if s := r.Stats(); s.Received != s.Sent {
		b.Errorf("%+v", s)
	}
}
