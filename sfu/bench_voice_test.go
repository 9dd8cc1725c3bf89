package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// chorus makes a, whose voice n others hear, and a packet of it, with that many copies in and out.
func chorus(t testing.TB, n, in, out int) (a *seat, to *void, raw []byte) {
	d := newDesk(t)
	a = d.join("a", 0, 0)
	a.in.sources["0"].ptRED = redPT
	to = &void{}
	var slots []*slot
	for i := range n {
		s := d.join(fmt.Sprint("b", i), 0, 0)
		s.open("v", false, to, negotiated{ssrc: 0xa0, pt: 111, ptRED: redPT})
		slots = append(slots, s.slots[0])
	}
	for seq := range uint16(30) {
		a.speak(seq, 0)
		d.pass(20_000_000)
	}
	if to.sent == 0 {
		t.Fatal("nobody is heard")
	}
	for _, s := range slots {
		s.protect(out)
	}
	return a, to, a.voicePacket(30, in, make([]byte, 80))
}

// nextVoice makes raw the following packet of a voice.
func nextVoice(raw []byte, lost uint16) {
	binary.BigEndian.PutUint16(raw[2:], binary.BigEndian.Uint16(raw[2:])+1+lost)
	binary.BigEndian.PutUint32(raw[4:], binary.BigEndian.Uint32(raw[4:])+960*uint32(1+lost))
}

// A voice with redundancy, taken apart and put together, allocates nothing, nor does the recovery of what was lost.
func TestRedundancyDoesNotAllocate(t *testing.T) {
	a, out, raw := chorus(t, 14, 2, 2)
	kept := make([]byte, len(raw))
	take := func() {
		nextVoice(raw, 1)
		copy(kept, raw) // the stream takes the packet apart in place
		a.take(kept)
	}
	take()
	before, recovered := out.sent, a.d.engine.Stats().Recovered
	const runs = 2000
	if n := testing.AllocsPerRun(runs, take); n != 0 {
		t.Errorf("%v allocations for each packet", n)
	}
	if got := out.sent - before; got != 2*14*(runs+1) {
		t.Errorf("%d packets were sent, want %d", got, 2*14*(runs+1))
	}
	if got := a.d.engine.Stats().Recovered - recovered; got != runs+1 {
		t.Errorf("%d were recovered, want %d", got, runs+1)
	}
}

// One packet of a voice in, fourteen out, without encryption and sockets.
func BenchmarkVoice14(b *testing.B) {
	for _, x := range []struct {
		name    string
		in, out int
	}{{"plain", 0, 0}, {"apart", 1, 0}, {"together", 0, 1}, {"twice", 0, 2}} {
		b.Run(x.name, func(b *testing.B) {
			a, out, raw := chorus(b, 14, x.in, x.out)
			kept := make([]byte, len(raw))
			b.ReportAllocs()
			before := out.sent
			for b.Loop() {
				nextVoice(raw, 0)
				copy(kept, raw)
				a.take(kept)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(out.sent-before), "ns/forwarded")
		})
	}
}
