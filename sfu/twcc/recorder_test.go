package twcc

import (
	"cmp"
	"math/rand"
	"slices"
	"testing"

	piontwcc "github.com/pion/interceptor/pkg/twcc"

	"tablee/sfu/rtcp"
)

const ms = int64(1e6)

// told is what one feedback packet says.
type told struct {
	count    uint8
	statuses []rtcp.Status
}

// read reads the feedback packets in b.
func read(t testing.TB, b []byte) (all []told) {
	t.Helper()
	var it rtcp.Iterator
	it.Reset(b)
	for it.Next() {
		f := it.TransportFeedback()
		one := told{count: f.Count()}
		s := f.Statuses()
		for st, ok := s.Next(); ok; st, ok = s.Next() {
			one.statuses = append(one.statuses, st)
		}
		all = append(all, one)
	}
	if it.Err() != nil {
		t.Fatalf("cannot be read: %v", it.Err())
	}
	return all
}

// sequence returns what all feedback packets in b say, as a string of + and - after the first number.
func sequence(t *testing.T, b []byte) (first uint16, s string) {
	t.Helper()
	for _, one := range read(t, b) {
		for _, st := range one.statuses {
			if s == "" {
				first = st.Seq
			}
			if st.Received {
				s += "+"
			} else {
				s += "-"
			}
		}
	}
	return first, s
}

func TestRecorderReports(t *testing.T) {
	for _, c := range []struct {
		name  string
		seqs  []uint16
		first uint16
		want  string
	}{
		{"in order", []uint16{1, 2, 3}, 1, "+++"},
		{"losses", []uint16{1, 3, 7}, 1, "+-+---+"},
		{"over the wrap", []uint16{65534, 65535, 1}, 65534, "++-+"},
		{"out of order", []uint16{5, 4, 7, 6, 3}, 3, "+++++"},
		{"repeats", []uint16{5, 5, 6, 5, 6}, 5, "++"},
		{"a jump ahead", []uint16{5, 6, 5000}, 3977, "+"},
		{"a stray number far behind", []uint16{5000, 6, 5001}, 5000, "++"},
		{"a stray zero far behind", []uint16{5000, 0, 5001}, 5000, "++"},
		{"a new beginning far behind", []uint16{5000, 6, 7, 8}, 7, "++"},
	} {
		var r Recorder
		for i, seq := range c.seqs {
			r.Record(seq, int64(i)*ms)
		}
		first, got := sequence(t, r.Append(nil, 1, 2, 1200))
		if c.name == "a jump ahead" { // the window is full of losses, then there is one that came
			if first != c.first || len(got) != Window || got[Window-1] != '+' {
				t.Errorf("%s: %d statuses from %d, want %d from %d", c.name, len(got), first, Window, c.first)
			}
		} else if first != c.first || got != c.want {
			t.Errorf("%s: %s from %d, want %s from %d", c.name, got, first, c.want, c.first)
		}
		if r.Pending() || len(r.Append(nil, 1, 2, 1200)) != 0 {
			t.Errorf("%s: the same is reported again", c.name)
		}
	}
}

func TestRecorderReportsALatePacketAndWhatFollowsIt(t *testing.T) {
	var r Recorder
	for _, seq := range []uint16{10, 12, 13} {
		r.Record(seq, 100*ms)
	}
	sequence(t, r.Append(nil, 1, 2, 1200))
	r.Record(14, 150*ms)
	r.Record(11, 151*ms)
	if first, got := sequence(t, r.Append(nil, 1, 2, 1200)); first != 11 || got != "++++" {
		t.Errorf("%s from %d, want ++++ from 11", got, first)
	}
}

func TestRecorderSplits(t *testing.T) {
	var r Recorder
	for i := range 300 {
		r.Record(uint16(i), int64(i)*100*ms) // large deltas
	}
	all := read(t, r.Append(nil, 1, 2, 200))
	n := 0
	for i, one := range all {
		n += len(one.statuses)
		if one.count != uint8(i) {
			t.Errorf("packet %d has the number %d", i, one.count)
		}
	}
	if n != 300 || len(all) < 4 || len(all) > 6 {
		t.Errorf("%d statuses in %d packets", n, len(all))
	}
	r.Record(1200, 30000*ms)
	if b := r.Append(nil, 1, 2, 32); len(b) > 32 || len(read(t, b)) != 1 || len(read(t, b)[0].statuses) != 901 {
		t.Errorf("%x after 900 losses, which fit into one chunk", b)
	}
	r.Record(1201, 60000*ms)
	r.Record(1202, 70000*ms) // more than a delta can say
	if all := read(t, r.Append(nil, 1, 2, 1200)); len(all) != 2 {
		t.Errorf("%d packets for arrivals 10 s apart", len(all))
	}
}

// arrivals makes a stream with losses, repeats, late packets and pauses; visit gets each in order of arrival.
func arrivals(rnd *rand.Rand, n int, visit func(seq uint16, at int64)) {
	type flight struct {
		seq uint16
		at  int64
	}
	var air []flight
	at, seq := 100*ms, uint16(rnd.Uint32())
	for range n {
		seq++
		at += rnd.Int63n(4 * ms)
		if rnd.Intn(500) == 0 {
			at += rnd.Int63n(3000 * ms)
		}
		if rnd.Intn(10) == 0 {
			seq += uint16(rnd.Intn(20))
		}
		f := flight{seq, at + rnd.Int63n(1+int64(rnd.Intn(2))*20*ms)}
		air = append(air, f)
		if rnd.Intn(20) == 0 {
			air = append(air, flight{seq, f.at + rnd.Int63n(10*ms)})
		}
	}
	slices.SortStableFunc(air, func(a, b flight) int { return cmp.Compare(a.at, b.at) })
	for _, f := range air {
		visit(f.seq, f.at)
	}
}

