package sfu

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtp"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate"
	"tablee/sfu/packet"
)

const redPT = 63

// frameOf is the frame that a speaker sends in a packet of that number.
func frameOf(seq uint16) []byte { return fmt.Appendf(nil, "frame %05d", seq) }

// speak sends a packet of the seat's microphone with that many frames before its own, at the loudness of speech.
func (s *seat) speak(seq uint16, copies int) { s.take(s.voicePacket(seq, copies, frameOf(seq))) }

// voicePacket is what speak sends.
func (s *seat) voicePacket(seq uint16, copies int, frame []byte) []byte {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 100, SequenceNumber: seq, Timestamp: uint32(seq) * 960}, Payload: frame}
	if copies > 0 {
		var b []byte
		for i := copies; i > 0; i-- {
			b = packet.AppendREDHead(b, 111, uint32(i)*960, len(p.Payload))
		}
		b = append(b, 111)
		for i := copies; i > 0; i-- {
			past := frameOf(seq - uint16(i))
			b = append(b, append(past, make([]byte, len(frame)-len(past))...)...)
		}
		b = append(b, frame...)
		p.PayloadType, p.Payload = redPT, b
	}
	_ = p.SetExtension(1, []byte{0x80 | 20})
	_ = p.SetExtension(4, []byte("0"))
	raw, err := p.Marshal()
	if err != nil {
		s.d.t.Fatal(err)
	}
	return raw
}

// talks is a desk at which a speaks and b hears, each of whose browsers takes redundancy.
func talks(t *testing.T) (d *desk, a, b *seat) {
	d = newDesk(t)
	a, b = d.join("a", 0, 0), d.join("b", 0, 0)
	a.in.sources["0"].ptRED = redPT
	b.open("a0", false, noLink{b}, negotiated{ssrc: 0xa0, pt: 111, ptRED: redPT})
	for seq := range uint16(20) { // until it is heard
		a.speak(seq, 0)
		d.pass(int64(20 * time.Millisecond))
	}
	if len(b.sent) == 0 {
		t.Fatal("b hears nothing")
	}
	b.sent = nil
	return d, a, b
}

// What the speaker's line loses comes with the next packets, and goes on as what it was, once.
func TestRedundancyIsTakenApart(t *testing.T) {
	d, a, b := talks(t)
	lost := map[uint16]bool{102: true, 105: true, 106: true, 110: true, 111: true, 112: true}
	for seq := uint16(100); seq < 120; seq++ {
		if !lost[seq] {
			a.speak(seq, 2)
		}
	}
	a.speak(119, 2)                        // again
	shift := b.sent[0].SequenceNumber - 98 // 98 and 99 came with 100
	var want, got []string
	for seq := uint16(98); seq < 120; seq++ {
		if seq != 110 { // it was lost with both that would have carried it
			want = append(want, fmt.Sprintf("%d %d 111 %s", seq+shift, seq-98, frameOf(seq)))
		}
	}
	for _, p := range b.sent {
		got = append(got, fmt.Sprintf("%d %d %d %s", p.SequenceNumber, (p.Timestamp-b.sent[0].Timestamp)/960, p.PayloadType, p.Payload))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("b was sent\n%q, want\n%q", got, want)
	}
	if n := d.engine.Stats().Recovered; n != 2+5 {
		t.Errorf("%d recovered", n)
	}
	if due, came, able := a.cameIn(); due-came != 6+80 || !able { // and those up to 100
		t.Errorf("%d of %d came, %v", came, due, able)
	}
	a.in.mu.Lock()
	block := a.in.sources["0"].streams[0].recv.Block(d.now)
	a.in.mu.Unlock()
	if block.TotalLost < 6 {
		t.Errorf("%d are reported as lost: what was recovered must count", block.TotalLost)
	}
}

// What is sent to a line that loses carries the frames before it, as many as its loss asks for, and each can be read.
func TestRedundancyIsPutTogether(t *testing.T) {
	_, a, b := talks(t)
	for copies := range maxCopies + 1 {
		b.slots[0].protect(copies)
		b.sent = nil
		for seq := uint16(100 * (copies + 1)); len(b.sent) < 10; seq++ {
			a.speak(seq, 0)
		}
		for i, p := range b.sent {
			n := min(copies, i)
			if n == 0 {
				if p.PayloadType != 111 || !bytes.HasPrefix(p.Payload, []byte("frame")) {
					t.Errorf("%d copies, packet %d: type %d, %q", copies, i, p.PayloadType, p.Payload)
				}
				continue
			}
			var r packet.RED
			if p.PayloadType != redPT || !r.Parse(p.Payload) || r.N != n+1 {
				t.Fatalf("%d copies, packet %d: type %d, %d blocks", copies, i, p.PayloadType, r.N)
			}
			for j, x := range r.Blocks[:r.N] {
				if want := frameOf(uint16(100*(copies+1) + i - n + j)); x.PayloadType != 111 || x.Offset != uint32(n-j)*960 || !bytes.Equal(x.Payload, want) {
					t.Errorf("%d copies, packet %d, block %d: type %d, %d back, %q", copies, i, j, x.PayloadType, x.Offset, x.Payload)
				}
			}
		}
	}
}

