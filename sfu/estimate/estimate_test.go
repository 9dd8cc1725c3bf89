package estimate

import (
	"encoding/binary"
	"math"
	"testing"
)

// feed sends count packets a second of size bytes over a perfect line for a while, in feedback every 50 ms.
func feed(e *Estimator, from, length int64, count, size int, received bool) int64 {
	var packets []Packet
	each := second / int64(count)
	for now := from; now < from+length; now += 50 * millisecond {
		packets = packets[:0]
		for at := now; at < now+50*millisecond; at += each {
			packets = append(packets, Packet{SentAt: at, ArrivedAt: at + 20*millisecond, Size: size, Received: received})
		}
		e.Feedback(now+70*millisecond, 40*millisecond, packets)
		e.Tick(now+70*millisecond, 0)
	}
	return from + length
}

// What does not fill the line teaches nothing: neither more nor less.
func TestLittleTrafficChangesNothing(t *testing.T) {
	e := New(Config{Start: 3_000_000}, 0)
	e.Demand(200_000, 0)
	feed(e, 0, 600*second, 50, 138, true)
	got := e.Estimate()
	if got.Rate != 3_000_000 || !got.Limited || got.Reason != Enough {
		t.Errorf("after ten minutes of one voice: %+v", got)
	}
	if _, ok := e.Probe(600 * second); ok {
		t.Error("it probes for what nobody wants")
	}
}

// A jump of demand asks for a probe at once, large enough for what is wanted next, and only once.
func TestProbeBeforeAStepUp(t *testing.T) {
	e := New(Config{Start: 500_000}, 0)
	e.Demand(100_000, 0)
	now := feed(e, 0, 5*second, 50, 138, true)
	e.Demand(2_000_000, 1_300_000)
	now = feed(e, now, 100*millisecond, 50, 138, true)
	p, ok := e.Probe(now)
	if !ok || p.Rate < 1_300_000 || p.Rate > 1_500_000 || p.Packets < probePackets || p.Bytes < 5000 {
		t.Fatalf("asked for %+v, %v", p, ok)
	}
	if again, ok := e.Probe(now); ok {
		t.Errorf("asked twice: %+v", again)
	}
	var packets []Packet
	size := p.Bytes/p.Packets + 1
	each := int64(size) * 8 * second / int64(p.Rate)
	for i := range int64(p.Packets) {
		at := now + i*each
		packets = append(packets, Packet{SentAt: at, ArrivedAt: at + 20*millisecond, Size: size, Received: true, Probe: true})
	}
	e.Feedback(now+300*millisecond, 40*millisecond, packets)
	if got := e.Estimate(); got.Rate < p.Rate*85/100 || got.Rate > p.Rate || got.Reason != Probed && got.Reason != Limited {
		t.Errorf("a probe of %d that arrived as it left gives %+v", p.Rate, got)
	}
}

// A probe that was planned for what nobody wants any more is not sent.
func TestProbeIsCalledOff(t *testing.T) {
	e := New(Config{Start: 500_000}, 0)
	e.Demand(2_000_000, 0)
	now := feed(e, 0, second, 50, 138, true)
	e.Demand(300_000, 0)
	if p, ok := e.Probe(now); ok {
		t.Errorf("300 kbit/s are wanted, and it asks for %+v", p)
	}
}

// A probe never counts for more than what was sent, whatever the receiver says.
func TestProbeCannotBeLiedAbout(t *testing.T) {
	e := New(Config{Start: 500_000}, 0)
	now := feed(e, 0, second, 50, 1250, true)
	p, ok := e.Probe(now)
	if !ok {
		t.Fatal("no probe")
	}
	var packets []Packet
	for i := range int64(40) { // at a tenth of the rate that was asked, and as if all arrived at once
		at := now + i*10*int64(p.Bytes/p.Packets)*8*second/int64(p.Rate)
		packets = append(packets, Packet{SentAt: at, ArrivedAt: now, Size: p.Bytes / p.Packets, Received: true, Probe: true})
	}
	before := e.Estimate().Rate
	e.Feedback(now+2*second, 40*millisecond, packets)
	if got := e.Estimate().Rate; got > before*11/10 {
		t.Errorf("it rose from %d to %d", before, got)
	}
}

