package loadtest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tablee/loadtest/payload"
)

// numbered is a frame with a transport-wide sequence number in the header.
func numbered(t *testing.T, wide, seq uint16, ssrc uint32) *rtp.Packet {
	t.Helper()
	p := frame(seq, ssrc, 9, seq == 0, payload.Stamp{Num: 9})
	if err := p.SetExtension(5, []byte{byte(wide >> 8), byte(wide)}); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestArrivalsAreReported: what came when, of all slots together, and what did not come.
func TestArrivalsAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, wake := receiver()
		if out, _ := d.tick(d.clock.now(), 99, nil); len(out) != 0 {
			t.Fatalf("a report of nothing: %v", out)
		}
		for _, p := range []struct{ wide, seq uint16 }{{65534, 0}, {65535, 1}, {1, 2}, {2, 3}} { // 0 is lost
			feed(t, d, numbered(t, p.wide, p.seq, 2))
			time.Sleep(10 * time.Millisecond)
		}
		select {
		case <-wake:
		default:
			t.Error("the loop is not told that there is something to report")
		}
		if out, next := d.tick(d.clock.now(), 99, nil); len(out) != 0 || since(d.clock.now(), next) > time.Duration(feedbackEvery) {
			t.Errorf("before it is due: %v, again in %v", out, since(d.clock.now(), next))
		}
		time.Sleep(time.Duration(feedbackEvery))
		out, _ := d.tick(d.clock.now(), 99, nil)
		if len(out) != 1 {
			t.Fatalf("%d reports: %v", len(out), out)
		}
		r, ok := out[0].(*rtcp.TransportLayerCC)
		if !ok || r.SenderSSRC != 99 || r.BaseSequenceNumber != 65534 || r.PacketStatusCount != 5 || len(r.RecvDeltas) != 4 {
			t.Fatalf("reported is %+v", out[0])
		}
		if d := r.RecvDeltas[1].Delta; d < 9_000 || d > 11_000 {
			t.Errorf("the second came %d µs after the first", d)
		}
		if out, _ := d.tick(d.clock.now()+second, 99, nil); len(out) != 0 {
			t.Errorf("the same again: %v", out)
		}
	})
}

// TestNoArrivalsWithoutAgreement: an answer without the extension gets no reports.
func TestNoArrivalsWithoutAgreement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := receiver()
		d.reset([]slot{{mid: "3", video: true, ssrc: 2, rtx: 3}}, 0, 99)
		feed(t, d, numbered(t, 1, 0, 2))
		if out, _ := d.tick(d.clock.now()+second, 99, nil); len(out) != 0 {
			t.Errorf("reported is %v", out)
		}
	})
}

func TestNotingArrivalsDoesNotAllocate(t *testing.T) {
	d, _ := receiver()
	b, err := numbered(t, 0, 0, 2).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	const number = 12 + 4 + 4 + 1 // header, one CSRC, profile and length, id
	wide, now := uint16(0), second
	note := func() {
		wide++
		now += 1_000_000
		b[number], b[number+1] = byte(wide>>8), byte(wide)
		p, ok := payload.ReadRTP(b)
		if !ok {
			t.Fatal("the packet does not parse")
		}
		d.arrivals.note(&p, now)
	}
	for range 3000 {
		note()
		d.arrivals.tick(now, nil)
	}
	if n := testing.AllocsPerRun(1000, note); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
	out := d.arrivals.tick(now, nil)
	if r, ok := out[0].(*rtcp.TransportLayerCC); !ok || r.PacketStatusCount < 1000 {
		t.Errorf("reported is %+v", out)
	}
}