// collected gathers what feedback says over time: when each position arrived, in units.
type collected struct {
	newest   int64
	received map[int64]uint32
	spoken   map[int64]bool
}

func (c *collected) add(t *testing.T, b []byte) {
	for _, one := range read(t, b) {
		for _, st := range one.statuses {
			at := c.newest + int64(int16(st.Seq-uint16(c.newest)))
			c.newest = max(c.newest, at)
			c.spoken[at] = true
			if before, ok := c.received[at]; st.Received {
				if ok && before-st.Arrival+1 > 2 {
					t.Fatalf("packet %d arrived at %d, and at %d", at, before, st.Arrival)
				}
				c.received[at] = st.Arrival
			}
		}
	}
}

func TestRecorderSaysWhatPionSays(t *testing.T) {
	rnd := rand.New(rand.NewSource(10))
	for range 30 {
		var r Recorder
		p := piontwcc.NewRecorder(1)
		ours := collected{1 << 20, map[int64]uint32{}, map[int64]bool{}}
		theirs := collected{1 << 20, map[int64]uint32{}, map[int64]bool{}}
		report := func() {
			ours.add(t, r.Append(nil, 1, 2, 1200))
			for _, pkt := range p.BuildFeedbackPacket() {
				b, err := pkt.Marshal()
				if err != nil {
					t.Fatal(err)
				}
				theirs.add(t, b)
			}
			if len(ours.received) != len(theirs.received) {
				t.Fatalf("%d packets came, Pion says %d", len(ours.received), len(theirs.received))
			}
		}
		due := int64(0)
		arrivals(rnd, 3000, func(seq uint16, at int64) {
			r.Record(seq, at)
			p.Record(2, seq, at/1000)
			if at >= due {
				due = at + 100*ms
				report()
			}
		})
		report()
		for at, want := range theirs.received {
			if got, ok := ours.received[at]; !ok || got-want+1 > 2 { // 250 µs either way
				t.Fatalf("packet %d came at %d, %v; Pion says %d", at, got, ok, want)
			}
		}
		for at := range theirs.spoken {
			if !ours.spoken[at] {
				t.Fatalf("nothing was said of packet %d", at)
			}
		}
	}
}

func TestRecorderDoesNotAllocate(t *testing.T) {
	var r Recorder
	dst := make([]byte, 0, 1500)
	seq, now := uint16(0), int64(0)
	if n := testing.AllocsPerRun(500, func() {
		for i := range 50 {
			seq += 1 + uint16(i%10/9)
			now += 2 * ms
			r.Record(seq, now)
		}
		r.Append(dst, 1, 2, 1200)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzRecorder checks against a plain map that only what came is reported as received, with its time, that sizes are
// kept, and that reports end.
func FuzzRecorder(f *testing.F) {
	f.Add([]byte{0, 1, 4, 0, 2, 4, 0, 9, 200, 0, 5, 1, 128, 0, 255, 0, 6, 1, 0, 7, 1}, uint8(200))
	f.Add([]byte{255, 255, 4, 0, 0, 4, 8, 0, 255, 15, 255, 255}, uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, limit uint8) {
		var r Recorder
		maxBytes := 32 + 8*int(limit)
		came := map[uint16][]uint32{} // all its arrivals
		now := int64(0)
		for ; len(data) >= 3; data = data[3:] {
			seq := uint16(data[0])<<8 | uint16(data[1])
			now += int64(data[2]) * int64(data[2]) * ms
			r.Record(seq, now)
			came[seq] = append(came[seq], uint32((now+unit/2)/unit))
			if data[2]%4 != 0 {
				continue
			}
			b := r.Append(nil, 1, 2, maxBytes)
			packets := read(t, b)
			if r.Pending() || len(b) > len(packets)*maxBytes || len(packets) > Window {
				t.Fatalf("%d bytes in %d packets of %d; pending: %v", len(b), len(packets), maxBytes, r.Pending())
			}
			for _, one := range packets {
				if n := len(one.statuses); n == 0 || !one.statuses[n-1].Received {
					t.Fatalf("feedback that does not end with an arrival: %+v", one)
				}
				for _, st := range one.statuses {
					if st.Received && !slices.Contains(came[st.Seq], st.Arrival) {
						t.Fatalf("%+v, but it came at %v", st, came[st.Seq])
					}
				}
			}
		}
	})
}

// BenchmarkRecorder is 50 packets with a loss, and the feedback about them: per feedback.
func BenchmarkRecorder(b *testing.B) {
	var r Recorder
	dst := make([]byte, 0, 1500)
	seq, now := uint16(0), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for range 50 {
			seq++
			now += 2 * ms
			r.Record(seq, now)
		}
		seq++
		r.Append(dst, 1, 2, 1200)
	}
}

func BenchmarkRecorderPion(b *testing.B) {
	r := piontwcc.NewRecorder(1)
	seq, now := uint16(0), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for range 50 {
			seq++
			now += 2 * ms
			r.Record(2, seq, now/1000)
		}
		seq++
		for _, p := range r.BuildFeedbackPacket() {
			if _, err := p.Marshal(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