func TestSilence(t *testing.T) {
	e := New(Config{Start: 2_000_000}, 0)
	now := feed(e, 0, 5*second, 100, 1200, true)
	before := e.Estimate().Rate
	for end := now + 12*second; now < end; now += 100 * millisecond {
		e.Tick(now, 0)
	}
	if got := e.Estimate().Rate; got != before {
		t.Errorf("nothing was sent, and it went from %d to %d", before, got)
	}
	for end := now + 12*second; now < end; now += 100 * millisecond {
		e.Tick(now, 50_000)
	}
	if got := e.Estimate(); got.Rate > 50_000 || got.Reason != Silence {
		t.Errorf("12 s without feedback leave %+v", got)
	}
}

func TestLimits(t *testing.T) {
	e := New(Config{Start: 10, Min: 100_000, Max: 400_000}, 0)
	if got := e.Estimate().Rate; got != 100_000 {
		t.Errorf("it starts at %d", got)
	}
	now := feed(e, 0, 60*second, 100, 1000, true)
	if got := e.Estimate().Rate; got > 400_000 {
		t.Errorf("it grew to %d", got)
	}
	feed(e, now, 60*second, 100, 1000, false)
	if got := e.Estimate().Rate; got < 100_000 {
		t.Errorf("it fell to %d", got)
	}
}

func TestImpossiblePacketsAreIgnored(t *testing.T) {
	e := New(Config{}, 0)
	e.Feedback(20*second, -5, []Packet{
		{SentAt: 21 * second, Size: 100, Received: true}, {SentAt: second, Size: 100}, {SentAt: 20 * second, Size: -1},
	})
	if got := e.Estimate(); got.Ignored != 3 || got.Reason != Starting || got.Rate != DefaultStart {
		t.Errorf("%+v", got)
	}
	e.Feedback(20*second, 0, nil)
}

func TestWords(t *testing.T) {
	seen := map[string]bool{}
	for r := Starting; r <= Competing; r++ {
		seen[r.String()] = true
	}
	if len(seen) != int(Competing)+1 || Decrease.String() != "decrease" || Hold.String() != "hold" {
		t.Errorf("the words are %v", seen)
	}
}

// FuzzFeedback reads packets from bytes: times that go anywhere, sizes, flags.
func FuzzFeedback(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"))
	f.Add(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, math.MaxUint64), 1<<63))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := New(Config{}, 0)
		now := int64(0)
		for len(data) >= 20 {
			var packets []Packet
			for range 1 + int(data[0])%8 {
				if len(data) < 20 {
					break
				}
				packets = append(packets, Packet{
					SentAt:    now - int64(binary.LittleEndian.Uint32(data)),
					ArrivedAt: int64(binary.LittleEndian.Uint64(data[4:])),
					Size:      int(int32(binary.LittleEndian.Uint32(data[12:])) >> 16),
					Received:  data[16]&1 != 0, Probe: data[16]&2 != 0,
				})
				data = data[20:]
			}
			now += int64(len(packets)) * 10 * millisecond
			e.Feedback(now, int64(packets[0].Size)*millisecond, packets)
			e.Tick(now, len(packets))
			if p, ok := e.Probe(now); ok && (p.Rate <= 0 || p.Bytes <= 0 || p.Packets <= 0 || p.Rate > DefaultMax*2) {
				t.Fatalf("%+v", p)
			}
			got := e.Estimate()
			if got.Rate < DefaultMin || got.Rate > DefaultMax || got.Queue < 0 || got.Loss < 0 || got.Loss > 1 ||
				got.LineLoss < 0 || got.LineLoss > 1 || got.Jitter < 0 || got.Acked < 0 {
				t.Fatalf("%+v", got)
			}
		}
	})
}

func TestDoesNotAllocate(t *testing.T) {
	e := New(Config{}, 0)
	packets := make([]Packet, 60)
	now := int64(0)
	if n := testing.AllocsPerRun(2000, func() { now = step(e, now, packets) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// step feeds one message of packets 1 ms apart, over a line with some loss and jitter.
func step(e *Estimator, now int64, packets []Packet) int64 {
	for i := range packets {
		now += millisecond
		packets[i] = Packet{SentAt: now, ArrivedAt: now + int64(i%7)*millisecond, Size: 1200, Received: i%20 != 0}
	}
	e.Feedback(now+20*millisecond, 40*millisecond, packets)
	e.Tick(now+20*millisecond, 1000)
	e.Probe(now)
	_ = e.Estimate()
	return now
}

func BenchmarkFeedback(b *testing.B) {
	e := New(Config{}, 0)
	packets := make([]Packet, 60)
	now := int64(0)
	b.ReportAllocs()
	for range b.N {
		now = step(e, now, packets)
	}
}