// A frame that came late, is too large or too old does not go again; the slot's own packets go on.
func TestRedundancyHasBounds(t *testing.T) {
	x := &tail{copies: 2, pt: 111}
	x.keep(1000, []byte("a"))
	x.keep(900, []byte("late"))
	if n := x.fits(1960); n != 1 || string(x.at(1).b[:x.at(1).size]) != "a" {
		t.Errorf("%d fit", n)
	}
	if n := x.fits(1000 + packet.MaxREDOffset + 1); n != 0 {
		t.Errorf("%d fit that are too old", n)
	}
	if n := x.fits(1000); n != 0 {
		t.Errorf("%d fit of the same time", n)
	}
	x.keep(1960, make([]byte, maxCopied+1))
	if n := x.fits(2920); n != 0 {
		t.Errorf("%d fit behind one that is too large", n)
	}
	for i := range uint32(20) {
		x.keep(2920+960*i, []byte{byte(i)})
	}
	if n := x.fits(2920 + 960*20); n != 2 || x.at(1).b[0] != 19 || x.at(2).b[0] != 18 {
		t.Errorf("%d fit: %d, %d", n, x.at(1).b[0], x.at(2).b[0])
	}
}

// loses makes the seat's line one that always loses that share, in percent, and carries 5 Mbit/s.
func (s *seat) loses(percent int) {
	s.moved(false)
	e := estimate.New(estimate.Config{Start: 5_000_000}, s.d.now)
	at := s.d.now - int64(8*time.Second)
	for n := 0; at < s.d.now; {
		var batch []estimate.Packet
		for range 20 {
			at += int64(5 * time.Millisecond)
			n++
			batch = append(batch, estimate.Packet{SentAt: at, ArrivedAt: at + int64(20*time.Millisecond), Size: 1000, Received: n*37%100 >= percent})
		}
		e.Feedback(at+int64(40*time.Millisecond), int64(40*time.Millisecond), batch)
	}
	s.line.mu.Lock()
	s.line.est = e
	s.line.mu.Unlock()
}

// Who is sent with redundancy follows the line's own loss, and gives way where there is no room: on the line, on the
// host's, in the profile voice.
func TestWhoIsSentWithRedundancy(t *testing.T) {
	d, a, b := talks(t)
	roll := func() int {
		d.roll(2*time.Second, a, b)
		return b.copies
	}
	for _, x := range []struct{ percent, copies int }{{0, 0}, {4, 1}, {30, 2}, {0, 0}} {
		if b.loses(x.percent); roll() != x.copies {
			t.Errorf("at %d %%: %d copies", x.percent, b.copies)
		}
	}
	b.loses(30)
	d.engine.uplink.setLimit(300_000)
	if got := roll(); got != 2 {
		t.Errorf("over a host's line with room for it: %d copies", got)
	}
	d.engine.uplink.setLimit(200_000)
	if got := roll(); got != 0 {
		t.Errorf("over a host's line without room: %d copies", got)
	}
	d.engine.uplink.setLimit(0)
	d.engine.SetProfile("r", allocate.Voice)
	if got := roll(); got != 0 {
		t.Errorf("in the profile voice: %d copies", got)
	}
}

// A speaker whose packets get lost is asked for another offer, once in a while, and its answer then asks for redundancy.
func TestASpeakerIsAskedForRedundancy(t *testing.T) {
	d, a, b := talks(t)
	asked := func() (n int) {
		for _, x := range a.news {
			if x.Renegotiate {
				n++
			}
		}
		return n
	}
	seq := uint16(1000)
	talk := func(length time.Duration, lost int) {
		for until := d.now + int64(length); d.now < until; {
			if seq++; int(seq)*37%100 >= lost {
				a.speak(seq, 0)
			}
			d.pass(int64(20 * time.Millisecond))
		}
	}
	talk(10*time.Second, 0)
	if asked() != 0 || a.wantsRedundancy() {
		t.Fatalf("asked %d times on a good line", asked())
	}
	talk(9*time.Second, 30)
	if asked() != 1 || !a.wantsRedundancy() {
		t.Fatalf("asked %d times", asked())
	}
	talk(30*time.Second, 30)
	if asked() != 1 {
		t.Errorf("asked %d times of what it does already", asked())
	}
	talk(60*time.Second, 0)
	if n := asked(); n < 2 || n > 8 || a.wantsRedundancy() {
		t.Errorf("asked %d times, in the end for redundancy: %v", n, a.wantsRedundancy())
	}
	_ = b
}
