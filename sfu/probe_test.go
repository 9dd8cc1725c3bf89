package sfu

import (
	"encoding/binary"
	"testing"
	"time"
)

// probed makes a participant who is filmed for, on a line outside, and starts a probe to it.
func probed(t *testing.T, shown bool, rate, bytes int) (d *desk, b *seat) {
	d = newDesk(t)
	a, b := d.join("a", 0, 0), d.join("b", 0, 0)
	b.open("v0", true, noLink{b}, negotiated{ssrc: 0xb0, pt: 96, ssrcRTX: 0xc0, ptRTX: 97, twcc: 3})
	b.carries(5_000_000)
	if shown {
		b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	}
	d.settle()
	for i := range 40 {
		a.large("q", i == 0, 700)
		d.pass(int64(40 * time.Millisecond))
	}
	b.sent = nil
	b.line.probe = probing{on: true, rate: rate, bytes: bytes}
	d.engine.agenda.arm(&b.timers.probe, d.now)
	return d, b
}

// A probe leaves evenly at the rate that was asked for, in repeats of what was sent or in padding, all of it well-formed.
func TestProbes(t *testing.T) {
	for _, shown := range []bool{true, false} {
		const rate, bytes = 3_000_000, 45_000 // 120 ms
		d, b := probed(t, shown, rate, bytes)
		begun, total := d.now, 0
		for b.line.probe.on && d.now-begun < int64(time.Second) {
			at := len(b.sent)
			d.pass(probePeriod)
			now := 0
			for _, p := range b.sent[at:] {
				now += p.MarshalSize()
			}
			if total += now; now > rate/8/200+1000 {
				t.Errorf("shown %v: %d bytes in 5 ms", shown, now)
			}
		}
		if took := d.now - begun; took < int64(90*time.Millisecond) || took > int64(140*time.Millisecond) {
			t.Errorf("shown %v: it took %v for 120 ms of probe", shown, time.Duration(took))
		}
		if total < bytes*8/10 || total > bytes*11/10 {
			t.Errorf("shown %v: %d bytes of %d", shown, total, bytes)
		}
		last := uint16(0)
		for i, p := range b.sent {
			switch {
			case p.SSRC != 0xc0 || p.PayloadType != 97 || i > 0 && p.SequenceNumber != last+1:
				t.Fatalf("shown %v: not the next retransmission: %+v", shown, p.Header)
			case len(p.GetExtension(3)) != 2:
				t.Fatalf("shown %v: it is not numbered: %+v", shown, p.Header)
			case shown && i < 20 && (len(p.Payload) < 700 || b.slots[0].flow.Last().Seq-binary.BigEndian.Uint16(p.Payload) != uint16(i)):
				t.Fatalf("not a repeat of the last packet but %d: %d bytes", i, len(p.Payload))
			case !shown && (!p.Padding || p.PaddingSize != padding || len(p.Payload) != 0):
				t.Fatalf("not padding: %+v with %d bytes", p.Header, len(p.Payload))
			}
			last = p.SequenceNumber
		}
		if n := d.engine.Stats().Probes; int(n) != len(b.sent) {
			t.Errorf("shown %v: %d counted of %d", shown, n, len(b.sent))
		}
	}
}

// Where the host's line has no room, or there is nothing to send it with, a probe ends at once, and says nothing.
func TestProbesThatCannotBe(t *testing.T) {
	d, b := probed(t, true, 3_000_000, 45_000)
	d.engine.uplink.setLimit(50_000)
	before := b.line.est.Rate()
	d.pass(probePeriod)
	if b.line.probe.on || len(b.sent) > 2 || b.line.est.Rate() != before {
		t.Errorf("on the host's full line: on %v, %d packets", b.line.probe.on, len(b.sent))
	}
	e := newDesk(t)
	c := e.join("c", 1, 0)
	c.carries(5_000_000)
	c.line.probe = probing{on: true, rate: 1_000_000, bytes: 10_000}
	e.engine.agenda.arm(&c.timers.probe, e.now)
	e.pass(probePeriod)
	if c.line.probe.on || len(c.sent) != 0 {
		t.Errorf("without video: on %v, %d packets", c.line.probe.on, len(c.sent))
	}
}
