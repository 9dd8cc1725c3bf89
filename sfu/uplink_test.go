package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// talk is a packet of the voice.
func (s *seat) talk() {
	s.seqOf[100]++
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 100, SequenceNumber: s.seqOf[100], Timestamp: uint32(s.seqOf[100]) * 960}, Payload: make([]byte, 60)}
	_ = p.SetExtension(4, []byte("0"))
	_ = p.SetExtension(1, []byte{20})
	b, err := p.Marshal()
	if err != nil {
		s.d.t.Fatal(err)
	}
	s.take(b)
}

// outside is one who films and talks, and one outside who is shown and hears it.
func outside(t *testing.T) (d *desk, a, b *seat) {
	d = newDesk(t)
	a, b = d.join("a", 0, 0), d.join("b", 1, 1)
	b.carries(50_000_000)
	b.Demand([]Want{{ID: "a", Kind: Camera, Height: 180}})
	a.film("q", true)
	for range 30 {
		a.talk()
		d.pass(int64(20 * time.Millisecond))
	}
	if len(b.sent) < 20 {
		t.Fatalf("b was sent %d packets", len(b.sent))
	}
	b.sent = nil
	return d, a, b
}

// bySSRC are the numbers of what was sent, in order.
func (s *seat) sentOf(ssrc uint32) (seqs []uint16) {
	for _, p := range s.sent {
		if p.SSRC == ssrc {
			seqs = append(seqs, p.SequenceNumber)
		}
	}
	return seqs
}

// Where there is room nothing waits.
func TestNothingWaitsWithoutNeed(t *testing.T) {
	for _, limit := range []int{0, 50_000_000} {
		d, a, b := outside(t)
		d.engine.uplink.setLimit(limit)
		for i := range 20 {
			a.large("q", i == 0, 900)
		}
		if n := len(b.sentOf(0xb0)); n != 20 || d.engine.Stats().Paced != 0 {
			t.Errorf("limit %d: %d of 20 were sent at once, %d waited", limit, n, d.engine.Stats().Paced)
		}
	}
}

// A burst beyond the host's line waits, comes in order and whole, and the voice does not wait behind it; and in no second
// leaves more than the line carries.
func TestPicturesWaitForTheHostsLineAndVoicesDoNot(t *testing.T) {
	const limit = 1_000_000
	d, a, b := outside(t)
	d.engine.uplink.setLimit(limit)
	begun := d.now
	for i := range 100 {
		a.large("q", i == 0, 1000)
	}
	at := len(b.sent)
	a.talk()
	if len(b.sent) != at+1 || b.sent[at].SSRC != 0xa0 {
		t.Errorf("the voice did not leave at once: %d packets", len(b.sent)-at)
	}
	if waiting := d.engine.Stats().Paced; waiting < 80 {
		t.Errorf("%d wait", waiting)
	}
	bytes, first := 0, len(b.sent)
	for d.engine.uplink.n > 0 && d.now-begun < int64(5*time.Second) {
		d.pass(pacePeriod)
	}
	seqs := b.sentOf(0xb0)
	for i, seq := range seqs {
		if seq != seqs[0]+uint16(i) {
			t.Fatalf("packet %d has number %d: %v", i, seq, seqs)
		}
	}
	for _, p := range b.sent[first:] {
		bytes += p.MarshalSize() + wireExtra - 12
	}
	if took := d.now - begun; len(seqs) != 100 || int64(bytes)*8*int64(time.Second)/took > limit || took > int64(2*time.Second) {
		t.Errorf("%d of 100 came, %d bytes within %v", len(seqs), bytes, time.Duration(took))
	}
	if s := d.engine.Stats(); s.PacedDropped != 0 {
		t.Errorf("%d were dropped", s.PacedDropped)
	}
}

// What waits is bounded, and the oldest goes.
func TestTheOldestIsDropped(t *testing.T) {
	d, a, b := outside(t)
	d.engine.uplink.setLimit(300_000)
	const sent = maxPaced + 100
	for i := range sent {
		a.large("q", i == 0, 1000)
	}
	if s := d.engine.Stats(); d.engine.uplink.n != maxPaced || s.PacedDropped == 0 || s.PacedDropped > 100 {
		t.Fatalf("%d wait, %d were dropped", d.engine.uplink.n, s.PacedDropped)
	}
	at := len(b.sentOf(0xb0))
	d.engine.uplink.setLimit(100_000_000)
	for range 20 {
		d.pass(pacePeriod)
	}
	seqs := b.sentOf(0xb0)
	dropped := int(d.engine.Stats().PacedDropped)
	if len(seqs) != sent-dropped || int(seqs[at]-seqs[at-1]) != dropped+1 {
		t.Errorf("%d of %d were sent, %d dropped; after %d comes %d", len(seqs), sent, dropped, seqs[at-1], seqs[at])
	}
}

// Whoever waits and is gone when there is room is no harm.
func TestWhoLeavesWhileWaiting(t *testing.T) {
	d, a, b := outside(t)
	d.engine.uplink.setLimit(100_000)
	for i := range 50 {
		a.large("q", i == 0, 1000)
	}
	b.Close()
	for range 2000 {
		d.pass(pacePeriod)
	}
	if d.engine.uplink.n != 0 {
		t.Errorf("%d wait for one who has left", d.engine.uplink.n)
	}
}
