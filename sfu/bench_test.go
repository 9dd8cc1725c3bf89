package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"

	"tablee/sfu/packet"
)

// void is an outlet that costs nothing.
type void struct{ sent int }

func (v *void) Write([]byte) (int, error) {
	v.sent++
	return 0, nil
}

// crowd makes a, whose lowest layer n others show, and the first packet of it.
func crowd(t testing.TB, n int, twcc uint8) (a *seat, out *void, raw []byte) {
	d := newDesk(t)
	a = d.join("a", 3, 4)
	out = &void{}
	for i := range n {
		s := d.join(fmt.Sprint("b", i), 0, 0)
		s.open("v", true, out, negotiated{ssrc: 0xb0, pt: 96, ssrcRTX: 0xc0, ptRTX: 97, twcc: twcc})
		s.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	}
	a.film("q", true)
	d.settle()
	if out.sent != n {
		t.Fatalf("%d of %d are shown the key frame", out.sent, n)
	}
	raw = a.packet(200, 96, "1", "q", append(frame(1, false, 180), make([]byte, 800)...))
	return a, out, raw
}

// next makes raw the following packet of its stream.
func next(raw []byte) {
	binary.BigEndian.PutUint16(raw[2:], binary.BigEndian.Uint16(raw[2:])+1)
	binary.BigEndian.PutUint32(raw[4:], binary.BigEndian.Uint32(raw[4:])+900)
}

// Routing allocates nothing for a packet that is forwarded to fourteen; what Pion does after it is not measured here.
func TestRoutingDoesNotAllocate(t *testing.T) {
	a, out, raw := crowd(t, 14, 0)
	a.take(raw)
	before := out.sent
	const runs = 2000
	if n := testing.AllocsPerRun(runs, func() {
		next(raw)
		a.take(raw)
	}); n != 0 {
		t.Errorf("%v allocations for each packet", n)
	}
	if got := out.sent - before; got != 14*(runs+1) {
		t.Errorf("%d packets were forwarded, want %d", got, 14*(runs+1))
	}
}

// One packet in, fourteen out, without encryption and sockets: what routing itself costs.
func BenchmarkRoute14(b *testing.B) { benchmarkRoute(b, 0) }

// The same with transport-wide numbers in what goes out, as browsers ask for them.
func BenchmarkRouteNumbered14(b *testing.B) { benchmarkRoute(b, 3) }

func benchmarkRoute(b *testing.B, twcc uint8) {
	a, out, raw := crowd(b, 14, twcc)
	a.take(raw)
	b.ReportAllocs()
	before := out.sent
	for b.Loop() {
		next(raw)
		a.take(raw)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(out.sent-before), "ns/forwarded")
}

func BenchmarkParse(b *testing.B) {
	_, _, raw := crowd(b, 1, 0)
	b.ReportAllocs()
	for b.Loop() {
		var p packet.RTP
		var v packet.VP8
		if p.Parse(raw) != nil || !v.Parse(p.Payload) {
			b.Fatal("did not parse")
		}
	}
}
